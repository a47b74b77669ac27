"""Under every look-up: the index, whom a look may not be about, what of it is noted, kept or taken out."""
