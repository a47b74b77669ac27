"""What an act of office cannot do by way of a new charter."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peelian.core.errors import RefusedError
from peelian.policy.charter import Charter, load_charter
from tests.support.gate import Built, build, codes


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Make one deployment; no test here changes it, since every charter is refused."""
    made = build(tmp_path_factory.mktemp("amended"))
    yield made
    made.gate.close()


@pytest.fixture
def amended(built: Built, tmp_path: Path) -> Callable[[str, str, str], Charter]:
    """Return a function that gives the charter in force with one text replaced in a file, or in several."""

    def amend(names: str, old: str, new: str) -> Charter:
        folder = shutil.copytree(built.deployment.charter, tmp_path / "charter")
        for name, before, after in zip(names.split(" "), old.split(" | "), new.split(" | "), strict=True):
            text = (folder / name).read_text()
            assert before in text, "the amendment met its text"
            (folder / name).write_text(text.replace(before, after, 1))
        return load_charter(folder)

    return amend


AMENDMENTS = {
    "panel packed": (
        "people.yml panel.yml",
        "roles: [official] | by lot\n  - id: seat-5",
        "roles: [panel-member] | by lot\n    held_by: official-1\n  - id: seat-5",
        {"red-lines-changed"},
    ),
    "panel removed": (
        "people.yml panel.yml",
        "roles: [panel-member] |     held_by: panel-member-1\n",
        "roles: [analyst] | ",
        {"red-lines-changed"},
    ),
    "overseer added": ("people.yml", "[official]", "[official, information-commissioner]", {"red-lines-changed"}),
    "seats taken away": (
        "panel.yml",
        "  - id: seat-5\n    appointed_by: Northmere citizens' assembly, by lot\n",
        "",
        {"red-lines-changed"},
    ),
    "another body appoints": ("panel.yml", "Northmere citizens' assembly", "The chief", {"red-lines-changed"}),
    "a stop made harder": ("panel.yml", "stop_signatures: 2", "stop_signatures: 3", {"red-lines-changed"}),
    "a smaller quorum": ("panel.yml", "quorum: 3", "quorum: 2", {"red-lines-changed"}),
    "more time to answer": ("panel.yml", "answer_days: 28", "answer_days: 60", {"red-lines-changed"}),
    "small counts in print": ("publication.yml", "value: 8", "value: 7", {"red-lines-changed"}),
    "counts in print unrounded": ("publication.yml", "value: 5", "value: 1", {"red-lines-changed"}),
    "other checkers": ("publication.yml", "value: 2\n", "value: 3\n", {"red-lines-changed"}),
    "practice that everybody passes": ("practice.yml", "must_catch: 0.8", "must_catch: 0.1", {"practice-eased"}),
    "practice for ever": ("practice.yml", "valid_months: 6", "valid_months: 12", {"practice-eased"}),
    "practice with nothing wrong in it": ("practice.yml", "share_wrong: 0.3", "share_wrong: 0.2", {"practice-eased"}),
    "role for oneself": ("people.yml", "roles: [approver]", "roles: [approver, analyst]", {"office-for-oneself"}),
    "both": (
        "people.yml",
        "roles: [approver]",
        "roles: [approver, information-commissioner]",
        {"red-lines-changed", "office-for-oneself"},
    ),
    "office for oneself": ("officials.yml", "held_by: panel-member-1", "held_by: approver-1", {"office-for-oneself"}),
    "operation for oneself": (
        "operations.yml",
        "members: [analyst-1,",
        "members: [approver-1, analyst-1,",
        {"office-for-oneself"},
    ),
}


@pytest.mark.parametrize("name", AMENDMENTS)
def test_the_approver_gains_nothing_and_chooses_no_overseer_by_a_new_charter(name: str, built: Built, amended) -> None:
    """Else the one who adopts a tool could also seat whoever lifts the panel's stop on it."""
    file, old, new, expected = AMENDMENTS[name]
    with pytest.raises(RefusedError) as refused:
        built.gate.adopt_charter(built.at_work("approver-1"), amended(file, old, new))
    assert codes(refused.value) == expected
    assert set(built.bodies("refusal")[-1]["reasons"]) == expected, "the entry holds every reason too"


def test_an_ordinary_amendment_passes(tmp_path: Path) -> None:
    """A rule that refuses everything would prove nothing by refusing."""
    made = build(tmp_path, adopt=False)
    folder = shutil.copytree(made.deployment.charter, tmp_path / "charter")
    text = (folder / "operations.yml").read_text()
    (folder / "operations.yml").write_text(text.replace("title: Weekly patrol plan", "title: Patrol plan", 1))
    made.gate.adopt_charter(made.at_work("approver-1"), load_charter(folder))
    assert made.bodies("charter-loaded")[-1]["charter"] == load_charter(folder).hash
    made.gate.close()
