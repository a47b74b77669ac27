"""Rows say what they are and the gate builds their labels; a partner's rows come in narrowly and go on their day."""

from __future__ import annotations

import pyarrow as pa
import pytest

from peelian.app.intake.sources import _delivery
from peelian.core.errors import ExpiredError, RefusedError
from peelian.gate.writing import Delivery
from peelian.ingest.catalogue import open_source
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_memory
from peelian.ingest.shape import Options
from peelian.model.question import Question
from tests.support.gate import build, codes
from tests.support.systems import report, reports, sample, subject

ENGINEER = "data-engineer-1"
PEOPLE = Question("intelligence_person", ("event_ref", "surname"))
HOMES = Question("tenancy", ("address", "cuckooing_concern"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Give a deployment with four reports: open, graded C, sealed, privileged; one of them about a victim."""
    made = build(tmp_path_factory.mktemp("systems"))
    files = reports(
        report("I1", subjects=[subject(), subject(name="SALEH, Anna", part="VICT")]),
        report("I2", handling="C"),
        report("I3", sealed=True),
        report("I4", text="Legally privileged: said to counsel."),
    )
    take(made, "intelligence", "source-intelligence", files)
    yield made
    made.gate.close()


def parts_of(made, source: str, files: dict[str, bytes]) -> list[Delivery]:
    """Read an export as the application does."""
    now = int(made.clock.now().timestamp() * 1_000_000)
    options = Options(pepper=b"p" * 32, read_at=now, own_force="northmere", threads=1)
    return [_delivery(part) for part in Reading(open_source(source), list_memory(files), options)]


def take(made, source: str, mandate: str, files: dict[str, bytes]):
    """Take an export in."""
    return made.gate.post_rows(made.at_work(ENGINEER), mandate, parts_of(made, source, files))


def seen(made, person: str, operation: str, mandate: str, question: Question) -> list[dict]:
    """Return the rows that somebody sees."""
    return made.gate.view(made.at_work(person, operation), mandate, question).rows.to_pylist()


def test_a_sealed_or_privileged_report_is_seen_by_nobody_without_its_marking(built):
    """A case about an officer is worked on by five people; the sixth must not find it by a surname."""
    rows = seen(built, "analyst-1", "op-investigation-1", "find-investigation", PEOPLE)
    assert {r["event_ref"] for r in rows} == {"I1"}  # graded C asks for a marking as well


def test_each_row_of_a_report_carries_its_own_role_and_grade(built):
    """DPA 2018 s.38: a victim named in a report about a suspect is no suspect."""
    labels = built.house.labels()
    rows = built.house.desk.labels(built.house.grant("read", "labels"))
    assert rows == labels
    said = {
        (b.role_class, b.handling, tuple(sorted(b.markings))) for b in labels.values() if b.source == "intelligence"
    }
    assert {("offender-side", "P", ()), ("victim-side", "P", ()), ("offender-side", "C", ())} <= said
    assert ("offender-side", "P", ("sealed-case",)) in said and ("none", "P", ("privileged-material",)) in said
    assert all(b.basis == "assessment" for b in labels.values() if b.source == "intelligence")


def test_rows_that_say_more_than_their_mandate_covers_are_refused_whole_and_on_record(built):
    """A contract that is wrong must not make labels: nothing of the delivery is written."""
    [first, *rest] = parts_of(built, "intelligence", reports(report("I9")))
    table = first.tables["intelligence"]
    at = table.column_names.index("_markings")
    forged = table.set_column(at, "_markings", pa.array(["top-secret"]))
    bad = Delivery(first.slice_id, dict(first.tables) | {"intelligence": forged}, first.fingerprint, first.counts)
    before = len(built.bodies("collection"))
    with pytest.raises(RefusedError) as refused:
        built.gate.post_rows(built.at_work(ENGINEER), "source-intelligence", [bad, *rest])
    assert codes(refused.value) == {"label-outside-mandate"}
    assert built.bodies("refusal")[-1]["reasons"] == ["label-outside-mandate"]
    assert len(built.bodies("collection")) == before
    assert {r["event_ref"] for r in seen(built, "analyst-1", "op-investigation-1", "find-investigation", PEOPLE)} == {
        "I1"
    }


def housing(rows: int = 3) -> dict[str, bytes]:
    """Return a partner's file."""
    lines = (sample("housing") / "tenancies.csv").read_bytes().splitlines(keepends=True)
    return {"tenancies.csv": b"".join(lines[: rows + 1])}


@pytest.mark.parametrize("mandate", ["", "source-crime"])
def test_a_partner_s_data_is_refused_without_an_agreement_and_that_is_on_record(built, mandate):
    """Red line 11: housing data that comes in through the side door is a list of the poor."""
    engineer, before = built.at_work(ENGINEER), len(built.bodies("refusal"))
    with pytest.raises(RefusedError) as refused:
        if mandate == "source-crime":
            take(built, "housing", mandate, housing())
        else:
            built.gate.fingerprints(engineer, "", "tenancy")
    assert "red-line-11-partner" in codes(refused.value) and len(built.bodies("refusal")) == before + 1


def test_a_sharing_agreement_brings_in_nothing_of_the_force_s_own(built):
    """An agreement about three fields is no way to bring in crimes without a mandate."""
    deliveries = parts_of(built, "intelligence", reports(report("I9")))
    with pytest.raises(RefusedError) as refused:
        built.gate.post_rows(built.at_work(ENGINEER), "sharing-housing", deliveries)
    assert "sharing-brings-partner-data" in codes(refused.value)


def test_a_field_that_was_not_agreed_is_refused_even_if_the_contract_keeps_it(built):
    """Contracts are code; agreements are decided in public."""
    [delivery] = parts_of(built, "housing", housing())
    table = delivery.tables["tenancy"]
    at = table.column_names.index("postcode")
    wider = table.set_column(at, "postcode", pa.array(["NM1 4AB"] * table.num_rows))
    bad = Delivery(delivery.slice_id, dict(delivery.tables) | {"tenancy": wider}, delivery.fingerprint, delivery.counts)
    with pytest.raises(RefusedError) as refused:
        built.gate.post_rows(built.at_work(ENGINEER), "sharing-housing", [bad])
    assert codes(refused.value) == {"shared-beyond-mandate"}


def test_what_a_partner_shares_is_seen_for_safeguarding_alone_and_gone_on_the_last_day(tmp_path):
    """Three fields for ninety days: on the day after, nobody reads them, and no more come in."""
    made = build(tmp_path / "d", adopt=False)
    made.adopt("find-safeguarding", "find-investigation")
    made.train()
    with pytest.raises(RefusedError) as refused:  # written, but not yet agreed to in public
        take(made, "housing", "sharing-housing", housing())
    assert {"red-line-11-partner", "mandate-not-adopted"} <= codes(refused.value)
    made.adopt("sharing-housing")
    mandate = made.charter.mandates["sharing-housing"]
    assert (mandate.ends_at - mandate.starts_at).days <= 90 and mandate.ends_at > made.clock.now()
    take(made, "housing", "sharing-housing", housing())
    look = ("response-sergeant-1", "op-safeguarding", "find-safeguarding", HOMES)
    assert len(seen(made, *look)) == 3
    with pytest.raises(RefusedError):
        seen(made, "analyst-1", "op-investigation-1", "find-investigation", HOMES)
    made.clock.move(hours=24 * (mandate.ends_at - made.clock.now()).days + 30)
    made.held.clear()
    assert seen(made, *look) == []
    with pytest.raises(ExpiredError) as ended:
        take(made, "housing", "sharing-housing", housing(2))
    assert "mandate-expired" in codes(ended.value)
    made.gate.close()
