"""The full record of a tool in the form of the Algorithmic Transparency Recording Standard, version 4.

Every field that a program can know is taken from what runs: permission, method, contracts, newest test. The names of
the fields of version 4 follow its change log; those of the operational data were not compared with its spreadsheet,
and the page says so.

References
----------
Algorithmic Transparency Recording Standard, version 3.0 (field list) and version 4.0 (change log, July 2025).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from peelian.publish.register.bundle import Bundle
from peelian.publish.register.words import Words

STANDARD = "4.0"

Field = tuple[str, str, str, str]
"""Section, number, name, value."""


def record_of(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> list[Field]:
    """Return the record of a tool, field by field, in the order of the standard.

    Parameters
    ----------
    facts : mapping
        What every page about the tool needs; see :func:`peelian.publish.register.tools.tool_facts`.
    """
    parts = (_title, _summary, _owner, _description, _deployment, _system, _model, _data, _impact)
    return [field for part in parts for field in part(facts, bundle, words)]


def by_section(fields: list[Field]) -> list[tuple[str, list[Field]]]:
    """Return the fields section by section, in the order of the standard."""
    names = dict.fromkeys(section for section, *_ in fields)
    return [(name, [f for f in fields if f[0] == name]) for name in names]


def missing(fields: list[Field]) -> list[str]:
    """Name the fields that say nothing: a tool whose record has gaps is not published properly."""
    return [f"{number} {name}" for _, number, name, value in fields if not value.strip()]


def _title(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section = "Title information"
    yield section, "0.1", "Title", facts["t"]["title"]
    yield section, "0.2", "Organisation name", bundle["force"]["name"]
    yield section, "0.3", "Phase", facts["p"]["phase"].replace("-", " ")
    yield section, "0.4", "Region", ", ".join(bundle["force"]["regions"])
    yield section, "0.5", "One sentence description", facts["t"]["one_line"]


def _summary(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section = "Summary information"
    yield section, "1.1", "Name", facts["t"]["title"]
    yield section, "1.2", "Description", f"{facts['t']['what']} {facts['t']['not_for']}"
    yield section, "1.3", "Website URL", f"tools/{facts['tool']['id']}/ on this register"
    yield section, "1.4", "Contact email", facts["t"]["contact_email"]


def _owner(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section, supplier = "Owner and responsibility", facts["t"]["supplier"]
    none = words.say("Not applicable: no third party is involved.")
    yield section, "2.1.1", "Organisation or department", bundle["force"]["name"]
    yield section, "2.1.2", "Team", facts["t"]["team"]
    yield section, "2.1.3", "Senior responsible owner", facts["p"]["owner"]
    yield section, "2.1.4", "Third party involvement", "No" if supplier == "none" else "Yes"
    for number, name in enumerate(
        ("Third party", "Companies House number", "Role of third party", "Procurement procedure type",
         "Terms of access to data"), start=1
    ):  # fmt: skip
        yield section, f"2.1.4.{number}", name, none if supplier == "none" else supplier


def _description(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section, permission = "Description and rationale", facts["p"]
    offences = ", ".join(words.offence(o).lower() for o in permission["offences"])
    scope = words.say("Used for {offences}, in {area}, until {day}.", offences=offences, area=facts["t"]["area_name"],
                      day=permission["ends_on"])  # fmt: skip
    yield section, "2.2.1", "Detailed description, with scope", f"{facts['t']['what']} {facts['t']['not_for']} {scope}"
    yield section, "2.2.2", "Benefits", f"{facts['t']['problem']} {_benefit(facts, words)}"
    yield section, "2.2.3", "Previous process", permission["fallback"]
    options = " ".join(f"{a['option']}: {a['why_not']}" for a in facts["t"]["alternatives"])
    yield section, "2.2.4", "Alternatives considered", options


def _benefit(facts: Mapping[str, Any], words: Words) -> str:
    head = facts["headline"]
    if head is None:
        return words.say("It has not been tested here, so no benefit is claimed.")
    told = [
        words.say(
            "Of 100 cases of {cases} in the test, {share} fell in the {budget} % of the area that it chose.",
            cases=head["cases"],
            share=head["own"]["share"],
            budget=head["budget"],
        )
    ]
    if head["before"]:
        told.append(words.say("With {what} it was {share}.", what=head["before_words"], share=head["before"]["share"]))
    return " ".join([*told, words.say("Whether that prevents any crime is not known.")])


FIXED = {
    "2.3.1": "A trained officer marks their own places for a patrol, then sees the tool's, then decides and gives a "
    "reason. The plan has a number and an end. The next day its result is written down.",
    "2.3.2": "Every plan is decided by a person. The tool starts nothing by itself.",
    "2.3.4": "A practice set in which a stated share of the tool's results is wrong. Catching them is the pass mark. "
    "It is sat again when it runs out.",
    "2.4.1.1": "A method in Python that runs in a closed process without network or disk. All data come through one "
    "door that checks the rules and writes the record of use first. Source code: open, Apache licence 2.0.",
    "2.4.1.3": "A ranked list of squares, each with an expected count, a range, and the parts that add up to it.",
    "2.4.2.3": "Expected number of reported crimes next month, square by square.",
    "2.4.2.5": "Expected count, low and high of its range, and its parts, per square.",
    "2.4.2.6": "A weighted count of past crimes: recent ones count more, near ones count a little, and everywhere "
    "counts a little. No neural network. Every figure comes apart into months and places.",
    "sensitive": "None is read. Tables on protected groups stay closed to this tool.",
    "complete": "Only what people report. Where people report less, the tool expects less.",
    "cleaning": "Columns that the contract of a source does not name are never stored. Rows that break it "
    "are set aside.",
}
"""What is so of every place method here, whatever the deployment."""


def _deployment(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section, permission, panel = "Deployment context", facts["p"], bundle["panel"]
    users = permission["users_max"]
    who = words.say("The permission names roles, not a number of people.")
    if users:
        who = words.say("At most {n} people may use it.", n=users)
    stop = words.say(
        "The oversight panel can stop the tool: {n} members sign. The official answers in public within {days} days.",
        n=panel["stop_signatures"],
        days=panel["answer_days"],
    )
    yield section, "2.3.1", "Integration into broader operational process", FIXED["2.3.1"]
    yield section, "2.3.2", "Human review", FIXED["2.3.2"]
    often = words.say("Once a month a forecast, plans from it by shift.")
    yield section, "2.3.3", "Frequency and scale of usage", f"{often} {who}"
    yield section, "2.3.4", "Required training", FIXED["2.3.4"]
    address = f"{facts['t']['contact']} {facts['t']['contact_email']}"
    yield section, "2.3.5", "Appeals and review", f"{words.say('Write to {address}.', address=address)} {stop}"


def _system(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section, tool = "Tool specification: system", facts["tool"]
    reads = ", ".join(words.column(c) for c in tool["running"]["reads"])
    care = words.say(
        "Tested again before the permission ends on {day}. A change of the program ends the approval: the permission "
        "names the program's hash.",
        day=facts["p"]["ends_on"],
    )
    yield section, "2.4.1.1", "System architecture", FIXED["2.4.1.1"]
    yield section, "2.4.1.2", "System-level input", words.say("Of each reported crime: {columns}.", columns=reads)
    yield section, "2.4.1.3", "System-level output", FIXED["2.4.1.3"]
    yield section, "2.4.1.4", "Maintenance", care
    yield section, "2.4.1.5", "Models", words.say("One: {tool}, version {n}.", tool=tool["id"], n=tool["version"])


def _model(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section, tool, test = "Tool specification: model", facts["tool"], facts["tool"]["test"]
    yield section, "2.4.2.1", "Model name", tool["id"]
    yield section, "2.4.2.2", "Model version", f"{tool['version']}; program SHA-256 {tool['code_hash']}"
    yield section, "2.4.2.3", "Model task", FIXED["2.4.2.3"]
    yield section, "2.4.2.4", "Model input", ", ".join(tool["running"]["reads"])
    yield section, "2.4.2.5", "Model output", FIXED["2.4.2.5"]
    yield section, "2.4.2.6", "Model architecture", FIXED["2.4.2.6"]
    ranges = (
        f" Its ranges promise {test['range_promised']} in 100 and held {test['range_held']} in 100." if test else ""
    )
    yield section, "2.4.2.7", "Model performance", _benefit(facts, words) + ranges
    named = [words.sources[s]["title"] for s in tool["running"]["sources"] if s in words.sources]
    purposes = "; ".join(f"{title}: to learn where crimes are reported" for title in named)
    yield section, "2.4.2.8", "Datasets and their purposes", purposes


def _data(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    yield from _data_rows("2.4.3", "Development data", "used to choose settings and to test", facts, bundle, words)
    yield from _data_rows("2.4.4", "Operational data", "used for each forecast", facts, bundle, words)


def _data_rows(
    number: str, section: str, use: str, facts: Mapping[str, Any], bundle: Bundle, words: Words
) -> Iterator[Field]:
    running, test = facts["tool"]["running"], facts["tool"]["test"]
    sources = [words.sources[s] for s in running["sources"] if s in words.sources]
    roles = ", ".join(words.role(r).lower() for r in facts["p"]["roles"])
    counted = (
        f"About {test['cases']:,} cases in the test months, rounded." if test and test["cases"] else "Not counted."
    )
    values = {
        "Description": f"Reported crimes with month and place, {use}: {'; '.join(s['title'] for s in sources)}.",
        "Modality": "Tables",
        "Quantities": counted,
        "Sensitive attributes": FIXED["sensitive"],
        "Completeness and representativeness": FIXED["complete"],
        "Source": "; ".join(f"{s['publisher']} ({s['licence']})" for s in sources),
        "Collection": "; ".join(f"{s['title']}: {s['cadence']}" for s in sources),
        "Cleaning": FIXED["cleaning"],
        "Sharing agreements": "; ".join(running["shared_with"]) or "None.",
        "Access and storage": f"In {', '.join(bundle['force']['regions'])} only. Roles: {roles}. Each look is entered "
        "in the record of use.",
    }
    for n, (name, value) in enumerate(values.items(), start=1):
        yield section, f"{number}.{n}", name, value


def _impact(facts: Mapping[str, Any], bundle: Bundle, words: Words) -> Iterator[Field]:
    section, state = "Risks, mitigations and impact assessments", "out of date" if facts["stale"] else "current"
    papers = "; ".join(f"{d['title']}, {d['written_on']}, {state}" for d in facts["tool"]["documents"])
    yield section, "2.5.1", "Impact assessments", papers
    harms = " ".join(f"Risk: {h['risk']} What we do: {h['answer']}" for h in facts["t"]["harms"])
    yield section, "2.5.2", "Risks and mitigations", harms
