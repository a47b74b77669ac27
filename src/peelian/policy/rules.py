"""The rulebook: who may do what, in which circumstances, and every reason when the answer is no.

One entry a question: :meth:`Rulebook.judge_open`, :meth:`~Rulebook.judge_run`, :meth:`~Rulebook.judge_post`,
:meth:`~Rulebook.judge_act` and, for labels, :meth:`~Rulebook.allowed_labels`. Each turns the circumstances into one
Cedar request against the charter's policies; nothing is decided in Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from peelian.core.errors import MissingError, Reason
from peelian.core.time import to_micros
from peelian.model.label import STANDINGS, Label
from peelian.model.mandate import Mandate, Scope
from peelian.model.paper import KINDS
from peelian.model.plain_words import table_words
from peelian.model.record import HISTORY_COLUMN, SYSTEM_COLUMNS, TABLES
from peelian.policy.cedar import Asked, CedarRules, Decided, Entity, Rule, Unmet
from peelian.policy.charter import Charter, a_year_after
from peelian.policy.impact import outdated, papers_read

EXPIRED_CODES = frozenset({"mandate-expired", "operation-closed", "phase-retired"})
"""Reasons that mean *the authority existed and has ended*: the gate answers these with ExpiredError."""

ACTS = (
    "erase",
    "retain",
    "read-log",
    "register-assessment",
    "publish",
    "export",
    "adopt-mandate",
    "end-mandate",
    "halt",
    "lift",
    "panel-halt",
    "panel-lift",
    "load-charter",
    "set-context",
    "read-own-entries",
    "read-hand-over",
    "see-emergencies",
    "start",
    "adverse-act",
    "propose-stop",
    "sit-practice",
    "judge-links",
    "see-looks",
    "save-search",
    "set-flag",
    "see-flagged",
    "read-case-file",
    "combine-case-file",
    *KINDS.values(),  # writing a paper
)
"""Acts that :meth:`Rulebook.judge_act` knows. An act not listed is refused."""

POST_KINDS: Mapping[str, str] = {
    "rows": "post-rows",
    "finding": "post-finding",
    "assessment": "post-assessment",
    "list": "post-list",
}
"""Kinds that :meth:`Rulebook.judge_post` knows as data; :data:`POSTS_THAT_ARE_ACTS` are judged as acts.

``list`` is known so that it is refused by name (red line 9).
"""

POSTS_THAT_ARE_ACTS: Mapping[tuple[str, str], str] = {
    ("erasure", ""): "erase",
    ("registration", ""): "register-assessment",
    ("mandate", "adopt"): "adopt-mandate",
    ("mandate", "end"): "end-mandate",
    ("ruling", "halt"): "halt",
    ("ruling", "lift"): "lift",
}
"""Posting one of these is the act itself: kind, and for mandates and rulings what is done."""


@dataclass(frozen=True)
class Actor:
    """Who asks. ``trained``: methods and tables for which a practice set was passed and is in date."""

    id: str
    roles: frozenset[str]
    force: str
    markings: frozenset[str] = frozenset()
    trained: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is so at this moment, as the gate knows it from the ledger's head and the working context.

    No field that could open a door has a default: whoever asks has to say.

    Parameters
    ----------
    now : datetime
        Aware; never behind the ledger.
    purpose : str
        Purpose id of the working context.
    mandate : Mandate or None
        The mandate relied on; for ``adopt-mandate`` the one to be adopted.
    mandate_adopted : bool
        Its digest is in the ledger as adopted and not as ended.
    halted : bool
        A halt stands against it.
    operation_ref : str
        The operation, shift or incident; ``""`` for none.
    operation_open, actor_on_operation : bool
        Whether it is open now, and whether the actor is a member.
    emergency : bool
        The actor has declared danger to life: an opening for a safety purpose may go on without an operation, marked.
    witnesses_ok : bool
        The witness quorum stands.
    code_hash : str
        Of the method that would run; ``""`` when none would.
    user_number : int
        Which user of this mandate the actor is, from 1; bounds pilots.
    panel_stop : bool
        A stop of the panel's stands against it, begun or not; one member cannot lift that.
    signed : int
        How many members of the panel have signed the statement that is to be carried out.
    own_view : bool
        The actor has written their own view of the result that is asked for, as the ledger knows.
    papers_days : int
        For how many whole days the tool's impact papers, as they are now, have been public; the ledger knows.
    """

    now: datetime
    purpose: str
    mandate: Mandate | None
    mandate_adopted: bool
    halted: bool
    operation_ref: str
    operation_open: bool
    actor_on_operation: bool
    witnesses_ok: bool
    emergency: bool = False
    code_hash: str = ""
    user_number: int = 1
    panel_stop: bool = True
    signed: int = 0
    own_view: bool = False
    papers_days: int = -1


