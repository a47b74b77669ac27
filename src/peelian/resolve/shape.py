"""What of two records is compared, in what steps, and which records are compared at all.

A comparison is a ladder: the first step whose condition holds counts, the last one holds always. Conditions are SQL
over the columns of :mod:`peelian.resolve.features`, the left record's with ``_l`` and the right one's with ``_r``.
The same text is learnt on (Splink), compared with (:mod:`peelian.resolve.link`) and explained from
(:mod:`peelian.resolve.explain`): there is one definition of what was compared.

A blocking key is a text made of one record alone. Two records are compared when they share a key.
INVARIANT: no key and no rule depends on how many records there are. Values that are no evidence (a call centre's
number, the sounds of John Smith) are *stop values*, learnt once in training and frozen in the release.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of a ladder.

    Attributes
    ----------
    name : str
        Stable, kebab-case; weights in a release are kept under it.
    when : str
        SQL condition; empty for the last step, which always holds.
    says : str
        The step in words, as it is read out.
    m, u : float
        Share of pairs of one person, and of two people, at this step: what stands where training saw too few.
    kind : str
        ``unknown`` (weighs nothing), ``agrees``, ``near`` or ``differs``: what rules about names and about
        corroboration go by.
    terms : str
        Column whose frequency adjusts the weight: a shared rare name says more than a shared common one.
    """

    name: str
    when: str
    says: str
    m: float = 0.0
    u: float = 0.0
    kind: str = "agrees"
    terms: str = ""


@dataclass(frozen=True)
class Ladder:
    """One comparison: its steps, most alike first, those that know nothing before all."""

    name: str
    title: str
    columns: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def known(self) -> tuple[Step, ...]:
        """Steps that weigh something."""
        return tuple(step for step in self.steps if step.kind != "unknown")


def _unknown(when: str) -> Step:
    return Step("unknown", when, "not known of both", kind="unknown")


NEITHER_KNOWN = Step("neither-known", "birth_on_l IS NULL AND birth_on_r IS NULL", "known of neither", kind="unknown")
"""No record of the two gives a date of birth: see the rule for a name and a home in :mod:`peelian.resolve.score`."""

GENERATION = Step(
    "generation",
    "abs(birth_year_l - birth_year_r) >= 15",
    "born fifteen years or more apart",
    0.01,
    0.75,
    kind="differs",
)
"""As far apart as a parent and a child, who may share a name and a home."""


def _else(says: str, m: float, u: float) -> Step:
    return Step("different", "", says, m, u, kind="differs")


def _alike(column: str, least: float) -> str:
    """Return SQL for: spelt alike, or one slip apart in four letters or more, be it in the first."""
    return _spelt_alike(f"{column}_l", f"{column}_r", least)


def _spelt_alike(left: str, right: str, least: float) -> str:
    lengths = f"least(length({left}), length({right})) >= 4 AND abs(length({left}) - length({right})) <= 1"
    slip = f"{lengths} AND damerau_levenshtein({left}, {right}) <= 1"
    return f"jaro_winkler_similarity({left}, {right}, {least}) >= {least} OR ({slip})"


_SHORT = (
    "list_has_any(given_nicks_l, given_nicks_r) OR (least(length(given_l), length(given_r)) >= 3"
    " AND (starts_with(given_l, given_r) OR starts_with(given_r, given_l)))"
)


def _swapped(one: str, other: str) -> str:
    """Return SQL for: one's names stand the other way round, a slip in its surname allowed.

    A surname where a first name should be agrees with everybody else's of the family; the first name has to as well.
    """
    spelt = _spelt_alike(f"surname_{one}", f"given_{other}", 0.9)
    return f"(list_contains(surnames_{other}, given_{one}) AND ({spelt}))"


GIVEN = Ladder(
    "given",
    "first name",
    ("given", "givens", "surname", "surnames", "given_sounds", "given_nicks"),
    (
        _unknown("given_l IS NULL OR given_r IS NULL"),
        Step("same", "given_l = given_r", "same first name", 0.6, 0.01, terms="given"),
        Step("short-form", _SHORT, "one may be short for the other", 0.08, 0.005),
        Step("alike", _alike("given", 0.9), "first names spelt alike", 0.06, 0.005),
        Step("sounds", "list_has_any(given_sounds_l, given_sounds_r)", "first names sound alike", 0.03, 0.01),
        Step(
            "only-name",
            "(surname_l IS NULL AND list_contains(surnames_r, given_l))"
            " OR (surname_r IS NULL AND list_contains(surnames_l, given_r))",
            "the only name given is the other's surname",
            0.02,
            0.001,
            kind="near",
        ),
        Step(
            "among-others",
            f"list_has_any(givens_l, givens_r) OR {_swapped('l', 'r')} OR {_swapped('r', 'l')}",
            "one's first name is among the other's names",
            0.08,
            0.01,
            kind="near",
        ),
        Step(
            "initial",
            "(length(given_l) = 1 OR length(given_r) = 1) AND given_l[1] = given_r[1]",
            "same initial",
            0.05,
            0.01,
            kind="near",
        ),
        _else("different first names", 0.1, 0.93),
    ),
)

