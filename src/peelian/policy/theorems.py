"""What must be true of every policy set in force, said without looking at the policies.

Each theorem speaks of requests: *never* (no allowed request has this), *always* (every request with this is allowed)
or *possible* (some request is allowed, so that refusing everything is no way to keep the rest). The words are what is
published; the condition beside them is what is proved. The lists come from the charter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from peelian.policy.charter import Charter
from peelian.policy.formula import Formulas, Term

UNDER_MANDATE = "under-mandate"


@dataclass(frozen=True)
class Ask:
    """One action's symbols, by dotted name, and the helpers to speak about them."""

    formulas: Formulas
    action: str
    about: str = ""

    def __getitem__(self, name: str) -> Term:
        return self.formulas.symbol(self.action, tuple(name.split(".")), self.about)

    def is_(self, name: str, *texts: str) -> Term:
        """Say that a text is one of these."""
        return self.formulas.any_of(texts, self[name])

    def not_(self, name: str, *texts: str) -> Term:
        """Say that a text is none of these."""
        return self.formulas.z3.Not(self.is_(name, *texts))

    def holds(self, name: str, *texts: str) -> Term:
        """Say that a set holds at least one of these."""
        return self.formulas.share(texts, self[name])

    def beyond(self, wanted: str, scope: str) -> Term:
        """Say that one set holds something that the other does not."""
        z3 = self.formulas.z3
        return z3.Not(z3.IsSubset(self[wanted], self[scope]))

    def apart(self, one: str, other: str) -> Term:
        """Say that two sets have nothing in common."""
        z3 = self.formulas.z3
        return z3.SetIntersect(self[one], self[other]) == z3.EmptySet(z3.IntSort())

    def empty(self, name: str) -> Term:
        """Say that a set holds nothing."""
        return self[name] == self.formulas.z3.EmptySet(self.formulas.z3.IntSort())

    def both(self, *terms: Term) -> Term:
        """Say all of these."""
        return self.formulas.z3.And(*terms)

    def either(self, *terms: Term) -> Term:
        """Say one of these."""
        return self.formulas.z3.Or(*terms)

    def no(self, term: Term) -> Term:
        """Say the opposite."""
        return self.formulas.z3.Not(term)


@dataclass(frozen=True)
class Theorem:
    """One thing proved of every request.

    ``on`` names actions or groups of actions; empty for all.
    """

    id: str
    words: str
    says: Callable[[Ask], Term] = field(repr=False)
    on: tuple[str, ...] = (UNDER_MANDATE,)
    kind: str = "never"
    redline: str = ""


def theorems(charter: Charter) -> tuple[Theorem, ...]:
    """Return every theorem, with the charter's own lists in it."""
    return (
        *_mandates(),
        *_working_context(charter),
        *_scopes(),
        *_results(),
        *_linking(),
        *_red_lines(charter),
        *_labels(),
        *_papers(),
        *_copies(),
        *_offices(),
        *_alive(charter),
    )


