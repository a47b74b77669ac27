"""Amend a mandate's file: put evidence and phase, or the hash of code, into it; the rest stays as people wrote it.

Amending a file changes nothing that is in force. The charter is put into force by the approving body, and the mandate
adopted by its approver; the gate asks whether the evidence named is an assessment on record of the very code approved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import yaml

from peelian.core.errors import InvalidError, MissingError

PHASES = ("pre-deployment", "private-beta", "public-beta", "production", "retired")
"""Phases of ATRS v4, in order."""


def name_evidence(charter_folder: Path, mandate_id: str, evidence: str, phase: str, decided_on: date) -> Path:
    """Write evidence and phase into ``mandates/<mandate_id>.yml`` and return the file.

    Parameters
    ----------
    charter_folder : Path
        A charter; not in force until somebody puts it there.
    evidence : str
        Number or digest of an assessment.
    phase : str
        One of :data:`PHASES`.
    decided_on : date
        Day of the decision; the mandate starts then at the earliest. Its end stays.

    Raises
    ------
    MissingError
        ``mandate-file-missing``.
    InvalidError
        ``phase-unknown``, ``evidence-malformed``; ``mandate-file-odd`` for a file whose lines are not where they are
        in the example's form.
    """
    path = _file_of(charter_folder, mandate_id)
    if phase not in PHASES:
        raise InvalidError("phase-unknown", "There is no such phase.", do=f"Use one of: {', '.join(PHASES)}.")
    if not re.fullmatch(r"[A-Za-z0-9]{8,64}", evidence):
        raise InvalidError("evidence-malformed", "That is no number or digest.", do="Name an assessment on record.")
    return _amend(path, {"phase": phase, "evidence": f"['{evidence}']"}, decided_on)


def name_code(charter_folder: Path, mandate_id: str, code_hash: str, decided_on: date) -> Path:
    """Write the hash of the code to be approved into ``mandates/<mandate_id>.yml`` and return the file.

    Raises
    ------
    MissingError
        ``mandate-file-missing``.
    InvalidError
        ``mandate-file-odd``, also for a mandate that approves no code.
    """
    path = _file_of(charter_folder, mandate_id)
    if "code_hash" not in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}):
        raise _odd()
    return _amend(path, {"code_hash": f"'{code_hash}'"}, decided_on)


def _file_of(charter_folder: Path, mandate_id: str) -> Path:
    path = charter_folder / "mandates" / f"{mandate_id}.yml"
    if not re.fullmatch(r"[a-z0-9-]+", mandate_id) or not path.is_file():
        raise MissingError(
            "mandate-file-missing",
            "The charter holds no file for such a mandate.",
            why="A mandate is a file of its own in charter/mandates.",
            do="See the names there: peelian mandate list.",
        )
    return path


def _amend(path: Path, lines: Mapping[str, str], decided_on: date) -> Path:
    """Replace some lines, and the day of the decision with them."""
    text = path.read_text(encoding="utf-8")
    written = yaml.safe_load(text)
    if not isinstance(written, dict) or not isinstance(written.get("starts_on"), date):
        raise _odd()
    starts_on = max(written["starts_on"], decided_on)  # nothing starts before it was decided
    for key, value in (dict(lines) | {"decided_on": str(decided_on), "starts_on": str(starts_on)}).items():
        text = _with_line(text, key, value)
    path.write_text(text, encoding="utf-8")
    return path


def _with_line(text: str, key: str, value: str) -> str:
    """Replace a top-level line, or put it before the first key that opens a block of its own (``scope:``)."""
    new, replaced = re.subn(rf"(?m)^{key}:[^\n]*(?:\n[ \t-][^\n]*)*$", f"{key}: {value}", text)
    if replaced == 0:
        new, replaced = re.subn(r"(?m)^scope:", f"{key}: {value}\nscope:", text)
    if replaced != 1:
        raise _odd()
    return new


def _odd() -> InvalidError:
    return InvalidError(
        "mandate-file-odd",
        "The mandate's file is not written in the form that can be amended line by line.",
        why="Amending by machine must not touch what people wrote in it.",
        do="Edit the file by hand: set phase, evidence or code_hash, and decided_on.",
    )
