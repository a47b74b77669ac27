"""The forms others read: keys, notes, checkpoints, receipts, policies, leaves, payloads."""

from __future__ import annotations

import os
import stat
from datetime import date

import pytest

from peelian.core.errors import InvalidError, MissingError, TamperedError
from peelian.ledger import tree, verify
from peelian.ledger.entry import GOVERNANCE, STATUTORY, PublicLeaf, read_leaf
from peelian.ledger.journal import Entry, encode_frame, scan_segment, segment_header
from peelian.ledger.note import Signer, read_secret
from peelian.ledger.payload import check_revealed, open_payload, open_salted, part_hashes, seal
from peelian.ledger.quorum import at_least, read_policy

SIGNER = Signer("log.example/forms", bytes(range(32)))


def code_of(act):
    """Give the code of the error that an act ends in."""
    with pytest.raises((InvalidError, MissingError, TamperedError)) as caught:
        act()
    return caught.value.code


# ---- keys and notes ----


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000+",
        SIGNER.vkey.replace("forms", "other"),
        SIGNER.vkey[:-4] + "AAAA",
        SIGNER.vkey.replace("+", "-", 1),
        "a b" + SIGNER.vkey,
        "+" + SIGNER.vkey,
    ],
)
def test_a_mistyped_key_is_refused(vkey):
    """A key that is nearly right would make every log look forged."""
    assert code_of(lambda: verify.read_vkey(vkey)) == "vkey-malformed"


def test_a_private_key_is_written_once_and_for_its_owner_only(tmp_path):
    """Whoever reads the key can speak for the log."""
    path = tmp_path / "key"
    SIGNER.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Signer.load(path) == SIGNER
    with pytest.raises(FileExistsError):
        SIGNER.save(path)
    assert SIGNER.secret not in repr(SIGNER) and SIGNER.seed.hex() not in repr(SIGNER)
    assert code_of(lambda: read_secret(SIGNER.secret[:-5])) == "secret-key-malformed"
    assert code_of(lambda: read_secret("x" + SIGNER.secret)) == "secret-key-malformed"


NOTE = verify.Note("a\n1\nb\n", (SIGNER.sign("a\n1\nb\n"),)).content.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a\n",
        NOTE[:-1],
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace("—".encode(), b"-"),
        NOTE + b"not a signature\n",
        NOTE + b"\n",
        b"\xff" + NOTE,
        b"\t" + NOTE,
        NOTE + "— name AAA=\n".encode(),
        NOTE + "— na+me AAAAAAAAAAA=\n".encode(),
        NOTE + "— n  AAAAAAAAAAA=\n".encode(),
        NOTE + "— n AAAAAAAAAAA=\n".encode() * 100,
        b"a" * (1 << 20) + NOTE,
    ],
)
def test_a_note_that_is_not_one_is_refused(content):
    """Two readers that disagree on what a note says can be told different things by it."""
    assert code_of(lambda: verify.read_note(content)) == "note-malformed"


def test_signatures_of_strangers_are_passed_over():
    """A checkpoint carries witnesses we have never heard of."""
    stranger = Signer(SIGNER.name, bytes(32))
    note = verify.Note("x\n", (stranger.sign("x\n"), SIGNER.sign("x\n")))
    assert verify.open_note(note, [SIGNER.verifier]) == {SIGNER.verifier: 0}
    assert verify.open_note(note, []) == {}


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "\n1\n" + "A" * 43 + "=\n",
        "origin\n01\n" + "A" * 43 + "=\n",
        "origin\n-1\n" + "A" * 43 + "=\n",
        "origin\n+1\n" + "A" * 43 + "=\n",
        "origin\n١\n" + "A" * 43 + "=\n",
        "origin\n9223372036854775808\n" + "A" * 43 + "=\n",
        "origin\n1\n" + "A" * 42 + "B=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\n" + "A" * 43 + "=\n\nx\n",
    ],
)
def test_a_checkpoint_that_is_not_one_is_refused(text):
    """Sizes and hashes have one spelling."""
    assert code_of(lambda: verify.read_checkpoint(verify.Note(text, ()))) == "checkpoint-malformed"


def test_extension_lines_are_kept():
    """Other logs use them; the signature covers them."""
    text = f"origin\n1\n{'A' * 43}=\nextension\n"
    checkpoint = verify.read_checkpoint(verify.Note(text, ()))
    assert checkpoint.extensions == ("extension",) and checkpoint.text == text


@pytest.mark.parametrize(
    "content",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
        "c2sp.org/tlog-proof@v1\nindex\n\nx",
        "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\nnot base64\n\nx",
    ],
)
def test_a_receipt_that_is_not_one_is_refused(content):
    """Proof that cannot be read is no proof."""
    assert code_of(lambda: verify.read_receipt(content)) == "receipt-malformed"


