"""Record -> Entity, Link: which records are of one person, on what evidence, and what would make it otherwise."""
