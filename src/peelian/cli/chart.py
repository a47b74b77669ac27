"""``peelian chart``: links, their line of time and places; charts that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from peelian.app.faces import Caller, InvalidError, at_door, place_of
from peelian.cli.downloads import write_copy
from peelian.cli.find import say_foot, where
from peelian.cli.output import As, AsJson, In, command, emit, line, note

if TYPE_CHECKING:
    from peelian.app.finding.chart_told import Changes
    from peelian.app.finding.chart_wanted import Wanted

verbs = typer.Typer(
    name="chart",
    help="A chart of links: open pages in it, look around, find a way between two, keep it, take it out.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Thing = Annotated[str, typer.Argument(metavar="KIND:KEY", help="Whom or what it begins with; leave out with --kept.")]
Kept = Annotated[str, typer.Option(metavar="ID", help="Begin with a chart that is kept.")]
Open = Annotated[
    list[str] | None,
    typer.Option("--open", metavar="KIND:KEY|KINDS|DAYS", help="Open links: all, or of kinds, of days (2026-01-01..)."),
]
Without = Annotated[list[str] | None, typer.Option(metavar="KIND:KEY", help="Take a point out.")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="Show this kind only; may be given again.")]
Since = Annotated[str, typer.Option(metavar="DAY", help="Show records from this day on.")]
To = Annotated[str, typer.Option(metavar="DAY", help="Show records up to this day.")]
Events = Annotated[bool | None, typer.Option("--events/--no-events", help="Draw events as points.")]
Way = Annotated[
    list[str] | None, typer.Option("--way", metavar="KIND:KEY", help="Shortest way; give it twice, once for each end.")
]
Far = Annotated[bool, typer.Option("--far", help="Open pages to find that way; each is recorded.")]
Notes = Annotated[
    list[str] | None,
    typer.Option("--note", metavar="KIND:KEY=WORDS", help="Write beside a point; of a link both ends, a bar between."),
]
Mark = Annotated[list[str] | None, typer.Option(metavar="KIND:KEY", help="Make a point stand out.")]
Shape = Annotated[str, typer.Option(help="spread or rings.")]
Labels = Annotated[str, typer.Option(help="all or opened.")]
Plain = Annotated[bool | None, typer.Option("--plain/--colours", help="Without colours, for a printer.")]
AsWhat = Annotated[str, typer.Option("--as-what", help="links, timeline or map.")]
ChartOut = Annotated[
    str | None,
    typer.Option("--out", metavar="FILE", help="Take it as a numbered copy: .csv, .graphml or .svg. Nobody under 18."),
]
Keep = Annotated[str, typer.Option(metavar="NAME", help="Keep it under a name; needs --until.")]
Until = Annotated[str, typer.Option(metavar="DAY", help="Day on which what is kept ends.")]
Shared = Annotated[bool, typer.Option("--shared", help="Others on the operation may open what is kept.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Its number, as the list has it.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(verbs)


@verbs.command("show")
@command
def run_show(
    folder: In,
    thing: Thing = "",
    kept: Kept = "",
    opened: Open = None,
    without: Without = None,
    kind: Kinds = None,
    since: Since = "",
    to: To = "",
    events: Events = None,
    way: Way = None,
    far: Far = False,
    notes: Notes = None,
    mark: Mark = None,
    shape: Shape = "",
    labels: Labels = "",
    plain: Plain = None,
    as_what: AsWhat = "links",
    out: ChartOut = None,
    keep: Keep = "",
    until: Until = "",
    shared: Shared = False,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Draw a chart. Each page that is open in it is looked up, and recorded, whenever it is shown."""
    look = (shape, labels, plain, mark or ())
    changes = _changes(opened or (), without or (), kind or (), (since, to), way or (), notes or (), look)
    with at_door(place_of(folder, acting_as)) as caller:
        shown = _drawn(caller, thing, kept, changes, events, far)
        told, say = _told(as_what)
        emit(told(shown), as_json, say)
        if keep or until:
            _keep(caller, shown, keep, until, shared)
        if out:
            from peelian.app.finding.find_files import leaving_chart

            write_copy(caller, leaving_chart(caller, shown), out)


