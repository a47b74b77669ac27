"""What people read says what a table holds, not what a programmer called it."""

from __future__ import annotations

from peelian.model import plain_words
from peelian.model.record import TABLES


def test_every_table_is_called_by_words_that_people_use():
    """A name such as "stop_equality" on a public page tells nobody that it holds their ethnicity."""
    assert set(TABLES) <= set(plain_words.TABLES)
    assert all("_" not in words for words in plain_words.TABLES.values())
    assert plain_words.table_words("made_tomorrow") == "made tomorrow"