SURNAME = Ladder(
    "surname",
    "surname",
    ("surname", "surnames", "givens", "surname_sounds"),
    (
        _unknown("surname_l IS NULL OR surname_r IS NULL"),
        Step("same", "surname_l = surname_r", "same surname", 0.75, 0.002, terms="surname"),
        Step("alike", _alike("surname", 0.92), "surnames spelt alike", 0.1, 0.002),
        Step("sounds", "list_has_any(surname_sounds_l, surname_sounds_r)", "surnames sound alike", 0.03, 0.004),
        Step(
            "among-others",
            "list_has_any(surnames_l, surnames_r) OR list_has_any(surnames_l, givens_r)"
            " OR list_has_any(givens_l, surnames_r)",
            "one's surname is among the other's names",
            0.04,
            0.004,
            kind="near",
        ),
        Step(
            "somewhat-alike",
            "jaro_winkler_similarity(surname_l, surname_r, 0.82) >= 0.82",
            "surnames somewhat alike",
            0.02,
            0.01,
            kind="near",
        ),
        _else("different surnames", 0.06, 0.97),
    ),
)

_PARTS_ALIKE = (
    "(birth_year_l = birth_year_r)::INT + (birth_month_l = birth_month_r)::INT + (birth_day_l = birth_day_r)::INT"
)
# Two dates written alike are one slip apart only within one part, so the two others agree; two slips leave one part
# as it was. Asking that first spares nearly all pairs the comparison of letters, and changes nothing.

BIRTH = Ladder(
    "birth",
    "date of birth",
    ("birth_on", "birth_text", "birth_year", "birth_month", "birth_day", "day_known"),
    (
        NEITHER_KNOWN,
        _unknown("birth_on_l IS NULL OR birth_on_r IS NULL"),
        Step("same-new-year", "birth_on_l = birth_on_r AND NOT day_known_l",
             "same date of birth, 1 January, which is often written for want of a day", 0.05, 0.0005),
        Step("same", "birth_on_l = birth_on_r", "same date of birth", 0.7, 0.0001),
        Step("year-only", "birth_year_l = birth_year_r AND NOT (day_known_l AND day_known_r)",
             "same year of birth, one without a day", 0.03, 0.001),
        Step("slip", f"{_PARTS_ALIKE} = 2 AND (day_known_l OR day_known_r)"
             " AND damerau_levenshtein(birth_text_l, birth_text_r) <= 1",
             "dates of birth one slip apart", 0.08, 0.0008),
        Step("day-month-swapped",
             "birth_year_l = birth_year_r AND birth_month_l = birth_day_r AND birth_day_l = birth_month_r",
             "day and month of birth swapped", 0.01, 0.0001),
        Step("two-parts", f"{_PARTS_ALIKE} >= 2 AND (day_known_l OR day_known_r)",
             "two of day, month and year of birth agree", 0.05, 0.004),
        Step("two-slips", f"{_PARTS_ALIKE} = 1 AND (day_known_l OR day_known_r)"
             " AND damerau_levenshtein(birth_text_l, birth_text_r) <= 2",
             "dates of birth two slips apart", 0.03, 0.02, kind="near"),
        Step("close-years", "abs(birth_year_l - birth_year_r) <= 1", "born within about a year", 0.02, 0.03,
             kind="near"),
        GENERATION,
        _else("different dates of birth", 0.02, 0.2),
    ),
)  # fmt: skip

HOME = Ladder(
    "home",
    "address",
    ("address", "postcode", "outward", "sector", "address_words", "address_common"),
    (
        _unknown("(postcode_l IS NULL OR postcode_r IS NULL) AND (address_l IS NULL OR address_r IS NULL)"),
        Step("same-both", "address_l = address_r AND postcode_l = postcode_r", "same address and postcode",
             0.4, 0.00002),
        Step("same-postcode", "postcode_l = postcode_r", "same postcode", 0.2, 0.0001, terms="postcode"),
        Step("same-address", "address_l = address_r AND NOT address_common_l", "same address", 0.1, 0.0001),
        Step("address-alike",
             "len(list_intersect(address_words_l, address_words_r)) >= 2 AND NOT address_common_l"
             " AND 5 * len(list_intersect(address_words_l, address_words_r))"
             " >= 3 * greatest(len(address_words_l), len(address_words_r))", "addresses alike", 0.05, 0.0005),
        Step("same-common-address", "address_l = address_r", "same address, one that many give", 0.03, 0.002,
             terms="address"),
        Step("same-sector", "sector_l = sector_r", "same postcode sector", 0.02, 0.0005),
        Step("same-district", "outward_l = outward_r", "same postcode district", 0.05, 0.005, kind="near"),
        _else("different addresses", 0.2, 0.99),
    ),
)  # fmt: skip

