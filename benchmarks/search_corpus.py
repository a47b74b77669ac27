"""Made-up people to search among, and questions about them as they are typed; the same for us and for the peer.

Names are made of syllables, some common and most of them rare; three in ten have a first name of the list of short
forms. A third of the records are second records of the person before them, and are joined to those by a link.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import duckdb

from peelian.core.name_keys import phonetic_keys
from peelian.core.name_lists import CYRILLIC, SHORT_FORMS
from peelian.model.label import Label

LABEL = Label(frozenset({"crime-investigation", "victim-safeguarding"}), source="crime", force="northmere")

_SYLLABLES = (
    "ba be bo bra ca cla da del do fa fen ga gra ha hol jo ka ken la lin ma mar mo na nor o pa per ra ri sa shi ta "
    "tor va wal wen ya za zu"
).split()
_SHORT = {full: others for full, others in sorted(SHORT_FORMS.items()) if others and full.isascii()}
_NAME = "list_extract(s, 1 + ({k}) % 40) || list_extract(s, 1 + ({k}) // 40 % 40) || {more}"
_MADE = """
SELECT i, h, CASE WHEN h % 10 < 3 THEN list_extract({known}, 1 + h // 10 % {n_known}) ELSE {first} END AS forenames,
    {last} AS surname, DATE '1940-01-01' + (h % 25000)::INT AS birth_on
FROM (SELECT i, (hash(one) >> 1)::BIGINT AS h,
    (pow((hash(one + 7) >> 11)::DOUBLE / pow(2, 53), 3) * 2000000)::BIGINT AS f, {syllables} AS s
    FROM (SELECT i, i - (i % 3 = 1)::BIGINT AS one FROM range({start}, {end}) t(i)))
"""
_ROWS = """
SELECT 'NM/' || i AS event_ref, 0::BIGINT AS person_no, 'witness' AS role, 'WITN' AS role_stated, '' AS person_ref,
    forenames, surname, '' AS aliases, birth_on, NULL::DATE AS died_on,
    (h % 240 + 1) || ' ' || list_extract({syllables}, 1 + h % 40) || list_extract({syllables}, 1 + h // 40 % 40)
    || 'm Road' AS address, '' AS postcode,
    '+4477' || lpad((h % 100000000)::VARCHAR, 8, '0') AS phones, md5('r' || i) AS record_id,
    md5('r' || i) AS subject_id, 'part-' || (i // 100000) AS slice_id, md5('v' || i) AS row_hash,
    {label}::BIGINT AS label_id, DATE '2042-01-01' AS expires_on, 1750000000000000 AS recorded_at FROM ({made})
"""
_LINKS = """
SELECT least(md5('r' || i), md5('r' || (i - 1))) AS record_a, greatest(md5('r' || i), md5('r' || (i - 1))) AS record_b,
    20000::BIGINT AS weight_mbit, '' AS reason, 'release' AS release,
    CASE WHEN md5('r' || i) < md5('r' || (i - 1)) THEN md5('v' || i) ELSE md5('v' || (i - 1)) END AS hash_a,
    CASE WHEN md5('r' || i) < md5('r' || (i - 1)) THEN md5('v' || (i - 1)) ELSE md5('v' || i) END AS hash_b,
    least(md5('r' || i), md5('r' || (i - 1))) AS widest_a, least(md5('r' || i), md5('r' || (i - 1))) AS widest_b,
    md5('e' || i) AS record_id, md5('e' || i) AS subject_id, 'links' AS slice_id, md5('w' || i) AS row_hash,
    {label}::BIGINT AS label_id, DATE '2042-01-01' AS expires_on, 1750000000000000 AS recorded_at
FROM range({start}, {end}) t(i) WHERE i % 3 = 1
"""


def people_sql(start: int, end: int) -> str:
    """Write the statement that makes people: ``i h forenames surname birth_on``."""
    rest = "list_extract(s, 1 + ({k}) // 1600 % 40) || list_extract(s, 1 + ({k}) // 64000 % 40)"
    return _MADE.format(
        known=list(_SHORT),
        n_known=len(_SHORT),
        first=_NAME.format(k="f % 90000", more="list_extract(s, 1 + (f % 90000) // 1600 % 40)"),
        last=_NAME.format(k="f", more=rest.format(k="f")),
        syllables=_SYLLABLES,
        start=start,
        end=end,
    )


def rows_sql(start: int, end: int) -> str:
    """Write the statement that makes their records, as they are stored."""
    return _ROWS.format(made=people_sql(start, end), label=LABEL.label_id, syllables=_SYLLABLES)


def links_sql(start: int, end: int) -> str:
    """Write the statement that makes the links between first and second records."""
    return _LINKS.format(label=LABEL.label_id, start=start, end=end)


def count_tokens(n: int) -> int:
    """Count the distinct parts of names among some people."""
    with duckdb.connect(config={"threads": 2}) as con:
        both = f"SELECT unnest([lower(forenames), lower(surname)]) AS token FROM ({people_sql(0, n)})"
        found = con.sql(f"SELECT count(DISTINCT token) FROM ({both})").fetchall()
    return int(found[0][0])


@dataclass(frozen=True)
class Typed:
    """A question as it is typed, in which way it is bent, who is meant, and the name alone for the peer."""

    kind: str
    text: str
    forenames: str
    surname: str
    birth_on: date
    name: str

    @property
    def born_asked(self) -> date | None:
        """Return the birth date of who is meant, where one was typed."""
        return self.birth_on if any(c.isdigit() for c in self.text) else None


def slip(name: str, rng: random.Random) -> str:
    """Leave out a letter, or swap two."""
    at = rng.randrange(1, len(name) - 1)
    return rng.choice((name[:at] + name[at + 1 :], name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]))


def respell(name: str, rng: random.Random) -> str:
    """Write a name in another way that sounds the same: other vowels, or another letter for a sound."""
    ways = (("k", "c"), ("c", "k"), ("f", "ph"), ("s", "z"), ("a", "e"), ("o", "u"))
    made = [name[0] + name[1:].replace(a, b) for a, b in ways if a in name[1:]]
    alike = [m for m in made if set(phonetic_keys(m)) & set(phonetic_keys(name))]
    return rng.choice(alike) if alike else name


def in_cyrillic(name: str) -> str:
    """Write a name in Cyrillic letters."""
    letters = {latin: c for c, latin in reversed(CYRILLIC.items()) if latin}
    text = name.lower()
    for latin in sorted(letters, key=len, reverse=True):
        text = text.replace(latin, letters[latin])
    return text


def slip_of_day(on: date, rng: random.Random) -> date:
    """Swap day and month where that is a day, or change the last digit of the year; a leap day loses one of its own."""
    if on.day <= 12 and on.day != on.month:
        return on.replace(month=on.day, day=on.month)
    if (on.month, on.day) == (2, 29):
        return on.replace(day=28)
    return on.replace(year=on.year // 10 * 10 + (on.year + rng.randrange(1, 9)) % 10)


def _short(first: str, rng: random.Random) -> str:
    known = _SHORT.get(first)
    return rng.choice(sorted(known)) if known else first


Bend = Callable[[str, str, date, random.Random], tuple[str, str]]
"""From a name and a birth date to what is typed, and to the name alone that the peer is asked for."""

BENT: dict[str, Bend] = {
    "as it is written": lambda f, s, b, rng: (f"{f} {s}",) * 2,
    "a letter slipped": lambda f, s, b, rng: (f"{f} {slip(s, rng)}",) * 2,
    "half a name and a birth date": lambda f, s, b, rng: (f"{s} {b.isoformat()}", s),
    "names the other way round": lambda f, s, b, rng: (f"{s} {f}",) * 2,
    "sounding alike": lambda f, s, b, rng: (f"{f} {respell(s, rng)}",) * 2,
    "a short form": lambda f, s, b, rng: (f"{_short(f, rng)} {s}",) * 2,
    "in other letters": lambda f, s, b, rng: (f"{in_cyrillic(f)} {in_cyrillic(s)}",) * 2,
    "a slip in the birth date": lambda f, s, b, rng: (f"{f} {s} {slip_of_day(b, rng).isoformat()}", f"{f} {s}"),
}
"""The ways in which people misremember somebody."""


def typed_questions(n: int, each: int) -> list[Typed]:
    """Make questions as they are typed, so many of each kind, about people picked at random.

    Those asked for by a short form have a name that the list knows.
    """
    rng = random.Random(4)
    with duckdb.connect(config={"threads": 1}) as con:
        sample = f"USING SAMPLE reservoir({4 * each * len(BENT)} ROWS) REPEATABLE (4)"
        picked = con.sql(f"SELECT forenames, surname, birth_on FROM ({people_sql(0, n)}) {sample}").fetchall()
    known = [p for p in picked if p[0] in _SHORT][:each]
    others = iter([p for p in picked if p not in known])
    asked = []
    for kind, bend in BENT.items():
        for first, last, born in known if kind == "a short form" else [next(others) for _ in range(each)]:
            text, name = bend(first, last, born, rng)
            asked.append(Typed(kind, text, first, last, born, name))
    rng.shuffle(asked)
    return asked