def _mandates() -> tuple[Theorem, ...]:
    return (
        Theorem("no-mandate-no-access", "Nothing is opened, run, written or revealed without a mandate, whoever asks: "
                "there is no super-user.", lambda a: a.no(a["context.mandated"]), redline="7"),
        Theorem("not-before-adoption", "Nothing happens under a mandate that was not adopted, or was ended.",
                lambda a: a.no(a["context.adopted"]), redline="7"),
        Theorem("not-before-start", "Nothing happens under a mandate before it starts.",
                lambda a: a["context.now"] < a["context.mandate.starts_at"], redline="7"),
        Theorem("not-after-end", "Nothing happens under a mandate at or after its end.",
                lambda a: a["context.now"] >= a["context.mandate.ends_at"], redline="7"),
        Theorem("not-while-halted", "Nothing happens under a mandate that the panel has stopped.",
                lambda a: a["context.halted"], redline="7"),
        Theorem("not-when-retired", "Nothing happens under a mandate whose tool is retired.",
                lambda a: a.is_("context.mandate.phase", "retired")),
        Theorem("role-named", "Nobody acts under a mandate that names none of their roles: no role carries access of "
                "its own.", lambda a: a.apart("context.mandate.roles", "principal.roles"), redline="7"),
        Theorem("purpose-named", "Nothing happens for a purpose that the mandate does not name.",
                lambda a: a.no(a["context.mandate.purposes"][a["context.purpose"]])),
        Theorem("pilot-bounded", "A trial has no more users than its mandate allows.",
                lambda a: a.both(a["context.mandate.users_max"] >= 0,
                                 a["context.user_number"] > a["context.mandate.users_max"])),
        Theorem("administrator-blind", "A system administrator opens, runs, writes and reveals nothing, whatever other "
                "roles they hold.", lambda a: a.holds("principal.roles", "system-administrator"), redline="7"),
        Theorem("code-as-approved", "No method runs, and nothing is linked, by code that is not the code its mandate "
                "approved.",
                lambda a: a.either(a["context.mandate.code_hash"] != a["resource.code_hash"],
                                   a.is_("resource.code_hash", "")), on=("run", "link"), redline="7"),
        Theorem("evidence-first", "No method past pre-deployment runs, posts or is mandated without published "
                "evidence.",
                lambda a: a.both(a.is_("context.mandate.subject", "method"),
                                 a.not_("context.mandate.phase", "pre-deployment"),
                                 a.empty("context.mandate.evidence")),
                on=("run", "post-finding", "adopt-mandate"), redline="7"),
        Theorem("papers-fit", "Nothing happens under a tool's mandate, and none is adopted, while its impact papers "
                "are missing or were written about something else than what the charter lets run.",
                lambda a: a.both(a.is_("context.mandate.subject", "method"), a.no(a["context.papers_fit"])),
                on=(UNDER_MANDATE, "adopt-mandate")),
        Theorem("papers-public-first", "Nothing happens under a tool's mandate before its impact papers have been "
                "public for as many days as the charter asks.",
                lambda a: a.both(a.is_("context.mandate.subject", "method"),
                                 a["context.papers_days"] < a["context.papers_days_needed"])),
        Theorem("papers-name-columns", "No method runs under its mandate that reads a column its impact papers do not "
                "name.",
                lambda a: a.both(a.is_("context.mandate.subject", "method"),
                                 a.beyond("resource.inputs", "context.papers_read")), on=("run",)),
    )  # fmt: skip


def _working_context(charter: Charter) -> tuple[Theorem, ...]:
    safety = tuple(sorted(p.id for p in charter.purposes.values() if p.safety))
    log = tuple(sorted(p.id for p in charter.purposes.values() if p.log))

    def no_operation(a: Ask) -> Term:
        on_one = a.both(a.not_("context.operation", ""), a["context.operation_open"], a["context.on_operation"])
        return a.both(a.no(on_one), a.no(a["context.emergency"]))

    return (
        Theorem("operation-open", "Nothing happens without an open operation that the actor is on, but a declared "
                "emergency.", no_operation),
        Theorem("emergency-looks-only", "An emergency opens look-ups for a safety purpose; it runs, writes and reveals "
                "nothing.", lambda a: a["context.emergency"], on=("work",)),
        Theorem("emergency-for-safety", "No emergency is accepted for a purpose that is not one of safety.",
                lambda a: a.both(a["context.emergency"], a.not_("context.purpose", *safety)), on=()),
        Theorem("emergency-by-another", "Nobody says what an emergency was that they declared themselves.",
                lambda a: a["resource.mine"], on=("settle-emergency",)),
        Theorem("emergency-by-supervisors", "Only a response sergeant or an official says what an emergency was.",
                lambda a: a.no(a.holds("principal.roles", "response-sergeant", "official")), on=("settle-emergency",)),
        Theorem("emergency-to-what-was-open", "An emergency is joined only to an operation that was open then.",
                lambda a: a.both(a["resource.named"], a.no(a["resource.open_then"])), on=("settle-emergency",)),
        Theorem("emergencies-seen-by-few", "Which emergencies were declared is seen by supervisors, the panel and the "
                "Information Commissioner alone.",
                lambda a: a.no(a.holds("principal.roles", "response-sergeant", "official", "panel-member",
                                       "information-commissioner")), on=("see-emergencies",)),
        Theorem("unwitnessed-stops", "Without outside witnesses no method runs, nothing is published or exported, and "
                "no mandate is adopted.", lambda a: a.no(a["context.witnesses_ok"]),
                on=("run", "publish", "export", "adopt-mandate")),
        Theorem("unwitnessed-safety-only", "Without outside witnesses only look-ups for safety go on.",
                lambda a: a.both(a.no(a["context.witnesses_ok"]), a.not_("context.purpose", *safety)), on=("look",)),
        Theorem("trained-for-method", "Nobody runs a method without a passed, current practice set for it.",
                lambda a: a.no(a["principal.trained"][a["resource.name"]]), on=("run",)),
        Theorem("trained-for-people", "Nobody opens a table about people without a passed, current practice set for "
                "it.",
                lambda a: a.both(a.either(a["resource.personal"], a["resource.sealed"]),
                                 a.no(a["principal.trained"][a["resource.table"]])), on=("open",)),
        Theorem("log-for-lawful-ends", "The log is read for the purposes of DPA 2018 s.62(4) and no other.",
                lambda a: a.not_("context.purpose", *log), on=("read-log", "see-looks"), redline="5"),
    )  # fmt: skip


