"""YAML that remembers where everything stood, so that each mistake can name its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

# Both read plain values only; the one in C is ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]
"""Where a value is inside a file: keys and list positions."""


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing wrong in a file: its name, line (from 1) and what. Holds no value of a person's."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass
class Located:
    """A YAML file's plain data, with the line of every value."""

    file: str
    data: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of a value, or of the nearest thing that holds it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1

    def note(self, path: Path, what: str) -> None:
        """Note a mistake at a value."""
        self.mistakes.append(Mistake(self.file, self.line(path), what))


def read_located(file: str, text: str) -> Located:
    """Read YAML text; what is wrong with it as YAML is noted, not raised."""
    located = Located(file)
    loader = yaml.SafeLoader("")
    try:
        # An alias could make a value hold itself; people read these files, so they say things in full.
        for token in yaml.scan(text, Loader=_LOADER) if "*" in text else ():
            if isinstance(token, yaml.AliasToken):
                located.mistakes.append(Mistake(file, token.start_mark.line + 1, "Aliases (*name) are not used here."))
                return located
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            located.mistakes.append(Mistake(file, 1, "The file is empty."))
        else:
            located.data = _value(located, loader, node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        located.mistakes.append(Mistake(file, line, f"This is not YAML: {error.problem or 'unreadable'}."))
    except yaml.YAMLError:
        located.mistakes.append(Mistake(file, 1, "This is not YAML."))
    finally:
        loader.dispose()
    return located


def _value(located: Located, loader: yaml.SafeLoader, node: yaml.Node, path: Path) -> object:
    located.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(located, loader, node, path))
    if isinstance(node, yaml.SequenceNode):
        return [_value(located, loader, child, (*path, n)) for n, child in enumerate(node.value)]
    try:
        return loader.construct_object(node)
    except (ValueError, yaml.YAMLError):  # e.g. 2026-02-30
        located.note(path, "This value cannot be read.")
        return None


def _pairs(
    located: Located, loader: yaml.SafeLoader, node: yaml.MappingNode, path: Path
) -> Iterator[tuple[str, object]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
        line = key_node.start_mark.line + 1
        if key_node.tag != "tag:yaml.org,2002:str" or not key:
            located.mistakes.append(
                Mistake(
                    located.file, line, "A key is not a plain word (YAML takes on, off, yes and no for true and false)."
                )
            )
            continue
        if key in seen:
            # YAML keeps the last of two; a reader sees the first.
            located.mistakes.append(Mistake(located.file, line, f"The key {key} stands here twice."))
        seen.add(key)
        located.lines[(*path, key)] = line
        yield key, _value(located, loader, value_node, (*path, key))
