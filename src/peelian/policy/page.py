"""Write the rules as a page that a person refused by one of them can read.

``python -m peelian.policy.page CHARTER_FOLDER OUT_FOLDER`` writes ``rules.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from peelian.policy.cedar import Rule, read_policies
from peelian.policy.charter import Charter, load_charter
from peelian.policy.rules import ACTS, POST_KINDS, POSTS_THAT_ARE_ACTS
from peelian.policy.shape import read_shape

HEAD = """# The rules of the example charter

This page is written by `python -m peelian.policy.page charter docs/reference`.
A test writes it again and compares.

A refusal carries every reason, each with one of these codes.
A reason says what is in the way, who can change it, and what to do next.
`rule-crashed` stands for a rule that could not be evaluated: that is a refusal too.
`act-unknown` and `kind-unknown` stand for what no rule knows.
"""


def rules_page(charter: Charter) -> str:
    """Return every rule of a charter in words, with its red line, its owner and the file it stands in."""
    rules = sorted(read_policies(charter.policies)[1].values(), key=lambda r: (r.file, r.line))
    shape = read_shape(charter.schema)
    lines = [HEAD, "## What may be done", "", "| rule | only if | who can change it |", "|---|---|---|"]
    for rule in rules:
        if rule.effect == "permit":
            needs = "<br>".join(f"`{n.code}`: {_plain(n.what)}" for n in rule.needs)
            lines.append(f"| `{rule.id}` | not: {needs} | {rule.owner} |")
    lines += [
        "",
        "## What is refused",
        "",
        "| code | why | red line | who can change it | what to do |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(rule) for rule in rules if rule.effect == "forbid"]
    lines += ["", "## Red lines", ""]
    for line in charter.red_lines:
        rules_named = ", ".join(f"`{r}`" for r in line.rules)
        lines += [f"{line.number}. {line.words}", f"   Rules: {rules_named}.", *(f"   {also}" for also in line.also)]
    lines += ["", "## Words of a request", "", *_words(), ""]
    lines += ["## Actions", "", "| action | about | in the groups |", "|---|---|---|"]
    for action in shape.actions.values():
        groups = ", ".join(sorted(action.groups - {action.name})) or "none"
        lines.append(f"| `{action.name}` | {action.resource} | {groups} |")
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    return f"| `{rule.code}` | {_plain(rule.why)} | {rule.redline} | {rule.owner} | {rule.do} |"


def _plain(words: str) -> str:
    """Show a rule's words with what is filled in named."""
    return words.replace("{", "*").replace("}", "*").replace("|", "\\|")


def _words() -> Iterator[str]:
    yield "Acts: " + ", ".join(f"`{a}`" for a in ACTS) + "."
    yield "Kinds of thing to post: " + ", ".join(f"`{k}`" for k in POST_KINDS) + "."
    acts = ", ".join(f"`{kind}` {noun}".strip() + f" as `{act}`" for (kind, noun), act in POSTS_THAT_ARE_ACTS.items())
    yield f"Posted kinds that are judged as acts: {acts}."


if __name__ == "__main__":
    (Path(sys.argv[2]) / "rules.md").write_text(rules_page(load_charter(Path(sys.argv[1]))), encoding="utf-8")
