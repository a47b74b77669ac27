"""The public checker: a method that is not declared whole cannot be approved."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

import peelian.analyse.hotspots as hotspots
from peelian.analyse.check import FILES, check_method
from peelian.core.errors import InvalidError

FOLDER = Path(hotspots.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the method's folder to break."""
    return Path(shutil.copytree(FOLDER, tmp_path / "hotspots", ignore=shutil.ignore_patterns("__pycache__")))


def change(folder: Path, **keys: object) -> None:
    """Change keys of method.yml; None removes one."""
    body = yaml.safe_load((folder / "method.yml").read_text()) | keys
    (folder / "method.yml").write_text(yaml.safe_dump({k: v for k, v in body.items() if v is not None}))


def test_hotspots_passes_its_own_checker():
    """The method that others are told to follow follows the rules itself."""
    spec = check_method(FOLDER)
    assert spec.name == "hotspots"
    assert spec.target == "place"
    assert spec.digits == 4
    assert set(spec.reads) == {"incident"}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copy, name):
    """A method without its card or its reasons is half a method."""
    (copy / name).unlink()
    with pytest.raises(InvalidError, match=name):
        check_method(copy)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"target": "person-offending"}, "red line 1"),
        ({"reads": {"stop_equality": ["sex"]}}, "red line 2"),
        ({"reads": {"incident": ["month", "shoe_size"]}}, "nobody declared"),
        ({"reads": {"gossip": ["month"]}}, "nobody declared"),
        ({"fallback": None}, "fallback"),
        ({"digits": "four"}, "digits"),
        ({"entry": "method.py:fit"}, "entry"),
        ({"entry": "nowhere.py:run"}, "entry"),
    ],
)
def test_a_broken_declaration_is_refused(copy, keys, said):
    """Approval rests on the declaration: it may not be vague, nor about persons, nor read what it must not."""
    change(copy, **keys)
    with pytest.raises(InvalidError, match=said):
        check_method(copy)


def test_a_card_without_its_limits_is_refused(copy):
    """Cards tend to lose the chapter on what does not work."""
    card = (copy / "card.md").read_text().replace("## Known error and limits", "## More praise")
    (copy / "card.md").write_text(card)
    with pytest.raises(InvalidError, match="Known error"):
        check_method(copy)


def test_a_method_that_opens_doors_of_its_own_is_refused(copy):
    """A method is pure on its view: it has no business with sockets, stores or chance."""
    (copy / "explain.py").write_text("import socket\nfrom peelian.store import lake\nimport random\n")
    with pytest.raises(InvalidError) as error:
        check_method(copy)
    assert len(error.value.facts) == 3
