"""What must hold between the files of a charter: references, sunsets, separation of offices, lists and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peelian.core.located import Mistake, Path
from peelian.model.record import HISTORY_COLUMN, SYSTEM_COLUMNS, TABLES
from peelian.policy import forms
from peelian.policy.cedar import CedarRules, literals
from peelian.policy.charter_folder import END_WEEKDAYS, FILES, Folder, form_of, mandate_forms, months_after
from peelian.policy.floor_checks import check_floor

DUTIES = frozenset(
    {
        "erase",
        "retain",
        "hold",
        "read-log",
        "publish",
        "look-up",
        "oversee",
        "measure",
        "replay",
        "link-people",
        "judge-links",
        "watch-use",
        "deconflict",
    }
)
"""What a duty mandate may be for."""

RED_LINES = range(1, 12)

SYSTEM_ROLES = frozenset(
    {
        "system-administrator",
        "panel-member",
        "approver",
        "official",
        "neighbourhood-officer",
        "response-sergeant",
        "publication-checker",
        "professional-standards",
    }
)
"""Roles that the rules name; a charter that lacks one would have no panel, no approval, nobody who decides a plan."""


@dataclass(frozen=True)
class _Names:
    """Every id that other files may refer to."""

    purposes: frozenset[str]
    refused: frozenset[str]
    roles: frozenset[str]
    officials: Mapping[str, str]  # office -> holder
    people: frozenset[str]
    markings: frozenset[str]
    retention: frozenset[str]
    offences: Mapping[str, forms.OffenceForm]
    areas: frozenset[str]
    kept_out: frozenset[str]  # protected characteristics and proxies
    holidays: frozenset[date]


def check_folder(read: Folder) -> list[Mistake]:
    """Return every mistake between files. The files themselves have the right form already."""
    names = _names(read)
    found: list[Mistake] = []
    for check in (_duplicates, _reserved, _offices, _people, _operations, _purposes, _jurisdiction, _retention):
        found += check(read, names)
    for file, form in mandate_forms(read).items():
        found += _mandate(read, names, file, form)
    found += check_floor(read)
    found += _rules(read, names)
    return found


def _names(read: Folder) -> _Names:
    purposes = form_of(read, forms.PurposesForm).purposes
    lines = form_of(read, forms.RedLinesForm).red_lines
    return _Names(
        purposes=frozenset(p.id for p in purposes),
        refused=frozenset(p.id for p in purposes if p.refused),
        roles=frozenset(r.id for r in form_of(read, forms.RolesForm).roles),
        officials={o.id: o.held_by for o in form_of(read, forms.OfficialsForm).officials},
        people=frozenset(p.id for p in form_of(read, forms.PeopleForm).people),
        markings=frozenset(m.id for m in form_of(read, forms.ForceForm).markings),
        retention=frozenset(r.id for r in form_of(read, forms.RetentionFileForm).classes),
        offences={o.id: o for o in form_of(read, forms.OffencesForm).offences},
        areas=frozenset(read.areas),
        kept_out=frozenset(i for r in lines if r.number == 2 for x in r.lists for i in x.items),
        holidays=frozenset(h.day for h in form_of(read, forms.JurisdictionForm).holidays),
    )


def _at(read: Folder, file: str, path: Path, what: str) -> Mistake:
    return Mistake(file, read.located[file].line(path), what)


def _unknown(
    read: Folder, file: str, path: Path, kind: str, wanted: Iterable[str], known: Iterable[str]
) -> Iterator[Mistake]:
    for n, name in enumerate(wanted):
        if name not in known:
            yield _at(read, file, (*path, n), f"There is no {kind} called {name}.")


def _duplicates(read: Folder, names: _Names) -> Iterator[Mistake]:
    """Two things with one id: the second would silently win."""
    for file in FILES:
        located = read.located[file]
        for key, entries in located.data.items() if isinstance(located.data, dict) else ():
            seen: set[object] = set()
            for n, entry in enumerate(entries if isinstance(entries, list) else []):
                name = entry.get("id") if isinstance(entry, dict) else None
                if name is not None and name in seen:
                    yield _at(read, file, (key, n, "id"), f"Two entries are called {name}.")
                seen.add(name)
    ids: dict[str, str] = {}
    for file, form in mandate_forms(read).items():
        if form.id in ids:
            yield _at(read, file, ("id",), f"The mandate {form.id} also stands in {ids[form.id]}.")
        ids[form.id] = file
        if file != f"mandates/{form.id}.yml":
            yield _at(read, file, ("id",), f"The mandate {form.id} should stand in mandates/{form.id}.yml.")


def _reserved(read: Folder, names: _Names) -> Iterator[Mistake]:
    """Nothing may be called "many": a label combined of several forces or operations says so with that word."""
    if form_of(read, forms.ForceForm).id == "many":
        yield _at(read, "force.yml", ("id",), 'A force may not be called "many".')
    for n, operation in enumerate(form_of(read, forms.OperationsForm).operations):
        if operation.id == "many":
            yield _at(read, "operations.yml", ("operations", n, "id"), 'An operation may not be called "many".')


def _offices(read: Folder, names: _Names) -> Iterator[Mistake]:
    for n, official in enumerate(form_of(read, forms.OfficialsForm).officials):
        if official.held_by not in names.people:
            path = ("officials", n, "held_by")
            yield _at(read, "officials.yml", path, f"There is no person called {official.held_by}.")
    for role in sorted(SYSTEM_ROLES - names.roles):
        yield Mistake("roles.yml", 1, f"There is no role called {role}, which the rules need.")


def _people(read: Folder, names: _Names) -> Iterator[Mistake]:
    for n, person in enumerate(form_of(read, forms.PeopleForm).people):
        at: Path = ("people", n)
        yield from _unknown(read, "people.yml", (*at, "roles"), "role", person.roles, names.roles)
        yield from _unknown(read, "people.yml", (*at, "markings"), "marking", person.markings, names.markings)
        if set(person.display_name.casefold().split()) & set(person.id.split("-")):
            yield _at(read, "people.yml", (*at, "id"), "An id is made from the person's name.")
        if "system-administrator" in person.roles and len(person.roles) > 1:
            what = "A system administrator holds no other role: whoever runs the machine sees no data."
            yield _at(read, "people.yml", (*at, "roles"), what)


def _operations(read: Folder, names: _Names) -> Iterator[Mistake]:
    file = "operations.yml"
    for n, operation in enumerate(form_of(read, forms.OperationsForm).operations):
        at: Path = ("operations", n)
        yield from _unknown(read, file, (*at, "members"), "person", operation.members, names.people)
        if operation.purpose not in names.purposes:
            yield _at(read, file, (*at, "purpose"), f"There is no purpose called {operation.purpose}.")
        if operation.purpose in names.refused:
            yield _at(read, file, (*at, "purpose"), f"The purpose {operation.purpose} is refused to everybody.")
        if operation.opens_at.tzinfo or operation.closes_at.tzinfo:
            yield _at(read, file, at, "Times here are local; leave out the time zone.")
        elif operation.closes_at <= operation.opens_at:
            yield _at(read, file, (*at, "closes_at"), "The operation closes before it opens.")


def _purposes(read: Folder, names: _Names) -> Iterator[Mistake]:
    numbers = {r.number for r in form_of(read, forms.RedLinesForm).red_lines}
    for n, purpose in enumerate(form_of(read, forms.PurposesForm).purposes):
        at: Path = ("purposes", n)
        if purpose.refused and purpose.red_line not in numbers:
            yield _at(read, "purposes.yml", at, f"The refused purpose {purpose.id} names no red line.")
        if purpose.refused and (purpose.safety or purpose.log):
            yield _at(read, "purposes.yml", at, f"The refused purpose {purpose.id} has a privilege.")


def _jurisdiction(read: Folder, names: _Names) -> Iterator[Mistake]:
    form, file = form_of(read, forms.JurisdictionForm), "jurisdiction.yml"
    if form.home not in form.regions:
        yield _at(read, file, ("home",), f"The home region {form.home} is not among the regions.")
    try:
        ZoneInfo(form.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield _at(read, file, ("timezone",), "There is no such time zone.")


def _retention(read: Folder, names: _Names) -> Iterator[Mistake]:
    for n, kept in enumerate(form_of(read, forms.RetentionFileForm).classes):
        if kept.status == "checked" and not kept.checked_by:
            what = f"The retention class {kept.id} is called checked and does not say who checked it."
            yield _at(read, "retention.yml", ("classes", n, "status"), what)


def _mandate(read: Folder, names: _Names, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    yield from _unknown(read, file, ("purposes",), "purpose", form.purposes, names.purposes)
    yield from _unknown(read, file, ("roles",), "role", form.roles, names.roles)
    for n, purpose in enumerate(form.purposes):
        if purpose in names.refused:
            yield _at(read, file, ("purposes", n), f"The purpose {purpose} is refused to everybody.")
    yield from _owner_and_approver(read, names, file, form)
    yield from _sunset(read, names, file, form)
    yield from _scope(read, names, file, form)
    yield from _by_subject(read, names, file, form)


def _owner_and_approver(read: Folder, names: _Names, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    for key, office in (("owner", form.owner), ("approver", form.approver)):
        if office not in names.officials:
            yield _at(read, file, (key,), f"There is no office called {office}.")
    held = names.officials
    if form.owner == form.approver or (form.owner in held and held[form.owner] == held.get(form.approver)):
        yield _at(read, file, ("approver",), "Whoever owns a mandate may not approve it.")


def _sunset(read: Folder, names: _Names, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    if form.ends_on <= form.starts_on:
        yield _at(read, file, ("ends_on",), "The mandate ends before it starts.")
    if form.ends_on > months_after(form.starts_on, 12):
        yield _at(read, file, ("ends_on",), "The mandate lasts longer than twelve months.")
    if form.ends_on.weekday() not in END_WEEKDAYS:
        yield _at(read, file, ("ends_on",), "A mandate ends on a Tuesday, Wednesday or Thursday.")
    if form.ends_on in names.holidays:
        yield _at(read, file, ("ends_on",), "A mandate ends on a working day; this one is a holiday.")
    if form.decided_on > form.starts_on:
        yield _at(read, file, ("decided_on",), "The mandate was decided after it started.")


def _scope(read: Folder, names: _Names, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    scope = form.scope
    yield from _unknown(read, file, ("scope", "tables"), "table", scope.tables, TABLES)
    yield from _unknown(read, file, ("scope", "offences"), "offence", scope.offences, names.offences)
    if scope.area and scope.area not in names.areas:
        yield _at(read, file, ("scope", "area"), f"There is no areas/{scope.area}.geojson.")
    for n, column in enumerate(scope.columns):
        table, _, name = column.partition(".")
        if not _has_column(table, name):
            yield _at(read, file, ("scope", "columns", n), f"There is no column called {column}.")
        elif table not in scope.tables:
            yield _at(read, file, ("scope", "columns", n), f"The column {column} is of a table outside the scope.")
    for n, offence in enumerate(scope.offences):
        known = names.offences.get(offence)
        if known and known.severity < scope.severity_min:
            yield _at(read, file, ("scope", "offences", n), f"{offence} is below the mandate's seriousness floor.")


def _has_column(table: str, name: str) -> bool:
    spec = TABLES.get(table)
    return spec is not None and any(c.name == name for c in (*spec.columns, *SYSTEM_COLUMNS, HISTORY_COLUMN))


def _by_subject(read: Folder, names: _Names, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    """Check what a mandate needs, and may not have, by what it is for."""
    if form.scope.sealed and form.subject != "assessment":
        yield _at(read, file, ("scope", "sealed"), "Only an assessment may open sealed tables.")
    if form.subject == "source":
        yield from _source(read, names, file, form)
    elif form.subject == "sharing" and (form.label or form.data_kinds):
        yield from _source(read, names, file, form)
        yield from _partner(read, file, form)
    elif form.label or form.data_kinds:
        yield _at(read, file, ("subject",), "Only a source brings data: no label, no data_kinds here.")
    if form.subject in {"method", "assessment"}:
        yield from _method(read, names, file, form)
    if form.subject == "duty" and form.target not in DUTIES:
        yield _at(read, file, ("target",), f"There is no duty called {form.target}.")


def _source(read: Folder, names: _Names, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    for key, value in (
        ("label", form.label),
        ("retention_class", form.retention_class),
        ("data_kinds", form.data_kinds),
    ):
        if not value:
            yield _at(read, file, ("subject",), f"A source needs {key}.")
    if form.retention_class and form.retention_class not in names.retention:
        yield _at(read, file, ("retention_class",), f"There is no retention class called {form.retention_class}.")
    if form.label:
        allowed = names.purposes - names.refused
        yield from _unknown(read, file, ("label", "purposes"), "purpose open to rows", form.label.purposes, allowed)
        yield from _unknown(read, file, ("label", "markings"), "marking", form.label.markings, names.markings)
        varies = form.label.varies
        path: Path = ("label", "varies", "markings")
        yield from _unknown(read, file, path, "marking", varies.markings if varies else (), names.markings)


def _partner(read: Folder, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    """Insist that what a partner shares is named field by field (red line 11)."""
    named = {column.partition(".")[0] for column in form.scope.columns}
    for n, table in enumerate(form.scope.tables):
        if table not in named and table != "quarantine":
            yield _at(read, file, ("scope", "tables", n), f"What is shared names the columns of {table}.")


def _method(read: Folder, names: _Names, file: str, form: forms.MandateForm) -> Iterator[Mistake]:
    needed = {"code_hash": form.code_hash, "area": form.scope.area, "offences": form.scope.offences}
    for key, value in (needed | {"columns": form.scope.columns}).items():
        if not value:
            yield _at(read, file, ("scope",), f"A mandate for a method needs {key}.")
    for n, offence in enumerate(form.scope.offences):
        if offence in names.offences and names.offences[offence].police_initiated:
            what = f"Police activity itself discovers {offence}: no forecasting from it (red line 3)."
            yield _at(read, file, ("scope", "offences", n), what)
    for n, column in enumerate(form.scope.columns):
        # An assessment may see sealed columns in order to count who is affected; no method may take them in.
        if form.subject == "method" and column.partition(".")[2] in names.kept_out:
            what = f"{column} is a protected characteristic or a proxy for one (red line 2)."
            yield _at(read, file, ("scope", "columns", n), what)
    if form.subject == "method" and form.phase != "pre-deployment" and not form.evidence:
        yield _at(read, file, ("phase",), "Past pre-deployment a method needs published evidence.")


def _rules(read: Folder, names: _Names) -> Iterator[Mistake]:
    """Red lines, lists and rules must say the same: the words people read and the rules the machine obeys."""
    cedar = CedarRules(read.policies, read.schema)
    file, red_lines = "red_lines.yml", form_of(read, forms.RedLinesForm).red_lines
    if sorted(r.number for r in red_lines) != list(RED_LINES):
        yield _at(read, file, ("red_lines",), "There are eleven red lines, numbered 1 to 11, each once.")
    for n, line in enumerate(red_lines):
        yield from _unknown(read, file, ("red_lines", n, "rules"), "rule", line.rules, cedar.rules)
        if not line.rules:
            yield _at(read, file, ("red_lines", n), f"Red line {line.number} names no rule that enforces it.")
        bound = {r.id for r in cedar.rules.values() if r.redline == str(line.number)}
        for missing in sorted(bound - set(line.rules)):
            yield _at(
                read, file, ("red_lines", n, "rules"), f"The rule {missing} is bound to this red line and not named."
            )
        for i, agreed in enumerate(line.lists):
            at: Path = ("red_lines", n, "lists", i)
            yield from _same_list(read, cedar, file, at, agreed.rules, frozenset(agreed.items), agreed.of)
    yield from _lists_from_other_files(read, cedar, names)


def _lists_from_other_files(read: Folder, cedar: CedarRules, names: _Names) -> Iterator[Mistake]:
    purposes = form_of(read, forms.PurposesForm).purposes
    safety = frozenset(p.id for p in purposes if p.safety)
    for rule in ("emergency-purpose", "witnesses-lost-look"):
        yield from _same_list(read, cedar, "purposes.yml", ("purposes",), [rule], safety, "safety purposes")
    log = frozenset(p.id for p in purposes if p.log)
    yield from _same_list(read, cedar, "purposes.yml", ("purposes",), ["log-purpose"], log, "purposes of the log")
    refused = ["red-line-5-purpose", "red-line-5-mandate"]
    yield from _same_list(read, cedar, "purposes.yml", ("purposes",), refused, names.refused, "refused purposes")
    found = frozenset(o.id for o in names.offences.values() if o.police_initiated)
    rules = ["red-line-3-offences", "red-line-3-mandate"]
    yield from _same_list(read, cedar, "offences.yml", ("offences",), rules, found, "police-initiated offences")
    regions = frozenset(form_of(read, forms.JurisdictionForm).regions)
    rules = ["red-line-8-jurisdiction"]
    yield from _same_list(read, cedar, "jurisdiction.yml", ("regions",), rules, regions, "regions")


def _same_list(
    read: Folder, cedar: CedarRules, file: str, path: Path, rules: Iterable[str], items: frozenset[str], of: str
) -> Iterator[Mistake]:
    for rule in rules:
        if rule not in cedar.policies:
            yield _at(read, file, path, f"There is no rule called {rule}.")
            continue
        for missing in sorted(items - literals(cedar.policies[rule])):
            yield _at(read, file, path, f"{missing} is among the {of} and the rule {rule} does not name it.")
        for extra in sorted(literals(cedar.policies[rule]) - items - OTHER_WORDS):
            yield _at(read, file, path, f"The rule {rule} names {extra}, which is not among the {of}.")


OTHER_WORDS = frozenset({"source", "method", "assessment", "sharing", "duty"})
"""Subjects of mandates: rules may name them beside an agreed list."""
