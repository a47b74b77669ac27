"""HTML that cannot be broken by what is put into it: text is escaped unless it was made here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is HTML already. Only :func:`tag` and :func:`join` make it."""

    __slots__ = ()


Child = object
"""Anything to show: Markup as it is, None and False not at all, lists one after the other, the rest escaped."""

VOID = frozenset({"meta", "link", "br", "hr", "rect", "line", "circle", "path", "use"})


def join(*children: Child) -> Markup:
    """Put children one after the other."""
    return Markup("".join(_shown(c) for c in children))


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """Make an element. ``class_`` and ``for_`` lose their underscore, other underscores become hyphens."""
    written = "".join(_attribute(k, v) for k, v in attributes.items())
    if name in VOID and not children:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    return f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'


def _shown(child: Child) -> str:
    if child is None or child is False:
        return ""
    if isinstance(child, Markup):
        return str(child)
    if isinstance(child, Iterable) and not isinstance(child, str):
        return "".join(_shown(c) for c in child)
    return escape(str(child))


def raw_style(css: str) -> Markup:
    """Wrap a style sheet of our own; nothing from outside may come this way."""
    assert "</" not in css, "a style sheet closes no element"
    return Markup(f"<style>{css}</style>")


def table(
    caption: str, heads: Iterable[str], rows: Iterable[Iterable[Child]], *, numeric: Iterable[int] = ()
) -> Markup:
    """Make a table with a caption; on a narrow screen each row becomes a card, each cell led by its heading."""
    names, numbers = tuple(heads), frozenset(numeric)

    def kind(i: int) -> str | None:
        return "number" if i in numbers else None

    def cell(i: int, value: Child) -> Markup:
        name, scope = ("th", "row") if i == 0 else ("td", None)
        return tag(name, tag("span", value), scope=scope, class_=kind(i), data_head=names[i])

    top = [tag("th", name, scope="col", class_=kind(i)) for i, name in enumerate(names)]
    body = [tag("tr", [cell(i, v) for i, v in enumerate(row)]) for row in rows]
    narrow = "narrow" if len(names) == 2 else None
    return tag("table", tag("caption", caption), tag("thead", tag("tr", top)), tag("tbody", body), class_=narrow)


def summary_list(items: Iterable[tuple[str, Child]]) -> Markup:
    """Make a list of question and answer; empty answers are left out."""
    shown = [(k, v) for k, v in items if v not in (None, "", [])]
    return tag("dl", [tag("div", tag("dt", k), tag("dd", v)) for k, v in shown], class_="summary")


def details(summary: str, *children: Child) -> Markup:
    """Make a part that opens when asked; works without scripts."""
    return tag("details", tag("summary", summary), tag("div", *children))


def command(text: str) -> Markup:
    """Show something to type or to compare, letter by letter."""
    return tag("pre", tag("code", text), tabindex="0")