@verbs.command("list")
@command
def run_list(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List the charts that you keep, and those shared on what you work on."""
    from peelian.app.finding.find_told import as_plain
    from peelian.app.finding.kept_charts import kept_charts

    with at_door(place_of(folder, acting_as)) as caller:
        emit({"charts": as_plain(kept_charts(caller))}, as_json, say_kept)


@verbs.command("end")
@command
def run_end(folder: In, chart: Id, acting_as: As = None, as_json: AsJson = False) -> None:
    """End a chart that you keep: what was in it is gone."""
    from peelian.app.finding.kept_charts import end_chart

    with at_door(place_of(folder, acting_as)) as caller:
        end_chart(caller, chart)
        emit({"ended": chart}, as_json, lambda told: line("Ended. What was in it is gone."))


# Asking


def _changes(
    opened: Sequence[str],
    without: Sequence[str],
    kinds: Sequence[str],
    days: tuple[str, str],
    way: Sequence[str],
    notes: Sequence[str],
    look: tuple[str, str, bool | None, Sequence[str]],
) -> Changes:
    from peelian.app.finding.chart_told import Changes, Look, read_name, read_note, read_opening
    from peelian.app.finding.chart_wanted import take_day

    shape, labels, plain, mark = look
    since, to = (take_day(day) for day in days)
    if len(way) not in (0, 2):
        raise InvalidError("ends-not-chosen", "A way has two ends.", do="Give --way twice, once for each end.")
    return Changes(
        opened=tuple(map(read_opening, opened)),
        without=tuple(map(read_name, without)),
        kinds=tuple(kinds),
        times=(since, to) if since or to else None,
        way=tuple(map(read_name, way)),
        notes=tuple(map(read_note, notes)),
        look=Look(shape, labels, plain, tuple(map(read_name, mark))),
    )


def _drawn(caller: Caller, thing: str, kept: str, changes: Changes, events: bool | None, far: bool) -> Any:
    from dataclasses import replace

    from peelian.app.finding.chart_told import changed
    from peelian.app.finding.find_chart import draw

    wanted = changed(caller, _begun(caller, thing, kept), replace(changes, events=events, far=far))
    return draw(caller, wanted)


def _begun(caller: Caller, thing: str, kept: str) -> Wanted:
    from peelian.app.finding.chart_told import read_opening
    from peelian.app.finding.chart_wanted import Wanted
    from peelian.app.finding.kept_charts import open_chart

    if bool(thing) == bool(kept):
        raise InvalidError(
            "chart-begins-nowhere",
            "A chart begins with somebody or something, or with one that is kept.",
            do="Give KIND:KEY as a search or a profile gives it, or --kept ID.",
        )
    return open_chart(caller, kept).now if kept else Wanted((read_opening(thing),))


def _told(as_what: str) -> tuple[Any, Any]:
    from peelian.app.finding.chart_told import chart_facts, map_facts, timeline_facts
    from peelian.app.finding.find_told import as_plain

    ways = {
        "links": (chart_facts, say_chart),
        "timeline": (timeline_facts, say_timeline),
        "map": (map_facts, say_map),
    }
    if as_what not in ways:
        raise InvalidError(
            "chart-face-unknown", "A chart is shown in three ways.", do=f"Use one of: {', '.join(ways)}."
        )
    facts, say = ways[as_what]
    return lambda shown: as_plain(facts(shown)), say


def _keep(caller: Caller, shown: Any, name: str, until: str, shared: bool) -> None:
    from peelian.app.finding.chart_told import keep
    from peelian.app.finding.standing import read_day

    day = read_day(until)
    made = keep(caller, shown, name, day, shared=shared)
    note(f"Kept as {made} until {day}: peelian chart show --kept {made}")


# Words


def say_chart(told: dict[str, Any]) -> None:
    """Tell a chart: the way first, then who is in it, then each link with what it rests on."""
    title = {(p["kind"], p["key"]): p["title"] for p in told["points"]}
    if told["way"]:
        line("Shortest way: " + " > ".join(title[tuple(name)] for name in told["way"]))
    elif told["way_asked"]:
        line("No way between the two in what is shown. Show more, or add --far.")
    for p in told["points"]:
        told_of = "  CHILD" if p["child"] else ""
        line(f"{'+' if p['opened'] else ' '} {p['title']}{told_of}  {p['kind']}:{p['key']}")
    for tie in told["ties"]:
        line(f"{title[tuple(tie['one'])]} -- {title[tuple(tie['other'])]}: {tie['because']}  [{where(tie['fact'])}]")
    for written in told["written"]:
        line(f"Note: {written['says']}")
    if told["cut"]:
        note(f"{told['cut']} more points are left out: narrow the time or the kinds.")
    note("+ marks those whose links are open. Open another: --open KIND:KEY")
    say_foot(told)


def say_timeline(told: dict[str, Any]) -> None:
    """Tell each event once, what each record says of it under it."""
    for moment in told["moments"]:
        line(f"{moment['fact']['on']}  {'; '.join(moment['says'])}  [{moment['fact']['source']}, {moment['whose']}]")
        for part in moment["parts"]:
            line(f"            {'; '.join(part['says'])}")
    if told["undated"]:
        note(f"{told['undated']} records have no day and are not here.")
    say_foot(told)


def say_map(told: dict[str, Any]) -> None:
    """Tell each place, with what happened there."""
    for spot in told["spots"]:
        line(f"{spot['number']:>3}  {spot['at_m'][0]} {spot['at_m'][1]}  {len(spot['moments'])} events")
        for moment in spot["moments"][:3]:
            line(f"     {moment['fact']['on']}  {moment['fact']['event']}")
    note(f"Metres, British National Grid. {told['nowhere']} records say no place; {told['left_out']} places left out.")
    say_foot(told)


def say_kept(told: dict[str, Any]) -> None:
    """Tell the charts that are kept."""
    for one in told["charts"]:
        whose = "yours" if one["mine"] else f"shared by {one['owner']}"
        line(
            f"{one['id']}  {one['name'] or '(what was in it is gone)'}  "
            f"{one['state']}, until {one['until_on']}, {whose}"
        )
    if not told["charts"]:
        line("You keep no chart. Keep one: peelian chart show KIND:KEY --keep NAME --until DAY")
