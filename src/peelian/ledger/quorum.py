"""Which witnesses are enough: a policy file that log clients of many makes read (c2sp.org/tlog-policy)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from peelian.core.errors import InvalidError
from peelian.ledger.verify import COSIGNATURE_V1, ED25519, Verifier, read_vkey


@dataclass(frozen=True)
class Group:
    """A named set of witnesses and groups of which at least ``k`` must have seen a checkpoint."""

    k: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Quorum:
    """Logs, witnesses and the rule that says which witnesses are enough.

    Parameters
    ----------
    logs : mapping of str to str
        vkey of each known log, and its address or ``""``.
    witnesses : mapping of str to str
        Name in this policy to vkey.
    addresses : mapping of str to str
        Name in this policy to address, where one is given.
    groups : mapping of str to Group
        Groups by name.
    rule : str
        The witness or group that must be satisfied; ``none`` asks for nothing.
    """

    logs: Mapping[str, str] = field(default_factory=dict)
    witnesses: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    rule: str = "none"

    def __call__(self, cosigned: frozenset[str]) -> bool:
        """Say whether the witnesses with these vkeys are enough."""
        return self.rule == "none" or self._seen(self.rule, cosigned)

    def _seen(self, name: str, cosigned: frozenset[str]) -> bool:
        # tlog-policy, "Defining a witness group": at least k of its n members have witnessed
        group = self.groups.get(name)
        if group is None:
            return self.witnesses[name] in cosigned
        return sum(self._seen(member, cosigned) for member in group.members) >= group.k


def at_least(k: int, witnesses: Mapping[str, str]) -> Quorum:
    """Make the plainest quorum: any ``k`` of these witnesses (name to vkey)."""
    return Quorum(witnesses=dict(witnesses), groups={"enough": Group(k, tuple(witnesses))}, rule="enough")


def read_policy(content: bytes) -> Quorum:
    """Read a policy file (tlog-policy, "Policy file syntax and structure").

    Raises
    ------
    InvalidError
        ``policy-file-malformed`` with the line's number.
    """
    # tlog-policy, "Character set": octets; tab, newline, 0x20-0x7E, 0x80-0xFF. Names are opaque octets.
    reader = _Reader()
    lines = content.decode("latin-1").split("\n")
    for number, line in enumerate(lines, 1):
        if any((c < " " and c != "\t") or c == "\x7f" for c in line):
            raise _malformed(number, "it holds a control character")
        words = [w for w in line.replace("\t", " ").split(" ") if w]
        if words and not words[0].startswith("#"):
            try:
                reader.take(words)
            except ValueError as error:
                raise _malformed(number, str(error)) from None
    if reader.rule is None:
        raise _malformed(len(lines), "there is no quorum line")
    return Quorum(reader.logs, reader.witnesses, reader.addresses, reader.groups, reader.rule)


class _Reader:
    def __init__(self) -> None:
        self.logs: dict[str, str] = {}
        self.witnesses: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.rule: str | None = None
        self._keys: set[tuple[str, bytes]] = set()

    def take(self, words: Sequence[str]) -> None:
        kinds = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum}
        if words[0] not in kinds:
            raise ValueError("it is not a log, witness, group or quorum line")
        kinds[words[0]](words[1:])

    def _log(self, words: Sequence[str]) -> None:
        vkey, url = _pad(words, 1, 2)
        self.logs[self._key("log", vkey, ED25519).vkey] = url

    def _witness(self, words: Sequence[str]) -> None:
        name, vkey, url = _pad(words, 2, 3)
        self._new_name(name)
        self.witnesses[name] = self._key("witness", vkey, COSIGNATURE_V1).vkey
        if url:
            self.addresses[name] = url

    def _group(self, words: Sequence[str]) -> None:
        if len(words) < 3:
            raise ValueError("a group needs a name, a threshold and a member")
        name, threshold, *members = words
        if len(set(members)) < len(members) or not all(m in self.witnesses or m in self.groups for m in members):
            raise ValueError("a member is repeated or not yet defined")
        taken = {m for group in self.groups.values() for m in group.members}
        if taken & set(members):  # "Each defined name can be listed as a group member at most once"
            raise ValueError("a member already belongs to another group")
        k = {"all": len(members), "any": 1}.get(threshold) or _count(threshold)
        if not 1 <= k <= len(members):
            raise ValueError("the threshold is not between 1 and the number of members")
        self._new_name(name)
        self.groups[name] = Group(k, tuple(members))

    def _quorum(self, words: Sequence[str]) -> None:
        (name,) = _pad(words, 1, 1)
        if self.rule is not None:
            raise ValueError("there is more than one quorum line")
        if name != "none" and name not in self.witnesses and name not in self.groups:
            raise ValueError("the quorum names nothing that is defined above it")
        self.rule = name

    def _new_name(self, name: str) -> None:
        if name == "none" or name in self.witnesses or name in self.groups:
            raise ValueError("a name is used twice, or is `none`")

    def _key(self, kind: str, text: str, algorithm: int) -> Verifier:
        try:
            verifier = read_vkey(text.encode("latin-1").decode("utf-8"))
        except (InvalidError, UnicodeDecodeError):
            raise ValueError("a public key cannot be read") from None
        # "Two vkeys are considered duplicate if they wrap the same underlying public key"
        if verifier.algorithm != algorithm or (kind, verifier.public) in self._keys:
            raise ValueError("a public key is of the wrong kind, or is listed twice")
        self._keys.add((kind, verifier.public))
        return verifier


def _pad(words: Sequence[str], at_least_n: int, at_most_n: int) -> list[str]:
    if not at_least_n <= len(words) <= at_most_n:
        raise ValueError("it has too few or too many words")
    return [*words, *[""] * (at_most_n - len(words))]


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _malformed(line: int, what: str) -> InvalidError:
    return InvalidError(
        "policy-file-malformed",
        f"Line {line} of a witness policy cannot be used: {what}.",
        why="A policy read in part would accept what it was written to refuse.",
        do="Correct the line; the form is c2sp.org/tlog-policy.",
        facts={"line": line},
    )
