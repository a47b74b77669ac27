"""Code lists of the made-up systems. What each code means is in ``docs/formats/synthetic-city.md``."""

from __future__ import annotations

OFFENCES: tuple[str, ...] = tuple(
    "BURG-DW BURG-OTH ROBB TFV TOMV THEFT-PER SHOP VIOL HARM DAHR STALK DRUG-POSS DRUG-SUP WEAP PUBORD CDAM FRAUD "
    "TPLANT".split()
)
OFFENCE = {code: at for at, code in enumerate(OFFENCES)}

PARTS = ("SUSP", "VICT", "WITN", "CONV", "REPT")
SUSP, VICT, WITN, CONV, REPT = range(5)

VEHICLE_PARTS = ("USED", "OWNED", "SEEN", "TAKEN", "DAMAGED")
USED, OWNED, SEEN, TAKEN, DAMAGED = range(5)

OUTCOMES = ("UI", "NSI", "VNS", "NFA", "COMM", "CAUT", "CHG", "CONV")
UNDER_WAY, NO_SUSPECT, NOT_SUPPORTED, NO_ACTION, COMMUNITY, CAUTIONED, CHARGED, CONVICTED = range(8)

MO = ("", *"FDR RDR WIN KEY LTR ROOF FNC JEM BRK SNP HAND KNF GUN BAT MPD VAN REL THR DIS JWL CASH ELEC PHN VKEY TLS "
      "PLT CAT BAG FOOD".split())  # fmt: skip
MO_AT = {code: at for at, code in enumerate(MO)}

STORIES = ("", "couple", "series", "gang", "county-line", "vehicle-theft", "phone-theft", "plant-theft", "fraud",
           "known-to-all")  # fmt: skip
STORY = {name: at for at, name in enumerate(STORIES)}

CUSTODY_OFFENCES: dict[str, str] = {
    "BURG-DW": "BURGLARY", "BURG-OTH": "BURGLARY", "ROBB": "ROBBERY", "TFV": "VEHICLE CRIME", "TOMV": "VEHICLE CRIME",
    "THEFT-PER": "THEFT", "SHOP": "THEFT", "VIOL": "ASSAULT", "HARM": "ASSAULT", "DAHR": "ASSAULT - DOMESTIC",
    "STALK": "STALKING/HARASSMENT", "DRUG-POSS": "DRUGS - POSSESSION", "DRUG-SUP": "DRUGS - SUPPLY",
    "WEAP": "WEAPON", "PUBORD": "PUBLIC ORDER", "CDAM": "CRIMINAL DAMAGE", "FRAUD": "FRAUD", "TPLANT": "THEFT",
}  # fmt: skip

CALL_TYPES: dict[str, str] = {
    "BURG-DW": "BURG", "BURG-OTH": "BURG", "ROBB": "ROB", "TFV": "VEH", "TOMV": "VEH", "THEFT-PER": "THEFT",
    "SHOP": "THEFT", "VIOL": "VIO", "HARM": "VIO", "DAHR": "DOM", "STALK": "DOM", "DRUG-POSS": "DRUG",
    "DRUG-SUP": "DRUG", "WEAP": "WEAP", "PUBORD": "ASB", "CDAM": "ASB", "FRAUD": "FRAUD", "TPLANT": "THEFT",
}  # fmt: skip
