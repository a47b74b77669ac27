"""The published pages about the rules are about these rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from peelian.policy.forms import MandateForm, PurposeForm
from peelian.policy.page import rules_page
from peelian.policy.rules import Rulebook
from tests.support.charters import charter, circumstances, rulebook

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def test_the_rules_page_is_up_to_date():
    """Somebody who was refused looks up the rule; the page must say what the rule says."""
    assert (REFERENCE / "rules.md").read_text() == rules_page(charter())


def test_the_charter_page_names_every_key_of_a_mandate():
    """A key that the page does not name is one that nobody fills in."""
    text = (REFERENCE / "charter.md").read_text()
    for name in [*MandateForm.model_fields, *PurposeForm.model_fields]:
        assert re.search(rf"\b{name}\b", text), name


def test_the_charter_page_shows_yaml_that_can_be_read():
    """An example that does not load teaches the wrong thing."""
    blocks = re.findall(r"```yaml\n(.*?)```", (REFERENCE / "charter.md").read_text(), flags=re.S)
    assert len(blocks) >= 4
    assert all(yaml.safe_load(b) for b in blocks)


@pytest.mark.parametrize("rule", sorted(rulebook().rules.rules))
def test_every_rules_words_can_be_filled_in(rule):
    """A reason with a hole in it, or none because wording it failed, helps nobody."""
    found, book = rulebook().rules.rules[rule], Rulebook(charter())
    known = set(book._facts(circumstances()))
    for words in (found.why, *(n.what for n in found.needs)):
        assert set(re.findall(r"{(\w*)}", words)) <= known