def _scopes() -> tuple[Theorem, ...]:
    subject, target = "context.mandate.subject", "context.mandate.target"

    def duty(name: str, act: str) -> Theorem:
        return Theorem(f"duty-to-{act}", f"Nobody may {name} but under the duty to do so.",
                       lambda a: a.no(a.both(a.is_(subject, "duty"), a.is_(target, act))), on=(act,))  # fmt: skip

    return (
        Theorem("table-in-scope", "No table is opened that the mandate does not cover.",
                lambda a: a.no(a["context.mandate.tables"][a["resource.table"]]), on=("open",)),
        Theorem("columns-in-scope", "No column is opened that the mandate does not cover.",
                lambda a: a.beyond("resource.columns", "context.mandate.columns"), on=("open",)),
        Theorem("open-under-fitting", "Tables are opened under mandates of methods, assessments, duties and sharing.",
                lambda a: a.not_(subject, "method", "assessment", "duty", "sharing"), on=("open",)),
        Theorem("offences-in-scope", "No method runs on an offence that its mandate does not cover.",
                lambda a: a.beyond("resource.offences", "context.mandate.offences"), on=("run",)),
        Theorem("area-in-scope", "No method runs on an area that its mandate does not cover.",
                lambda a: a["resource.area"] != a["context.mandate.area"], on=("run",)),
        Theorem("inputs-in-scope", "No method reads a column that its mandate does not cover.",
                lambda a: a.beyond("resource.inputs", "context.mandate.columns"), on=("run",)),
        Theorem("method-named", "No method runs but under a mandate, or an assessment's mandate, that names it.",
                lambda a: a.either(a[target] != a["resource.name"], a.not_(subject, "method", "assessment")),
                on=("run",)),
        Theorem("rows-of-source", "Rows come in only under the mandate of a source or to share, into the tables it "
                "names.",
                lambda a: a.either(a.not_(subject, "source", "sharing"),
                                   a.no(a["context.mandate.tables"][a["resource.name"]])), on=("post-rows",)),
        Theorem("findings-of-method", "A finding is posted only under the mandate of the method that made it.",
                lambda a: a.either(a.not_(subject, "method"), a[target] != a["resource.name"]), on=("post-finding",)),
        Theorem("assessments-of-method", "An assessment is registered and posted only under a mandate to assess.",
                lambda a: a.not_(subject, "assessment"), on=("post-assessment", "register-assessment")),
        Theorem("assessment-named", "An assessment is posted only under the mandate to assess that method.",
                lambda a: a[target] != a["resource.name"], on=("post-assessment",)),
        Theorem("share-to-export", "Nothing is exported but under a sharing mandate.",
                lambda a: a.not_(subject, "sharing"), on=("export",), redline="9"),
        duty("erase", "erase"),
        duty("delete what is over", "retain"),
        Theorem("amend-under-duty", "Nobody corrects, contests or restricts a record but under the duty to answer what "
                "people ask about theirs.",
                lambda a: a.either(a.not_(subject, "duty"), a.not_(target, "erase")), on=("amend",)),
        Theorem("objection-by-another", "Nobody decides an objection that they entered.",
                lambda a: a.both(a["resource.decides"], a["resource.mine"]), on=("amend",)),
        duty("read the log", "read-log"),
        duty("publish", "publish"),
        duty("make a result again", "replay"),
        Theorem("replay-by-panel", "Only a panel member makes results again, from tables and columns that the duty "
                "names, none of them about people.",
                lambda a: a.either(a.no(a.holds("principal.roles", "panel-member")),
                                   a.no(a["context.mandate.tables"][a["resource.table"]]),
                                   a.beyond("resource.columns", "context.mandate.columns"),
                                   a["resource.personal"], a["resource.sealed"]), on=("replay",)),
        Theorem("replay-shows-nothing", "The duties to make results again and to link records open no table to "
                "anybody's eyes.",
                lambda a: a.both(a.is_(subject, "duty"), a.is_(target, "replay", "link-people")), on=("open",)),
    )  # fmt: skip


