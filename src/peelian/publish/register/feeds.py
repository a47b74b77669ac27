"""What programs read: tables as CSV and JSON, an Atom feed of what changed, a DCAT catalogue of it all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from peelian.core.csv_safe import safe_cell
from peelian.publish.register import atrs
from peelian.publish.register.bundle import Bundle
from peelian.publish.register.tools import decided, tool_facts
from peelian.publish.register.words import Words

Table = tuple[str, str, Sequence[str], Iterable[Sequence[object]]]
"""File name without its end, title, heads, rows."""


def downloads(bundle: Bundle, words: Words) -> dict[str, bytes]:
    """Return every download and feed of the site, by path."""
    files = {}
    for name, _, heads, rows in tables(bundle):
        records = [dict(zip(heads, row, strict=True)) for row in rows]
        files[f"downloads/{name}.csv"] = csv_bytes(heads, [list(r.values()) for r in records])
        files[f"downloads/{name}.json"] = json_bytes(records)
    files |= _full_records(bundle, words)
    files["feed.atom"] = atom(bundle, words)
    files["catalogue.jsonld"] = json_bytes(catalogue(bundle))
    files["record.json"] = json_bytes({"record": bundle["record"], "acts": bundle["acts"]})
    return files


def listed(bundle: Bundle) -> list[dict[str, str]]:
    """Return what can be downloaded, for the page that lists it."""
    return [{"title": title, "name": f"downloads/{name}"} for name, title, _, _ in tables(bundle)]


def tables(bundle: Bundle) -> list[Table]:
    """Return the register's facts as flat tables."""
    return [
        ("tools", "Tools", ("id", "title", "state", "phase", "permission", "ends_on", "code_hash"), (
            (t["id"], t["words"]["title"], p["state"], p["phase"], p["id"], p["ends_on"], t["code_hash"])
            for t in bundle["tools"] for p in bundle["permissions"] if p["id"] == t["permission"]
        )),
        ("permissions", "Permissions (mandates)", (
            "id", "title", "subject", "target", "state", "phase", "owner", "approver", "lawful_basis", "purposes",
            "roles", "starts_on", "ends_on", "reference", "digest"), (
            [p[k] if isinstance(p[k], str) else "; ".join(p[k]) for k in (
                "id", "title", "subject", "target", "state", "phase", "owner", "approver", "lawful_basis", "purposes",
                "roles", "starts_on", "ends_on", "reference", "digest")]
            for p in bundle["permissions"]
        )),
        ("tests", "Tests: share of cases that fell inside, in hundredths", (
            "tool", "test", "share_of_area", "method", "share", "low", "high"), (
            (t["id"], t["test"]["id"], budget, r["method"], r["share"], r["low"], r["high"])
            for t in bundle["tools"] if t["test"] for budget, rows in t["test"]["scores"].items() for r in rows
        )),
        ("decisions", "Decisions: people alone, the tool, both together; who changed their mind, and who was right", (
            "tool", "first_month", "last_month", "figure", "part", "whole", "share", "low", "high"), (
            (t["id"], d["first_month"], d["last_month"], f["name"], f["part"], f["whole"],
             *("" if f[k] is None else f[k] for k in ("share", "low", "high")))
            for t in bundle["tools"] for d in decided(t, bundle) for f in (*d["places"], *d["switching"])
        )),
        ("linking", "Linking records: wrong pairs in a thousand, by group, on a made-up town", (
            "release", "group", "value", "true_pairs", "false_merge_per_1000", "missed_merge_per_1000"), (
            (of["release"], g.get("group", ""), g.get("value", ""), g["pairs"], g["false_merge_per_1000"],
             g["missed_merge_per_1000"])
            for linking in [bundle["linking"]] for of in (linking, linking.get("before"))
            if of and of["figures"] for g in (of["figures"]["all"], *of["figures"]["groups"])
        )),
        ("columns", "Columns of every source: kept or dropped, and why", (
            "source", "kind", "column", "kept_as", "reason", "purposes", "personal", "protected"), (
            row for s in bundle["sources"] for k in s["kinds"] for row in _columns(s["id"], k)
        )),
        ("who-may-see", "Who may open which columns", ("permission", "roles", "purposes", "column", "until"), (
            (p["id"], "; ".join(p["roles"]), "; ".join(p["purposes"]), column, p["ends_on"])
            for p in bundle["permissions"] for column in p["columns"]
        )),
        ("acts", "Acts of office in the public record of use", ("entry", "day", "op", "about", "tool", "reason"), (
            (a["entry"], a["day"], a["op"], a["about"], a["tool"], a["reason"]) for a in bundle["acts"]
        )),
        ("rules", "Rules in force", ("id", "effect", "red_line", "owner", "why"), (
            (r["id"], r["effect"], r["red_line"], r["owner"], r["why"]) for r in bundle["rules"]
        )),
        ("proofs", "What is proved of the rules", ("id", "red_line", "kind", "result", "words"), (
            (t["id"], t["red_line"] or "", t["kind"], t["result"], t["words"]) for t in bundle["proofs"]["theorems"]
        )),
    ]  # fmt: skip


