"""YAML read safely, with the line of every key, so that a mistake can be pointed at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from peelian.core.errors import InvalidError, MissingError

# Both build plain values only; the one in C is ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Where = tuple[str | int, ...]
"""A place in the document: the keys and positions that lead to it."""


@dataclass(frozen=True)
class Located:
    """A YAML document as plain data, and the line each part starts on.

    Parameters
    ----------
    data : object
        Mappings, lists, text, numbers, booleans, None.
    lines : dict
        Place in the document -> line, counted from 1.
    file : str
        File name for messages.
    """

    data: object
    lines: dict[Where, int]
    file: str

    def line(self, where: Where) -> int:
        """Return the line of a place, or of the nearest place around it that exists."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def mistake(self, where: Where, what: str, do: str = "") -> InvalidError:
        """Make the error for something wrong at a place of this document."""
        line = self.line(where)
        return InvalidError(
            "declaration-invalid",
            f"{self.file}, line {line}: {what}",
            why="Nothing is read under a declaration that is not understood.",
            do=do or "Correct the line; docs/formats/source-yml.md and mapping-file.md show each key.",
            facts={"file": self.file, "line": line},
        )


def load_located(path: Path) -> Located:
    """Read a YAML file.

    Raises
    ------
    MissingError
        ``declaration-missing`` when there is no such file.
    InvalidError
        ``declaration-invalid`` with file and line: not YAML, a key given twice, an alias, a tag.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingError(
            "declaration-missing",
            f"{path.name} cannot be read as a text file.",
            why="Without its declaration nothing of a source is read.",
            do="Check the path and that the file is UTF-8 text.",
            facts={"file": path.name},
        ) from error
    return parse_located(text, path.name)


def parse_located(text: str, file: str) -> Located:
    """Read YAML text; see :func:`load_located`."""
    lines: dict[Where, int] = {}
    try:
        if any(isinstance(token, (yaml.AliasToken, yaml.TagToken)) for token in yaml.scan(text, Loader=_LOADER)):
            raise Located(None, {}, file).mistake((), "YAML aliases and tags are not used here.")
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Located(None, {(): line}, file).mistake((), f"not valid YAML ({error.problem}).") from error
    except yaml.YAMLError as error:
        raise Located(None, {(): 1}, file).mistake((), "not valid YAML.") from error
    scalars = yaml.SafeLoader("")
    data = None if root is None else _plain(root, (), _Reader(scalars, lines, file))
    return Located(data, lines, file)


@dataclass(frozen=True)
class _Reader:
    """What every step down the document needs."""

    scalars: yaml.SafeLoader
    lines: dict[Where, int]
    file: str


def _plain(node: yaml.Node, where: Where, reader: _Reader) -> object:
    reader.lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, where, reader))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*where, i), reader) for i, child in enumerate(node.value)]
    return reader.scalars.construct_object(node)


def _pairs(node: yaml.MappingNode, where: Where, reader: _Reader) -> Iterator[tuple[str, object]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = str(key_node.value)
        at = (*where, key)
        value = _plain(value_node, at, reader)
        reader.lines[at] = key_node.start_mark.line + 1
        if key in seen:
            raise Located(None, reader.lines, reader.file).mistake(at, f'the key "{key}" is given twice.')
        seen.add(key)
        yield key, value