@pytest.mark.parametrize("path", ["tile/0/1", "tile/0/001.p/256", "tile/0/001.p/0", "tile/64/001", "tile/00/001", "x"])
def test_a_tile_path_with_another_spelling_is_refused(path):
    """One tile, one path."""
    assert code_of(lambda: tree.parse_tile_path(path)) == "tile-path-malformed"


def test_the_examples_of_the_tile_specification_hold():
    """c2sp.org/tlog-tiles gives these."""
    assert tree.number_path(1234067) == "x001/x234/067"
    counts = {level: [t.width for t in tree.tiles_of(70_000, level)] for level in range(4)}
    assert (len(counts[0]), counts[0][-1]) == (274, 112)
    assert (counts[1], counts[2], counts[3]) == ([256, 17], [1], [])
    assert [list(tree.tiles_of(256, level)) for level in (0, 1)] == [[tree.Tile(0, 0)], [tree.Tile(1, 0, 1)]]


def test_a_proof_for_what_the_tree_does_not_hold_is_not_made():
    """Asking beyond the end is a mistake, not evidence."""
    assert code_of(lambda: tree.prove_inclusion(5, 5, lambda level, n: b"")) == "range-outside-tree"


# ---- the journal ----


def test_a_torn_last_frame_is_left_out_and_a_torn_middle_one_is_damage():
    """The difference between a power cut and a crime."""
    frames = [encode_frame(i, i, [Entry(b"leaf")]) for i in range(3)]
    whole = segment_header(0) + b"".join(frames)
    assert scan_segment(whole, 0).next == 3
    for cut in range(1, len(frames[2]) + 1):
        assert scan_segment(whole[:-cut], 0)[:2] == (2, len(whole) - len(frames[2]))
    middle = len(segment_header(0)) + len(frames[0]) + 30
    assert code_of(lambda: scan_segment(whole[:middle] + b"?" + whole[middle + 1 :], 0)) == "journal-damaged"
    assert code_of(lambda: scan_segment(whole, 1)) == "journal-damaged"
    assert code_of(lambda: scan_segment(segment_header(0) + frames[1], 0)) == "journal-damaged"


# ---- quorum policies ----

KEYS = {n: Signer.generate_witness(f"w.example/{n}", random_bytes=lambda k, n=n: bytes([n]) * k).vkey for n in range(6)}
POLICY = f"""
# two organisations
log {SIGNER.vkey} https://log.example/forms
witness X1 {KEYS[0]} https://x1.example
witness X2 {KEYS[1]}
  witness\tX3 {KEYS[2]}
group X 2 X1 X2 X3
witness Y1 {KEYS[3]}
witness Y2 {KEYS[4]}
group Y any Y1 Y2
group both all X Y
quorum both
"""


@pytest.mark.parametrize(
    ("cosigned", "enough"),
    [((), False), ((0, 1), False), ((0, 3), False), ((0, 2, 4), True), ((0, 1, 2, 3, 4), True), ((3, 4, 5), False)],
)
def test_the_policy_of_the_specification_decides_as_it_says(cosigned, enough):
    """One organisation alone must not be able to vouch."""
    policy = read_policy(POLICY.encode())
    assert policy(frozenset(KEYS[n] for n in cosigned)) is enough
    assert policy.addresses == {"X1": "https://x1.example"}
    assert policy.logs == {SIGNER.vkey: "https://log.example/forms"}


def test_no_quorum_asks_for_nobody_and_any_two_for_two():
    """The two ends that are used most."""
    assert read_policy(b"quorum none\n")(frozenset())
    two = at_least(2, {"a": KEYS[0], "b": KEYS[1], "c": KEYS[2]})
    assert not two(frozenset({KEYS[0]})) and two(frozenset({KEYS[0], KEYS[2]}))


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "quorum X",
        "quorum none\nquorum none",
        "quorum",
        "nonsense\nquorum none",
        f"witness X {SIGNER.vkey}\nquorum X",
        f"log {KEYS[0]}\nquorum none",
        f"witness none {KEYS[0]}\nquorum none",
        f"witness X {KEYS[0]}\nwitness X {KEYS[1]}\nquorum X",
        f"witness X {KEYS[0]}\nwitness Y {KEYS[0]}\nquorum X",
        f"witness X {KEYS[0]}\ngroup G 2 X\nquorum G",
        f"witness X {KEYS[0]}\ngroup G 0 X\nquorum G",
        f"witness X {KEYS[0]}\ngroup G all X X\nquorum G",
        f"group G any X\nwitness X {KEYS[0]}\nquorum G",
        f"witness X {KEYS[0]}\ngroup G all\nquorum G",
        f"witness X {KEYS[0]}\ngroup G all none\nquorum G",
        f"witness X {KEYS[0]}\ngroup G all X\ngroup H all X\nquorum G",
        "log nonsense\nquorum none",
        "quorum none\r",
    ],
)
def test_a_policy_with_a_mistake_is_refused_with_its_line(lines):
    """A quorum read wrongly would accept a checkpoint that nobody outside has seen."""
    with pytest.raises(InvalidError) as mistake:
        read_policy((lines + "\n").encode())
    assert mistake.value.code == "policy-file-malformed"
    assert 1 <= mistake.value.facts["line"] <= lines.count("\n") + 2