@dataclass(frozen=True, kw_only=True)
class MethodFacts:
    """What a method declares of itself, from its ``method.yml``, and what this run asks of it.

    Parameters
    ----------
    name : str
        Method name, e.g. ``hotspots``.
    target : str
        What it says something about: place, incident, linked-crime, network or victim-safeguarding.
    inputs : frozenset of str
        ``table.column`` names it reads.
    offences : frozenset of str
        Offence ids this run is about.
    area : str
        Name of the published polygon this run is about.
    glass_box : bool
        Every output comes apart into contributions a person can read.
    """

    name: str
    target: str
    inputs: frozenset[str]
    offences: frozenset[str]
    area: str
    glass_box: bool


@dataclass(frozen=True, kw_only=True)
class LinkingFacts:
    """What linking would compare, and with which model.

    Parameters
    ----------
    columns : frozenset of str
        ``table.column`` names that are read.
    release : str
        Hash of the model release; ``""`` where one is to be trained.
    again : bool
        The links of the last run are only made again where records have changed since, with that run's own release.
    """

    columns: frozenset[str]
    release: str
    again: bool = False

    @property
    def tables(self) -> frozenset[str]:
        """Every table that is read."""
        return frozenset(c.partition(".")[0] for c in self.columns)


@dataclass(frozen=True)
class Verdict:
    """Yes, or no with every reason.

    ``rules`` are the ids of the Cedar policies that decided, for the ledger; ``reasons`` are worded for people.
    """

    allow: bool
    reasons: tuple[Reason, ...]
    policy_hash: str
    rules: tuple[str, ...] = field(default=())

    @property
    def expired(self) -> bool:
        """Say whether an authority that existed has ended; there may be other reasons beside."""
        return not self.allow and any(r.code in EXPIRED_CODES for r in self.reasons)


NO_MANDATE: dict[str, object] = {
    "id": "", "subject": "", "target": "", "purposes": [], "owner": "", "approver": "", "starts_at": 0, "ends_at": 0,
    "ends_at_latest": 0, "phase": "", "offences": [], "area": "", "tables": [], "columns": [], "sealed": False,
    "users_max": 0, "roles": [], "fallback": "", "code_hash": "", "evidence": [], "data_kinds": [],
}  # fmt: skip
"""What the rules see when no mandate is relied on: it covers nothing and has ended."""

_SAFE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")


