"""How often each system gets a person wrong, and why we think so. This table is the documentation, too."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

OURS = "no published figure found; chosen"
_HES = (
    "chosen; where people show their papers to staff who have time, birth date or sex disagreed or was missing in "
    "0.11 % of records (hospital admissions in England, BMC Medical Research Methodology 17:23, 2017)"
)
_HES_POSTCODE = (
    "chosen; 53 % of postcodes disagreed with the register or were missing, moves included (hospital admissions in "
    "England, BMC Medical Research Methodology 17:23, 2017)"
)
_COHORT = (
    "chosen so that two lines about one person disagree about as often as two rounds of a cohort study did: 12 % of "
    "forenames, 18 % of surnames, changes included (ALSPAC, Int. Journal of Population Data Science, 2024)"
)
SOURCES: dict[str, str] = {
    "short_form": _COHORT,
    "initial_only": _COHORT,
    "other_spelling": _COHORT,
    "typing_name": f"{_COHORT}; one slip a name, as in over 80 % of misspelt words (Damerau 1964)",
    "former_surname": _COHORT,
    "birth_day_month": _HES,
    "birth_slip": _HES,
    "address_former": _HES_POSTCODE,
    "postcode_missing": _HES_POSTCODE,
    "postcode_slip": _HES_POSTCODE,
}
"""Where a rate is from, or what it was held against; for all others nothing published was found."""


@dataclass(frozen=True)
class Errors:
    """Shares of rows, in [0, 1], in which each thing goes wrong; several may in one row."""

    middle_left_out: float = 0.0
    short_form: float = 0.0
    initial_only: float = 0.0
    other_spelling: float = 0.0
    typing_name: float = 0.0
    names_swapped: float = 0.0
    forename_missing: float = 0.0
    surname_missing: float = 0.0
    former_surname: float = 0.0
    birth_missing: float = 0.0
    birth_new_year: float = 0.0
    birth_day_month: float = 0.0
    birth_slip: float = 0.0
    address_missing: float = 0.0
    address_former: float = 0.0
    address_short: float = 0.0
    address_slip: float = 0.0
    postcode_missing: float = 0.0
    postcode_slip: float = 0.0
    phone_missing: float = 0.0
    phone_former: float = 0.0
    phone_slip: float = 0.0
    phone_abroad: float = 0.0
    number_again: float = 0.0
    number_of_another: float = 0.0


MEANING: dict[str, str] = {
    "middle_left_out": "middle name left out",
    "short_form": "short form or nickname for the forename",
    "initial_only": "only the initial of the forename",
    "other_spelling": "another spelling or transliteration of a name",
    "typing_name": "typing error in a name",
    "names_swapped": "forename and surname swapped",
    "forename_missing": "forename missing",
    "surname_missing": "surname missing or UNKNOWN",
    "former_surname": "former surname after a change of name",
    "birth_missing": "date of birth missing",
    "birth_new_year": "1 January of the birth year, or of the year before or after",
    "birth_day_month": "day and month swapped, where that is a date",
    "birth_slip": "one part of the date of birth wrong",
    "address_missing": "address missing",
    "address_former": "former address after a move",
    "address_short": "street's kind abbreviated",
    "address_slip": "typing error in the address",
    "postcode_missing": "postcode missing",
    "postcode_slip": "typing error in the postcode",
    "phone_missing": "telephone missing",
    "phone_former": "former number after a change",
    "phone_slip": "wrong digit in the telephone number",
    "phone_abroad": "telephone written as from abroad, +44",
    "number_again": "the system gave the person a second number of its own",
    "number_of_another": "the number of another person of the household",
}

_ORDINARY = Errors(
    middle_left_out=0.45, short_form=0.04, initial_only=0.01, other_spelling=0.03, typing_name=0.03,
    names_swapped=0.008, forename_missing=0.01, surname_missing=0.01, former_surname=0.25, birth_missing=0.08,
    birth_new_year=0.02, birth_day_month=0.012, birth_slip=0.02, address_missing=0.10, address_former=0.15,
    address_short=0.25, address_slip=0.03, postcode_missing=0.18, postcode_slip=0.02, phone_missing=0.35,
    phone_former=0.30, phone_slip=0.012,
    phone_abroad=0.08, number_again=0.10, number_of_another=0.0008,
)  # fmt: skip

ERRORS: dict[str, Errors] = {
    "crime": _ORDINARY,
    "custody": replace(
        _ORDINARY, middle_left_out=0.15, short_form=0.01, birth_missing=0.005, birth_slip=0.012, address_missing=0.05,
        typing_name=0.015, surname_missing=0.0, forename_missing=0.0,
    ),
    "intelligence": replace(
        _ORDINARY, short_form=0.12, initial_only=0.03, typing_name=0.04, other_spelling=0.05, birth_missing=0.35,
        birth_new_year=0.05, address_missing=0.45, phone_missing=0.75, forename_missing=0.05, surname_missing=0.04,
    ),
    "command_control": replace(
        _ORDINARY, short_form=0.09, typing_name=0.06, other_spelling=0.05, birth_missing=0.55, address_missing=0.25,
        surname_missing=0.06, forename_missing=0.05, phone_missing=0.12, middle_left_out=0.9,
    ),
    "stop_search": replace(
        _ORDINARY, birth_missing=0.05, birth_new_year=0.04, address_missing=0.2, typing_name=0.04, other_spelling=0.05,
    ),
    "safeguarding": replace(_ORDINARY, birth_missing=0.04, phone_missing=0.5, typing_name=0.02),
    "courts": replace(_ORDINARY, middle_left_out=0.05, short_form=0.003, birth_missing=0.02, typing_name=0.012,
                      other_spelling=0.015, names_swapped=0.003, address_missing=0.08),
}  # fmt: skip

NONE = Errors()

READ_ERRORS: dict[str, tuple[float, str, str]] = {
    "misread": (0.03, "plate misread: a character taken for one that looks like it",
                "what an asserted accuracy of 97 % leaves (Surveillance Camera Commissioner, speech of 21 November "
                "2016)"),
    "missing": (0.004, "plate read in part: one character missing", OURS),
    "again": (0.003, "the same read sent twice", OURS),
    "skewed": (0.05, "share of cameras whose clock runs up to 90 seconds off", OURS),
}  # fmt: skip
CLONES = 0.0006
"""Share of vehicles whose plate another vehicle bears."""

DEATH_KNOWN: dict[str, float] = {"crime": 0.5, "custody": 0.35, "safeguarding": 0.7}
"""Share of the dead of whose death a system has heard; it then writes the day on every line about them."""
TOLD_OF_THE_DEAD = 0.4
"""Share of later lines of intelligence that go on about somebody dead; the others are about somebody else."""

ROW_ERRORS: dict[str, tuple[float, str]] = {
    "late": (0.15, "of the last 45 days' events: come a month later"),
    "gone": (0.002, "events deleted a month later"),
    "corrected": (0.015, "rows about people put right a month later"),
    "again": (0.002, "events of crime, calls and stops entered twice under two numbers"),
    "skewed_camera": (0.05, "cameras whose clock is wrong"),
}


def table_lines() -> list[str]:
    """Return the rates as lines of a Markdown table: what, then the share in each system, then where it is from."""
    head = ["what goes wrong", *ERRORS, "source"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for f in fields(Errors):
        rates = [f"{100 * getattr(e, f.name):.3g} %" for e in ERRORS.values()]
        lines.append("| " + " | ".join([MEANING[f.name], *rates, SOURCES.get(f.name, OURS)]) + " |")
    return lines
