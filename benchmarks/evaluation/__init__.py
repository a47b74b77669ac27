"""Science: what the methods reach on real data, with everything a reader needs to run it again."""
