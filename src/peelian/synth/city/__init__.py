"""A made-up city with known truth: its people, three years of their lives, and what each system wrote of them."""

from peelian.synth.city.folder import CityMade, make_city
from peelian.synth.city.names import name_words
from peelian.synth.city.sizes import SIZES

__all__ = ["SIZES", "CityMade", "make_city", "name_words"]
