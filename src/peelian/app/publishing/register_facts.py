"""The register's facts, gathered through the gate: what is public by law, and counts that have passed their checks.

Nothing here needs a session. Everything a program can know is taken from what runs; words come from the charter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import shapely
import shapely.geometry
import yaml

from peelian import __version__
from peelian.app.intake.sources import EPSG
from peelian.app.methods import METHODS
from peelian.app.oversight.panel_papers import ImpactPaper, version_of
from peelian.app.patrol.areas import projected_geometry, rings_of
from peelian.app.publishing.releases import public_releases
from peelian.core.local_time import day_words, instant_words
from peelian.core.time import iso
from peelian.gate.door import Gate
from peelian.ingest.catalogue import FOLDER as SOURCES
from peelian.ingest.contract import Contract, FileKind, load_contract
from peelian.model.mandate import Mandate
from peelian.policy.cedar import read_policies
from peelian.policy.charter import Charter
from peelian.policy.floor_law import Tool
from peelian.policy.impact import running_facts
from peelian.publish.disclosure_control import Limits, in_words, shown
from peelian.publish.register.bundle import FORM, Bundle
from peelian.publish.register.tests_shown import shown_test
from peelian.store.deployment import Deployment

_PACKAGE = Path(__file__).parents[2]


class AtDoor(Protocol):
    """Anybody with an open door: a caller at the command line, or a server."""

    @property
    def gate(self) -> Gate:
        """The door."""
        ...

    @property
    def deployment(self) -> Deployment:
        """The deployment behind it."""
        ...


def gather(at: AtDoor) -> Bundle:
    """Gather every public fact of a deployment, as of now."""
    gate, charter = at.gate, at.gate.charter
    now, zone = gate.clock.now(), ZoneInfo(charter.jurisdiction.timezone)
    limits = Limits(charter.publication.suppress_below, charter.publication.round_to)
    states, acts = gate.mandate_states(), gate.public_acts()
    policies = _rules(charter)
    return Bundle(
        form=FORM,
        product=__version__,
        built_at=iso(now.replace(microsecond=0)),
        out_of_date_after=iso(now.replace(microsecond=0) + timedelta(hours=charter.publication.stale_hours)),
        force=_force(charter),
        limits=_limits(charter),
        contact=_contact(charter),
        tools=[_tool(at, tool_id, limits) for tool_id in sorted(charter.tools)],
        sources=_sources(charter, gate.last_taken_in()),
        permissions=[_permission(charter, m, states[m.id], zone) for m in _by_id(charter.mandates.values())],
        acts=acts,  # type: ignore[typeddict-item]  # plain data of that form
        stops=[_stop(stop, gate, zone) for stop in gate.stops()],
        papers=_papers(gate, zone),
        releases=_releases(gate),
        emergencies_late=_late(gate, limits),
        linking=gate.link_rates(),
        officials=_officials(charter),
        panel=_panel(charter),
        roles={r.id: {"title": r.title, "what": r.what} for r in charter.roles.values()},
        purposes={p.id: _purpose(p) for p in charter.purposes.values()},
        offences={o.id: {"title": o.title, "police_initiated": o.police_initiated} for o in charter.offences.values()},
        retention=_retention(charter),
        areas=[_area(at, name) for name in sorted(charter.areas)],
        red_lines=[_red_line(line) for line in sorted(charter.red_lines, key=lambda r: r.number)],
        rules=policies,
        proofs=_proofs(),
        charter_hash=charter.hash,
        policy_hash=gate.policy_hash,
        record=_record(gate, charter, acts),
    )


def _force(charter: Charter) -> Any:
    force, where = charter.force, charter.jurisdiction
    return {
        "id": force.id,
        "name": force.name,
        "demonstration": force.demonstration,
        "real_parts": force.real_parts,
        "source_at": force.source_at,
        "timezone": where.timezone,
        "regions": sorted(where.regions),
    }


def _limits(charter: Charter) -> dict[str, int]:
    names = ("suppress_below", "round_to", "plan_delay_days", "checkers", "stale_hours", "papers_public_days")
    return {name: getattr(charter.publication, name) for name in names}


def _contact(charter: Charter) -> dict[str, str]:
    """Return whom to write to: the oversight office that the tools' pages name."""
    tool = next(iter(charter.tools.values()))
    return {"office": tool.contact, "email": tool.contact_email, "post": tool.contact_post}


