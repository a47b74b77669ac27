"""What is compared of a record: names by part, sound and short form, birth by part, address, numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping

import duckdb
import pyarrow as pa

from peelian.core.canonical_forms import canonical_address, canonical_phone, canonical_postcode
from peelian.core.name_keys import name_tokens, nickname_keys, phonetic_keys
from peelian.core.name_lists import HONORIFICS

Stops = Mapping[str, Collection[str]]

NEEDED = (
    "record_id", "source", "person_ref", "forenames", "surname", "aliases", "birth_on", "address", "postcode", "phones",
)  # fmt: skip
"""Columns of the people table that features are made of."""


def connect(threads: int) -> duckdb.DuckDBPyConnection:
    """Open an engine in memory that reaches nothing outside."""
    connection = duckdb.connect(config={"threads": threads, "enable_external_access": False})
    connection.execute("SET enable_progress_bar = false")
    return connection


def stop_digest(value: str) -> str:
    """Return the form under which a stop value stands in a release: 16 hex digits, so that no value is published."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def digest_sql(column: str) -> str:
    """Return SQL for :func:`stop_digest` of a text column."""
    return f"sha256({column})[:16]"


def make_features(people: pa.Table, stops: Stops, *, threads: int = 2) -> pa.Table:
    """Return what is compared, one row a record, by record id.

    Parameters
    ----------
    people : pyarrow.Table
        ``record_id``, ``source`` and the columns of a person table; extra columns are left alone.
    stops : mapping of str to digests
        ``address``, ``phone``: values too common to be evidence, as :func:`stop_digest` writes them.
    threads : int
        Threads of the engine; the result is the same for any number.

    Notes
    -----
    Each distinct text is put into its form once. Time grows with records, not with pairs.
    """
    with connect(threads) as con:
        con.register("people", people.select(list(NEEDED)))
        _register_forms(con, stops)
        return con.sql(_FEATURES).to_arrow_table()


def _register_forms(con: duckdb.DuckDBPyConnection, stops: Stops) -> None:
    """Give the engine a table for each column: the text as written, and what is made of it."""
    makers: tuple[tuple[str, str, Callable[[str], tuple[object, ...]], pa.Schema], ...] = (
        ("forename_forms", "forenames", _given_parts, _GIVEN),
        ("surname_forms", "surname", _surname_parts, _SURNAME),
        ("alias_forms", "aliases", _alias_parts, _ALIAS),
        ("address_forms", "address", lambda t: _address_parts(t, stops.get("address", ())), _ADDRESS),
        ("postcode_forms", "postcode", _postcode_parts, _POSTCODE),
        ("phone_forms", "phones", lambda t: (_phone_list(t, stops.get("phone", ())),), _PHONES),
    )
    for name, column, make, schema in makers:
        found = con.execute(f"SELECT DISTINCT {column} FROM people WHERE {column} <> ''").fetchall()
        rows = [(text, *make(text)) for (text,) in found]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
        con.register(name, pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema))


_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
_GIVEN = pa.schema(
    [("t", _TEXT), ("given", _TEXT), ("givens", _TEXTS), ("sounds", _TEXTS), ("nicks", _TEXTS), ("others", _TEXTS)]
)
_SURNAME = pa.schema([("t", _TEXT), ("surname", _TEXT), ("surnames", _TEXTS), ("sounds", _TEXTS)])
_ALIAS = pa.schema(
    [("t", _TEXT), ("given", _TEXT), ("surname", _TEXT)]
    + [(name, _TEXTS) for name in ("givens", "surnames", "gsounds", "ssounds")]
)
_ADDRESS = pa.schema([("t", _TEXT), ("address", _TEXT), ("words", _TEXTS), ("common", pa.bool_())])
_POSTCODE = pa.schema([("t", _TEXT), ("postcode", _TEXT), ("outward", _TEXT)])
_PHONES = pa.schema([("t", _TEXT), ("phones", _TEXTS)])


def _names(text: str) -> tuple[str, ...]:
    """Return the parts of a name; none when there is nothing but a form of address."""
    return tuple(t for t in name_tokens(text) if t not in HONORIFICS)


def _sounds_of(tokens: tuple[str, ...]) -> list[str]:
    return sorted({key for token in tokens if len(token) > 1 for key in phonetic_keys(token)})


def _given_parts(text: str) -> tuple[object, ...]:
    tokens = _names(text)
    if not tokens:
        return None, [], [], [], []
    nicks = nickname_keys(tokens[0])
    sounds = set(_sounds_of(tokens[:1])) | {phonetic_keys(n)[0] for n in nicks}
    return tokens[0], list(tokens), sorted(sounds), list(nicks), _sounds_of(tokens[1:])


