"""A locked account key: it opens for its passphrase, its account and its deployment, and for nothing else."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.errors import InvalidError
from peelian.people import passphrases
from peelian.people.passphrases import Cost, check_passphrase, lock_key, unlock_key

CHEAP = Cost(64, 1, 1)
WORDS = "four words that differ"


def harden(stretched: bytes, pepper: bytes = b"kept apart") -> bytes:
    """Stand in for the gate, which alone has the pepper."""
    return hmac.new(pepper, stretched, hashlib.sha256).digest()


def locked(key: Ed25519PrivateKey) -> dict[str, object]:
    """Lock a key for one account of one deployment."""
    return lock_key(key, WORDS, account_id="analyst-1", deployment="d", harden=harden, cost=CHEAP)


def unlocked(given: dict[str, object] | None, passphrase: str = WORDS, **changed: object) -> Ed25519PrivateKey | None:
    """Try to unlock it, with some things changed."""
    at = {"account_id": "analyst-1", "deployment": "d", "harden": harden, "cost": CHEAP} | changed
    return unlock_key(given, passphrase, **at)  # type: ignore[arg-type]


def test_a_passphrase_opens_the_key_that_it_locked():
    """Otherwise nobody signs in."""
    key = Ed25519PrivateKey.generate()
    opened = unlocked(locked(key))
    assert opened is not None and opened.private_bytes_raw() == key.private_bytes_raw()


def test_a_passphrase_typed_on_another_keyboard_is_the_same_passphrase():
    """An accent can be one character or two: people must not be shut out by which machine they type on."""
    key = Ed25519PrivateKey.generate()
    row = lock_key(key, "café au lait, tout de suite", account_id="a-1", deployment="d", harden=harden, cost=CHEAP)
    assert unlock_key(
        row, "cafe\u0301 au lait, tout de suite", account_id="a-1", deployment="d", harden=harden, cost=CHEAP
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"passphrase": "four words that differs"},
        {"account_id": "analyst-2"},
        {"deployment": "another"},
        {"harden": lambda stretched: harden(stretched, b"another pepper")},
    ],
)
def test_a_locked_key_opens_for_nothing_else(changed: dict[str, object]):
    """A row copied to another account or deployment, or guessed at without the keys folder, stays shut."""
    assert unlocked(locked(Ed25519PrivateKey.generate()), **changed) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "damage",
    [
        {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"box": ""},
        {"v": 2},
        {"memory_kib": 2**30},
        {"memory_kib": "64"},
        {"passes": True},
        {"nonce": 5},
    ],
)
def test_a_row_that_somebody_altered_opens_nothing_and_costs_nothing_much(damage: dict[str, object]):
    """Whoever can write the desk must not be able to make the server spend a gigabyte a try, or crash."""
    assert unlocked(locked(Ed25519PrivateKey.generate()) | damage) is None


def test_an_account_without_a_locked_key_takes_the_same_work(monkeypatch: pytest.MonkeyPatch):
    """How long an answer takes must not say which accounts exist: each path stretches once, at one cost."""
    spent = []
    real = passphrases.hash_secret_raw

    def counted(secret, salt, passes, memory, lanes, length, kind):
        spent.append((passes, memory, lanes))
        return real(secret, salt, passes, memory, lanes, length, kind)

    row = locked(Ed25519PrivateKey.generate())
    monkeypatch.setattr(passphrases, "hash_secret_raw", counted)
    assert [unlocked(None), unlocked({}), unlocked(row, "wrong")] == [None, None, None]
    assert spent == [(1, 64, 1)] * 3


@pytest.mark.parametrize(
    "weak", ["too few", "a" * 40, "analyst-1analyst-1", "analyst-1 1234567", "x" * 300, "ababababababababab"]
)
def test_a_passphrase_that_would_be_guessed_is_refused(weak: str):
    """The account's key is only as safe as the words that lock it."""
    with pytest.raises(InvalidError) as caught:
        check_passphrase(weak, "analyst-1")
    assert caught.value.code == "passphrase-weak" and weak not in str(caught.value)


def test_four_words_are_enough():
    """Rules that people cannot meet are met with a note on the screen."""
    check_passphrase("copper lantern wet tuesday", "analyst-1")
