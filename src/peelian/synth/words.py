"""Invented words: street names, and people who do not exist. Everything here is made up."""

from __future__ import annotations

_FIRST = (
    "Mill Chapel Station Orchard Quarry Bramble Heron Kiln Tanner Weaver Copper Lantern Saddle Barley Thistle Juniper "
    "Hazel Rowan Alder Linden Willow Poplar Sycamore Hawthorn Larch Cedar Maple Elder Ferry Anchor Beacon Cooper "
    "Fletcher Mason Thatcher Potter Carter Chandler Glover Miller Falcon Kestrel Swift Plover Curlew Lapwing Wren "
    "Sparrow Finch Linnet Clover Meadow Harvest Granary Spindle Shuttle Loom Forge Anvil Bellows Cinder Foundry Gable "
    "Steeple Vestry Cloister Priory Abbot Deacon Almond Quince Medlar Damson Bilberry Heather Gorse Bracken Sorrel "
    "Tansy Yarrow Comfrey Betony"
).split()

_KIND = "Road Street Lane Avenue Close Gardens Row Way Place Terrace Drive Hill Walk Crescent".split()

_GIVEN = "Ada Bram Cleo Dov Esme Finn Greta Hugo Iris Jory Kit Lena Milo Nell Otto Pia Quin Rhea Silas Tess".split()

_FAMILY = "Ashdown Birkett Calder Dunmore Ellwand Farrow Garside Holm Iveson Jarrett Kelby Lorimer Marlow".split()


def street_names(n: int) -> tuple[str, ...]:
    """Return n different street names, always the same ones in the same order."""
    names = [f"{first} {kind}" for kind in _KIND for first in _FIRST]
    assert n <= len(names), "the word list covers the town"
    step = 389  # prime to the number of names: neighbours do not share a first word
    return tuple(names[(i * step) % len(names)] for i in range(n))


def person_name(number: int) -> str:
    """Return an invented name for the numbered person, to show that it is dropped at the door."""
    return f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number // len(_GIVEN) % len(_FAMILY)]}"