class Rulebook:
    """The charter's policies, ready to judge. Immutable; safe to share between threads.

    Parameters
    ----------
    charter : Charter
        A loaded, valid charter.
    region : str, optional
        Where this deployment runs; the charter's home region when not given.
    """

    def __init__(self, charter: Charter, *, region: str | None = None) -> None:
        self.charter = charter
        self.region = charter.jurisdiction.home if region is None else region
        self.rules = CedarRules(charter.policies, charter.schema)
        self.policy_hash = self.rules.hash
        self._zone = ZoneInfo(charter.jurisdiction.timezone)
        self._fit = {m.id: not outdated(charter, m) for m in charter.mandates.values()}

    def judge_open(
        self, actor: Actor, circumstances: Circumstances, table: str, columns: Iterable[str], sealed: bool = False
    ) -> Verdict:
        """Judge whether this session may open this table and these columns at all.

        Never depends on data, or on which labels exist. Columns may be bare or ``table.column``.
        """
        return self._judge_view("open", actor, circumstances, table, columns, sealed)

    def judge_open_each(
        self, actor: Actor, circumstances: Circumstances, columns: Mapping[str, Iterable[str]]
    ) -> dict[str, Verdict]:
        """Judge several tables with their columns, each as :meth:`judge_open` would, in one go.

        A yes is decided together with the others; each no is asked again by itself, for its reasons.
        """
        views = {t: self._view(t, c, False) for t, c in columns.items()}
        decided = self.rules.decide_many(self.asked(actor, circumstances, "open"), list(views.values()))
        return {
            table: Verdict(True, (), self.policy_hash, one.rules)
            if one.allow
            else self.judge_open(actor, circumstances, table, columns[table])
            for table, one in zip(views, decided, strict=True)
        }

    def _view(self, table: str, columns: Iterable[str], sealed: bool, name: str = "") -> Entity:
        wanted = frozenset(c if "." in c else f"{table}.{c}" for c in columns)
        spec = TABLES.get(table)
        view = {
            "table": table,
            "columns": wanted,
            "sealed": sealed or spec is None or spec.sealed,
            "personal": spec is None or spec.has_personal,
        }
        return Entity("View", name or table, view)

    def _judge_view(
        self, action: str, actor: Actor, circumstances: Circumstances, table: str, columns: Iterable[str], sealed: bool
    ) -> Verdict:
        columns = tuple(columns)
        outside = frozenset(c if "." in c else f"{table}.{c}" for c in columns) - _scope(circumstances).columns
        facts = {"table": _table_words(table), "outside": _columns_in_words(outside)}
        return self._judge(actor, circumstances, action, self._view(table, columns, sealed, "view"), facts)

    def judge_replay(self, actor: Actor, circumstances: Circumstances, table: str, columns: Iterable[str]) -> Verdict:
        """Judge whether rows of a table may be read to make a result again; they are shown to nobody."""
        return self._judge_view("replay", actor, circumstances, table, columns, False)

    def judge_run(self, actor: Actor, circumstances: Circumstances, method: MethodFacts) -> Verdict:
        """Judge whether a method may run on what it asks for."""
        asked = {
            "name": method.name,
            "target": method.target,
            "inputs": method.inputs,
            "input_names": frozenset(i.rsplit(".", 1)[-1] for i in method.inputs),
            "offences": method.offences,
            "area": method.area,
            "code_hash": circumstances.code_hash,
            "glass_box": method.glass_box,
        }
        scope = _scope(circumstances)
        facts = {
            "method": _safe(method.name),
            "outside": ", ".join(sorted(_name(o, self.charter.offences) for o in method.offences - scope.offences)),
            "outside_inputs": _columns_in_words(method.inputs - scope.columns),
            "outside_papers": _columns_in_words(method.inputs - _papers_read(self.charter, circumstances)),
        }
        return self._judge(actor, circumstances, "run", Entity("Method", "method", asked), facts)

    def judge_link(self, actor: Actor, circumstances: Circumstances, linking: LinkingFacts) -> Verdict:
        """Judge whether a machine may compare records of people; they are shown to nobody."""
        specs = [TABLES.get(table) for table in linking.tables]
        asked = {
            "tables": linking.tables,
            "columns": linking.columns,
            "sealed": any(spec is None or spec.sealed for spec in specs),
            "code_hash": circumstances.code_hash,
            "release": linking.release,
            "again": linking.again,
        }
        outside = _columns_in_words(linking.columns - _scope(circumstances).columns)
        facts = {"method": "what links records", "outside": outside}
        return self._judge(actor, circumstances, "link", Entity("Linking", "linking", asked), facts)

    def judge_post(self, actor: Actor, circumstances: Circumstances, kind: str, table_or_noun: str = "") -> Verdict:
        """Judge whether something may be written.

        Parameters
        ----------
        kind : str
            One of :data:`POST_KINDS`, or the kind of a key of :data:`POSTS_THAT_ARE_ACTS`. Others are refused.
        table_or_noun : str
            For rows the table; for findings and assessments the method; for mandates and rulings what is done.
        """
        act = POSTS_THAT_ARE_ACTS.get((kind, table_or_noun)) or POSTS_THAT_ARE_ACTS.get((kind, ""))
        if act:
            return self.judge_act(actor, circumstances, act)
        facts = {"table": _table_words(table_or_noun), "method": _safe(table_or_noun)}
        if kind not in POST_KINDS:
            return self._refuse((_unknown_kind(),))
        noun = Entity("Noun", "noun", {"name": table_or_noun})
        return self._judge(actor, circumstances, POST_KINDS[kind], noun, facts)

    def judge_result(self, actor: Actor, circumstances: Circumstances, method: str) -> Verdict:
        """Judge whether what a method found may be read out to this actor now, beside whether its tables are open."""
        noun = Entity("Noun", "noun", {"name": method})
        return self._judge(actor, circumstances, "read-result", noun, {"method": _safe(method)})

    def judge_act(self, actor: Actor, circumstances: Circumstances, act: str) -> Verdict:
        """Judge an act of office or of duty, one of :data:`ACTS`."""
        if act not in ACTS:
            return self._refuse((_unknown_act(),))
        force = Entity("Force", "force", {"id": self.charter.force.id})
        return self._judge(actor, circumstances, act, force, {})

    def judge_papers(self, actor: Actor, circumstances: Circumstances, kind: str, *, mine: bool) -> Verdict:
        """Judge whether somebody may read papers of a kind: with ``mine`` their own alone, else what others wrote."""
        if kind not in KINDS:
            return self._refuse((_unknown_kind(),))
        action = "read-own-papers" if mine else "read-papers"
        return self._judge(actor, circumstances, action, Entity("Papers", "papers", {"kind": kind, "mine": mine}), {})

    def judge_emergency(
        self, actor: Actor, circumstances: Circumstances, *, mine: bool, named: bool, open_then: bool
    ) -> Verdict:
        """Judge whether somebody may say what an emergency was: an operation's that was open then, or none's."""
        about = Entity("Emergency", "emergency", {"mine": mine, "named": named, "open_then": open_then})
        return self._judge(actor, circumstances, "settle-emergency", about, {})

    def judge_amend(self, actor: Actor, circumstances: Circumstances, *, decides: bool, mine: bool) -> Verdict:
        """Judge whether somebody may say something of a record; with ``decides`` it ends an objection that is open."""
        about = Entity("Said", "said", {"decides": decides, "mine": mine})
        return self._judge(actor, circumstances, "amend", about, {})

    def judge_details(self, actor: Actor, circumstances: Circumstances, *, mine: bool) -> Verdict:
        """Judge whether somebody may enter what is kept of a member of staff; with ``mine`` of themselves."""
        about = Entity("Details", "details", {"mine": mine})
        return self._judge(actor, circumstances, "keep-details", about, {})

    def allowed_labels(self, actor: Actor, circumstances: Circumstances, labels: Mapping[int, Label]) -> frozenset[int]:
        """Return the ids of the labels whose rows this session may see, one decision a label."""
        return self._labels_for("see", actor, circumstances, labels)

    def comparable_labels(
        self, actor: Actor, circumstances: Circumstances, labels: Mapping[int, Label]
    ) -> frozenset[int]:
        """Return the ids of the labels whose rows a machine may compare, unseen."""
        return self._labels_for("compare", actor, circumstances, labels)

    def _labels_for(
        self, action: str, actor: Actor, circumstances: Circumstances, labels: Mapping[int, Label]
    ) -> frozenset[int]:
        if not labels:
            return frozenset()
        resources = [Entity("Label", str(i), label.as_dict()) for i, label in labels.items()]
        decided = self.rules.decide_many(self.asked(actor, circumstances, action), resources)
        return frozenset(i for i, d in zip(labels, decided, strict=True) if d.allow)

    def labels_rest_on(self, actor: Actor, circumstances: Circumstances) -> tuple[object, ...]:
        """Return what :meth:`allowed_labels` depends on beside the labels: the key of a cache of its answers.

        The clock counts only as "before, during or after the mandate", so that a cache can be hit at all.
        """
        c, m = circumstances, circumstances.mandate
        return (
            self.policy_hash,
            self.region,
            actor,
            m and (m.digest, c.now < m.starts_at, c.now >= m.ends_at),
            c.purpose,
            (c.operation_ref, c.operation_open, c.actor_on_operation, c.emergency),
            (c.mandate_adopted, c.halted, c.witnesses_ok, c.user_number),
            c.papers_days >= self.charter.publication.papers_public_days,
        )

    def judge_label(self, actor: Actor, circumstances: Circumstances, label: Label) -> Verdict:
        """Judge one label with every reason; for `peelian why`, never for a person who may not know it exists."""
        return self._judge(actor, circumstances, "see", Entity("Label", "label", label.as_dict()), {})

    def _judge(
        self, actor: Actor, circumstances: Circumstances, action: str, resource: Entity, facts: Mapping[str, str]
    ) -> Verdict:
        asked = self.asked(actor, circumstances, action)
        decided, nearest = self.rules.explain(asked, resource)
        if decided.allow:
            return Verdict(True, (), self.policy_hash, decided.rules)
        words = self._facts(circumstances) | dict(facts)
        try:
            reasons = self._reasons(decided, nearest, words)
        except Exception:  # a reason that cannot be worded is still a refusal
            reasons = (_crashed(),)
        return self._refuse(reasons, decided.rules)

    def _refuse(self, reasons: tuple[Reason, ...], rules: tuple[str, ...] = ()) -> Verdict:
        return Verdict(False, reasons or (_crashed(),), self.policy_hash, rules)

    def _reasons(self, decided: Decided, nearest: Unmet | None, words: Mapping[str, str]) -> tuple[Reason, ...]:
        """Word every reason: the forbids that hold, and the conditions of the nearest permit that do not."""
        if decided.crashed:
            return (_crashed(),)
        mandated = words["mandate"] != ""
        forbids = [self.rules.rules[r] for r in decided.rules if self.rules.rules[r].effect == "forbid"]
        # A rule about the mandate says nothing useful when there is none: "no-mandate" says it all.
        found = [_forbidden(rule, words) for rule in forbids if mandated or not rule.about_mandate]
        if nearest:
            rule = self.rules.rules[nearest.rule]
            spoken = [n for n in nearest.conditions if mandated or not rule.needs_about_mandate[n - 1]]
            found += [_unmet(rule, n, words) for n in spoken]
        return tuple({r.code: r for r in reversed(found)}.values())[::-1]

    def _principal(self, actor: Actor) -> Entity:
        offices = frozenset(o.id for o in self.charter.officials.values() if o.held_by == actor.id)
        attrs = {
            "id": actor.id,
            "roles": actor.roles,
            "offices": offices,
            "force": actor.force,
            "markings": actor.markings | STANDINGS,  # no clearance: what they shut, a rule of its own says
            "trained": actor.trained,
        }
        return Entity("Actor", actor.id, attrs)

    def asked(self, actor: Actor, circumstances: Circumstances, action: str) -> Asked:
        """Turn actor and circumstances into a Cedar request that still lacks its resource."""
        c = circumstances
        mandate = Entity("Mandate", "mandate", NO_MANDATE if c.mandate is None else self._mandate(c.mandate))
        context = {
            "now": to_micros(c.now),
            "purpose": c.purpose,
            "region": self.region,
            "mandated": c.mandate is not None,
            "mandate": mandate.reference,
            "adopted": c.mandate_adopted,
            "halted": c.halted,
            "operation": c.operation_ref,
            "operation_open": c.operation_open,
            "on_operation": c.actor_on_operation,
            "emergency": c.emergency,
            "witnesses_ok": c.witnesses_ok,
            "user_number": c.user_number,
            "panel_stop": c.panel_stop,
            "signed": c.signed,
            "signatures_needed": self.charter.panel.stop_signatures,
            "papers_fit": c.mandate is None or self._papers_fit(c.mandate),
            "papers_read": sorted(papers_read(self.charter, c.mandate)) if c.mandate else [],
            "own_view": c.own_view,
            "papers_days": c.papers_days,
            "papers_days_needed": self.charter.publication.papers_public_days,
        }
        return Asked(self._principal(actor), action, json.dumps(context), (mandate,))

    def _papers_fit(self, m: Mandate) -> bool:
        """Say whether a tool's impact papers fit what the charter lets run; a mandate that is no tool's needs none."""
        return self._fit[m.id] if self.charter.mandates.get(m.id) is m else not outdated(self.charter, m)

    def _mandate(self, m: Mandate) -> dict[str, object]:
        return {
            "id": m.id,
            "subject": m.subject,
            "target": m.target,
            "purposes": m.purposes,
            "owner": m.owner,
            "approver": m.approver,
            "starts_at": to_micros(m.starts_at),
            "ends_at": to_micros(m.ends_at),
            "ends_at_latest": to_micros(a_year_after(m.starts_at.astimezone(self._zone))),
            "phase": m.phase,
            "offences": m.scope.offences,
            "area": m.scope.area,
            "tables": m.scope.tables,
            "columns": m.scope.columns,
            "sealed": m.scope.sealed,
            "users_max": -1 if m.scope.users_max is None else m.scope.users_max,
            "roles": m.roles,
            "fallback": m.fallback,
            "code_hash": m.code_hash,
            "evidence": frozenset(m.evidence),
            "data_kinds": m.data_kinds,
        }

    def _facts(self, circumstances: Circumstances) -> dict[str, str]:
        """Return what a rule's words may mention: ids and days, never a personal value."""
        c, m = circumstances, circumstances.mandate
        return {
            "mandate": m.id if m else "",
            "starts": self._local(m.starts_at) if m else "",
            "ends": self._local(m.ends_at) if m else "",
            "purpose": _name(c.purpose, self.charter.purposes),
            "operation": _safe(c.operation_ref) or "asked for",
            "table": "",
            "method": "",
            "outside": "",
            "outside_inputs": "",
            "outside_papers": "",
            "papers_days": str(max(c.papers_days, 0)),
            "papers_days_needed": str(self.charter.publication.papers_public_days),
            "outdated": "; ".join(d.words for d in outdated(self.charter, m)) if m else "",
        }

    def _local(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


def actor_of(charter: Charter, person_id: str, trained: Iterable[str] = ()) -> Actor:
    """Return a person of the charter as an actor.

    Parameters
    ----------
    trained : iterable of str
        What they have passed a practice set for that is in date; the ledger knows.

    Raises
    ------
    MissingError
        ``person-unknown`` when the charter names nobody by this id.
    """
    person = charter.people.get(person_id)
    if person is None:
        raise MissingError(
            "person-unknown",
            "The charter names nobody by this id.",
            why="Only people named in the charter hold roles.",
            do="Look up the id in `charter/people.yml`.",
        )
    return Actor(person.id, person.roles, charter.force.id, person.markings, frozenset(trained))


def _scope(circumstances: Circumstances) -> Scope:
    return circumstances.mandate.scope if circumstances.mandate else Scope()


def _papers_read(charter: Charter, circumstances: Circumstances) -> frozenset[str]:
    return papers_read(charter, circumstances.mandate) if circumstances.mandate else frozenset()


def _forbidden(rule: Rule, words: Mapping[str, str]) -> Reason:
    return Reason(rule.code, rule.why.format_map(words), rule.owner, rule.do)


def _unmet(rule: Rule, number: int, words: Mapping[str, str]) -> Reason:
    need = rule.needs[number - 1]
    return Reason(need.code, need.what.format_map(words), rule.owner, rule.do)


def _crashed() -> Reason:
    return Reason(
        "rule-crashed",
        "A rule could not be evaluated, and a rule that cannot be evaluated says no.",
        "whoever maintains this installation",
        "Report it; nothing was opened or written.",
    )


def _unknown_kind() -> Reason:
    return Reason(
        "kind-unknown",
        "The rules know no such kind of thing to write, and what they do not know is refused.",
        "whoever maintains this installation",
        "Write one of the kinds in `docs/reference/rules.md`.",
    )


def _unknown_act() -> Reason:
    return Reason(
        "act-unknown",
        "The rules know no such act, and what they do not know is refused.",
        "whoever maintains this installation",
        "Use one of the acts in `docs/reference/rules.md`.",
    )


def _safe(name: str) -> str:
    """Return a name if it has the form of an id; what a person typed may hold a personal value."""
    return name if _SAFE.match(name) else "(not an id)" if name else ""


def _name(name: str, known: Iterable[str]) -> str:
    return name if name in known else "(unknown)"


def _table_words(table: str) -> str:
    """Return what people call a declared table; another one's name may be anything, and is not repeated."""
    return table_words(table) if table in TABLES else "(unknown)"


def _column_words(column: str) -> str:
    table, _, name = column.partition(".")
    return f"{name.replace('_', ' ')} of {table_words(table)}"


def _columns_in_words(columns: Iterable[str]) -> str:
    """Name declared columns; only count undeclared ones, whose names may be anything."""
    wanted = sorted(columns)
    declared = [_column_words(c) for c in wanted if c in DECLARED_COLUMNS]
    others = len(wanted) - len(declared)
    return ", ".join([*declared, *([f"{others} that nobody declared"] if others else [])])


DECLARED_COLUMNS = frozenset(
    f"{t.name}.{c.name}" for t in TABLES.values() for c in (*t.columns, *SYSTEM_COLUMNS, HISTORY_COLUMN)
)
"""Every ``table.column`` there is."""