# ---- public leaves ----


def test_the_statutory_six_are_there_and_nothing_is_in_both_lists():
    """DPA 2018 s.62(1) names them."""
    assert {"collection", "alteration", "consultation", "disclosure", "combination", "erasure"} == STATUTORY
    assert not STATUTORY & GOVERNANCE


@pytest.mark.parametrize(
    "change",
    [
        {"op": "peeking"},
        {"purpose": "to look up my neighbour, John Smith"},
        {"tool": "x" * 65},
        {"policy": "abc"},
        {"decision": "perhaps"},
        {"commitment": "0" * 63},
        {"v": 2},
        {"day": "2026-11-22"},
    ],
)
def test_a_leaf_that_could_say_too_much_is_refused(change):
    """The public log is a release: a free field would carry a name sooner or later."""
    good = {"op": "consultation", "day": date(2026, 11, 22), "purpose": "burglary-prevention", "decision": "allow"}
    PublicLeaf(**good)
    assert code_of(lambda: PublicLeaf(**{**good, **change})) == "leaf-malformed"


def test_a_leaf_in_another_spelling_or_with_another_field_is_refused():
    """Two spellings of one act would be two hashes."""
    leaf = PublicLeaf("erasure", date(2026, 11, 22)).canonical
    assert read_leaf(leaf).op == "erasure"
    for other in (b" " + leaf, leaf[:-1] + b',"x":1}', b"[]", b"{}", b"\xff", leaf.replace(b"11-22", b"13-22")):
        assert code_of(lambda other=other: read_leaf(other)) == "leaf-malformed"


# ---- sealed payloads ----

SUBJECTS = {"a": b"a" * 32, "b": b"b" * 32}


def test_a_revealed_part_is_checked_without_any_key():
    """A person shows what was logged about them; anybody may check it against the public log."""
    commitment, sealed = seal({"one": (b"text", ["a"]), "two": (b"other", ["b"])}, SUBJECTS)
    content, salt = open_salted(sealed, {"a": SUBJECTS["a"]})["one"]
    hashes = part_hashes(sealed)
    check_revealed(commitment, hashes, "one", content, salt)
    for wrong in (("one", b"texts", salt), ("two", content, salt), ("one", content, bytes(32))):
        assert code_of(lambda wrong=wrong: check_revealed(commitment, hashes, *wrong)) == "payload-altered"
    assert code_of(lambda: check_revealed("0" * 64, hashes, "one", content, salt)) == "payload-altered"


def test_nothing_left_after_an_erasure_can_be_guessed_at():
    """A look-up's text is short: an unsalted hash of it would be found by trying."""
    commitment, sealed = seal({"one": (b"yes", ["a"])}, SUBJECTS)
    again, other = seal({"one": (b"yes", ["a"])}, SUBJECTS)
    assert commitment != again and part_hashes(sealed) != part_hashes(other)
    assert open_payload(sealed, {"b": SUBJECTS["b"]}, commitment=commitment) == {}


def test_an_altered_or_swapped_payload_is_refused():
    """The private side must not be able to say something else than what was committed to."""
    commitment, sealed = seal({"one": (b"text", ["a"])}, SUBJECTS)
    _, other = seal({"one": (b"lies", ["a"])}, SUBJECTS)
    assert code_of(lambda: open_payload(other, SUBJECTS, commitment=commitment)) == "payload-altered"
    assert code_of(lambda: open_payload(sealed, {"a": bytes(32)})) == "payload-altered"
    assert code_of(lambda: open_payload(b"{}", SUBJECTS)) == "payload-malformed"
    assert code_of(lambda: open_payload(os.urandom(40), SUBJECTS)) == "payload-malformed"


def test_a_part_without_a_key_or_with_a_missing_one_is_refused():
    """What needs no key can never be erased."""
    assert code_of(lambda: seal({"one": (b"x", [])}, SUBJECTS)) == "payload-keyless"
    assert code_of(lambda: seal({"one": (b"x", ["a"])}, {"a": b"short"})) == "payload-keyless"
    assert code_of(lambda: seal({"one": (b"x", ["a", "gone"])}, SUBJECTS)) == "payload-key-missing"
