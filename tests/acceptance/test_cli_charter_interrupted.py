"""Putting a charter into force may be interrupted at any moment and done again."""

from __future__ import annotations

import pytest

from peelian.app.caller import Place, at_door
from peelian.app.offices import adopt_charter
from peelian.app.session import set_context, sign_in
from peelian.app.start import Founding, init
from peelian.gate.door import Gate


def retitle(place: Place, old: str, new: str) -> None:
    """Change a word of the charter in the folder."""
    file = place.folder / "charter" / "operations.yml"
    file.write_text(file.read_text().replace(old, new, 1))


def test_a_charter_adopted_just_before_a_kill_can_judge_the_next_one(tmp_path, monkeypatch):
    """Without its copy no later charter could ever be put into force, and the force would be stuck with this one."""
    place = Place(tmp_path / "d", tmp_path / "home", "approver-1")
    init(place, Founding())
    with at_door(place) as caller:
        sign_in(caller, "approver-1")
        set_context(caller, "op-oversight")
    retitle(place, "Weekly patrol plan", "Patrol plan A")
    real = Gate.adopt_charter

    def then_killed(gate, credential, new):
        real(gate, credential, new)
        raise KeyboardInterrupt

    monkeypatch.setattr(Gate, "adopt_charter", then_killed)
    with pytest.raises(KeyboardInterrupt):
        adopt_charter(place)
    monkeypatch.undo()
    retitle(place, "Patrol plan A", "Patrol plan B")
    assert adopt_charter(place)["charter"]