def _results() -> tuple[Theorem, ...]:
    subject, target = "context.mandate.subject", "context.mandate.target"
    return (
        Theorem("results-of-method", "A result is read only under the mandate of the method that made it.",
                lambda a: a.either(a.not_(subject, "method"), a[target] != a["resource.name"]), on=("read-result",)),
        Theorem("own-view-first", "Nobody who decides on patrols reads what a tool found before their own view of it "
                "is in the record, and none of them runs the tool.",
                lambda a: a.both(a.holds("principal.roles", "neighbourhood-officer", "response-sergeant"),
                                 a.no(a["context.own_view"])), on=("read-result", "run"), redline="4"),
    )  # fmt: skip


def _linking() -> tuple[Theorem, ...]:
    subject, target = "context.mandate.subject", "context.mandate.target"
    return (
        Theorem("link-under-duty", "Records of people are compared by machine only under the duty to link them, from "
                "tables and columns that it names, none of them sealed.",
                lambda a: a.either(a.not_(subject, "duty"), a.not_(target, "link-people"), a["resource.sealed"],
                                   a.beyond("resource.tables", "context.mandate.tables"),
                                   a.beyond("resource.columns", "context.mandate.columns")), on=("link",)),
        Theorem("compared-under-duty", "A machine compares only rows of this force that serve the purpose, under the "
                "duty to link them.",
                lambda a: a.either(a.not_(subject, "duty"), a.not_(target, "link-people"),
                                   a.no(a["resource.purposes"][a["context.purpose"]]),
                                   a["resource.force"] != a["principal.force"]), on=("compare",)),
        Theorem("link-release-as-mandated", "Past pre-deployment nothing is linked with a model release that the "
                "mandate does not name.",
                lambda a: a.both(a.not_("context.mandate.phase", "pre-deployment"),
                                 a.no(a["context.mandate.evidence"][a["resource.release"]])), on=("link",),
                redline="7"),
        Theorem("links-again-as-they-were", "For any purpose but linking records itself, links are only made again "
                "where records changed, with the release in use.",
                lambda a: a.both(a.not_("context.purpose", "record-linking"), a.no(a["resource.again"])),
                on=("link",)),
        Theorem("links-judged-under-duty", "Nobody judges links but under the duty to judge them.",
                lambda a: a.either(a.not_(subject, "duty"), a.not_(target, "judge-links")), on=("judge-links",)),
        Theorem("looks-seen-by-few", "Who looked at whom is seen, and what is kept of staff is entered, by "
                "professional standards and the panel alone, under the duty to watch over use.",
                lambda a: a.either(a.not_(subject, "duty"), a.not_(target, "watch-use"),
                                   a.no(a.holds("principal.roles", "professional-standards", "panel-member"))),
                on=("see-looks", "keep-details")),
        Theorem("details-by-another", "Nobody enters what is kept of themselves.",
                lambda a: a["resource.mine"], on=("keep-details",)),
        Theorem("standing-under-look-up", "A search is saved under the duty to look up alone.",
                lambda a: a.either(a.not_(subject, "duty"), a.not_(target, "look-up")),
                on=("save-search",)),
        Theorem("deconflicting-by-itself", "A flag is set, and its owner told who looked, under the duty to keep "
                "operations from meeting unawares alone; no duty to look up is one.",
                lambda a: a.either(a.not_(subject, "duty"), a.not_(target, "deconflict")),
                on=("set-flag", "see-flagged")),
    )  # fmt: skip