def _columns(source: str, kind: dict[str, Any]) -> Iterable[Sequence[object]]:
    for c in kind["kept"]:
        purposes = "; ".join(c["purposes"])
        yield source, kind["name"], c["column"], c["becomes"], c["reason"], purposes, c["personal"], c["protected"]
    for c in kind["dropped"]:
        yield source, kind["name"], c["column"], "", c["reason"], "", "", ""


def _full_records(bundle: Bundle, words: Words) -> dict[str, bytes]:
    files = {}
    for tool in bundle["tools"]:
        fields = atrs.record_of(tool_facts(tool, bundle, words), bundle, words)
        heads = ("section", "number", "name", "value")
        rows = [dict(zip(heads, field, strict=True)) for field in fields]
        files[f"tools/{tool['id']}/record/atrs.json"] = json_bytes({"standard": atrs.STANDARD, "fields": rows})
        files[f"tools/{tool['id']}/record/atrs.csv"] = csv_bytes(heads, fields)
    return files


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table as CSV (RFC 4180) whose cells no spreadsheet runs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([safe_cell(c) for c in row] for row in rows)
    return out.getvalue().encode()


def json_bytes(value: object) -> bytes:
    """Write plain data as JSON for people and programs: sorted, indented, the same each time."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def atom(bundle: Bundle, words: Words) -> bytes:
    """Write what changed as an Atom feed (RFC 4287), newest first; an entry is an act of office in the record."""
    origin, force = bundle["record"]["origin"], bundle["force"]["name"]
    entries = "".join(_entry(act, origin, bundle, words) for act in reversed(bundle["acts"]))
    newest = bundle["acts"][-1]["day"] if bundle["acts"] else bundle["built_at"][:10]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>tag:{escape(origin)},2026:register</id>\n"
        f"<title>{escape(force)}: data tools, what changed</title>\n"
        f"<author><name>{escape(force)}</name></author>\n"
        f'<link rel="self" href="feed.atom"/>\n<updated>{newest}T00:00:00Z</updated>\n{entries}</feed>\n'
    ).encode()


def _entry(act: Any, origin: str, bundle: Bundle, words: Words) -> str:
    title = words.permissions[act["about"]]["title"] if act["about"] in words.permissions else act["tool"]
    address = f"permissions/{act['about']}/" if act["about"] in words.permissions else "record/"
    told = act["reason"] or f"Entry {act['entry']} of the public record of use."
    return (
        f"<entry><id>tag:{escape(origin)},2026:entry/{act['entry']}</id>"
        f"<title>{escape(words.act(act['op']))}: {escape(title)}</title>"
        f'<link href="{escape(address)}"/><updated>{act["day"]}T00:00:00Z</updated>'
        f"<summary>{escape(told)}</summary></entry>\n"
    )


def catalogue(bundle: Bundle) -> dict[str, Any]:
    """Describe the downloads as a DCAT 3 catalogue in JSON-LD."""
    force = bundle["force"]["name"]
    datasets = [
        {
            "@type": "dcat:Dataset",
            "@id": f"downloads/#{name}",
            "dct:title": title,
            "dct:publisher": force,
            "dct:issued": bundle["built_at"][:10],
            "dcat:distribution": [
                {"@type": "dcat:Distribution", "dcat:downloadURL": f"downloads/{name}.{end}", "dcat:mediaType": media}
                for end, media in (("csv", "text/csv"), ("json", "application/json"))
            ],
        }
        for name, title, _, _ in tables(bundle)
    ]
    return {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@type": "dcat:Catalog",
        "@id": "catalogue.jsonld",
        "dct:title": f"How {force} uses data tools: everything on the register",
        "dct:publisher": force,
        "dcat:dataset": datasets,
    }