PHONE = Ladder(
    "phone",
    "telephone",
    ("phones",),
    (
        _unknown("len(phones_l) = 0 OR len(phones_r) = 0"),
        Step("shared", "list_has_any(phones_l, phones_r)", "a telephone number in common", 0.5, 0.00002),
        _else("no telephone number in common", 0.5, 0.99998),
    ),
)

REFERENCE = Ladder(
    "reference",
    "the system's own number",
    ("reference", "source"),
    (
        _unknown("reference_l IS NULL OR reference_r IS NULL OR source_l <> source_r"),
        Step("same", "reference_l = reference_r", "the same system's number for the person", 0.9, 0.000005),
        _else("different numbers in one system", 0.1, 0.999995),
    ),
)

LADDERS: tuple[Ladder, ...] = (GIVEN, SURNAME, BIRTH, HOME, PHONE, REFERENCE)
NAMES = ("given", "surname")

_SOUNDS = "list_distinct(list_concat(given_sounds, surname_sounds, other_sounds))"


def _one(letter: str, when: str, *parts: str) -> str:
    return f"CASE WHEN {when} THEN [concat_ws('|', '{letter}', {', '.join(parts)})] END"


def _each(letter: str, when: str, of: str, *parts: str) -> str:
    key = ", ".join((*parts, "x"))
    return f"CASE WHEN {when} THEN list_transform({of}, lambda x: concat_ws('|', '{letter}', {key})) END"


_INITIALS = "list_distinct([given[1], surname[1]])"
_HOME = "address IS NOT NULL AND NOT address_common"

BLOCKING: tuple[tuple[str, str], ...] = (
    ("reference", _one("R", "reference IS NOT NULL", "source", "reference")),
    ("phone", _each("P", "true", "phones")),
    ("birth-and-a-sound", _each("B", "day_known", _SOUNDS, "birth_text")),
    ("postcode-and-a-sound", _each("C", "postcode IS NOT NULL", _SOUNDS, "postcode")),
    ("address-and-a-sound", _each("A", _HOME, _SOUNDS, "address")),
    ("postcode-and-birth", _one("D", "postcode IS NOT NULL AND day_known", "postcode", "birth_text")),
    ("postcode-and-initial", _each("E", "postcode IS NOT NULL", _INITIALS, "postcode")),
    ("address-and-initial", _each("F", _HOME, _INITIALS, "address")),
    ("year-and-both-sounds", _each("Y", "birth_year IS NOT NULL", "sound_pairs", "birth_year")),
    ("day-month-and-both-sounds", _each("M", "day_known", "sound_pairs", "birth_text[6:]")),
    ("address-and-both-sounds", _each("W", "address_common", "sound_pairs", "address")),
    ("district-and-both-sounds", _each("O", "outward IS NOT NULL", "sound_pairs", "outward")),
    ("both-sounds", _each("N", "true", "sound_pairs")),
)
"""Name of the rule, and the list of keys that a record has under it (SQL over the record's features)."""

WIDE: tuple[tuple[str, str], ...] = (
    ("surname", _one("S", "surname IS NOT NULL OR given IS NOT NULL", "coalesce(surname, given)")),
    ("birth-and-initial", _each("I", "day_known", _INITIALS, "birth_text")),
    ("month-and-a-sound", _each("T", "day_known", _SOUNDS, "birth_text[:7]")),
    ("day-month-and-a-sound", _each("K", "day_known", _SOUNDS, "birth_text[6:]")),
    ("initial-and-start-of-surname", _one("G", "given IS NOT NULL AND length(surname) > 4", "given[1]", "surname[:4]")),
    ("first-name-and-initial", _one("H", "length(given) > 1 AND surname IS NOT NULL", "given", "surname[1]")),
    ("year-first-name-and-initial",
     _one("J", "birth_year IS NOT NULL AND length(given) > 1 AND surname IS NOT NULL", "birth_year", "given",
          "surname[1]")),
    ("common-address-first-name-and-initial",
     _one("Q", "address_common AND length(given) > 1 AND surname IS NOT NULL", "address", "given", "surname[1]")),
    ("common-address-and-first-name-sound", _each("Z", "address_common", "given_sounds", "address")),
    ("district-and-first-name-sound", _each("L", "outward IS NOT NULL", "given_sounds", "outward")),
    ("year-and-surname-sound", _each("U", "birth_year IS NOT NULL", "last_sounds", "birth_year")),
    ("common-address-and-surname-sound", _each("V", "address_common", "last_sounds", "address")),
    ("common-address-year-and-initial",
     _each("X", "address_common AND birth_year IS NOT NULL", _INITIALS, "address", "birth_year")),
)  # fmt: skip
"""Rules that reach further and compare more: for releases trained for up to a few million records."""

NAME_RULES = ("N", "S", "G", "H")
"""Letters of rules that hold nothing but a name: their keys borne by many are stop values of a release."""


def sql_of_names(rule: str) -> bool:
    """Say whether a rule's keys hold nothing but a name."""
    return any(f"concat_ws('|', '{letter}'" in rule for letter in NAME_RULES)
