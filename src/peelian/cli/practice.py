"""``peelian practice``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from peelian.app.faces import InvalidError, at_door, place_of
from peelian.cli.output import As, AsJson, In, command, emit, line, note

group = typer.Typer(help="Practice sets: pass one before you use a tool.", no_args_is_help=True)

Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="Method, or table about people, to be trained for.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="practice")


@group.command("list")
@command
def run_list(folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """List the practice sets you may sit, and whether you are trained."""
    from peelian.app.practice import standing

    with at_door(place_of(folder, acting_as)) as caller:
        emit(standing(caller), as_json, say_standing)


@group.command("sit")
@command
def run_sit(
    subject: Subject,
    folder: In,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Answer from the truth: in a demonstration only, and recorded so.")
    ] = False,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Sit a practice set: look at each made-up case and say whether something is wrong with it."""
    from peelian.app.practice import begin_practice, hand_in, sit_practice

    with at_door(place_of(folder, acting_as)) as caller:
        if demonstration:
            outcome = sit_practice(caller, subject)
        else:
            sheet = begin_practice(caller, subject)
            outcome = hand_in(caller, str(sheet["attempt"]), ask_all(sheet))
    emit(outcome, as_json, say_outcome)


@group.command("sheet")
@command
def run_sheet(subject: Subject, folder: In, acting_as: As = None, as_json: AsJson = False) -> None:
    """Begin a practice set, or go on with the one begun, and print its cases."""
    from peelian.app.practice import begin_practice

    with at_door(place_of(folder, acting_as)) as caller:
        emit(begin_practice(caller, subject), as_json, say_sheet)


@group.command("hand-in")
@command
def run_hand_in(
    attempt: Annotated[str, typer.Argument(metavar="ATTEMPT", help="Number of the practice set, from its sheet.")],
    answers: Annotated[Path, typer.Option(help="JSON file: a list of one answer a case, each one of those offered.")],
    folder: In,
    acting_as: As = None,
    as_json: AsJson = False,
) -> None:
    """Hand a practice set in."""
    from peelian.app.practice import hand_in

    given = read_answers(answers)
    with at_door(place_of(folder, acting_as)) as caller:
        emit(hand_in(caller, attempt, given), as_json, say_outcome)


def read_answers(path: Path) -> list[str]:
    """Read a list of answers."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        given = None
    if not isinstance(given, list) or not all(isinstance(a, str) for a in given):
        raise InvalidError(
            "answers-unreadable",
            "The file of answers is not a JSON list of words.",
            why="Each case has one answer, in the order of the sheet.",
            do='Write it like ["sound", "outside-area", ...].',
        )
    return given


def ask_all(sheet: dict[str, Any]) -> list[str]:
    """Show each case and ask what is wrong with it."""
    choices = sheet["choices"]
    note(f"{len(sheet['cases'])} cases; {sheet['share_wrong']:.0%} of them are wrong in one way. Take your time.")
    return [ask(case, choices) for case in sheet["cases"]]


def ask(case: dict[str, Any], choices: list[dict[str, str]]) -> str:
    """Show a case and ask until one of the choices is chosen."""
    for text in case_lines(case):
        note(text)
    for number, choice in enumerate(choices):
        note(f"  {number}  {choice['words']}")
    while True:
        given = typer.prompt("What is wrong with it?", err=True)
        if given.isdecimal() and int(given) < len(choices):
            return choices[int(given)]["id"]
        note(f"Type a number from 0 to {len(choices) - 1}.")


def case_lines(case: dict[str, Any]) -> list[str]:
    """Lay a case out in lines."""
    out = ["", f"Case {case['number']}: {case['title']}"]
    out += [f"  {name}: {value}" for name, value in case["facts"]]
    rows = [case["head"], *case["rows"], case["total"]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(case["head"]))]
    out += ["  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*out, f"  It says: {case['says']}"]


def say_sheet(sheet: dict[str, Any]) -> None:
    """Tell the cases and the choices."""
    for case in sheet["cases"]:
        for text in case_lines(case):
            line(text)
    line()
    line("Answers: " + ", ".join(c["id"] for c in sheet["choices"]))
    line(f"Hand in {sheet['attempt']} until {sheet['until'][:16].replace('T', ' ')} UTC.")


def say_outcome(outcome: dict[str, Any]) -> None:
    """Tell the marks, and each case that was not answered right."""
    word = "Passed" if outcome["passed"] else "Not passed"
    line(f"{word}: {outcome['caught']} of {outcome['wrong_shown']} wrong ones caught, ")
    line(f"  {outcome['false_alarms']} of {outcome['cases'] - outcome['wrong_shown']} right ones called wrong.")
    if outcome["demonstration"]:
        line("  Answered from the truth, as a demonstration; the record says so.")
    if outcome["passed"]:
        line(f"  Holds until {outcome['holds_until']}.")
    for row in outcome["review"]:
        if not row["right"]:
            line(f"  Case {row['number']}: {row['truth']}. You said: {row['answered']}.")


def say_standing(result: dict[str, Any]) -> None:
    """Tell how the caller stands."""
    for row in result["sets"]:
        state = f"trained until {row['until']}" if row["trained"] else "not trained"
        line(f"{row['subject']:<16} {state:<26} {row['cases']} cases, {row['share_wrong']:.0%} wrong")
    if not result["sets"]:
        line("There is no practice set for what you do.")