def _red_lines(charter: Charter) -> tuple[Theorem, ...]:
    lists = {(r.number, x.name): tuple(sorted(x.items)) for r in charter.red_lines for x in r.lists}
    refused = tuple(sorted(p.id for p in charter.purposes.values() if p.refused))
    found = tuple(sorted(o.id for o in charter.offences.values() if o.police_initiated))
    regions = tuple(sorted(charter.jurisdiction.regions))
    kinds = ("context.mandate.data_kinds",)
    both = (UNDER_MANDATE, "adopt-mandate")
    return (
        Theorem("no-score-of-persons", "No method runs whose target is a person's offending, or anything but a place, "
                "an incident, a link between crimes, a network of recorded events or a victim's safeguarding.",
                lambda a: a.not_("resource.target", *lists[1, "targets"]), on=("run",), redline="1"),
        Theorem("no-protected-input", "No method runs that takes in a protected characteristic or a listed proxy.",
                lambda a: a.holds("resource.input_names", *lists[2, "kept-out"]), on=("run",), redline="2"),
        Theorem("sealed-for-assessment", "A sealed table is opened only for an assessment whose mandate says so.",
                lambda a: a.both(a["resource.sealed"],
                                 a.no(a.both(a.is_("context.mandate.subject", "assessment"),
                                             a["context.mandate.sealed"]))), on=("open",), redline="2"),
        Theorem("sealed-mandates", "No mandate but an assessment's is adopted that opens sealed tables.",
                lambda a: a.both(a["context.mandate.sealed"], a.not_("context.mandate.subject", "assessment")),
                on=("adopt-mandate",), redline="2"),
        Theorem("no-forecast-of-policing", "No method runs on an offence that police activity itself discovers.",
                lambda a: a.holds("resource.offences", *found), on=("run",), redline="3"),
        Theorem("no-mandate-to-forecast-policing", "No mandate of a method or assessment is adopted that covers such "
                "an offence.", lambda a: a.both(a.is_("context.mandate.subject", "method", "assessment"),
                                             a.holds("context.mandate.offences", *found)),
                on=("adopt-mandate",), redline="3"),
        Theorem("no-adverse-act", "The platform does nothing to a person.", lambda a: a.formulas.z3.BoolVal(True),
                on=("adverse-act",), redline="4"),
        Theorem("no-refused-purpose", "Nothing at all is done for a refused purpose: " + ", ".join(refused) + ".",
                lambda a: a.is_("context.purpose", *refused), on=(), redline="5"),
        Theorem("no-mandate-for-refused-purpose", "No mandate is adopted that names a refused purpose.",
                lambda a: a.holds("context.mandate.purposes", *refused), on=("adopt-mandate",), redline="5"),
        Theorem("no-faces-no-social-media", "Nothing happens, and nothing is adopted, under a mandate that brings "
                "faces or social media.", lambda a: a.holds(*kinds, *lists[6, "data-kinds"]), on=both, redline="6"),
        Theorem("in-jurisdiction", "Nothing at all is done outside " + " and ".join(regions) + ".",
                lambda a: a.not_("context.region", *regions), on=(), redline="8"),
        Theorem("no-lists", "No list of people is written.", lambda a: a.formulas.z3.BoolVal(True), on=("post-list",),
                redline="9"),
        Theorem("glass-box", "No method runs whose results do not come apart.",
                lambda a: a.no(a["resource.glass_box"]), on=("run",), redline="10"),
        Theorem("no-other-services", "Nothing happens, and nothing is adopted, under a mandate that brings health, "
                "welfare, education or immigration data.", lambda a: a.holds(*kinds, *lists[11, "data-kinds"]), on=both,
                redline="11"),
        Theorem("kinds-declared", "No source is taken in or mandated that does not say what kinds of data it brings.",
                lambda a: a.both(a.is_("context.mandate.subject", "source"), a.empty(*kinds)),
                on=("post-rows", "adopt-mandate"), redline="11"),
        Theorem("shared-kinds-declared", "Nothing that a partner shares is taken in under a mandate that does not say "
                "what kinds of data it brings.",
                lambda a: a.both(a.is_("context.mandate.subject", "sharing"), a.empty(*kinds)),
                on=("post-rows",), redline="11"),
        Theorem("partner-under-sharing", "What a partner knows of people is taken in only under a sharing mandate.",
                lambda a: a.both(a.is_("resource.name", *lists[11, "partner-tables"]),
                                 a.not_("context.mandate.subject", "sharing")), on=("post-rows",), redline="11"),
        Theorem("sharing-for-partners", "A sharing mandate takes in what a partner shares, and nothing of the force's.",
                lambda a: a.both(a.is_("context.mandate.subject", "sharing"),
                                 a.not_("resource.name", *lists[11, "partner-tables"], "quarantine")),
                on=("post-rows",), redline="11"),
    )  # fmt: skip


def _labels() -> tuple[Theorem, ...]:
    return (
        Theorem("label-purpose", "No row is seen for a purpose that its label does not serve.",
                lambda a: a.no(a["resource.purposes"][a["context.purpose"]]), on=("see",)),
        Theorem("label-markings", "No row is seen that carries a marking its viewer does not hold.",
                lambda a: a.beyond("resource.markings", "principal.markings"), on=("see",)),
        Theorem("label-contested", "A contested record is seen by no method, assessment or machine, only by people who "
                "look it up or answer the request.",
                lambda a: a.both(a.holds("resource.markings", "contested"),
                                 a.either(a.not_("context.mandate.subject", "duty"),
                                          a.not_("context.mandate.target", "look-up", "erase"))),
                on=("see", "compare")),
        Theorem("label-restricted", "A restricted record is seen by nobody but those whose duty it is to review it.",
                lambda a: a.both(a.holds("resource.markings", "restricted"),
                                 a.either(a.not_("context.mandate.subject", "duty"),
                                          a.not_("context.mandate.target", "erase"))), on=("see", "compare")),
        Theorem("label-force", "No row of another force is seen.",
                lambda a: a["resource.force"] != a["principal.force"], on=("see",)),
        Theorem("label-operation", "No row of another operation is seen.",
                lambda a: a.both(a.not_("resource.operation", ""),
                                 a["resource.operation"] != a["context.operation"]), on=("see",)),
        Theorem("label-handling", "No row graded C is seen by anyone who has not accepted the conditions.",
                lambda a: a.both(a.is_("resource.handling", "C"),
                                 a.no(a.holds("principal.markings", "handling-c"))), on=("see",)),
    )  # fmt: skip


