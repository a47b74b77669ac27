"""YAML declarations of sources: the first mistake is raised, with its file and line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from peelian.core import located
from peelian.core.errors import InvalidError, MissingError

Where = located.Path
"""A place in the document: the keys and positions that lead to it."""


@dataclass
class Located(located.Located):
    """A declaration as plain data with the line of every value; makes the error for a mistake in it."""

    def mistake(self, where: Where, what: str, do: str = "") -> InvalidError:
        """Make the error for something wrong at a place of this document."""
        return _error(located.Mistake(self.file, self.line(where), what), do)


def _error(mistake: located.Mistake, do: str = "") -> InvalidError:
    return InvalidError(
        "declaration-invalid",
        f"{mistake.file}, line {mistake.line}: {mistake.what}",
        why="Nothing is read under a declaration that is not understood.",
        do=do or "Correct the line; docs/formats/source-yml.md and mapping-file.md show each key.",
        facts={"file": mistake.file, "line": mistake.line},
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
    read = located.read_located(file, text)
    if read.mistakes:
        raise _error(read.mistakes[0])
    return Located(read.file, read.data, read.lines)
