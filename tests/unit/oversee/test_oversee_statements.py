"""Statements, signatures, clocks and ratings: the parts of oversight that need no deployment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from peelian.core.errors import InvalidError
from peelian.gate.memory.seats import signatures_that_count
from peelian.ledger.verify import ED25519, Verifier, open_note, read_note
from peelian.model.paper import Paper
from peelian.model.stop import REASON_MAX, Statement, clean_reason, one_line, read_statement
from peelian.oversee.clocks import clock_of
from peelian.oversee.reasons import RATINGS, count_ratings, share_in_words
from peelian.oversee.signing import in_words, read_signed, sign_statement

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STOP = Statement(
    act="stop", deployment="01K0000000000000000000000A", mandate="hotspots", version="ab" * 32, title="Patrol places",
    begins_at=None, lifts="", proposal="01K0000000000000000000000B", proposed_at=NOON,
    lapses_at=NOON + timedelta(days=7), reason="The published error does not hold.",
)  # fmt: skip
LIFT = replace(STOP, act="lift", lifts="01K0000000000000000000000C")


@pytest.mark.parametrize("statement", [STOP, LIFT, replace(STOP, begins_at=NOON + timedelta(hours=3))])
def test_a_statement_reads_back_as_it_was_written(statement):
    """Two spellings of one statement would be two things to sign."""
    assert read_statement(statement.text) == statement


@pytest.mark.parametrize(
    "text",
    [
        "", "peelian/panel-statement/v1\n", STOP.text[:-1], STOP.text + "\n", STOP.text + "more: x\n",
        STOP.text.replace("v1", "v2", 1), STOP.text.replace("act: stop", "act: lift"),
        STOP.text.replace("act: stop", "act: Stop"), STOP.text.replace("lifts: none", "lifts: 01K0"),
        LIFT.text.replace("from: at once", "from: 2026-11-22T15:00:00Z"), STOP.text.replace("reason: ", "reason:  "),
        STOP.text.replace("version: ab", "version: AB"), STOP.text.replace("reason: The", "reason: \u202eThe"),
        STOP.text.replace("2026-11-22T12:00:00Z", "2026-11-22 12:00"), STOP.text.replace("hotspots", "Hot Spots"),
        STOP.text.replace("lapses: 2026-11-29", "lapses: 2026-11-21"), STOP.text.replace("\n", "\r\n"),
        "\n".join(reversed(STOP.text.splitlines())) + "\n",
    ],
)  # fmt: skip
def test_any_other_spelling_is_refused(text):
    """What a person cannot read exactly they should not sign."""
    with pytest.raises(InvalidError) as error:
        read_statement(text)
    assert error.value.code == "statement-malformed"


@given(st.text(max_size=REASON_MAX))
def test_whatever_somebody_types_as_a_reason_becomes_one_line_that_reads_back(words):
    """A line break in a reason could forge the line after it; an invisible letter could turn it round."""
    line = one_line(words)
    assert one_line(line) == line and "\n" not in line
    if line:
        statement = replace(STOP, reason=clean_reason(words))
        assert read_statement(statement.text) == statement


def test_a_reason_is_there_and_has_an_end():
    """It is read before it is signed."""
    for words, code in (("", "reason-missing"), (" \u200b\n", "reason-missing"), ("x" * 601, "reason-too-long")):
        with pytest.raises(InvalidError) as error:
            clean_reason(words)
        assert error.value.code == code


def keys(*accounts):
    """Make a key for each account."""
    return {a: Ed25519PrivateKey.generate() for a in accounts}


def test_signed_statements_are_signed_notes_that_others_can_check():
    """A journalist with another program must be able to see who signed."""
    held, content = keys("panel-member-1", "panel-member-2"), STOP.text
    for account, key in held.items():
        content = sign_statement(content, account, key)
    again = sign_statement(content, "panel-member-1", held["panel-member-1"])
    known = [Verifier(a, ED25519, k.public_key().public_bytes_raw()) for a, k in held.items()]
    assert set(open_note(read_note(content.encode()), known)) == set(known)
    assert len(read_signed(again)[1]) == 2, "signing twice is signing once"
    mailed = "\ufeff" + content.replace("\n", "\r\n").rstrip()
    assert read_signed(mailed) == read_signed(content), "a mail program does not spoil it"
    assert dict(in_words(STOP))["What"] == "Stop Patrol places"


def test_what_counts_is_a_seat_a_key_and_this_text_once():
    """Each of them alone is nothing."""
    held = keys("a-1", "b-1", "c-1")
    public = {a: k.public_key().public_bytes_raw().hex() for a, k in held.items()}
    content = STOP.text
    for account, key in held.items():
        content = sign_statement(content, account, key)
    signed, seats = read_signed(content)[1], {"s1": "a-1", "s2": "b-1"}
    assert set(signatures_that_count(STOP.text, signed, seats, public)) == {"a-1", "b-1"}
    assert signatures_that_count(LIFT.text, signed, seats, public) == {}
    assert set(signatures_that_count(STOP.text, signed | {"a-1": signed["b-1"]}, seats, public)) == {"b-1"}
    assert set(signatures_that_count(STOP.text, signed, seats, {"a-1": public["a-1"]})) == {"a-1"}
    shared = {"a-1": public["a-1"], "b-1": public["a-1"]}
    twice = {"a-1": signed["a-1"], "b-1": signed["a-1"]}
    assert signatures_that_count(STOP.text, twice, seats, shared) == {}, "one key for two members is one person"


def answered(days: float) -> Paper:
    """Return an answer so many days after the stop."""
    at = NOON + timedelta(days=days)
    return Paper("x", "answer", "s", "", "", "official-1", "official", "oversight", at, None, True, {"text": "Sorry."})


@pytest.mark.parametrize(
    ("answers", "days", "state", "left", "late"),
    [
        ([], 0, "waiting", 28, 0), ([], 20.5, "waiting", 8, 0), ([], 21, "due soon", 7, 0), ([], 28, "due soon", 0, 0),
        ([], 28.01, "late", 0, 1), ([], 30.5, "late", -2, 3), ([27.9], 40, "answered", -12, 0),
        ([29.5], 40, "answered late", -12, 2), ([35, 20], 40, "answered", -12, 0),
    ],
)  # fmt: skip
def test_the_clock_runs_from_the_stop_to_the_first_answer(answers, days, state, left, late):
    """Being late must show, and must not be undone by answering at last."""
    clock = clock_of(NOON, 28, [answered(d) for d in answers], NOON + timedelta(days=days))
    assert (clock.state, clock.days_left, clock.days_late) == (state, left, late)


def test_shares_are_told_in_tenths_of_all_that_were_rated():
    """A share to a hundredth of thirteen is a count."""
    counts = count_ratings(["fits"] * 8 + ["does-not-fit"] * 1 + ["cannot-tell"] * 4 + ["nonsense"])
    assert list(counts) == list(RATINGS) and sum(counts.values()) == 13
    assert [share_in_words(n, 13) for n in counts.values()] == ["about 6 in 10", "about 1 in 10", "about 3 in 10"]
    assert share_in_words(0, 13) == "almost none" and share_in_words(13, 13) == "almost all"
