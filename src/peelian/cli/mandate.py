"""``peelian mandate``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.app.faces import place_of
from peelian.cli.output import As, AsJson, In, command, emit, emit_for, line

group = typer.Typer(help="Mandates: what may run, until when, and stopping it.", no_args_is_help=True)

MandateId = Annotated[str, typer.Argument(metavar="MANDATE", help="The mandate's id.")]
Reason = Annotated[str, typer.Option(help="The reason; it is public.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="mandate")


@group.command("list")
@command
def run_list(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List mandates: in force, ended, stopped."""
    from peelian.app.offices import list_mandates

    emit_for(folder, acting_as, as_json, list_mandates, say)


@group.command("evidence")
@command
def run_evidence(
    mandate: MandateId,
    assessment: Annotated[str, typer.Argument(metavar="ASSESSMENT", help="Number or digest of an assessment.")],
    folder: In,
    phase: Annotated[str, typer.Option(help="Phase to propose, by ATRS.")] = "private-beta",
    as_json: AsJson = False,
) -> None:
    """Propose that a tool leaves its trial on an assessment: written into the charter folder, not in force."""
    from peelian.app.offices import name_evidence

    emit(name_evidence(place_of(folder), mandate, assessment, phase), as_json, say_evidence)


@group.command("code")
@command
def run_code(mandate: MandateId, folder: In, as_json: AsJson = False) -> None:
    """Propose that a mandate approves the code installed here: written into the charter folder, not in force."""
    from peelian.app.offices import name_code

    emit(name_code(place_of(folder), mandate), as_json, say_code)


@group.command("adopt")
@command
def run_adopt(mandate: MandateId, folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Adopt a mandate; only its approver can, who is never its owner."""
    _act(folder, acting_as, mandate, "adopt-mandate", "", as_json)


@group.command("end")
@command
def run_end(mandate: MandateId, folder: In, reason: Reason = "", acting_as: As = None, as_json: AsJson = False) -> None:
    """End a mandate before its time."""
    _act(folder, acting_as, mandate, "end-mandate", reason, as_json)


@group.command("halt")
@command
def run_halt(mandate: MandateId, folder: In, reason: Reason, acting_as: As = None, as_json: AsJson = False) -> None:
    """Stop what runs under a mandate; takes effect at the next decision in every process."""
    _act(folder, acting_as, mandate, "halt", reason, as_json)


@group.command("lift")
@command
def run_lift(mandate: MandateId, folder: In, reason: Reason, acting_as: As = None, as_json: AsJson = False) -> None:
    """Lift a stop; only the panel can."""
    _act(folder, acting_as, mandate, "lift", reason, as_json)


def _act(folder: str, acting_as: str | None, mandate: str, act: str, reason: str, as_json: bool) -> None:
    from peelian.app.offices import act_on_mandate

    def said(r: dict[str, Any]) -> None:
        line(f"{r['act']}: {r['mandate']} ({r['title']}), entered in the ledger.")

    emit_for(folder, acting_as, as_json, lambda caller: act_on_mandate(caller, mandate, act, reason), said)


def say_evidence(result: dict[str, Any]) -> None:
    """Tell what was proposed and who puts it into force."""
    line(f"Proposed: {result['mandate']} in phase {result['phase']}, on assessment {result['evidence']}.")
    line("Next, by the approver: peelian charter adopt, then peelian mandate adopt " + result["mandate"])


def say_code(result: dict[str, Any]) -> None:
    """Tell what was proposed and who puts it into force."""
    line(f"Proposed: {result['mandate']} approves the code installed here, {result['code_hash'][:16]}...")
    line("Next, by the approver: peelian charter adopt, then peelian mandate adopt " + result["mandate"])


def say(result: dict[str, Any]) -> None:
    """Tell each mandate in a line."""
    for row in result["mandates"]:
        line(f"{row['id']:<20} {row['state']:<12} until {row['ends_at']}  {row['title']}")
