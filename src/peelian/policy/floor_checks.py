"""What must hold between panel, publication, practice and tools and the rest of a charter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from peelian.core.located import Mistake, Path
from peelian.model.record import TABLES
from peelian.policy import floor_forms, forms
from peelian.policy.charter_folder import Folder, form_of, mandate_forms, tool_forms

PANEL_ROLE = "panel-member"

AT_LEAST: Mapping[str, int] = {
    "suppress_below": 1, "round_to": 1, "plan_delay_days": 1, "log_bucket_days": 1, "checkers": 2, "stale_hours": 1,
    "papers_public_days": 0,
}  # fmt: skip
"""The least that each number of ``publication.yml`` may be: two people check, and nothing is told at once."""


def check_floor(read: Folder) -> Iterator[Mistake]:
    """Give every mistake about panel, publication, practice and tools."""
    yield from _panel(read)
    yield from _publication(read)
    yield from _practice(read)
    yield from _tools(read)


def _at(read: Folder, file: str, path: Path, what: str) -> Mistake:
    return Mistake(file, read.located[file].line(path), what)


def _panel(read: Folder) -> Iterator[Mistake]:
    file, panel = "panel.yml", form_of(read, floor_forms.PanelForm)
    for key, value in (("quorum", panel.quorum), ("stop_signatures", panel.stop_signatures)):
        if value > len(panel.seats):
            yield _at(read, file, (key,), f"The panel has {len(panel.seats)} seats; {value} members cannot be asked.")
    if panel.stop_signatures > panel.quorum:
        yield _at(read, file, ("stop_signatures",), "A panel with a quorum could not stop a tool.")
    yield from _seats(read, file, panel)


def _seats(read: Folder, file: str, panel: floor_forms.PanelForm) -> Iterator[Mistake]:
    people = {p.id: p.roles for p in form_of(read, forms.PeopleForm).people}
    taken = Counter(s.held_by for s in panel.seats if s.held_by)
    for n, seat in enumerate(panel.seats):
        at: Path = ("seats", n, "held_by")
        if seat.held_by and seat.held_by not in people:
            yield _at(read, file, at, f"There is no person called {seat.held_by}.")
        elif seat.held_by and people[seat.held_by] != [PANEL_ROLE]:
            yield _at(read, file, at, f"{seat.held_by} must be a panel member and nothing else.")
        if seat.held_by and taken[seat.held_by] > 1:
            yield _at(read, file, at, f"{seat.held_by} holds two seats.")
    for n, (person, roles) in enumerate(people.items()):
        if PANEL_ROLE in roles and person not in taken:
            yield _at(read, "people.yml", ("people", n, "roles"), f"{person} holds no seat in panel.yml.")


def _publication(read: Folder) -> Iterator[Mistake]:
    file, form = "publication.yml", form_of(read, floor_forms.PublicationForm)
    for name, least in AT_LEAST.items():
        setting: floor_forms.SettingForm = getattr(form, name)
        if setting.value < least:
            yield _at(read, file, (name, "value"), f"{name} is at least {least}.")
        if setting.status == "checked" and not setting.checked_by:
            yield _at(read, file, (name, "status"), f"{name} is called checked and does not say who checked it.")


def _practice(read: Folder) -> Iterator[Mistake]:
    file, sets = "practice.yml", form_of(read, floor_forms.PracticeForm).sets
    methods = _methods(read)
    tables = {t.name for t in TABLES.values() if t.sealed or t.has_personal}
    for n, practice in enumerate(sets):
        if practice.id not in methods | tables:
            what = f"There is no method and no table about people called {practice.id}."
            yield _at(read, file, ("sets", n, "id"), what)
        for covered in practice.covers:
            if covered not in tables:
                yield _at(read, file, ("sets", n, "covers"), f"There is no table about people called {covered}.")
        if not 1 <= round(practice.cases * practice.share_wrong) < practice.cases:
            yield _at(read, file, ("sets", n, "share_wrong"), "Some cases are wrong and some are right.")
    for method in sorted(methods - {p.id for p in sets}):
        yield Mistake(file, 1, f"There is no practice set for the method {method}: nobody could be trained for it.")


def _tools(read: Folder) -> Iterator[Mistake]:
    methods, described = _methods(read), set()
    for file, form in tool_forms(read).items():
        described.add(form.id)
        if file != f"tools/{form.id}.yml":
            yield _at(read, file, ("id",), f"The tool {form.id} should stand in tools/{form.id}.yml.")
        if form.id not in methods:
            yield _at(read, file, ("id",), f"No mandate is for a method called {form.id}.")
    for method in sorted(methods - described):
        yield Mistake(f"tools/{method}.yml", 1, f"This file is missing: the method {method} would be unpublished.")


def _methods(read: Folder) -> set[str]:
    return {m.target for m in mandate_forms(read).values() if m.subject == "method"}
