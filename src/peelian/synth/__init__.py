"""A made-up place with known truth: the demonstration, the tests and the manuals live in it."""

from peelian.synth.town import Town, TownFiles, make_town, write_town

__all__ = ["Town", "TownFiles", "make_town", "write_town"]
