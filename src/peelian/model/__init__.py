"""The nouns that stages hand to each other. Frozen values; no behaviour that needs a file, an engine or a rule."""
