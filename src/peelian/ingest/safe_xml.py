"""XML read with suspicion: no document type, so no entity can be declared, expanded or fetched; depth and size bounded.

A file of a few hundred bytes can declare entities that unfold into gigabytes, or that name files of the machine that
reads it. No honest export needs a document type, so a file that has one is refused before anything in it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from peelian.core.errors import InvalidError

_DEPTH_MAX = 64
_CHUNK = 1 << 20


@dataclass
class Element:
    """An element that is being read: attributes, the texts of its children by name, its own text, and its line."""

    name: str
    attributes: Mapping[str, str]
    line: int
    texts: dict[str, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return its own text."""
        return "".join(self.pieces).strip()

    @property
    def cells(self) -> dict[str, str]:
        """Return attributes and children's texts; an attribute goes before a child of the same name."""
        return self.texts | dict(self.attributes)


Ended = Callable[[Element, "list[Element]"], None]
"""Called with each element that ends, and with those around it, outermost first."""


def read_elements(data: bytes, ended: Ended) -> None:
    """Read a document element by element.

    Raises
    ------
    InvalidError
        ``xml-document-type``, ``xml-too-deep``, ``xml-damaged``.
    """
    parser = expat.ParserCreate()
    around: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(around) >= _DEPTH_MAX:
            raise _too_deep()
        around.append(Element(_local(name), {_local(k): v for k, v in attributes.items()}, parser.CurrentLineNumber))

    def end(name: str) -> None:
        done = around.pop()
        if around and not done.attributes and not done.texts:
            around[-1].texts[done.name] = done.text
        ended(done, around)

    def text(piece: str) -> None:
        if around:
            around[-1].pieces.append(piece)

    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.buffer_text = True
    _feed(parser, data)


def _feed(parser: expat.XMLParserType, data: bytes) -> None:
    try:
        for at in range(0, len(data), _CHUNK):
            parser.Parse(data[at : at + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InvalidError(
            "xml-damaged",
            f"The file is not whole XML; the mistake is near line {error.lineno}.",
            why="Rows after the mistake would be lost without a word.",
            do="Export it again, or copy it again.",
            facts={"line": error.lineno},
        ) from error


def _local(name: str) -> str:
    """Leave a prefix out: systems change theirs from export to export."""
    return name.rpartition(":")[2]


def _refuse_document_type(*_: object) -> None:
    raise InvalidError(
        "xml-document-type",
        "The file declares a document type.",
        why="Entities declared there can unfold into gigabytes, or name files of the machine that reads it.",
        do="Export it without a document type (DOCTYPE).",
    )


def _too_deep() -> InvalidError:
    return InvalidError(
        "xml-too-deep",
        "The file has elements inside elements beyond any use.",
        why="Such files are made to exhaust the machine that reads them.",
        do="Check where it comes from.",
    )
