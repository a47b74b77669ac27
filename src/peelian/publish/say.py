"""Words that Python code says to the public: marked where they are written, told in another language if there is one.

``say("{n} of {of} signed", n=2, of=3)`` looks the whole sentence up and fills the facts in afterwards, so that whoever
translates may put them in another order. ``tools/words.py`` collects the sentences; lists of words that are looked up
as they stand are named there.
"""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations

Say = Callable[..., str]
"""``say(sentence, /, **facts)``."""


def sayer(translations: NullTranslations) -> Say:
    """Return what says sentences in the language of a catalogue; in English where it has none."""

    def say(sentence: str, /, **facts: object) -> str:
        told = translations.gettext(sentence) if sentence else sentence  # the empty one is the catalogue's own head
        return told.format(**facts) if facts else told

    return say


ENGLISH = sayer(NullTranslations())
