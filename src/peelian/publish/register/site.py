"""The site: every page, feed and download of the register, made from a bundle and nothing else.

Building is pure: equal bundles give equal bytes, on any machine, for ever under one version of the product. So anybody
can take ``bundle.json`` off the site and see whether the force's pages say what its facts say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment

from peelian.core.canonical import digest_bytes
from peelian.policy.impact import FACTS
from peelian.publish.register import atrs, feeds
from peelian.publish.register.bundle import Bundle, Permission, read_bundle, write_bundle
from peelian.publish.register.linking_tool import LINKING, link_rates, linking_facts
from peelian.publish.register.tools import tool_facts
from peelian.publish.register.words import Words, state_of
from peelian.publish.say import ENGLISH, Say

Page = tuple[str, str, dict[str, Any]]
"""Address of its folder, template, facts of its own."""

FILES = "files.json"
"""Lists every other file of the site with its SHA-256."""


def build_site(bundle: Bundle, environment: Environment, assets: Mapping[str, bytes]) -> dict[str, bytes]:
    """Build every file of the site but ``status.json`` and the record's own files.

    Parameters
    ----------
    environment : Environment
        The templates' surroundings, :func:`peelian.publish.environment.make_environment`.
    assets : mapping of str to bytes
        Style sheets and scripts by file name.

    Returns
    -------
    dict of str to bytes
        Path below the site's folder -> content.
    """
    data = write_bundle(bundle)
    bundle = read_bundle(data)  # in the order of the file, so that whoever starts from it builds the same
    words = Words(bundle, environment.filters["say"])
    files = {f"{folder}index.html": _render(environment, page, bundle, words) for page in pages(bundle, words)
             for folder in [page[0]]}  # fmt: skip
    files |= {f"assets/{name}": data for name, data in assets.items()}
    files |= feeds.downloads(bundle, words)
    files["bundle.json"] = data
    listed = {path: digest_bytes(data) for path, data in sorted(files.items())}
    files[FILES] = json.dumps(listed, indent=1, sort_keys=True).encode() + b"\n"
    return files


def _render(environment: Environment, page: Page, bundle: Bundle, words: Words) -> bytes:
    folder, template, facts = page
    common = {
        "b": bundle,
        "w": words,
        "root": "../" * folder.count("/"),
        "force": bundle["force"]["name"],
        "demonstration": bundle["force"]["demonstration"],
        "real_parts": bundle["force"].get("real_parts", ""),
        "papers_public_days": bundle["limits"]["papers_public_days"],
        "built": words.instant(bundle["built_at"]),
        "out_of_date_after": bundle["out_of_date_after"],
        "good_until": words.instant(bundle["out_of_date_after"]),
    }
    return environment.get_template(f"register/{template}").render(common | facts).encode()


def pages(bundle: Bundle, words: Words) -> Iterator[Page]:
    """Give every page of the site."""
    tools = [tool_facts(tool, bundle, words) for tool in bundle["tools"]]
    counts, wrong = count_states(bundle, words.say), troubles(bundle, tools, words.say)
    linked = linking_facts(bundle, words)
    yield "", "home.html", {"tools": tools, "counts": counts, "troubles": wrong, "linked": linked}
    yield "tools/", "tools.html", {"tools": tools, "linked": linked}
    if linked:
        yield f"tools/{LINKING}/", "linking.html", linked
    for tool in tools:
        yield from _tool_pages(tool, bundle, words)
    yield "data/", "data.html", {}
    for source in bundle["sources"]:
        yield f"data/{source['id']}/", "source.html", {"source": source, "p": words.permissions[source["permission"]]}
    yield "permissions/", "permissions.html", {}
    for permission in bundle["permissions"]:
        yield f"permissions/{permission['id']}/", "permission.html", _permission_facts(permission, bundle, words.say)
    yield "who-may-see/", "who_may_see.html", {"rows": who_may_see(bundle)}
    yield "red-lines/", "red_lines.html", {"lines": red_lines(bundle), "proved": is_proved(bundle)}
    yield "rules/", "rules.html", {"proved": is_proved(bundle)}
    yield "record/", "record.html", {"acts": list(reversed(bundle["acts"]))}
    yield "failures/", "failures.html", {"troubles": wrong}
    for name in ("object", "questions", "counts", "contracts", "downloads", "accessibility", "how-we-check"):
        yield f"{name}/", f"{name.replace('-', '_')}.html", {"tools": tools, "downloads": feeds.listed(bundle)}


# --- tools -----------------------------------------------------------------------------------------------------------


def _tool_pages(facts: dict[str, Any], bundle: Bundle, words: Words) -> Iterator[Page]:
    at = f"tools/{facts['tool']['id']}/"
    yield at, "tool.html", facts
    yield f"{at}record/", "atrs.html", facts | {"sections": atrs.by_section(atrs.record_of(facts, bundle, words))}
    yield f"{at}test/", "test.html", facts
    yield f"{at}card/", "card.html", facts
    for document in facts["tool"]["documents"]:
        yield f"{at}{document['kind']}/", "document.html", facts | {"document": document, "compared": FACTS}


# --- lists -----------------------------------------------------------------------------------------------------------


def count_states(bundle: Bundle, say: Say = ENGLISH) -> list[tuple[int, str, str]]:
    """Count tools by state, and uses that are refused: number, words, address."""
    states = {p["id"]: state_of(p)[0] for p in bundle["permissions"]}
    listed = [t["permission"] for t in bundle["tools"]]
    listed += [p["id"] for p in bundle["permissions"] if p["target"] == LINKING]
    of_tools = [states[permission] for permission in listed]
    refused = sum(1 for p in bundle["purposes"].values() if p["refused"])
    return [
        (of_tools.count("In use"), say("in use"), "tools/"),
        (of_tools.count("Pilot") + of_tools.count("Trial"), say("in trial or pilot"), "tools/"),
        (of_tools.count("Stopped"), say("stopped"), "tools/"),
        (of_tools.count("Ended"), say("ended"), "tools/"),
        (refused, say("uses refused"), "red-lines/#refused"),
    ]


def troubles(bundle: Bundle, tools: list[dict[str, Any]], say: Say = ENGLISH) -> list[dict[str, str]]:
    """Return what went wrong, worked out from the facts, newest first; nobody can leave one out by not typing it."""
    found = [
        {"what": _stopped(s, say), "why": s["reason"], "when": s["begins"], "now": _now(s, say)}
        for s in bundle["stops"]
    ]  # fmt: skip
    for act in reversed(bundle["acts"]):
        if act["op"] == "checkpoint-gap":
            found.append(
                {
                    "what": say("Outside witnesses did not sign"),
                    "when": act["day"],
                    "why": say("Nobody outside saw the record grow."),
                    "now": say("See the public record."),
                }
            )
    if bundle["emergencies_late"]:
        found.append({
            "what": say("Emergencies were not judged in time"),
            "why": say("Life in danger opens a look-up at once. A supervisor has a day to say what it was for. That "
                       "day passed."),
            "when": say("{count} in a year", count=bundle["emergencies_late"]),
            "now": say("The oversight panel sees each of them."),
        })  # fmt: skip
    for facts in tools:
        if facts["stale"]:
            found.append({
                "what": say("The impact papers of {tool} are out of date", tool=facts["t"]["title"]),
                "why": "; ".join(d.words for d in facts["stale"]),
                "when": say("now"),
                "now": say("The tool is off until they are written again."),
            })  # fmt: skip
        test = facts["tool"]["test"]
        if test and not test["of_this_code"]:
            found.append({
                "what": say("The test of {tool} is of another version", tool=facts["t"]["title"]),
                "why": say("The program was changed after it was tested."),
                "when": say("now"),
                "now": say("It must be tested again."),
            })  # fmt: skip
    return found


def _stopped(stop: Mapping[str, Any], say: Say) -> str:
    if stop["whose"] == "panel":
        return say("{tool} was stopped by the oversight panel", tool=stop["title"])
    return say("{tool} was stopped by the official who answers for it", tool=stop["title"])


def _now(stop: Mapping[str, Any], say: Say) -> str:
    if stop["lifted"]:
        return say("Lifted on {day}: {reason}", day=stop["lifted"]["day"], reason=stop["lifted"]["reason"])
    if stop["answers"]:
        told = [say("The official answered on {day}: {text}", day=a["day"], text=a["text"]) for a in stop["answers"]]
        return " ".join([say("Still stopped."), *told])
    return say("Still stopped. The official must answer by {day}.", day=stop["answer_by"])


def who_may_see(bundle: Bundle) -> list[dict[str, Any]]:
    """Return who may open what, for what, on what basis, until when: one row a permission that opens anything."""
    return [p for p in bundle["permissions"] if p["columns"] or p["subject"] in ("source", "duty")]  # type: ignore[misc]


def red_lines(bundle: Bundle) -> list[dict[str, Any]]:
    """Return each red line with the rules that keep it and what is proved of them."""
    rules = {r["id"]: r for r in bundle["rules"]}
    theorems = bundle["proofs"]["theorems"]
    return [
        line
        | {
            "kept_by": [rules[r] for r in line["rules"] if r in rules],
            "theorems": [t for t in theorems if t["red_line"] == line["number"]],
        }
        for line in bundle["red_lines"]
    ]


def is_proved(bundle: Bundle) -> bool:
    """Say whether the proofs that come with the product speak of the very rules that are in force."""
    return bundle["proofs"]["policy_hash"] == bundle["policy_hash"]


def _permission_facts(permission: Permission, bundle: Bundle, say: Say) -> dict[str, Any]:
    return {
        "p": permission,
        "linking": bundle["linking"] if permission["target"] == LINKING else {},
        "link_rates": link_rates(bundle["linking"].get("figures", {}), say),
        "acts": [a for a in reversed(bundle["acts"]) if a["about"] == permission["id"]],
        "stops": [s for s in bundle["stops"] if s["permission"] == permission["id"]],
    }
