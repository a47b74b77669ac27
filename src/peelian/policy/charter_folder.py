"""A charter's folder as read from disk: every file checked for its form, every mistake with file and line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from peelian.core.canonical import digest_bytes
from peelian.core.errors import InvalidError
from peelian.core.located import Located, Mistake, read_located
from peelian.core.time import month_of, month_start
from peelian.policy import floor_forms, forms

FILES: Mapping[str, type[forms.Form]] = {
    "force.yml": forms.ForceForm,
    "jurisdiction.yml": forms.JurisdictionForm,
    "purposes.yml": forms.PurposesForm,
    "roles.yml": forms.RolesForm,
    "red_lines.yml": forms.RedLinesForm,
    "retention.yml": forms.RetentionFileForm,
    "officials.yml": forms.OfficialsForm,
    "people.yml": forms.PeopleForm,
    "operations.yml": forms.OperationsForm,
    "offences.yml": forms.OffencesForm,
    "panel.yml": floor_forms.PanelForm,
    "publication.yml": floor_forms.PublicationForm,
    "practice.yml": floor_forms.PracticeForm,
}
"""The files a charter has beside ``mandates/*.yml``, ``tools/*.yml``, ``areas/*.geojson`` and ``policies/``."""


END_WEEKDAYS = (1, 2, 3)
"""Tuesday, Wednesday, Thursday."""


@dataclass(frozen=True)
class Area:
    """A published polygon, longitude and latitude (RFC 7946)."""

    name: str
    sha256: str
    geojson: Mapping[str, object] = field(repr=False)


@dataclass
class Folder:
    """A charter's files as read, with every mistake found so far."""

    forms: dict[str, forms.Form] = field(default_factory=dict)
    located: dict[str, Located] = field(default_factory=dict)
    areas: dict[str, Area] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    schema: str = ""
    hashes: dict[str, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def mandate_files(self) -> list[str]:
        """Return the names of the mandate files that have the right form."""
        return sorted(name for name in self.forms if name.startswith("mandates/"))


def charter_invalid(mistakes: list[Mistake]) -> InvalidError:
    """Make the error that says everything that is wrong with a charter."""
    ordered = sorted(set(mistakes))
    first, count = ordered[0], len(ordered)
    return InvalidError(
        "charter-invalid",
        f"The charter has {count} mistake{'s' if count > 1 else ''}.",
        why="\n".join(map(str, ordered)),
        do="Put them right; `docs/reference/charter.md` shows the form of each file.",
        facts={"file": first.file, "line": first.line, "mistakes": count, "all": "\n".join(map(str, ordered))},
    )


def read_folder(folder: Path) -> Folder:
    """Read every file of a charter folder; note what is wrong, and what does not belong there."""
    read = Folder()
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    for name, path in found.items():
        data = path.read_bytes()
        read.hashes[name] = digest_bytes(data)
        try:
            _read_file(read, name, data.decode("utf-8"))
        except UnicodeDecodeError:
            read.mistakes.append(Mistake(name, 1, "The file is not UTF-8 text."))
    for name in sorted(set(FILES) - set(found)):
        read.mistakes.append(Mistake(name, 1, "This file is missing."))
    if not read.policies or not read.schema:
        read.mistakes.append(Mistake("policies/", 1, "There are no policies, or no schema.cedarschema."))
    return read


def _read_file(read: Folder, name: str, text: str) -> None:
    if name in FILES:
        _read_form(read, name, text, FILES[name])
    elif name.startswith("mandates/") and name.endswith(".yml"):
        _read_form(read, name, text, forms.MandateForm)
    elif name.startswith("tools/") and name.endswith(".yml"):
        _read_form(read, name, text, floor_forms.ToolForm)
    elif name.startswith("areas/") and name.endswith(".geojson"):
        _read_area(read, name, text)
    elif name == "policies/schema.cedarschema":
        read.schema = text
    elif name.startswith("policies/") and name.endswith(".cedar"):
        read.policies[name] = text
    elif name != "README.md":
        read.mistakes.append(Mistake(name, 1, "This file does not belong in a charter."))


def _read_form(read: Folder, name: str, text: str, form: type[forms.Form]) -> None:
    located = read_located(name, text)
    read.located[name] = located
    if not located.mistakes:
        try:
            read.forms[name] = form.model_validate(located.data)
        except ValidationError as error:
            for found in error.errors(include_url=False, include_input=False):
                path = tuple(found["loc"])
                key = ".".join(str(p) for p in path if not isinstance(p, int)) or "the file"
                located.note(path, f"{key}: {found['msg'][0].lower()}{found['msg'][1:]}.")
    read.mistakes += located.mistakes


def _read_area(read: Folder, name: str, text: str) -> None:
    area = Path(name).stem
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        read.mistakes.append(Mistake(name, error.lineno, "This is not JSON."))
        return
    if not _holds_polygon(data):
        read.mistakes.append(Mistake(name, 1, "An area is a GeoJSON Polygon or MultiPolygon, or a Feature of one."))
        return
    read.areas[area] = Area(area, digest_bytes(text.encode()), data)


def _holds_polygon(data: object) -> bool:
    """Say whether GeoJSON holds exactly one polygon or multipolygon."""
    if not isinstance(data, dict):
        return False
    if data.get("type") == "FeatureCollection":
        features = data.get("features")
        return isinstance(features, list) and len(features) == 1 and _holds_polygon(features[0])
    if data.get("type") == "Feature":
        return _holds_polygon(data.get("geometry"))
    return data.get("type") in {"Polygon", "MultiPolygon"} and bool(data.get("coordinates"))


F = TypeVar("F", bound=forms.Form)


def form_of(read: Folder, form: type[F]) -> F:
    """Return the one form of a kind that a folder without mistakes has."""
    found = next(f for f in read.forms.values() if type(f) is form)
    assert isinstance(found, form)
    return found


def mandate_forms(read: Folder) -> dict[str, forms.MandateForm]:
    """Return the mandates' forms by file name."""
    return {n: f for n, f in sorted(read.forms.items()) if isinstance(f, forms.MandateForm)}


def tool_forms(read: Folder) -> dict[str, floor_forms.ToolForm]:
    """Return the tools' forms by file name."""
    return {n: f for n, f in sorted(read.forms.items()) if isinstance(f, floor_forms.ToolForm)}


def months_after(on: date, months: int) -> date:
    """Return the same day so many months later; 29 February and the like become the month's last day."""
    month = month_of(on) + months
    last = (month_start(month + 1) - timedelta(days=1)).day
    return month_start(month).replace(day=min(on.day, last))
