"""What Python code says to the public is said in the catalogue's language too, not only what templates say."""

from __future__ import annotations

from gettext import NullTranslations

from peelian.publish.environment import make_environment
from peelian.publish.register.words import STATES, Words
from peelian.publish.say import ENGLISH, sayer


class Marked(NullTranslations):
    """A language in which every sentence is the English one in brackets."""

    def gettext(self, message: str) -> str:
        """Return a sentence's translation."""
        return f"[{message}]"


BUNDLE = {"force": {"timezone": "Europe/London"}, "permissions": [], "sources": [], "areas": []}


def test_a_sentence_is_looked_up_whole_and_the_facts_put_in_afterwards():
    """Another language puts the day before the deed."""
    told = sayer(Marked())("{tool} was stopped on {day}", tool="Patrol {places}", day="1 May")
    assert told == "[Patrol {places} was stopped on 1 May]"
    assert ENGLISH("100 % {sure}") == "100 % {sure}" and sayer(Marked())("") == ""


def test_lists_of_words_and_templates_speak_the_same_language():
    """A page half in another language is worse than one in English."""
    environment = make_environment(translations=Marked())
    words = Words(BUNDLE, environment.filters["say"])
    assert words.table("incident") == "[reported crimes]" and words.act("halt") == "[Stopped]"
    assert words.state({"state": "expired", "phase": "production"}) == (f"[{STATES['expired'][0]}]", "off")
    page = environment.from_string("{{ _('Home') }} {{ 'Trial'|say }} {{ table_words('stop') }}")
    assert page.render() == "[Home] [Trial] [stops and searches]"
