"""``peelian review``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from peelian.cli.output import As, AsJson, In, command, emit_for, line

group = typer.Typer(help="Judge which records are of one person, where a machine cannot tell.", no_args_is_help=True)

Entity = Annotated[str, typer.Argument(help="Entity, as the list of questions names it.")]
Reason = Annotated[str, typer.Option(help="Why, in 10 to 2,000 characters.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="review")


@group.command("list")
@command
def run_list(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List what is in question among what you may see."""
    from peelian.app.linking.resolve import questions

    emit_for(folder, acting_as, as_json, lambda caller: {"questions": questions(caller)}, say_list)


@group.command("entity")
@command
def run_entity(
    record: Annotated[str, typer.Argument(help="A record, 32 hex digits.")],
    folder: In,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Show the records that are of one person with this one, and what is in question."""
    from peelian.app.linking.resolve import entity

    emit_for(folder, acting_as, as_json, lambda caller: entity(caller, record), say_entity)


@group.command("show")
@command
def run_show(one: Entity, other: Entity, folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Show two entities as one question: their records and why it is asked, no weight before you have answered."""
    from peelian.app.linking.resolve import hypothesis

    emit_for(folder, acting_as, as_json, lambda caller: hypothesis(caller, one, other), say_question)


@group.command("say")
@command
def run_say(
    one: Entity,
    other: Entity,
    answer: Annotated[str, typer.Argument(help="same, not-same or cannot-tell.")],
    folder: In,
    reason: Reason,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Enter what you found; only then the weights are shown."""
    from peelian.app.linking.resolve import judge

    emit_for(folder, acting_as, as_json, lambda caller: judge(caller, one, other, answer, reason), say_verdict)


@group.command("withdraw")
@command
def run_withdraw(
    verdict: Annotated[str, typer.Argument(help="Number of the verdict.")],
    folder: In,
    reason: Reason,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Take a verdict back: everything is as it was before it."""
    from peelian.app.linking.resolve import withdraw

    emit_for(folder, acting_as, as_json, lambda caller: withdraw(caller, verdict, reason), say_withdrawn)


def say_list(told: dict[str, Any]) -> None:
    """Tell the questions."""
    line(f"{len(told['questions'])} in question.")
    for q in told["questions"]:
        line(f"  {q['one']}  {q['other']}  ({q['sizes'][0]} and {q['sizes'][1]} records)")
        for why in q["why"]:
            line(f"      {why}")


def say_entity(told: dict[str, Any]) -> None:
    """Tell the records of one entity."""
    line(f"Entity {told['entity']}: {len(told['records'])} records.")
    for r in told["records"]:
        line("  " + _row(r))
    for q in told["held"]:
        line(f"In question, and not joined: {q['one']} and {q['other']}. {' '.join(q['why'])}")
    for v in told["verdicts"]:
        line(f"Verdict {v['verdict']} by {v['author']}: {v['found']}. {v['reason']}")


def say_question(told: dict[str, Any]) -> None:
    """Tell one hypothesis."""
    line("Are these of one person?")
    for r in told["records"]:
        line(f"  {'A' if r['cluster'] == told['one'] else 'B'}  {_row(r)}")
    for why in told["why"]:
        line(f"Asked because: {why}")


def say_verdict(told: dict[str, Any]) -> None:
    """Tell what was entered, and then the weights."""
    line(f"Verdict {told['verdict']}: {told['found']}.")
    if not told["counts"]:
        line("It counts once somebody else has found the same: so much depends on it.")
    if told["explained"]:
        line(f"The machine's view of the two most alike: {told['explained']['sentence']}")


def say_withdrawn(told: dict[str, Any]) -> None:
    """Tell that it was taken back."""
    line(f"Verdict {told['verdict']} is taken back.")


def _row(r: dict[str, Any]) -> str:
    name = " ".join(filter(None, (r["forenames"], r["surname"])))
    place = ", ".join(filter(None, (r["address"], r["postcode"])))
    return "; ".join(filter(None, (r["record"], r["source"], r["role"], name, r["birth_on"], place, r["phones"])))