def _surname_parts(text: str) -> tuple[object, ...]:
    tokens = _names(text)
    whole = "".join(tokens)
    return whole or None, sorted({*tokens, whole} - {""}), _sounds_of((*tokens[-1:], whole))


def _alias_parts(text: str) -> tuple[object, ...]:
    givens: set[str] = set()
    surnames: set[str] = set()
    for alias in text.split("|"):
        tokens = _names(alias)
        givens |= set(tokens[:-1] or tokens)
        surnames |= set(tokens[-1:])
    givens, surnames = ({t for t in s if len(t) > 1} for s in (givens, surnames))
    first = _names(text.split("|")[0])
    given, surname = (first[0], first[-1]) if len(first) > 1 else (None, None)
    return given, surname, sorted(givens), sorted(surnames), _sounds_of(tuple(givens)), _sounds_of(tuple(surnames))


def _address_parts(text: str, stops: Collection[str]) -> tuple[object, ...]:
    form = canonical_address(text)
    return form or None, sorted(set(form.split())), stop_digest(form) in stops


def _postcode_parts(text: str) -> tuple[object, ...]:
    form = canonical_postcode(text)
    outward = form.split(" ")[0] if " " in form else None
    return form or None, outward


def _phone_list(text: str, stops: Collection[str]) -> list[str]:
    forms = {canonical_phone(p) for p in text.split("|")}
    return sorted(p for p in forms if len(p) > 6 and stop_digest(p) not in stops)


_FEATURES = """
WITH births AS (
    SELECT record_id, birth_on::DATE AS birth_on FROM people WHERE birth_on::DATE::VARCHAR NOT IN (
        '0001-01-01', '1753-01-01', '1899-12-30', '1899-12-31', '1900-01-01', '1901-01-01', '1970-01-01', '9999-12-31')
), joined AS (
    SELECT p.record_id, p.source, nullif(p.person_ref, '') AS reference,
        coalesce(f.given, a.given) AS given,
        coalesce(s.surname, CASE WHEN f.given IS NULL THEN a.surname END) AS surname,
        list_sort(list_distinct(list_concat(coalesce(f.givens, []), coalesce(a.givens, [])))) AS givens,
        list_sort(list_distinct(list_concat(coalesce(s.surnames, []), coalesce(a.surnames, [])))) AS surnames,
        CASE WHEN f.given IS NULL THEN coalesce(a.gsounds, []) ELSE f.sounds END AS given_sounds,
        coalesce(f.nicks, []) AS given_nicks,
        CASE WHEN s.surname IS NULL AND f.given IS NULL THEN coalesce(a.ssounds, []) ELSE coalesce(s.sounds, []) END
            AS surname_sounds,
        list_concat(coalesce(f.others, []), coalesce(a.gsounds, []), coalesce(a.ssounds, [])) AS other_sounds,
        list_concat(coalesce(f.sounds, []), coalesce(a.gsounds, [])) AS all_given_sounds,
        list_concat(coalesce(s.sounds, []), coalesce(a.ssounds, [])) AS all_surname_sounds,
        b.birth_on, b.birth_on::VARCHAR AS birth_text,
        d.address, coalesce(d.words, []) AS address_words, coalesce(d.common, false) AS address_common,
        c.postcode, c.outward, c.outward || ' ' || c.postcode[length(c.outward) + 2] AS sector,
        coalesce(t.phones, []) AS phones
    FROM people p
    LEFT JOIN births b ON p.record_id = b.record_id
    LEFT JOIN forename_forms f ON p.forenames = f.t
    LEFT JOIN surname_forms s ON p.surname = s.t
    LEFT JOIN alias_forms a ON p.aliases = a.t
    LEFT JOIN address_forms d ON p.address = d.t
    LEFT JOIN postcode_forms c ON p.postcode = c.t
    LEFT JOIN phone_forms t ON p.phones = t.t
)
SELECT * EXCLUDE (all_given_sounds, all_surname_sounds),
    CASE WHEN surname IS NULL THEN given_sounds ELSE all_surname_sounds END AS last_sounds,
    year(birth_on) AS birth_year, month(birth_on) AS birth_month, day(birth_on) AS birth_day,
    coalesce(NOT ends_with(birth_text, '-01-01'), false) AS day_known,
    list_distinct(flatten(list_transform(all_given_sounds, lambda g:
        list_transform(all_surname_sounds, lambda s: concat(least(g, s), '+', greatest(g, s)))))) AS sound_pairs
FROM joined ORDER BY record_id
"""
