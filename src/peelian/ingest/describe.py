"""A source's contract as a page for people: what is kept and why, what is left at the door and why."""

from __future__ import annotations

from collections.abc import Iterator

from peelian.ingest.contract import Assertion, ColumnRule, Contract, FileKind, Saying


def describe_source(contract: Contract) -> str:
    """Write a source's contract as Markdown."""
    return "\n".join([*_head(contract), *(line for kind in contract.files for line in _kind(kind))]).rstrip() + "\n"


def _head(contract: Contract) -> Iterator[str]:
    licence = f"[{contract.licence}]({contract.licence_url})" if contract.licence_url else contract.licence
    yield f"# {contract.title} (`{contract.source}`)\n"
    yield "| | |\n|---|---|"
    yield f"| publisher | {contract.publisher} |"
    yield f"| licence | {licence} |"
    yield f"| lawful basis | {contract.lawful_basis} |"
    yield f"| cadence | {contract.cadence} |"
    if contract.address:
        yield f"| address | `{contract.address}` |"
    yield f"| time zone | {contract.time_zone} |"
    yield "| labels | " + ", ".join(f"{k.replace('_', ' ')}: {v or 'none'}" for k, v in contract.label.items()) + " |"
    yield f"| contract | `{contract.hash[:16]}` |\n"


def _kind(kind: FileKind) -> Iterator[str]:
    yield f"## {kind.name}\n"
    if kind.part:
        yield f"Read from `{kind.part}` of the file."
    if kind.file_name:
        yield f"Files named `{kind.file_name}`; any other name when the header fits."
    yield f"One slice, published again as a whole: `{kind.slice}`."
    yield f"Rows go to {' and '.join(f'`{t}`' for t in kind.tables)}."
    yield f"Retention class `{kind.retention_class}`, counted from the {kind.expires_from}."
    yield _SAME_ROWS[kind.same_rows]
    if kind.joined:
        yield f"Rows are completed from `{kind.joined.file}` by `{kind.joined.mine}`; a row without its event waits."
    yield from (_saying(saying) for saying in kind.label)
    yield ""
    yield "| column | becomes | why | purposes |\n|---|---|---|---|"
    yield from (_kept(rule) for rule in kind.kept)
    yield ""
    dropped = [rule for rule in kind.columns if rule.dropped]
    if dropped:
        yield "Left at the door:\n\n| column | why |\n|---|---|"
        yield from (f"| {rule.name} | {rule.reason} |" for rule in dropped)
        yield ""
    yield from (f"* {_bound(a)}" for a in kind.asserts)
    yield ""


_SAME_ROWS = {
    "drop": "Exact copies of a row are left out and counted.",
    "keep": "Rows that are alike are all kept.",
    "drop-when-referenced": "Exact copies of a row with a reference are left out and counted; others are kept.",
}


def _saying(saying: Saying) -> str:
    """Tell how rows say something of their own label."""
    of = saying.of.replace("_", " ")
    which = f" in {' and '.join(f'`{t}`' for t in saying.tables)}" if saying.tables else ""
    if saying.by_role:
        return f"The label's {of} is that of the person's role{which}."
    if saying.always:
        return f"The label's {of}{which}: {saying.always.replace('|', ', ')}."
    if saying.meanings:
        told = ", ".join(f"`{cell}` {value}" for cell, value in saying.meanings.items())
        return f"The label's {of} is told by `{saying.column}`{which}: {told}."
    told = ", ".join(f"{value} by words such as “{words[0]}”" for value, words in saying.words.items())
    return f"The label's {of} is told by what `{saying.column}` says{which}: {told}."


def _kept(rule: ColumnRule) -> str:
    marks = [word for word in ("required", "personal", "protected") if getattr(rule, word)]
    name = f"{rule.name} ({', '.join(marks)})" if marks else rule.name
    becomes = ", ".join(f"`{target}`" for target in rule.targets) or "not stored"
    return f"| {name} | {becomes} | {rule.reason} | {', '.join(rule.purposes)} |"


def _bound(assertion: Assertion) -> str:
    what = assertion.check.replace("_", " ") + (f" of {assertion.column}" if assertion.column else "")
    bounds = [f"at least {assertion.at_least:g}"] if assertion.at_least is not None else []
    bounds += [f"at most {assertion.at_most:g}"] if assertion.at_most is not None else []
    then = "the file is refused" if assertion.otherwise == "refuse" else "a warning is given"
    return f"{what}: {' and '.join(bounds)}, otherwise {then} ({assertion.reason})."
