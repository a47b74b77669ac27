"""``peelian suggestions`` and ``peelian judge-suggestion``: what free text may name."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from peelian.app.faces import InvalidError, at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, note

_REF = re.compile(r"([a-z_]+):([0-9a-f]{32}):(\d{1,6})-(\d{1,6}):([a-z]+)")


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("suggestions")(run)
    app.command("judge-suggestion")(run_judge)


@command
def run(
    folder: In,
    kind: Annotated[str, typer.Argument(help="person, vehicle, phone or address.")],
    key: Annotated[str, typer.Argument(help="As for peelian profile.")],
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Show what the words on a page may name: suggestions by pattern, no facts, in no search, link or count."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.suggestions import suggest

    with at_door(place_of(folder, acting_as)) as caller:
        told = as_plain(suggest(caller, kind, key))
        assert isinstance(told, dict), "suggestions are an object"
        emit(told, as_json, say)


@command
def run_judge(
    folder: In,
    span: Annotated[str, typer.Argument(metavar="SPAN", help="As peelian suggestions gives it.")],
    verdict: Annotated[str, typer.Argument(help="confirmed or rejected.")],
    because: Annotated[
        str,
        typer.Option(
            help="named-clearly, fits-the-event, checked-elsewhere; something-else, somebody-else, misread, ..."
        ),
    ],
    who: Annotated[
        str, typer.Option(metavar="KEY", help="Whom a name means, of those on record under it; needed if several.")
    ] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Say of a suggestion that it is so, or not, and why; confirmed, it is a tie on pages and charts."""
    from peelian.app.finding.suggestions import SpanRef, judge

    given = _REF.fullmatch(span)
    if given is None:
        raise InvalidError("span-malformed", "That names no span of a text.", do="Copy it out of peelian suggestions.")
    table, record, start, end, kind = given.groups()
    with at_door(place_of(folder, acting_as)) as caller:
        judge(caller, SpanRef(table, record, int(start), int(end), kind), verdict, because, who)
        emit({"span": span, "verdict": verdict, "because": because}, as_json, lambda said: line("Entered."))


def say(told: dict[str, Any]) -> None:
    """Tell each with its span, why, and what was judged of it."""
    for one in told["suggestions"]:
        ref, judged = one["ref"], one["judged"]
        state = f"{judged['verdict']}, {judged['reason']}, by {judged['author']}" if judged else "nobody has said yet"
        line(f"{one['kind']} {one['says']}  ({state})")
        line(f"    ...{one['before'][-60:]}[{one['says']}]{one['after'][:60]}...")
        known = ", ".join(f"{f['title']} ({f['key']})" for f in one["known"]) or "nothing you may see"
        line(f"    because {one['why']}; on record: {known}")
        note(f"    {ref['table']}:{ref['record']}:{ref['start']}-{ref['end']}:{ref['kind']}")
    if not told["suggestions"]:
        line("The words name nothing that is not on the page.")
