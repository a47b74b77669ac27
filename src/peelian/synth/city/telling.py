"""Free text as officers and call handlers write it: a sentence by kind, then what somebody saw or gave."""

from __future__ import annotations

import numpy as np

from peelian.synth.city.columns import Texts, glue, glue_filled, no_texts, pick, placed
from peelian.synth.city.people import phone_text, word
from peelian.synth.city.streams import Ints
from peelian.synth.city.vehicles import make_text, payee_text, plate_text
from peelian.synth.city.world import World

CRIME: dict[str, tuple[str, ...]] = {
    "BURG-DW": (
        "Rear door forced while occupants were out; untidy search.",
        "Offender reached through window for keys.",
    ),
    "BURG-OTH": ("Premises entered overnight, alarm not set.", "Shutter cut and till taken."),
    "ROBB": ("Approached from behind and told to hand over telephone.", "Two males on a moped took a bag."),
    "TFV": ("Window smashed, tools taken from the back.", "No sign of force, contents searched."),
    "TOMV": ("Vehicle gone from the drive, both keys still held.", "Taken from the street overnight."),
    "THEFT-PER": ("Telephone taken out of hand while walking.", "Purse missed after being jostled."),
    "SHOP": ("Left without paying for goods, known to staff.", "Detained by staff with goods on him."),
    "VIOL": ("Punched once after an argument.", "Pushed and kicked outside premises."),
    "HARM": ("Stab wound to the leg, taken to hospital.", "Struck with a bat, not life threatening."),
    "DAHR": ("Argument between partners, child present.", "Former partner at the door refusing to leave."),
    "STALK": ("Repeated unwanted messages and calls.", "Followed home from work."),
    "DRUG-POSS": ("Found with a small amount during a search.", "Smell of cannabis, one bag seized."),
    "DRUG-SUP": ("Wraps, cash and two telephones seized.", "Seen to exchange small items for cash."),
    "WEAP": ("Lock knife found in waistband.", "Item recovered from a bush near by."),
    "PUBORD": ("Shouting and swearing at passers-by.", "Large group refusing to disperse."),
    "CDAM": ("Wing mirror kicked off.", "Window broken by a stone."),
    "FRAUD": ("Caller said to be from the bank; money moved.", "Goods paid for online and never sent."),
    "TPLANT": ("Mini digger taken from site, fence cut.", "Trailer and breaker missing from yard."),
}

CALL: dict[str, tuple[str, ...]] = {
    "DOM": ("Shouting heard, female crying.", "Ex-partner outside banging on the door."),
    "VIO": ("Fight in the street, five or six males.", "Male bleeding from the head."),
    "ROB": ("Just been robbed of telephone.", "Two on a moped took a bag."),
    "BURG": ("Come home to find door open.", "Hears somebody downstairs."),
    "THEFT": ("Item taken while back was turned.", "Shop has somebody detained."),
    "VEH": ("Vehicle broken into overnight.", "Car gone from outside the house."),
    "DRUG": ("People coming and going at all hours.", "Smell of cannabis from flat below."),
    "ASB": ("Youths on the stairs again.", "Bikes up and down the path."),
    "NOISE": ("Loud music since midnight.", "Party next door."),
    "WELF": ("Not seen neighbour for days.", "Worried about a friend's state of mind."),
    "MISP": ("Daughter did not come home from school.", "Resident left and has not come back."),
    "SUSP": ("Male trying door handles.", "Van parked up with lights off."),
    "TRAF": ("Two cars, no injury, road blocked.", "Driver seems drunk."),
    "ALRM": ("Alarm sounding, no keyholder.", "Audible alarm at premises."),
    "FRAUD": ("Gave card details to a caller.", "Told to move money, now worried."),
    "WEAP": ("Male seen with a large knife.", "Something like a gun in his hand."),
}

REPORT: dict[str, tuple[str, ...]] = {
    "GANG": (
        "Said to be selling on the estate and to carry a knife.",
        "Has fallen out with another group.",
    ),
    "CLINE": ("A line is run into the area, a child answers it.", "Stays at an address that is not theirs."),
    "OAC": ("Stealing vehicles to order at night.", "Moving stolen plant out of the area in a van."),
    "DRUGS": ("Deals from a car near the school.", "Stores for somebody else."),
    "FIREARM": ("Has access to a firearm, place not known.", "Was shown a handgun in a photograph."),
    "BURG": ("Boasts of doing houses over.", "Sells tools and jewellery in the pub."),
    "ROBB": ("Takes telephones on a moped.", "Sells telephones at a market stall."),
    "FRAUD": ("Lets others use a bank account.", "Rings older people for their cards."),
    "DA": ("Neighbours hear shouting most weekends.", "Said to have been hit again."),
    "ASB": ("Rides an off-road bike on the green.", "Lets youths gather in the flat."),
}


def sentences(table: dict[str, tuple[str, ...]], kinds: list[str], kind: Ints, rng: np.random.Generator) -> Texts:
    """Return a sentence for each event by its kind (a position in ``kinds``)."""
    flat = [s for k in kinds for s in table[k]]
    starts = np.cumsum([0, *(len(table[k]) for k in kinds)])
    width = np.diff(starts)[kind]
    return pick(flat, starts[:-1][kind] + (rng.random(len(kind)) * width).astype(np.int64))


def with_details(
    world: World,
    texts: Texts,
    rng: np.random.Generator,
    *,
    vehicle: float = 0.04,
    name: float = 0.03,
    phone: float = 0.02,
) -> Texts:
    """Add, to some, a vehicle somebody saw, a name somebody gave, a number to ring back."""
    n = len(texts)
    for share, tell in ((vehicle, _vehicle), (name, _name), (phone, _phone)):
        where = rng.random(n) < share
        count = int(where.sum())
        if count:
            told = np.zeros(n, dtype=np.int64)
            told[where] = np.arange(count)
            texts = glue_filled(" ", texts, placed(no_texts(n), where, pick(tell(world, count, rng), told)))
    return texts


def _vehicle(world: World, n: int, rng: np.random.Generator) -> Texts:
    which = rng.integers(0, world.vehicles.n, n)
    make, _, colour = make_text(world.vehicles, which)
    return glue("", "Seen near by: ", colour, " ", make, " ", plate_text(which), ".")


def _name(world: World, n: int, rng: np.random.Generator) -> Texts:
    who = world.offenders[rng.integers(0, len(world.offenders), n)]
    people = world.people
    return glue(
        "", "May be ", word(people, people.forename[who]), " ", word(people, people.surname[who]), ", not confirmed."
    )


def _phone(world: World, n: int, rng: np.random.Generator) -> Texts:
    return glue("", "Ring back on ", phone_text(rng.integers(0, world.people.n, n)), ".")


def with_notes(texts: Texts, note: Ints) -> Texts:
    """Add what ties offences together: the mark of a firearm (odd notes), the account of a payee (even notes)."""
    arms, payee = note % 2 == 1, (note > 0) & (note % 2 == 0)
    none = no_texts(len(texts))
    marks = (
        glue("", "Cartridge case recovered, ballistic mark NB", (note // 2 + 101).astype(str).tolist(), ".")
        if arms.any()
        else none
    )
    texts = glue_filled(" ", texts, placed(none, arms, marks))
    if payee.any():
        texts = glue_filled(" ", texts, placed(none, payee, glue("", "Payee account ", payee_text(note // 2), ".")))
    return texts
