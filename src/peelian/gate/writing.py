"""Writing rows: judge, record, stamp, commit. Rows take their mandate's label and the charter's expiry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pyarrow as pa

from peelian.core.errors import InvalidError, Reason
from peelian.gate.amendments import as_amended
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist, refuse
from peelian.gate.presence import Presence
from peelian.gate.stamp import EVENT_ON, NO_END, Labelled, Period, label_rows, stamp_rows, still_kept
from peelian.model.label import Label, label_from_dict
from peelian.model.mandate import Mandate
from peelian.model.plain_words import table_words
from peelian.policy.rules import Verdict
from peelian.store.desk import CommitMade, FileSeen
from peelian.store.draft import Change


@dataclass(frozen=True)
class Delivery:
    """One slice of a source, as the source hands it over: everything it now says about that slice.

    Parameters
    ----------
    slice_id : str
        The unit that is replaced as a whole.
    tables : mapping of str to pa.Table
        Table name -> all its rows, unstamped; an empty table means that the slice now has none.
    fingerprint : str
        64 hex digits over file, contract and options; kept so that the same delivery need not be read again.
    counts : mapping
        What happened to the rows at the door, for the ledger.
    """

    slice_id: str
    tables: Mapping[str, pa.Table]
    fingerprint: str
    counts: Mapping[str, object]


@dataclass(frozen=True)
class Written:
    """What one commit changed."""

    seq: int
    changes: Mapping[str, Change]
    entry: int
    expired: Mapping[str, int]  # rows by table whose retention had ended before they came: left at the door


def post_deliveries(house: House, presence: Presence, mandate_id: str, deliveries: Sequence[Delivery]) -> Written:
    """Write what a source delivered, as one commit.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``mandate-without-label`` when the mandate does not say what its rows may be used for;
        ``event-day-missing``.

    Notes
    -----
    A refusal also meets rows whose label the mandate does not cover (``label-outside-mandate``), and columns of a
    partner that its sharing mandate does not name (``shared-beyond-mandate``).
    """
    now = circumstances(house, presence, mandate_id)
    tables = sorted({name for d in deliveries for name in d.tables})
    tool = now.mandate.target if now.mandate else ""
    detail = {"mandate": mandate_id, "slices": [d.slice_id for d in deliveries]}
    _check_dated(deliveries)
    for table in sorted(tables, key=lambda name: name == "quarantine"):  # the table it is about says why not
        house.lake.spec(table)
        verdict = house.rulebook.judge_post(presence.actor, now, "rows", table)
        insist(house, presence, verdict, f"write {table_words(table)}", tool, detail)
    assert now.mandate is not None, "a yes without a mandate"
    base = source_label(house, now.mandate)
    try:
        labelled = _label(now.mandate, base, deliveries)
        _check_shared(house, now.mandate, deliveries)
    except InvalidError as error:
        reasons = (Reason(error.code, error.what, now.mandate.owner, error.do),)
        refuse(house, presence, Verdict(False, reasons, house.rulebook.policy_hash), "write rows", tool, detail)
    body = presence.who() | detail | {"counts": [dict(d.counts) for d in deliveries]}
    [entry] = house.recorder.record([Act("collection", tool, now.purpose, "allow", body, presence.reason)])
    known = {i: label for parts in labelled for part in parts.values() for i, label in part.labels.items()}
    house.desk.put_labels(house.grant("write", "labels", entry=entry), known)
    written = _commit(house, now.mandate, labelled, deliveries, tables, entry)
    house.forget_labels()
    return written


def _label(mandate: Mandate, base: Label, deliveries: Sequence[Delivery]) -> list[dict[str, Labelled]]:
    """Build every row's label: the gate alone does. What a source says of a row is laid over its mandate's label."""
    varies = mandate.label.get("varies", {})
    assert isinstance(varies, Mapping), "a charter that is loaded"
    return [{name: label_rows(rows, base, varies) for name, rows in d.tables.items()} for d in deliveries]


def _check_shared(house: House, mandate: Mandate, deliveries: Sequence[Delivery]) -> None:
    """Insist that a partner's rows fill no column that the sharing mandate does not name (red line 11)."""
    if mandate.subject != "sharing":
        return
    for table, rows in ((name, rows) for d in deliveries for name, rows in d.tables.items() if name != "quarantine"):
        filled = {c for c in house.lake.spec(table).column_names if rows.column(c).null_count < rows.num_rows}
        outside = sorted(c for c in filled if f"{table}.{c}" not in mandate.scope.columns)
        if outside:
            raise InvalidError(
                "shared-beyond-mandate",
                f"Mandate {mandate.id} does not name these fields: {', '.join(outside)}.",
                why="What a partner shares is agreed field by field, in public (red line 11).",
                do="Have the fields agreed, or drop them in the source's contract.",
                facts={"table": table, "columns": len(outside)},
            )


