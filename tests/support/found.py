"""Hand-made answers of looking up: for charts and pages, without a deployment."""

from __future__ import annotations

from datetime import UTC, date, datetime

from peelian.find.answer import (
    Answer,
    CheckRow,
    CheckTable,
    Connection,
    Coverage,
    Fact,
    Found,
    Hit,
    IncidentPage,
    PersonThere,
    Profile,
    Section,
    SourceSearched,
    Understood,
)

TODAY = date(2026, 11, 22)

COVERAGE = Coverage(
    sources=(
        SourceSearched("crime", "Crime recording", True, loaded_at=datetime(2026, 11, 22, 6, 10, tzinfo=UTC)),
        SourceSearched("custody", "Custody", True, loaded_at=datetime(2026, 11, 22, 8, 56, tzinfo=UTC)),
        SourceSearched("anpr", "Plate readers", False, ("Nothing came in since 02:10.",)),
        SourceSearched("housing", "Housing", False, ("No agreement covers this purpose.",)),
    ),
    newest_at=datetime(2026, 11, 22, 8, 56, tzinfo=UTC),
    purpose="Investigating a crime",
    entry=4712,
)

KNIFE = Fact(
    "warning", "Weapons: carries a knife", "custody", date(2025, 5, 3), date(2027, 5, 3), "2B", "assessment",
    table="warning", record_id="w1", contested=True,
)  # fmt: skip


def fact(
    number: int,
    says: str,
    *,
    source: str = "crime",
    on: date | None = date(2026, 3, 3),
    event: str = "",
    role: str = "",
) -> Fact:
    """Make a fact of a record of that number."""
    return Fact(
        "role", says, source, on, role=role, event=event, table=f"{source}_person", record_id=f"{source}-{number}"
    )


def link(
    kind: str,
    key: str,
    title: str,
    number: int,
    *,
    on: date | None = date(2026, 3, 3),
    born: date | None = None,
    **more: str,
) -> Connection:
    """Make a connection that a record of that number says."""
    because = "in the same event"
    return Connection(kind, key, title, because, fact(number, title, on=on, **more), born)  # type: ignore[arg-type]


def profile(
    kind: str,
    key: str,
    title: str,
    *links: Connection,
    under_18: bool = False,
    born: date | None = None,
    warnings: tuple[Fact, ...] = (),
    facts: tuple[Fact, ...] = (),
) -> Profile:
    """Make a profile."""
    births = (Fact("born", str(born), "crime", TODAY, table="p", record_id="b"),) if born else ()
    part = (Section("involved", "Part in events", facts),) if facts else ()
    return Profile(
        kind, key, title, COVERAGE, warnings, under_18, born=births, sections=part, connections=tuple(links),
        notes=("Some records may not be shown for this purpose.",),
    )  # fmt: skip


JOHN = profile(
    "person",
    "john",
    "John SMITH",
    link("vehicle", "plate-1", "AB12 CDE, blue Ford Focus", 1, event="Burglary, C/1"),
    link("address", "place-1", "14 Mill Road, ZZ1 1AA", 2, on=date(2024, 1, 5)),
    link("person", "jane", "Jane DOE", 3, event="Burglary, C/1", born=date(1990, 2, 1)),
    link("person", "kim", "Kim LEE", 4, event="Missing, M/9", born=date(2012, 2, 1), source="safeguarding"),
    link("person", "alex", "Alex POE", 5, on=None),
    born=date(1988, 4, 12),
    warnings=(KNIFE,),
    facts=(fact(1, "Arrested", source="custody", event="Detention, K/2", role="suspect"),),
)

JANE = profile(
    "person",
    "jane-2",  # asked for as jane, it answers to another key
    "Jane DOE",
    link("person", "john", "John SMITH", 3, event="Burglary, C/1", born=date(1988, 4, 12)),
    link("phone", "tel-1", "07700 900123", 6),
    link("vehicle", "plate-1", "AB12 CDE, blue Ford Focus", 7, on=date(2026, 9, 1)),
    born=date(1990, 2, 1),
)

OPENED = ((("person", "john"), JOHN), (("person", "jane"), JANE))


def hit(kind: str, title: str, number: int, *, why: str = "surname sounds alike") -> Hit:
    """Make a hit."""
    told = fact(number, title, event=f"Burglary, C/{number}", role="suspect" if kind == "person" else "")
    details = (("address", "14 Mill Road"),) if kind == "person" else ()
    return Hit(kind, title, told.table, told.record_id, (why,), 800, told, details=details)


ANSWER = Answer(
    understood=(Understood("name", "jhon smyth"),),
    found=(
        Found(
            "person", "john", "John SMITH", ("surname sounds alike", "first name typed wrong"), 830,
            (hit("person", "John SMITH", 1), hit("person", "J SMITH", 2)), date(1988, 4, 12), maybe_same=("jon",),
        ),
        Found("person", "jon", "Jon SMYTHE", ("surname sounds alike",), 500, (hit("person", "Jon SMYTHE", 8),)),
        Found("vehicle", "AB12CDE", "AB12 CDE", ("two letters are as typed",), 400, (hit("vehicle", "AB12 CDE", 3),)),
    ),
    coverage=COVERAGE,
    notes=("Some records may not be shown for this purpose.",),
)  # fmt: skip

PLACE = IncidentPage(
    asked="14 mill road",
    address="14 Mill Road, ZZ1 1AA",
    coverage=COVERAGE,
    warnings=(KNIFE,),
    people=(
        PersonThere("john", "John SMITH", date(1988, 4, 12), False, TODAY, 2, ("suspect",), "In two sources"),
        PersonThere("kim", "Kim LEE", date(2012, 2, 1), True, TODAY, 1, ("victim",), "In one record"),
    ),
    orders=(Fact("order", "Non-molestation order, in force", "courts", TODAY, date(2027, 2, 1), record_id="o"),),
    calls=tuple(fact(i, f"Domestic incident {i}", source="command_control") for i in range(7)),
    vehicles=(link("vehicle", "plate-1", "AB12 CDE, blue Ford Focus", 1),),
    notes=("Some records may not be shown for this purpose.",),
)  # fmt: skip

LIST = CheckTable(
    rows=(
        CheckRow(1, "AB12 CDE", "plate", "found", ("the same plate",), (ANSWER.found[2],)),
        CheckRow(2, "smith john", "name", "unsure", ("a name alone tells nobody apart",), ANSWER.found[:2]),
        CheckRow(3, "=HYPERLINK(1)", "", "not-understood", ("no plate, phone, name or reference",)),
        CheckRow(4, "07700 900999", "phone", "not-found", ("Nothing you may see matches.",)),
    ),
    coverage=COVERAGE,
    cap=200,
)
