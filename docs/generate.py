"""Write the pages that are generated: `make docs`. A test says when one of them is out of date.

``docs/reference/cli.md``    every command's help, out of the command line itself
``docs/safeguards.md``       promise, code and test, out of ``docs/safeguards.yml``
``docs/reference/sources/``  a page for each source, out of its contract
``docs/reference/charter.md``  every key of a charter's files, out of their forms, below the mark
``docs/reference/api.md``  every address for programs, out of the description that the site gives of itself
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
    from peelian.ingest.catalogue import find_sources
    from peelian.ingest.contract import load_contract
    from peelian.ingest.describe import describe_source

    folder = DOCS / "reference" / "sources"
    contracts = {name.replace("_", "-"): load_contract(path) for name, path in find_sources().items()}
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


def api_page() -> str:
    """Return the reference of the addresses for programs, from the routers themselves."""
    from fastapi import FastAPI

    from peelian.web.pages import API, api

    app = FastAPI()
    for part in (api.public, api.staff, *(page.staff for page in API)):
        app.include_router(part)
    described = app.openapi()
    lines = [NOTE, "# Addresses for programs\n", *api.__doc__.strip().splitlines()[2:], ""]
    lines += ["A running site describes itself at `/api/v1/openapi.json`; this page is that description in words.\n"]
    for tag, title in (("public", "Open to anybody"), ("staff", "For whoever is signed in")):
        lines.append(f"## {title}\n")
        for path, methods in described["paths"].items():
            lines += [line for m, o in methods.items() if tag in o["tags"] for line in _operation(m, path, o)]
    lines += ["## What is sent and answered\n"]
    lines += [line for name, schema in described["components"]["schemas"].items() for line in _schema(name, schema)]
    return "\n".join(lines).rstrip() + "\n"


def _operation(method: str, path: str, told: dict[str, Any]) -> Iterator[str]:
    yield f"### `{method.upper()} {path}`\n"
    yield f"{told['summary']}. {told['description']}\n"
    if told.get("parameters"):
        asked = [f"`{p['name']}` ({p['in']}{', required' if p['required'] else ''})" for p in told["parameters"]]
        yield f"Takes {', '.join(asked)}.\n"
    if "requestBody" in told:
        [(form, body)] = told["requestBody"]["content"].items()
        sent = " as a form with a file" if form == "multipart/form-data" else ""
        yield f"Takes {_kind(body['schema'])}{sent}.\n"
    good = next(code for code in told["responses"] if code.startswith("2"))
    body = told["responses"][good].get("content")
    files = [kind for kind, told in (body or {}).items() if told["schema"].get("format") == "binary"]
    answer = (
        f"a file: {', '.join(files)}" if files else _kind(body["application/json"]["schema"]) if body else "nothing"
    )
    no = [f"`{code}` {r['description'].lower()}" for code, r in sorted(told["responses"].items()) if code != good]
    yield f"Answers `{good}` with {answer}{'; else ' + ', '.join(no) if no else ''}.\n"


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    yield " ".join(schema.get("description", "").split("\n\n")[0].split()) + "\n"
    yield "| field | holds |\n|---|---|"
    yield "\n".join(f"| `{field}` | {_kind(form)} |" for field, form in schema["properties"].items())
    yield ""


def _kind(schema: dict[str, Any]) -> str:
    """Say what a value is."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(s) for s in schema["anyOf"])
    if schema.get("type") == "array":
        inner = schema.get("items") or {"prefixItems": schema.get("prefixItems", [])}
        return f"a list of {_kind(inner)}" if "type" in inner or "$ref" in inner else "a list"
    words = {
        "string": "text",
        "integer": "whole number",
        "boolean": "yes or no",
        "object": "an object",
        "null": "nothing",
    }
    return words.get(str(schema.get("type", "")), "anything")


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
    out[DOCS / "reference" / "api.md"] = api_page()
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