def _papers() -> tuple[Theorem, ...]:
    subject, target, roles = "context.mandate.subject", "context.mandate.target", "principal.roles"
    plan_work = ("mark-own-view", "decide-plan", "issue-plan", "report-outcome")

    def duty(a: Ask, name: str) -> Term:
        return a.both(a.is_(subject, "duty"), a.is_(target, name))

    def under(name: str, words: str, act: str, role: str, *on: str) -> Theorem:
        return Theorem(name, words, lambda a: a.no(a.both(duty(a, act), a.holds(roles, role))), on=on)

    def needed(a: Ask) -> Term:
        kind, member = "resource.kind", a.holds(roles, "panel-member")
        public = a.is_(kind, "question", "answer", "sign-off")
        return a.either(
            a.both(a.is_(subject, "method"), a.is_(kind, "plan", "plan-issued", "outcome")),
            a.both(duty(a, "measure"), a.is_(kind, "own-view", "plan", "plan-issued", "outcome")),
            a.both(duty(a, "oversee"), a.either(public, a.both(a.is_(kind, "rating", "note-to-panel"), member))),
            a.both(duty(a, "publish"), a.is_(kind, "release", "release-check", "measure")),
            a.both(duty(a, "erase"), a.is_(kind, "copy")),
        )

    return (
        Theorem("trained-to-decide", "Nobody decides or hands out a plan without a passed, current practice set for "
                "its tool.", lambda a: a.no(a["principal.trained"][a[target]]), on=("decide-plan", "issue-plan")),
        Theorem("walkers-decide", "Only a neighbourhood officer or a response sergeant marks a view, decides a plan, "
                "hands it out and reports on it, under the tool's mandate.",
                lambda a: a.either(a.not_(subject, "method"),
                                   a.no(a.holds(roles, "neighbourhood-officer", "response-sergeant"))), on=plan_work),
        Theorem("unwitnessed-papers", "Without outside witnesses no plan is handed out, no copy is taken and nothing "
                "is released.",
                lambda a: a.no(a["context.witnesses_ok"]), on=("issue-plan", "release", "take-copy")),
        Theorem("practice-of-ones-own", "Nobody sits a practice set but under a mandate that names a role of theirs.",
                lambda a: a.apart("context.mandate.roles", roles), on=("sit-practice",)),
        Theorem("panel-proposes", "Only a panel member proposes a stop, of a mandate that is named.",
                lambda a: a.either(a.no(a.holds(roles, "panel-member")), a.no(a["context.mandated"])),
                on=("propose-stop",)),
        Theorem("hand-over-within", "Notes from one shift to the next are written and read by people on that operation "
                "while it is open, and by nobody else.",
                lambda a: a.no(a.both(a["context.operation_open"], a["context.on_operation"])),
                on=("hand-over", "read-hand-over")),
        Theorem("write-to-ones-panel", "Nobody writes to the panel of another force.",
                lambda a: a["resource.id"] != a["principal.force"], on=("write-to-panel",)),
        under("panel-asks", "Only a panel member asks, rates and signs off, under the duty to oversee.",
              "oversee", "panel-member", "ask-question", "rate-reason", "sign-off"),
        under("officials-answer", "Only an official answers the panel, under the duty to oversee.",
              "oversee", "official", "answer-question"),
        under("model-owners-file", "Only a model owner files what was measured of decisions, under the duty to "
              "measure.", "measure", "model-owner", "file-measure"),
        under("checkers-check", "Only a publication checker checks a release, under the duty to publish.",
              "publish", "publication-checker", "check-release"),
        under("officials-release", "Only an official releases, under the duty to publish.",
              "publish", "official", "release"),
        Theorem("own-means-own", "Reading one's own papers opens nobody else's.", lambda a: a.no(a["resource.mine"]),
                on=("read-own-papers",)),
        Theorem("papers-where-needed", "What others wrote is read only where it is needed: plans and outcomes under "
                "the tool's mandate, own views by those who measure, notes and ratings by the panel, releases by "
                "those who publish, which copies there are by those who erase.",
                lambda a: a.no(needed(a)), on=("read-papers",)),
    )  # fmt: skip