def _by_id(mandates: Iterable[Mandate]) -> list[Mandate]:
    return sorted(mandates, key=lambda m: m.id)


def _office(charter: Charter, office_id: str) -> str:
    office = charter.officials.get(office_id)
    if office is None:
        return office_id
    name = (
        charter.people[office.held_by].display_name if office.publish_name and office.held_by in charter.people else ""
    )
    return f"{office.title} ({name})" if name else office.title


def _permission(charter: Charter, mandate: Mandate, state: str, zone: ZoneInfo) -> Any:
    same = (
        "id",
        "title",
        "subject",
        "target",
        "phase",
        "lawful_basis",
        "reference",
        "fallback",
        "digest",
        "retention_class",
    )
    return {name: getattr(mandate, name) for name in same} | {
        "state": state,
        "owner": _office(charter, mandate.owner),
        "approver": _office(charter, mandate.approver),
        "purposes": sorted(mandate.purposes),
        "roles": sorted(mandate.roles),
        "starts_on": _day(mandate.starts_at, zone),
        "ends_on": instant_words(mandate.ends_at, zone),
        "decided_on": day_words(mandate.decided_on) if mandate.decided_on else "",
        "offences": sorted(mandate.scope.offences),
        "area": mandate.scope.area,
        "tables": sorted(mandate.scope.tables),
        "columns": sorted(mandate.scope.columns),
        "sealed": mandate.scope.sealed,
        "users_max": mandate.scope.users_max,
        "evidence": list(mandate.evidence),
        "data_kinds": sorted(mandate.data_kinds),
    }


def _day(at: datetime, zone: ZoneInfo) -> str:
    return day_words(at.astimezone(zone).date())


# --- tools -----------------------------------------------------------------------------------------------------------


def _tool(at: AtDoor, tool_id: str, limits: Limits) -> Any:
    charter, tool = at.gate.charter, at.gate.charter.tools[tool_id]
    words = {k: v for k, v in tool.__dict__.items() if k not in ("described", "documents")}
    latest = at.gate.latest_assessment(tool_id)
    return {
        "id": tool_id,
        "permission": _mandate_of(charter, "method", tool_id),
        "assessment_permission": _mandate_of(charter, "assessment", tool_id),
        "words": words,
        "running": _running(charter, tool_id),
        "described": dict(tool.described),
        "documents": [_document(charter, tool, d) for d in tool.documents],
        "papers_since": _papers_since(at, tool_id),
        "card": _card(tool_id),
        "code_hash": METHODS[tool_id].program.code_hash if tool_id in METHODS else "",
        "version": str(_declared(tool_id).get("version", "")),
        "test": shown_test(latest, METHODS[tool_id].program.code_hash, limits)
        if latest and tool_id in METHODS
        else None,
    }


def _papers_since(at: AtDoor, tool_id: str) -> str:
    """Return the day since which a tool's papers, as they are now, are public by the record; ``""`` if never."""
    since = at.gate.papers_shown_since(tool_id)
    return _day(since, ZoneInfo(at.gate.charter.jurisdiction.timezone)) if since else ""


def _running(charter: Charter, tool_id: str) -> dict[str, Any]:
    """Return what runs, in the terms in which a tool's papers were written."""
    reads = METHODS[tool_id].program.facts.inputs if tool_id in METHODS else ()
    return running_facts(charter, charter.mandates[_mandate_of(charter, "method", tool_id)], reads)


def _mandate_of(charter: Charter, subject: str, target: str) -> str:
    return next((m.id for m in _by_id(charter.mandates.values()) if (m.subject, m.target) == (subject, target)), "")


def _document(charter: Charter, tool: Tool, document: Mapping[str, Any]) -> Any:
    return {
        "kind": document["kind"],
        "title": document["title"],
        "written_on": day_words(document["written_on"]),
        "by": _office(charter, document["by"]),
        "answers": [dict(a) for a in document["answers"]],
        "signed_as": ImpactPaper(tool, document["kind"], document, version_of(tool, document)).about,
    }