def _check_dated(deliveries: Sequence[Delivery]) -> None:
    tables = [t for d in deliveries for t in d.tables.values()]
    if any(EVENT_ON not in t.column_names or t.column(EVENT_ON).null_count for t in tables):
        raise InvalidError(
            "event-day-missing",
            "A source delivered rows without the day from which they are kept.",
            why="Retention counts from that day: such a row would never expire, and nobody could ever see it.",
            do="Say in the source's contract from which day its rows are kept.",
        )


def _commit(
    house: House,
    mandate: Mandate,
    labelled: Sequence[Mapping[str, Labelled]],
    deliveries: Sequence[Delivery],
    tables: Sequence[str],
    entry: int,
) -> Written:
    keep, until = _keep(house, mandate), _until(house, mandate)
    grant = house.grant("write", *tables, entry=entry)
    expired: dict[str, int] = {}
    with house.writer.begin(grant, house.journal(), house.clock) as transaction:
        for table in tables:
            of = zip(deliveries, labelled, strict=True)
            parts = [
                stamp_rows(d.tables[table], known[table].label_ids, keep, until) for d, known in of if table in known
            ]
            rows, expired[table] = still_kept(pa.concat_tables(parts), house.clock.now().date())
            rows = as_amended(house, table, rows)
            transaction.replace_slices(table, rows, [d.slice_id for d in deliveries if table in d.tables])
        seq = transaction.commit()
    _note_commit(house, mandate, deliveries, seq)
    return Written(seq, dict(transaction.changes), entry, expired)


def _note_commit(house: House, mandate: Mandate, deliveries: Sequence[Delivery], seq: int) -> None:
    """Index the commit by time and the deliveries by fingerprint. The ledger stays the authority for both."""
    done = house.head.follow().done
    assert done is not None and done.seq == seq, "the commit just made is the last one done"
    house.desk.add_commit(house.grant("write", "commits"), CommitMade(seq, done.at, done.vector))
    grant = house.grant("write", "files_seen")
    for d in deliveries:
        if d.fingerprint:
            house.desk.add_file_seen(grant, FileSeen(mandate.target, d.fingerprint, d.slice_id, seq, done.at))


def fingerprints(house: House, presence: Presence, mandate_id: str, table: str = "") -> dict[str, str]:
    """Return for each slice of a source the fingerprint of the delivery it was last written from.

    Which slices a source has says what is held, so only whoever may write them may ask.

    Parameters
    ----------
    table : str
        A table that the source feeds: the rules are asked about it; one that the mandate names if none is given.
    """
    now = circumstances(house, presence, mandate_id)
    tables = sorted(now.mandate.scope.tables) if now.mandate else []
    tool = now.mandate.target if now.mandate else ""
    verdict = house.rulebook.judge_post(presence.actor, now, "rows", table or next(iter(tables), ""))
    insist(house, presence, verdict, "list the slices of a source", tool, {"mandate": mandate_id})
    return house.desk.last_seen(house.grant("read", "files_seen"), tool)


def source_label(house: House, mandate: Mandate) -> Label:
    """Return the label that a source's rows take: from its mandate, with force and source filled in."""
    if not mandate.label:
        raise InvalidError(
            "mandate-without-label",
            f"Mandate {mandate.id} does not say what its rows may be used for.",
            why="A row without a label could be used for anything.",
            do="Give the mandate a label with purposes.",
        )
    empty = Label(frozenset()).as_dict()
    return label_from_dict(empty | mandate.label | {"source": mandate.target, "force": house.charter.force.id})


def _until(house: House, mandate: Mandate) -> date:
    """Return the day after which nothing of a source is kept: what a partner shares ends with the agreement."""
    if mandate.subject != "sharing":
        return NO_END
    return mandate.ends_at.astimezone(ZoneInfo(house.charter.jurisdiction.timezone)).date()


def _keep(house: House, mandate: Mandate) -> Period:
    """Turn the retention class's ISO 8601 period into months and days; the charter holds citation and date."""
    if mandate.retention_class not in house.charter.retention:
        raise InvalidError(
            "retention-missing",
            f"Mandate {mandate.id} names no retention class.",
            why="Every row has a day on which it expires.",
            do="Name a class of charter/retention.yml in the mandate.",
        )
    return read_period(house.charter.retention[mandate.retention_class].period)


def read_period(period: str) -> Period:
    """Turn a period like ``P6Y`` or ``P90D`` into months and days, a day at the least."""
    numbers, digits = {"Y": 0, "M": 0, "D": 0}, ""
    for character in period.removeprefix("P"):
        if character.isdigit():
            digits += character
        else:
            numbers[character], digits = int(digits), ""
    months, days = 12 * numbers["Y"] + numbers["M"], numbers["D"]
    return Period(months, days if months or days else 1)
