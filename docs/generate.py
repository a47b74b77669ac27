"""Write the pages that are generated: `make docs`. A test says when one of them is out of date.

``docs/reference/cli.md``    every command's help, out of the command line itself
``docs/safeguards.md``       promise, code and test, out of ``docs/safeguards.yml``
``docs/reference/sources/``  a page for each source, out of its contract
``docs/reference/charter.md``  every key of a charter's files, out of their forms, below the mark
``docs/reference/patrol-plan-states.md``  the life of a patrol plan, out of its table of states and moves
lists of pages               in each folder's ``README.md``, below the mark
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/generate.py. Do not edit: change the source and run `make docs`. -->\n"


def cli_page() -> str:
    """Return the command reference, from the same declarations that the program parses with."""
    from typer.main import get_command

    from peelian import cli

    root = get_command(cli.app)
    parts = [
        NOTE,
        "# Commands\n",
        "Every command explains itself with `--help`; this page is those texts.",
        "Exit codes and error codes are under [errors](errors/README.md).\n",
    ]
    return "\n".join([*parts, *_command_texts(root, "peelian", None)]).rstrip() + "\n"


def _command_texts(command: Any, name: str, parent: Any) -> Iterator[str]:
    """Give a command's text, then those below it, in alphabetical order."""
    context = command.context_class(command, info_name=name, parent=parent)
    below = sorted(command.list_commands(context)) if hasattr(command, "list_commands") else []
    yield f"## `{context.command_path}`\n"
    yield (command.help or "").strip() + "\n"
    yield f"```\n{context.get_usage() if hasattr(context, 'get_usage') else command.get_usage(context)}\n```\n"
    yield from _option_table(command, context)
    for child in below:
        shown = command.get_command(context, child)
        if not shown.hidden:
            yield from _command_texts(shown, child, context)


def _option_table(command: Any, context: Any) -> Iterator[str]:
    records = [p.get_help_record(context) for p in command.get_params(context) if "--help" not in p.opts]
    rows = [(_cell(name), _cell(text)) for name, text in filter(None, records)]
    if rows:
        yield "| | |\n|---|---|"
        yield "\n".join(f"| `{name}` | {text} |" for name, text in rows)
        yield ""


def _cell(text: str) -> str:
    """Write text on one line, so that it stands in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def safeguards_page() -> str:
    """Return the table of promises, each with the code that keeps it and the test that would notice."""
    parts = yaml.safe_load((DOCS / "safeguards.yml").read_text(encoding="utf-8"))
    lines = [
        NOTE,
        "# Safeguards\n",
        "What is promised, the code that keeps it, the test that fails when it is broken, and what is not covered.",
        "A promise without a test is not on this page.\n",
    ]
    for part in parts:
        lines += [f"## {part['part']}\n", "| promise | code | test | does not cover |", "|---|---|---|---|"]
        lines += [_safeguard_row(s) for s in part["safeguards"]]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _safeguard_row(safeguard: dict[str, Any]) -> str:
    code = "<br>".join(f"[`{c.removeprefix('src/peelian/')}`](../{c})" for c in safeguard["code"])
    tests = "<br>".join(f"[`{t.split('::')[-1]}`](../{t.split('::')[0]})" for t in safeguard["tests"])
    return f"| {safeguard['promise']} | {code} | {tests} | {safeguard.get('not', '-')} |"


LISTED = "<!-- pages of this folder, listed by docs/generate.py -->"


def folder_page(readme: Path) -> str:
    """Return a folder's README with its pages listed below the mark, each by its first heading."""
    head = readme.read_text(encoding="utf-8").partition(LISTED)[0]
    others = sorted(p for p in readme.parent.glob("*.md") if p != readme)
    lines = [f"* [{_heading(p)}]({p.name})" for p in others]
    return f"{head.rstrip()}\n\n{LISTED}\n\n" + "\n".join(lines) + "\n"


def _heading(page: Path) -> str:
    return next(line[2:].strip() for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("# "))


def source_pages() -> dict[Path, str]:
    """Return a page for each source, out of its contract."""
    from peelian.ingest.catalogue import FOLDER, NAMES
    from peelian.ingest.contract import load_contract
    from peelian.ingest.describe import describe_source

    folder = DOCS / "reference" / "sources"
    contracts = {name.replace("_", "-"): load_contract(FOLDER / name) for name in NAMES}
    return {folder / f"{name}.md": f"{NOTE}\n{describe_source(contract)}" for name, contract in contracts.items()}


def states_page() -> str:
    """Return the life of a patrol plan: the diagram and its table twin, out of the one table of moves."""
    from peelian.decide.states import mermaid, table_markdown

    lines = [
        NOTE,
        "# The states of a patrol plan\n",
        "A plan's state follows from the papers written, the clock, and whether the tool may run; nobody sets it.",
        "What is not drawn here is refused. Why it is so: [decisions](../explanation/decisions.md).\n",
        f"```mermaid\n{mermaid()}```\n",
        table_markdown(),
    ]
    return "\n".join(lines).rstrip() + "\n"


KEYS = "<!-- every key of every file, listed by docs/generate.py -->"


def charter_page(page: Path) -> str:
    """Return the page about charters, with every key of every file below the mark."""
    from peelian.policy.forms_in_words import keys_in_words

    head = page.read_text(encoding="utf-8").partition(KEYS)[0]
    return f"{head.rstrip()}\n\n{KEYS}\n\n{keys_in_words()}"


def pages() -> dict[Path, str]:
    """Return each generated page's path and text. The command page waits for the command line to exist."""
    out = {DOCS / "safeguards.md": safeguards_page()}
    if find_spec("peelian.cli") and (DOCS.parent / "src/peelian/cli/__init__.py").is_file():
        out[DOCS / "reference" / "cli.md"] = cli_page()
    out |= source_pages()
    out[DOCS / "reference" / "charter.md"] = charter_page(DOCS / "reference" / "charter.md")
    out[DOCS / "reference" / "patrol-plan-states.md"] = states_page()
    out |= {p: folder_page(p) for p in DOCS.rglob("README.md") if LISTED in p.read_text(encoding="utf-8")}
    return out


def main() -> int:
    """Write every page that differs, and name it; twice, since the lists of pages name pages just written."""
    for _ in range(2):
        for path, text in pages().items():
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                print(f"wrote {path.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
