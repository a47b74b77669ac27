"""``peelian assess``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import InvalidError, at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line
from peelian.cli.progress import step_progress

group = typer.Typer(help="Test a method on what it has not seen.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="assess")


@group.command("hotspots")
@command
def run(
    folder: In,
    test: Annotated[str, typer.Option(metavar="FROM..TO", help="Months to test, e.g. 2019-01..2019-12.")],
    offence: Annotated[list[str], typer.Option(help="Offence id; may be given more than once.")] = ("burglary",),  # type: ignore[assignment]
    cell_m: Annotated[float, typer.Option(help="Side of a cell, metres.")] = 150.0,
    lag_months: Annotated[int, typer.Option(help="Months before each origin that would not have been published.")] = 0,
    rival: Annotated[
        list[str] | None, typer.Option(help="last-year, kde, promap, gradient-boosting; all by default.")
    ] = None,
    seen: Annotated[str, typer.Option(help="What of the test data was seen before; printed beside the figures.")] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Race the forecast against present practice, baselines, a black box and the ceiling. Registered before it runs."""
    # Statistics take a second to load: verbs that need none do not wait for them.
    from peelian.app.testing import assess, json_figures

    months = _months(test)
    with at_door(place_of(folder, acting_as)) as caller, step_progress() as progress:
        assessment = assess(
            caller,
            offences=offence,
            months=months,
            cell_m=cell_m,
            contestants=rival,
            lag_months=lag_months,
            seen=seen,
            progress=progress,
        )
    emit(json_figures(assessment), as_json, say)


Data = Annotated[str, typer.Option(metavar="DIR", help="Folder of published data sets.", envvar="PEELIAN_DATA")]


@group.command("resolve")
@command
def resolve(
    dataset: Annotated[str, typer.Option(help="historical_50k, febrl1, febrl2, febrl3 or fake_1000.")] = "",
    data: Data = "../shared/data",
    truth: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A made-up city; its truth is held against a deployment's links.")
    ] = None,
    folder: Annotated[
        str, typer.Option("--in", metavar="DIR", help="With --truth: the deployment.", envvar="PEELIAN_DIR")
    ] = "",
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Count false and missed merges: of a published data set, or of a deployment's links to a made-up city's truth."""
    if truth is None:
        from peelian.app.linking.resolve_testing import assess_resolving

        emit(assess_resolving(Path(data), dataset), as_json, say_resolved)
        return
    from peelian.app.linking.resolve import measure

    with at_door(place_of(folder, acting_as)) as caller:
        emit(measure(caller, truth), as_json, say_measured)


@group.command("suggestions")
@command
def suggestions(
    truth: Annotated[Path, typer.Option(metavar="DIR", help="A made-up city, with its truth.")],
    as_json: AsJson = False,
) -> None:
    """Count what is rightly and wrongly recognised in a made-up city's free text: plates, numbers, names."""
    from peelian.app.suggestion_testing import measure_suggestions

    emit(measure_suggestions(truth), as_json, say_suggestions)


def say_suggestions(figures: dict[str, Any]) -> None:
    """Tell precision and recall by kind, and recall of names by culture."""
    line(f"Synthetic: {figures['texts']:,} texts of a made-up city, whose details are written without a slip.")
    line(f"\n{'':<24}in the texts  suggested  right   precision  recall")
    for kind, n in figures["kinds"].items():
        line(f"{kind:<24}{n['true']:<14,}{n['suggested']:<11,}{n['right']:<8,}{n['precision']!s:<11}{n['recall']!s}")
    for culture, n in figures["names_by_culture"].items():
        line(f"  name: {culture:<16}{n['true']:<14,}{'':<11}{n['found']:<8,}{'':<11}{n['recall']}")
    line(f"Not measured, as none stands in these texts: {', '.join(figures['not_measured'])}.")


def say_measured(figures: dict[str, Any]) -> None:
    """Tell how records of a made-up city were linked."""
    known, records = figures["known"], figures["records"]
    line(f"Synthetic: {records:,} records of a made-up city, the person known of {known:,}.")
    line(f"Model release {figures['release']}.")
    _say_rates(figures)
    line(f"Seen before: {figures['seen']}")


def say_resolved(figures: dict[str, Any]) -> None:
    """Tell how records were linked."""
    line(f"{figures['dataset']}: {figures['records']:,} records, {figures['pairs_compared']:,} pairs compared.")
    line(f"Fitted: {figures['fitted']}.")
    _say_rates(figures)
    line("Seconds: " + ", ".join(f"{stage} {seconds:g}" for stage, seconds in figures["seconds"].items()))
    line(f"Seen before: {figures['seen']}")


