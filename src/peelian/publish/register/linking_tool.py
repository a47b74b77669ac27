"""What the page about linking people needs: how often it is wrong, about whom, and how that was before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from peelian.publish.picture import Bar, bars_with_ranges
from peelian.publish.register.bundle import Bundle
from peelian.publish.register.words import Words
from peelian.publish.say import ENGLISH, Say

LINKING = "link-people"
"""Target of the permission to say which records are of one person; also its page's folder below ``tools/``."""

JUDGING = "judge-links"
"""Target of the permission to judge what the machine cannot tell."""

ERRORS = ("false_merge_per_1000", "missed_merge_per_1000")
GROUPS = {"F": "women and girls", "M": "men and boys"}

_READ = {
    "forenames": "first names",
    "surname": "surname",
    "aliases": "other names used",
    "birth_on": "date of birth",
    "address": "address",
    "postcode": "postcode",
    "phones": "telephone numbers",
    "person_ref": "the system’s own number for the person",
}


def linking_facts(bundle: Bundle, words: Words) -> dict[str, Any] | None:
    """Return what every page that speaks of linking needs; None where no permission to link was ever asked for."""
    permission = next((p for p in bundle["permissions"] if p["target"] == LINKING), None)
    if permission is None:
        return None
    state, tag = words.state(permission)
    figures = bundle["linking"].get("figures", {})
    rows = error_rows(figures, bundle["linking"].get("before", {}).get("figures", {}), words.say)
    return {
        "p": permission,
        "state": state,
        "tag": tag,
        "title": permission["title"],
        "linking": bundle["linking"],
        "reads": _reads(permission["columns"], words.say),
        "rows": rows,
        "pictures": [_picture(rows, error, number, words.say) for number, error in enumerate(ERRORS) if rows],
        "burdens": _burdens(rows),
        "judged_under": next((p for p in bundle["permissions"] if p["target"] == JUDGING), None),
        "acts": [a for a in reversed(bundle["acts"]) if a["about"] == permission["id"]],
        "stops": [s for s in bundle["stops"] if s["permission"] == permission["id"]],
    }


def error_rows(figures: Mapping[str, Any], before: Mapping[str, Any], say: Say = ENGLISH) -> list[dict[str, Any]]:
    """Return everybody and each group, with how many pairs in a thousand are wrong, now and under the release before.

    ``of`` names by what people were grouped; it is empty for everybody. ``before`` is None where nothing is known.
    """
    if not figures:
        return []
    earlier = {("", ""): before.get("all")} | {(g["group"], g["value"]): g for g in before.get("groups", ())}
    named = [("", "", figures["all"]), *((g["group"], g["value"], g) for g in figures["groups"])]
    return [
        {
            "of": of,
            "who": _who(of, value, say),
            "pairs": found["pairs"],
            "before": earlier.get((of, value)),
            **{error: found[error] for error in ERRORS},
        }
        for of, value, found in named
    ]


def link_rates(figures: Mapping[str, Any], say: Say = ENGLISH) -> list[list[str]]:
    """Return the rows that tell how often links are wrong: everybody first, then group by group."""
    return [
        [row["who"], *(f"{row[error] / 10:.1f}" for error in ERRORS), f"{row['pairs']:,}"]
        for row in error_rows(figures, {}, say)
    ]


def _who(of: str, value: str, say: Say) -> str:
    if not of:
        return say("everybody")
    if of == "name origin":
        return say("names from: {origin}", origin=value.replace("-", " "))
    return say("born {years}", years=value) if of == "born" else say(GROUPS.get(value, value))


def _reads(columns: list[str], say: Say) -> list[str]:
    held = {c.rpartition(".")[2] for c in columns}
    return [say(words) for name, words in _READ.items() if name in held]


def _picture(rows: list[dict[str, Any]], error: str, number: int, say: Say) -> Markup:
    bars = [Bar(row["who"], row[error] / 1000, own=not row["of"]) for row in rows]
    title = say("Pairs wrongly taken for one person") if number == 0 else say("Pairs wrongly left as two people")
    about = "; ".join(f"{bar.label}: {100 * bar.value:.1f} %" for bar in bars)
    drawn = bars_with_ranges(bars, title=title, about=about, number=number)
    return Markup(drawn)  # our own drawing


def _burdens(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the groups about whom it is wrong at least half as often again as about everybody."""
    return [
        {"who": row["who"], "error": error, "own": row[error], "everybody": rows[0][error]}
        for error in ERRORS
        for row in rows[1:]
        if row[error] > 0 and 2 * row[error] >= 3 * rows[0][error]
    ]
