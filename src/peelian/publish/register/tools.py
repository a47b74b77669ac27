"""What the pages about one tool need, worked out of the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from peelian.policy.impact import differences, lacking
from peelian.publish.disclosure_control import Limits
from peelian.publish.register.bundle import Bundle, Tool
from peelian.publish.register.decisions import PLACES, figures
from peelian.publish.register.pictures import area_picture, score_picture
from peelian.publish.register.words import Words


def tool_facts(tool: Tool, bundle: Bundle, words: Words) -> dict[str, Any]:
    """Return what every page about a tool needs."""
    permission = words.permissions[tool["permission"]]
    state, tag = words.state(permission)
    area = words.areas.get(permission["area"])
    return {
        "tool": tool,
        "t": tool["words"],
        "p": permission,
        "assessed_under": words.permissions.get(tool["assessment_permission"]),
        "state": state,
        "tag": tag,
        "area": area,
        "map": area_picture(area, tool["words"]["area_name"]) if area else "",
        "headline": headline(tool, words),
        "pictures": _pictures(tool, words),
        "small_picture": _small_picture(tool, words),
        "stale": [*lacking(d["kind"] for d in tool["documents"]), *differences(tool["described"], tool["running"])],
        "decided": decided(tool, bundle),
        "acts": [a for a in reversed(bundle["acts"]) if _is_about(a, tool)],
        "stops": [s for s in bundle["stops"] if s["permission"] == tool["permission"]],
        "papers": [p for p in bundle["papers"] if p["about"] in (tool["id"], tool["permission"])],
        "left_out": [o["title"] for o in bundle["offences"].values() if o["police_initiated"]],
    }


def decided(tool: Tool, bundle: Bundle) -> list[dict[str, Any]]:
    """Return what has been released of decisions with a tool, newest stretch of months first."""
    limits = Limits(bundle["limits"]["suppress_below"], bundle["limits"]["round_to"])
    found = [r for r in bundle["releases"] if r.get("kind") == "decisions" and r["tool"] == tool["id"]]
    out = []
    for release in sorted(found, key=lambda r: str(r["first_month"]), reverse=True):
        told = figures(release["tables"][0], limits)
        counts = dict(release["tables"][0]["rows"])
        out.append(
            {
                "first_month": release["first_month"],
                "last_month": release["last_month"],
                "entry": release["entry"],
                "plans": counts.get("plans"),
                "places": [f for f in told if f["name"] in PLACES],
                "switching": [f for f in told if f["name"] not in PLACES],
            }
        )
    return out


def _is_about(act: Mapping[str, Any], tool: Tool) -> bool:
    return act["about"] in (tool["permission"], tool["assessment_permission"]) or act["tool"] == tool["id"]


def headline(tool: Tool, words: Words) -> dict[str, Any] | None:
    """Return the one comparison that a reader needs: cases in a hundred that fall inside, beside what was done before.

    The largest share of the area that was tested is taken, since it is the most that a plan may use.
    """
    test = tool["test"]
    if test is None:
        return None
    budget = max(test["scores"], key=float)
    rows = {row["method"]: row for row in test["scores"][budget]}
    own, before = rows[tool["id"]], rows.get(test["practice"])
    return {
        "budget": round(100 * float(budget)),
        "own": own,
        "before": before,
        "before_words": words.method(test["practice"]).lower() if before else "",
        "simple": rows.get("last-year") if test["practice"] != "last-year" else None,
        "verdict": test["clear"].get(f"{float(budget):g}", "unclear"),
        "cases": " and ".join(words.offence(o).lower() for o in test["offences"]),
    }


def _small_picture(tool: Tool, words: Words) -> Markup:
    """Draw a few bars: what was done before, a map that needs no tool, this tool, the best possible."""
    test = tool["test"]
    if test is None:
        return Markup("")
    rows = test["scores"][max(test["scores"], key=float)]
    wanted = (tool["id"], test["practice"], "last-year", "oracle")
    return score_picture([r for r in rows if r["method"] in wanted], tool["id"], words, 99)


def _pictures(tool: Tool, words: Words) -> list[dict[str, Any]]:
    test = tool["test"]
    if test is None:
        return []
    return [
        {"budget": round(100 * float(budget)), "rows": rows, "svg": score_picture(rows, tool["id"], words, number)}
        for number, (budget, rows) in enumerate(reversed(list(test["scores"].items())))
    ]
