"""Practice from a face: how one stands, begin a set, hand it in; and how the demonstration's people come by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from peelian.app.caller import Caller, Place, at_door
from peelian.app.session import sign_in, sign_out
from peelian.gate.door import Gate
from peelian.gate.rooms.practising import practice_room

DEMONSTRATED: Mapping[str, tuple[str, ...]] = {
    "analyst-1": ("hotspots", "incident_person"),
    "neighbourhood-officer-1": ("hotspots", "incident_person"),
    "response-sergeant-1": ("hotspots", "incident_person"),
    "model-owner-1": ("hotspots", "stop_person", "stop_equality"),
    "data-protection-officer-1": ("stop_person",),
}
"""Who of the example's people is shown as trained, and for what. Analyst 2 is not, so that somebody can be refused."""


def standing(caller: Caller) -> dict[str, object]:
    """Say for each practice set that the caller may sit how they stand."""
    return {"account": _account(caller), "sets": practice_room(caller.gate).standing(caller.credential)}


def begin_practice(caller: Caller, subject: str) -> dict[str, object]:
    """Begin a set, or go on with the one that is begun; return the sheet."""
    room = practice_room(caller.gate)
    return room.sheet(caller.credential, room.begin(caller.credential, subject).id)


def practice_sheet(caller: Caller, attempt: str) -> dict[str, object]:
    """Return the sheet of a set that is begun."""
    return practice_room(caller.gate).sheet(caller.credential, attempt)


def hand_in(caller: Caller, attempt: str, answers: Sequence[str]) -> dict[str, object]:
    """Hand a set in; return marks and review."""
    return practice_room(caller.gate).hand_in(caller.credential, attempt, answers).as_dict()


def sit_practice(caller: Caller, subject: str, answers: Sequence[str] | None = None) -> dict[str, object]:
    """Begin a set and hand it in at once.

    Parameters
    ----------
    answers : sequence of str or None
        One a case. None answers from the truth, which the gate does in a demonstration alone and enters as such.
    """
    room = practice_room(caller.gate)
    attempt = room.begin(caller.credential, subject).id
    if answers is None:
        return room.show(caller.credential, attempt).as_dict()
    return room.hand_in(caller.credential, attempt, answers).as_dict()


def practice_counts(gate: Gate) -> dict[str, dict[str, int]]:
    """Count sets handed in and passed, by subject: true counts, for disclosure control; nobody is named."""
    return practice_room(gate).counts()


def show_training(
    place: Place,
    trained: Mapping[str, Sequence[str]] = DEMONSTRATED,
    *,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, list[str]]:
    """Have the people of a demonstration sit their practice sets, answered from the truth; the record says so."""
    with at_door(place) as caller:
        for account, subjects in trained.items():
            one = Caller(
                Place(place.folder, place.home, account, place.clock), caller.deployment, caller.gate, caller.keyring
            )
            sign_in(one, account)
            for subject in subjects:
                assert sit_practice(one, subject)["passed"], "the truth passes"
            sign_out(one)
            tell(f"{account} is shown as trained for {', '.join(subjects)}")
    return {account: list(subjects) for account, subjects in trained.items()}


def _account(caller: Caller) -> str:
    return caller.keyring.session(caller.place.acting_as).account_id