def _declared(tool_id: str) -> Mapping[str, Any]:
    path = _PACKAGE / "analyse" / tool_id / "method.yml"
    declared: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return declared


def _card(tool_id: str) -> list[dict[str, Any]]:
    """Take a method's card apart: headings, each with its paragraphs and points."""
    path = _PACKAGE / "analyse" / tool_id / "card.md"
    parts: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        if line.startswith("## "):
            parts.append({"heading": line[3:], "lines": [], "points": []})
        elif line.startswith("* ") and parts:
            parts[-1]["points"].append(line[2:].replace("`", ""))
        elif line.strip() and not line.startswith("#") and parts:
            parts[-1]["lines"].append(line.strip().replace("`", ""))
    return parts


# --- data ------------------------------------------------------------------------------------------------------------


def _sources(charter: Charter, taken_in: Mapping[str, str]) -> Any:
    sources = [m for m in _by_id(charter.mandates.values()) if m.subject in ("source", "sharing")]
    return [_source(m, load_contract(SOURCES / m.target), taken_in.get(m.id, "")) for m in sources]


def _source(mandate: Mandate, contract: Contract, taken_in: str) -> dict[str, Any]:
    same = ("title", "publisher", "licence", "licence_url", "lawful_basis", "cadence")
    return {name: getattr(contract, name) for name in same} | {
        "id": mandate.target,
        "permission": mandate.id,
        "last_taken_in": taken_in,
        "kinds": [_kind(kind) for kind in contract.files],
    }


def _kind(kind: FileKind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "tables": list(kind.tables),
        "retention_class": kind.retention_class,
        "expires_from": kind.expires_from,
        "kept": [
            {
                "column": c.name,
                "becomes": c.keep,
                "reason": c.reason,
                "purposes": list(c.purposes),
                "personal": c.personal,
                "protected": c.protected,
            }
            for c in kind.kept
        ],
        "dropped": [{"column": c.name, "reason": c.reason} for c in kind.columns if c.dropped],
    }


def _retention(charter: Charter) -> list[dict[str, str]]:
    return [
        {
            "id": r.id,
            "title": r.title,
            "period": _period_words(r.period),
            "trigger": r.trigger,
            "citation": r.citation,
            "status": r.status,
        }
        for r in charter.retention.values()
    ]


def _period_words(period: str) -> str:
    """Write an ISO 8601 period of one unit in words: ``P6Y`` is six years."""
    units = {"Y": "years", "M": "months", "D": "days"}
    return f"{period[1:-1]} {units[period[-1]]}" if period[1:-1].isdigit() else period


def _purpose(purpose: Any) -> dict[str, Any]:
    return {"title": purpose.title, "what": purpose.what, "refused": purpose.refused, "red_line": purpose.red_line}


def _area(at: AtDoor, name: str) -> dict[str, Any]:
    """Return an area's outline in whole metres, coarsened to what a small map shows."""
    area, section = at.gate.charter.areas[name], at.deployment.settings.get("geography", {})
    epsg = int(section.get("epsg", EPSG)) if isinstance(section, dict) else EPSG
    shape = shapely.geometry.shape(projected_geometry(area.geojson, epsg))
    widest = max(shape.bounds[2] - shape.bounds[0], shape.bounds[3] - shape.bounds[1])
    coarse = shape.simplify(max(widest / 400, 1.0))
    rings = rings_of(shapely.geometry.mapping(coarse))
    whole = [[[round(x), round(y)] for x, y, *_ in ring] for ring in rings]
    return {"id": name, "sha256": area.sha256, "km2": round(shape.area / 1e6, 1), "rings": whole}


# --- rules and people ------------------------------------------------------------------------------------------------


def _officials(charter: Charter) -> list[dict[str, str]]:
    rows = []
    for office in charter.officials.values():
        duties = [m.title for m in _by_id(charter.mandates.values()) if m.owner == office.id]
        rows.append({"id": office.id, "who": _office(charter, office.id), "answers_for": "; ".join(duties)})
    return rows