def _say_rates(figures: dict[str, Any]) -> None:
    line(f"Blocking recall: {figures['blocking_recall']:.1%} of the true pairs were compared at all.")
    line(f"\n{'':<32}precision  recall  F1")
    line(_rates("pairs linked", figures["pairwise"]))
    line(_rates("after clustering", figures["clustered"]))
    for group, values in figures["groups"].items():
        for value, rates in values.items():
            line(_rates(f"  {group}: {value}", rates))
    line(f"\nNot joined, and may be one person: {figures['doubts']:,} pairs. Asked of people: {figures['questions']:,}")
    line("by reason: " + ", ".join(f"{n:,} {reason}" for reason, n in figures["held_for_review"].items()))


def _rates(name: str, rates: dict[str, Any]) -> str:
    return f"{name:<32}{rates['precision']:<11.3f}{rates['recall']:<8.3f}{rates['f1']:.3f}"


def _months(test: str) -> list[int]:
    from peelian.app.patrol.places import month_number

    first, dots, last = test.partition("..")
    if not dots:
        raise InvalidError(
            "months-malformed", "Months to test are written like 2019-01..2019-12.", do="Write FROM..TO."
        )
    return list(range(month_number(first), month_number(last) + 1))


def say(figures: dict[str, Any]) -> None:
    """Tell the race in a table."""
    design = figures["design"]
    line(f"Assessment {figures['assessment']}, registered at ledger entry {figures['registered_at_entry']}.")
    line(f"{design['incidents_tested']:,.0f} incidents tested on {design['cells']:,} cells of {design['cell_m']:g} m.")
    for budget in next(iter(figures["methods"].values())):
        line(f"\n{float(budget):.0%} of the area      hit rate (range)             PAI    PEI    share of hindsight")
        for name, budgets in figures["methods"].items():
            line("  " + _row(name, budgets[budget]))
    line("\nHit rate: share of the incidents that lay in the chosen places.")
    line("PAI: how many times as many as if incidents lay evenly over the area.")
    line("PEI: how much of the best that any choice of so many places could have reached that month.")
    line("Share of hindsight: of what the best rate that never changes would have hit, had it been known.")
    practice, verdict = figures["present_practice"], figures["verdict"]
    stand_in = ", a stand-in until past plans are loaded" if practice["stand_in"] else ""
    line(f"\nPresent practice: {practice['name']}{stand_in}.")
    word = "may be mandated" if verdict["may_be_mandated"] else "may not be mandated"
    line(f"Verdict: {word}. Feedback: {verdict['feedback']}.")
    for reason in verdict["reasons"]:
        line(f"  {reason}")
    for warned in figures["warnings"]:
        line(f"  note: {warned}")


def _row(name: str, at: dict[str, Any]) -> str:
    hit, pai, pei, share = (at.get(k) or {} for k in ("hit_rate", "pai", "pei", "share_of_hindsight"))
    return f"{name:<20}{_percent(hit):<28}{_figure(pai):<7}{_figure(pei):<7}{_percent(share)}"


def _percent(figure: dict[str, Any]) -> str:
    if figure.get("value") is None:
        return "-"
    bounds = f" ({figure['low']:.1%} to {figure['high']:.1%})" if figure.get("low") is not None else ""
    return f"{figure['value']:.1%}{bounds}"


def _figure(figure: dict[str, Any]) -> str:
    return "-" if figure.get("value") is None else f"{figure['value']:.2f}"


@group.command("pairs")
@command
def pairs(
    truth: Annotated[Path, typer.Option(metavar="DIR", help="A made-up city, as `peelian synth city` wrote it.")],
    within_days: Annotated[
        int, typer.Option(help="Days after an asking within which a colleague's look-up counts.")
    ] = 14,
    seed: Annotated[int, typer.Option(help="Whom is drawn, and what they do.")] = 1829,
    as_json: AsJson = False,
) -> None:
    """Count how many colleagues who look for each other are found, among pairs planted in a made-up city. Synthetic."""
    from peelian.app.pairs_measured import measure

    emit(measure(truth, within_days=within_days, seed=seed), as_json, say_pairs)


def say_pairs(told: dict[str, Any]) -> None:
    """Tell precision and recall, a block for each number of ordinary look-ups."""
    line("Synthetic: everybody, every look-up and every pair is made up.")
    for row in told["rows"]:
        line(f"{row['look_ups']} look-ups by {row['staff']} staff, {row['looks_per_resident']} a resident; "
             f"{row['planted']} pairs planted; looked back {row['within_days']} days")  # fmt: skip
        for name in ("all", "strong"):
            one = row[name]
            shares = f"precision {_share(one, 'precision')}  recall {_share(one, 'recall')}"
            line(f"    {name:<6} leads: {one['found']:>5}  right: {one['right']:>4}  {shares}")


def _share(one: dict[str, Any], name: str) -> str:
    low, high = one[f"{name}_range"]
    return "none" if one[name] is None else f"{one[name]:.2f} ({low:.2f} to {high:.2f})"