def _copies() -> tuple[Theorem, ...]:
    def duty(a: Ask, name: str) -> Term:
        return a.both(a.is_("context.mandate.subject", "duty"), a.is_("context.mandate.target", name))

    return (
        Theorem("copies-of-look-ups", "A numbered copy is taken, a file of a case kept, read and joined to the "
                "holdings, and a suggestion judged, only under the duty to look things up.",
                lambda a: a.no(duty(a, "look-up")),
                on=("take-copy", "keep-case-file", "read-case-file", "combine-case-file", "judge-suggestion")),
        Theorem("copies-recalled-on-erasing", "Copies are called back by hand only under the duty to erase.",
                lambda a: a.no(duty(a, "erase")), on=("recall-copy",)),
    )  # fmt: skip


def _offices() -> tuple[Theorem, ...]:
    owner, approver = "context.mandate.owner", "context.mandate.approver"

    def holds_office(a: Ask, name: str) -> Term:
        return a["principal.offices"][a[name]]

    def overlong(a: Ask) -> Term:
        start, end, latest = (a[f"context.mandate.{n}"] for n in ("starts_at", "ends_at", "ends_at_latest"))
        return a.either(start >= end, end > latest)

    return (
        Theorem("approver-adopts", "Only the holder of the approving office adopts a mandate.",
                lambda a: a.no(holds_office(a, approver)), on=("adopt-mandate",)),
        Theorem("nobody-adopts-their-own", "Nobody adopts a mandate that they own.",
                lambda a: a.either(holds_office(a, owner), a[owner] == a[approver]),
                on=("adopt-mandate",), redline="7"),
        Theorem("twelve-months", "No mandate is adopted that lasts longer than twelve months.", overlong,
                on=("adopt-mandate",), redline="7"),
        Theorem("no-late-adoption", "No mandate is adopted after its end, a second time, or while it is stopped.",
                lambda a: a.either(a["context.now"] >= a["context.mandate.ends_at"], a["context.adopted"],
                                   a["context.halted"]), on=("adopt-mandate",), redline="7"),
        Theorem("complete-mandates", "No mandate is adopted without a fallback, a role and a purpose.",
                lambda a: a.either(a.is_("context.mandate.fallback", ""), a.empty("context.mandate.roles"),
                                   a.empty("context.mandate.purposes")), on=("adopt-mandate",)),
        Theorem("named-mandate", "Nothing is adopted, ended, stopped or lifted without naming it.",
                lambda a: a.no(a["context.mandated"]),
                on=("adopt-mandate", "end-mandate", "halt", "lift", "panel-halt", "panel-lift")),
        Theorem("panel-lifts", "Only a panel member who neither owns nor approved it lifts a stop.",
                lambda a: a.either(a.no(a.holds("principal.roles", "panel-member")), holds_office(a, owner),
                                   holds_office(a, approver)), on=("lift", "panel-lift")),
        Theorem("panel-stop-holds", "No single member lifts what the panel has stopped.",
                lambda a: a["context.panel_stop"], on=("lift",)),
        Theorem("owner-halts", "Only its owner stops a mandate alone.",
                lambda a: a.no(holds_office(a, owner)), on=("halt",)),
        Theorem("panel-halts", "Only a panel member carries out the panel's stop.",
                lambda a: a.no(a.holds("principal.roles", "panel-member")), on=("panel-halt",)),
        Theorem("as-many-as-the-charter-says", "The panel stops and lifts with as many signatures as its charter asks "
                "for, and never with fewer than two.",
                lambda a: a.either(a["context.signed"] < a["context.signatures_needed"], a["context.signed"] < 2),
                on=("panel-halt", "panel-lift")),
        Theorem("who-ends", "Only its owner or its approver ends a mandate.",
                lambda a: a.no(a.either(holds_office(a, owner), holds_office(a, approver))), on=("end-mandate",)),
        Theorem("overseen-do-not-end-oversight", "Whoever is overseen does not end what oversight rests on: only the "
                "approver ends a mandate for oversight.",
                lambda a: a.both(a.holds("context.mandate.purposes", "oversight"), a.no(holds_office(a, approver))),
                on=("end-mandate",)),
        Theorem("who-loads", "Only the approving body puts a charter into force.",
                lambda a: a.no(a.holds("principal.roles", "approver")), on=("load-charter",)),
        Theorem("who-starts", "Only a system administrator starts the platform.",
                lambda a: a.no(a.holds("principal.roles", "system-administrator")), on=("start",)),
        Theorem("context-on-operation", "Nobody sets a working context without being on an open operation, but in an "
                "emergency.", lambda a: a.no(a.either(a.both(a["context.operation_open"], a["context.on_operation"]),
                                                      a["context.emergency"])), on=("set-context",)),
    )  # fmt: skip