def _panel(charter: Charter) -> dict[str, Any]:
    panel = charter.panel
    names = ("quorum", "stop_signatures", "answer_days", "below_quorum_days", "witnesses_min")
    seats = [{"appointed_by": s.appointed_by, "held": bool(s.held_by), "interests": s.interests} for s in panel.seats]
    return {name: getattr(panel, name) for name in names} | {"seats": seats, "quorate": panel.quorate}


def _red_line(line: Any) -> dict[str, Any]:
    lists = [{"of": x.of, "items": sorted(x.items)} for x in line.lists]
    facts = {name: getattr(line, name) for name in ("number", "id", "words")}
    return facts | {"rules": list(line.rules), "also": list(line.also), "lists": lists}


def _rules(charter: Charter) -> list[dict[str, Any]]:
    rules = sorted(read_policies(charter.policies)[1].values(), key=lambda r: (r.file, r.line))
    return [
        {
            "id": r.id,
            "effect": r.effect,
            "code": r.code,
            "why": r.why or " ".join(n.what for n in r.needs),
            "owner": r.owner,
            "do": r.do,
            "red_line": r.redline,
            "file": r.file,
        }
        for r in rules
    ]


def _proofs() -> dict[str, Any]:
    """Read the proofs that come with the product: they speak of one policy hash, which pages compare with today's."""
    packaged, source = _PACKAGE / "proofs.json", _PACKAGE.parents[1] / "docs" / "reference" / "proofs.json"
    path = packaged if packaged.is_file() else source
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    theorems = [{k: t[k] for k in ("id", "red_line", "kind", "words", "result")} for t in told["theorems"]]
    return {k: told[k] for k in ("policy_hash", "policies", "solver", "not_proved")} | {"theorems": theorems}


# --- what happened ---------------------------------------------------------------------------------------------------


def _record(gate: Gate, charter: Charter, acts: list[dict[str, object]]) -> Any:
    head = gate.head_of_record()
    proofs = {str(a["entry"]): gate.proof_of(int(str(a["entry"]))) for a in acts}
    return head | {
        "witnesses_min": charter.panel.witnesses_min,
        "proofs": {entry: path for entry, path in proofs.items() if path is not None},
    }


def _stop(stop: Any, gate: Gate, zone: ZoneInfo) -> dict[str, Any]:
    """Return a stop as anybody may know it: whose, why, from when, and whether it stands; signers are not named."""
    charter, lifted = gate.charter, stop.lifted
    answers = sorted(gate.public_papers("answer", about=stop.id), key=lambda p: p.id)
    return {
        "permission": stop.mandate,
        "title": charter.mandates[stop.mandate].title if stop.mandate in charter.mandates else stop.mandate,
        "whose": stop.whose,
        "reason": stop.reason,
        "begins": instant_words(stop.begins_at, zone),
        "entry": stop.entry,
        "signatures": len(stop.signatures),
        "stands": stop.stands,
        "answer_by": _day(stop.made_at + timedelta(days=charter.panel.answer_days), zone),
        "answers": [{"day": _day(p.made_at, zone), "text": str(p.body["text"])} for p in answers],
        "lifted": {"reason": lifted.reason, "day": _day(lifted.at, zone)} if lifted else None,
    }


PUBLIC_KINDS = ("question", "answer", "sign-off")
"""Kinds of paper that the register shows when their author made them public."""


def _papers(gate: Gate, zone: ZoneInfo) -> list[dict[str, Any]]:
    papers = [p for kind in PUBLIC_KINDS for p in gate.public_papers(kind)]
    return [
        {
            "id": p.id,
            "kind": p.kind,
            "about": p.about,
            "role": p.role,
            "day": _day(p.made_at, zone),
            "body": dict(p.body),
        }
        for p in sorted(papers, key=lambda p: p.id)
    ]


def _late(gate: Gate, limits: Limits) -> str:
    """Say how many emergencies of a year no supervisor judged within a day: never exactly, and nothing when none."""
    late = gate.late_emergencies()
    return in_words(shown(late, limits), limits) if late else ""


def _releases(gate: Gate) -> list[dict[str, Any]]:
    """Return counts that left, checked by enough people: the newest of each title."""
    newest = {str(r["title"]): r for r in public_releases(gate)}
    return [newest[title] for title in sorted(newest)]
