"""The register of a freshly founded deployment: built, built again by a stranger, verified, and tampered with."""

from __future__ import annotations

import csv
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from peelian.app.caller import Place, at_door
from peelian.app.publishing.register import publish_bundle, publish_site, verify
from peelian.app.publishing.register_facts import gather
from peelian.core.time import FixedClock
from peelian.publish.environment import make_environment
from peelian.publish.register.bundle import Bundle, read_bundle, write_bundle
from peelian.publish.register.site import build_site
from tests.support.reading import grade
from tests.support.walk import Walk, new_walk

LIVE = ("ask/area", "sign-in", "status.json")
"""Addresses that a server answers, or that are written beside the site."""

FOR_CHECKERS = ("rules/", "record/", "card/")
"""Pages for people who check, where hard words cannot be avoided; the accessibility page says so."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Found a deployment."""
    return new_walk(tmp_path_factory.mktemp("register"))


@pytest.fixture(scope="module")
def site(walk: Walk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish its register."""
    out = tmp_path_factory.mktemp("site") / "site"
    walk.run("publish", "register", "--out", out).ok()
    return out


@pytest.fixture
def bundle(site: Path) -> Bundle:
    """Read its bundle."""
    return read_bundle((site / "bundle.json").read_bytes())


def pages_of(site: Path) -> dict[str, str]:
    """Return every page by its folder."""
    return {
        f"{p.parent.relative_to(site)}/".replace("./", ""): p.read_text(encoding="utf-8")
        for p in sorted(site.rglob("index.html"))
    }


def built(bundle: Bundle) -> dict[str, bytes]:
    """Build a site from facts that a test has changed."""
    return build_site(bundle, make_environment(), {})


def at(days: float = 0) -> FixedClock:
    """Return a clock so many days ahead."""
    return FixedClock(datetime.now(UTC) + timedelta(days=days))


def test_anybody_builds_the_same_site_from_the_bundle(site: Path, tmp_path: Path) -> None:
    """Otherwise the force's pages could say something else than the force's facts, and nobody would know."""
    publish_bundle(site / "bundle.json", tmp_path / "again")
    theirs = {p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()}
    ours = {p.relative_to(tmp_path / "again"): p.read_bytes() for p in (tmp_path / "again").rglob("*") if p.is_file()}
    beside = {p for p in theirs if p.parts[:2] == ("record", "log")} | {Path("status.json")}
    assert {p: d for p, d in theirs.items() if p not in beside} == ours


def test_an_honest_site_verifies(site: Path) -> None:
    """A check that nothing passes would be ignored."""
    told = verify(str(site), vkey=None, clock=at())
    assert told["ok"], told
    assert told["first_use"]


def test_a_changed_page_a_changed_state_and_an_old_state_are_found(walk: Walk, tmp_path: Path) -> None:
    """These are what somebody would do who wants a stopped tool to look as if it ran."""
    out = tmp_path / "site"
    walk.run("publish", "register", "--out", out).ok()
    assert not verify(str(out), vkey=None, clock=at(days=3))["ok"]
    page, status = (out / "index.html").read_text(), (out / "status.json").read_text()
    (out / "index.html").write_text(page.replace("Trial", "In use"))
    assert _failed(out) == ["site-differs"]
    (out / "index.html").write_text(page)
    (out / "status.json").write_text(status.replace('"hotspots": "in force"', '"hotspots": "stopped"'))
    assert _failed(out) == ["status-differs"]
    told = json.loads(status)
    told["note"] = told["note"].replace("in force", "stopped!")
    (out / "status.json").write_text(json.dumps(told))
    assert _failed(out) == ["signature-wrong"]
    assert walk.run("register", "verify", out).code != 0


def _failed(site: Path) -> list[str]:
    told = verify(str(site), vkey=None, clock=at())
    return [c["code"] for c in told["checks"] if not c["ok"]]  # type: ignore[attr-defined]


def test_a_bundle_with_an_invented_act_is_found(site: Path, bundle: Bundle, tmp_path: Path) -> None:
    """An adoption that never was would otherwise look like any other."""
    bundle["acts"][-1]["leaf"] = bundle["acts"][-1]["leaf"].replace("2026", "2025")
    for path, data in built(bundle).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    told = verify(str(tmp_path), vkey=None, clock=at())
    acts = next(c for c in told["checks"] if str(c["what"]).startswith("Each act"))  # type: ignore[attr-defined]
    assert not acts["ok"]
    assert acts["code"] == "proof-rejected"


def test_pages_are_built_again_only_when_something_has_changed(walk: Walk, tmp_path: Path) -> None:
    """A server asks every minute; what costs nothing is done, what was done already is not."""
    with at_door(Place(walk.folder, walk.home)) as caller:
        first, second = publish_site(caller, tmp_path / "s"), publish_site(caller, tmp_path / "s")
        assert (first["rebuilt"], second["rebuilt"]) == (True, False)
        (tmp_path / "s" / "data" / "index.html").unlink()
        assert publish_site(caller, tmp_path / "s")["rebuilt"]


def test_several_who_publish_at_once_do_not_take_each_others_pages_away(walk: Walk, tmp_path: Path) -> None:
    """A server keeps its site up while somebody publishes by hand; a page that vanishes half-made is an outage."""
    with at_door(Place(walk.folder, walk.home)) as caller, ThreadPoolExecutor(4) as several:
        made = list(several.map(lambda _: publish_site(caller, tmp_path / "site"), range(4)))
    assert sum(bool(m["rebuilt"]) for m in made) == 1, "the first builds, the others find that nothing has changed"
    assert not list((tmp_path / "site").rglob(".*.new"))


def test_facts_are_public_without_anybody_signed_in(walk: Walk) -> None:
    """The register is what a stranger may know; needing a session would mean that it is not."""
    with at_door(Place(walk.folder, walk.home / "nobody")) as caller:
        facts = gather(caller)
    text = write_bundle(facts).decode()
    assert "analyst-1" not in text
    assert all(p not in text for p in ("Tamsin", "Bram Adeyemi"))  # not published names of the example's people


def test_home_answers_who_what_until_when_how_well_and_how_to_object(site: Path) -> None:
    """The first minute decides whether a visitor believes a word of the rest."""
    home = pages_of(site)["."] if "." in pages_of(site) else (site / "index.html").read_text()
    for words in (
        "Patrol places",
        "Trial",
        "Who allowed it",
        "Permission ends",
        "Better than before?",
        "Not known yet",
    ):
        assert words in home
    for address in ("object/", "failures/", "red-lines/", "record/", "who-may-see/", "ask/area", "downloads/"):
        assert f'href="{address}' in home


def test_every_link_leads_somewhere(site: Path) -> None:
    """A register with dead ends looks like one that hides something."""
    for folder, html in pages_of(site).items():
        for address in re.findall(r'(?:href|src)="([^"]+)"', html):
            path, _, anchor = address.partition("#")
            assert not re.match(r"[a-z]+:", path), f"{folder} leads outside: {address}"
            target = (site / folder / path).resolve() if path else site / folder
            page = target / "index.html" if target.is_dir() else target
            if not path.lstrip("./").startswith(LIVE):
                assert page.is_file(), f"{folder}: {address}"
            if anchor and page.suffix == ".html" and page.is_file():
                assert f'id="{anchor}"' in page.read_text(), f"{folder}: {address}"


def test_every_page_says_that_it_is_a_demonstration_and_how_old_it_is(site: Path) -> None:
    """Somebody will print one page and carry it away."""
    for folder, html in pages_of(site).items():
        assert "Demonstration. Everyone and everything here is made up." in html, folder
        assert "Correct at " in html, folder
        assert "is out of date" in html, folder


def test_public_pages_can_be_read_by_a_fifteen_year_old(site: Path) -> None:
    """Plain English is measured, not claimed."""
    hard = {f: round(grade(h), 1) for f, h in pages_of(site).items() if grade(h) > 9 and not f.endswith(FOR_CHECKERS)}
    assert hard == {}


def test_pages_run_no_inline_script_and_load_nothing_from_outside(site: Path) -> None:
    """A register that tells others who reads it would be read by fewer."""
    for folder, html in pages_of(site).items():
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), folder
        assert " style=" not in html, folder
        assert not re.search(r'\son[a-z]+="', html), folder


def test_the_full_record_has_no_gap(bundle: Bundle, site: Path) -> None:
    """A field that nobody filled in is the one that somebody asks about."""
    told = json.loads((site / "tools/hotspots/record/atrs.json").read_text())
    assert told["standard"] == "4.0"
    assert [f["name"] for f in told["fields"] if not f["value"].strip()] == []
    bundle["tools"][0]["words"]["contact_email"] = ""
    assert b"Missing" in built(bundle)["tools/hotspots/record/index.html"]


def test_a_changed_column_makes_the_impact_papers_out_of_date_and_says_which(bundle: Bundle) -> None:
    """An assessment of another tool than the one that runs is none."""
    assert b"Fits what runs" in built(bundle)["tools/hotspots/data-protection/index.html"]
    bundle["tools"][0]["running"]["reads"].append("incident.place")
    bundle["tools"][0]["running"]["roles"].remove("analyst")
    changed = built(bundle)
    for page in (
        "tools/hotspots/data-protection/",
        "tools/hotspots/equality/",
        "tools/hotspots/human-rights/",
        "failures/",
    ):
        html = changed[f"{page}index.html"].decode()
        assert "column read: place of reported crimes was added" in html, page
        assert "role that may use it: analyst is gone" in html, page


def test_the_example_papers_fit_what_the_example_runs(bundle: Bundle) -> None:
    """They are shipped as an example of papers that fit."""
    tool = bundle["tools"][0]
    assert {k: sorted(v) if isinstance(v, list) else v for k, v in tool["described"].items()} == tool["running"]


def test_a_stop_by_the_owner_stands_on_home_and_on_the_tools_page(walk: Walk, tmp_path: Path) -> None:
    """People must learn of a stop where they would look for the tool."""
    walk.run("sign-in", "official-1").ok()
    walk.run("context", "set", "op-oversight", as_="official-1").ok()
    walk.run("mandate", "halt", "hotspots", "--reason", "The figures look wrong.", as_="official-1").ok()
    walk.run("publish", "register", "--out", tmp_path / "s").ok()
    for page in ("index.html", "tools/hotspots/index.html", "failures/index.html", "permissions/hotspots/index.html"):
        html = (tmp_path / "s" / page).read_text()
        assert "The figures look wrong." in html, page
        assert "Stopped" in html or "stopped" in html, page
    status = json.loads((tmp_path / "s" / "status.json").read_text())
    assert status["status"]["permissions"]["hotspots"] == "stopped"


def test_downloads_are_what_programs_expect(site: Path) -> None:
    """A feed that no reader takes is none."""
    for path in sorted((site / "downloads").glob("*.csv")):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        assert len({len(r) for r in rows}) == 1, path.name
        assert len(json.loads(path.with_suffix(".json").read_text())) == len(rows) - 1
    feed = ElementTree.fromstring((site / "feed.atom").read_bytes())
    atom = "{http://www.w3.org/2005/Atom}"
    assert [feed.find(f"{atom}{n}") is not None for n in ("id", "title", "updated")] == [True] * 3
    ids = [e.findtext(f"{atom}id") for e in feed.findall(f"{atom}entry")]
    assert len(ids) == len(set(ids)) > 5
    catalogue = json.loads((site / "catalogue.jsonld").read_text())
    for dataset in catalogue["dcat:dataset"]:
        for distribution in dataset["dcat:distribution"]:
            assert (site / distribution["dcat:downloadURL"]).is_file()


def test_facts_that_look_like_markup_stay_text(bundle: Bundle) -> None:
    """A reason is typed by a person, and is shown on the home page."""
    nasty = "<script>alert(1)</script>"
    bundle["tools"][0]["words"]["problem"] = nasty
    bundle["permissions"][0]["fallback"] = nasty
    for path, data in built(bundle).items():
        if path.endswith(".html"):
            assert nasty.encode() not in data, path