def _alive(charter: Charter) -> tuple[Theorem, ...]:
    """Say what must stay possible: a rule that stops everything, or stops the panel, keeps no promise either."""
    refused = tuple(p.id for p in charter.purposes.values() if p.refused)
    regions = tuple(charter.jurisdiction.regions)
    safety = tuple(p.id for p in charter.purposes.values() if p.safety)

    def in_order(a: Ask) -> Term:
        return a.both(a.not_("context.purpose", *refused), a.is_("context.region", *regions), a["context.mandated"])

    def panel_stops(a: Ask) -> Term:
        signed = a.both(a["context.signed"] >= a["context.signatures_needed"], a["context.signed"] >= 2)
        return a.both(in_order(a), a.no(a["context.emergency"]), a.holds("principal.roles", "panel-member"), signed)

    def own_entries(a: Ask) -> Term:
        working = a.both(a.not_("context.purpose", *refused), a.is_("context.region", *regions))
        return a.both(working, a.no(a["context.emergency"]))

    def panel_proposes(a: Ask) -> Term:
        return a.both(in_order(a), a.no(a["context.emergency"]), a.holds("principal.roles", "panel-member"))

    def own_panel(a: Ask) -> Term:
        return a.both(own_entries(a), a["resource.id"] == a["principal.force"])

    def safety_look(a: Ask) -> Term:
        mandate = "context.mandate"
        return a.both(
            in_order(a), a.is_("context.purpose", *safety), a["context.adopted"], a.no(a["context.halted"]),
            a[f"{mandate}.starts_at"] <= a["context.now"], a["context.now"] < a[f"{mandate}.ends_at"],
            a.is_(f"{mandate}.subject", "duty"), a.not_(f"{mandate}.target", "replay", "link-people"),
            a.is_(f"{mandate}.phase", "production"),
            a[f"{mandate}.users_max"] < 0, a.empty(f"{mandate}.data_kinds"),
            a.no(a.apart(f"{mandate}.roles", "principal.roles")), a[f"{mandate}.purposes"][a["context.purpose"]],
            a.no(a.holds("principal.roles", "system-administrator")), a[f"{mandate}.tables"][a["resource.table"]],
            a.no(a.beyond("resource.columns", f"{mandate}.columns")),
            a.no(a["resource.personal"]), a.no(a["resource.sealed"]),
            a.either(a["context.emergency"], a.both(a["context.operation_open"], a["context.on_operation"],
                                                    a.not_("context.operation", ""))),
        )  # fmt: skip

    dead = {"adverse-act", "post-list"}
    living = tuple(sorted(set(_every_action(charter)) - dead))
    return (
        Theorem("panel-can-stop", "Enough members of the panel can always stop a mandate: no expiry, no lost witness, "
                "no closed operation is in the way.", panel_stops, on=("panel-halt",), kind="always"),
        Theorem("safety-goes-on", "A look-up for safety under a standing mandate goes on when witnesses are lost, and "
                "in an emergency without an operation.", safety_look, on=("open",), kind="always"),
        Theorem("own-entries-open", "Whoever is signed in can read what the log says of them, whatever they work on.",
                own_entries, on=("read-own-entries",), kind="always"),
        Theorem("panel-can-propose", "A panel member can always propose a stop: no expiry, no lost witness, no closed "
                "operation is in the way.", panel_proposes, on=("propose-stop",), kind="always"),
        Theorem("anyone-writes-to-the-panel", "Whoever is signed in can write to the panel, whatever they work on.",
                own_panel, on=("write-to-panel",), kind="always"),
        Theorem("own-papers-open", "Whoever is signed in can read what they wrote, whatever they work on.",
                lambda a: a.both(own_entries(a), a["resource.mine"]), on=("read-own-papers",), kind="always"),
        Theorem("copies-given-back", "Whoever holds a copy can say that it is deleted, whatever they work on.",
                own_entries, on=("give-back-copy",), kind="always"),
        Theorem("something-possible", "Each action but those refused for good is allowed in some circumstances.",
                lambda a: a.formulas.z3.BoolVal(True), on=living, kind="possible"),
    )  # fmt: skip


def _every_action(charter: Charter) -> tuple[str, ...]:
    from peelian.policy.shape import read_shape

    return tuple(read_shape(charter.schema).actions)
