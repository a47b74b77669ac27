"""A served deployment for tests of the desk and of what programs are told: people at work, findings, a plan, notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.testclient import TestClient

from peelian.app.caller import Caller, Place
from peelian.app.served import Site
from peelian.app.signing import make_link
from peelian.core.time import FixedClock, iso, to_micros
from peelian.gate.entries import Act
from peelian.model.finding import Finding
from peelian.model.label import Label
from peelian.people.keyring import Keyring
from peelian.store.deployment import finish_deployment
from peelian.web.app import create_app
from tests.support.gate import FOUNDED_AT, OPEN_LABEL, Built, build
from tests.support.people import Row, at_work

BASE = "http://testserver"
OWN = {"origin": BASE}
HERE = ("127.0.0.1", 50000)

FOREIGN = Label(frozenset({"burglary-prevention"}), source="incidents", force="another")
"""What another force's rows carry: nobody here may see them."""

SHIFT = "2026-11-23-evening"
PLAN = "H-2026-1123-01"


@dataclass
class DeskSite:
    """A site, its people's keys, and what was put into it."""

    site: Site
    built: Built
    place: Place
    findings: tuple[str, str, str]

    def client(self, account: str = "", operation: str = "op-patrol-planning") -> TestClient:
        """Give a browser, signed in and at work if an account is named; no operation: signed in alone."""
        app = create_app(self.site)
        client = TestClient(app, client=HERE, follow_redirects=False, raise_server_exceptions=False)
        if account:
            answer = client.post(str(make_link(self.caller(account), account, 5)["path"]), headers=OWN)
            assert answer.status_code == 303, answer.text
        if account and operation:
            answer = client.put("/api/v1/context", json={"operation": operation}, headers=self.token(client))
            assert answer.status_code == 200, answer.text
        return client

    def caller(self, account: str) -> Caller:
        """Return somebody at the command line with the keys."""
        keyring = Keyring(self.place.home, self.site.deployment.id)
        return Caller(self.place, self.site.deployment, self.site.gate, keyring)

    def token(self, client: TestClient) -> dict[str, str]:
        """Return the headers that a change takes beside the cookie."""
        return OWN | {"x-csrf-token": client.get("/api/v1/session").json()["csrf"]}

    def secret(self, client: TestClient) -> str:
        """Return what the browser's cookie holds."""
        return str(client.cookies["peelian"])


@contextmanager
def people_site(folder: Path, tables: Mapping[str, Iterable[Row]]) -> Iterator[DeskSite]:
    """Serve a deployment that holds these rows: for pages, programs and use-cases alike."""
    first = at_work(folder, tables, clock=FixedClock(FOUNDED_AT))
    first.gate.close()
    finish_deployment(first.deployment.folder)
    place = Place(first.deployment.folder, folder / "home", clock=first.clock)
    keyring = Keyring(place.home, first.deployment.id)
    for account, key in first.keys.items():
        keyring.save_account_key(account, key)
    with Site(place) as site:
        built = Built(site.deployment, site.charter, first.clock, first.keys, site.gate)
        yield DeskSite(site, built, place, ("", "", ""))


@contextmanager
def desk_site(folder: Path) -> Iterator[DeskSite]:
    """Serve a deployment with three findings, of which one may be seen by nobody, a plan and a note."""
    built = build(folder)
    built.gate.close()
    finish_deployment(built.deployment.folder)
    place = Place(built.deployment.folder, folder / "home", clock=built.clock)
    keyring = Keyring(place.home, built.deployment.id)
    for account, key in built.keys.items():
        keyring.save_account_key(account, key)
    with Site(place) as site:
        again = Built(site.deployment, site.charter, built.clock, built.keys, site.gate)
        again.plant_labels([OPEN_LABEL])
        made = tuple(add_finding(again, n, label).id for n, label in ((1, OPEN_LABEL), (2, OPEN_LABEL), (3, FOREIGN)))
        _write_papers(again, made[0])
        yield DeskSite(site, again, place, made)  # type: ignore[arg-type]


def add_finding(built: Built, number: int, label: Label = OPEN_LABEL, **changed: object) -> Finding:
    """Put a finding into desk and record as it would lie there, whoever may see it."""
    question = {"table": "incident", "columns": ["month"], "where": [], "measures": [], "order_by": [], "limit": None}
    made = Finding(
        id=f"01{number:024d}",
        method="hotspots",
        code_hash="0" * 64,
        mandate="hotspots",
        purpose="burglary-prevention",
        seq=0,
        question={"incident": question | {"known_at_seq": None}},
        rows_digest="0" * 64,
        rows_read=0,
        parameters={"offences": ["burglary"], "cell_m": 150.0},
        seed=0,
        result={"month": "2026-12", "cells": []},
        base_rate={},
        known_error={"assessed": False},
        label_id=label.label_id,
        phase="pre-deployment",
        policy_hash="0" * 64,
        made_at=iso(built.clock.now()),
    )
    made = replace(made, **changed)
    built.plant_labels([label])
    told = {"mandate": made.mandate, "finding": made.id, "digest": made.digest, "seq": made.seq}
    built.house.recorder.record([Act("finding", made.method, made.purpose, "record", told)])
    built.house.desk.add_finding(built.house.grant("write", "findings"), made, built.clock.now())
    return made


def _write_papers(built: Built, finding_id: str) -> None:
    officer, now = built.at_work("neighbourhood-officer-1"), to_micros(built.clock.now())
    key = f"{finding_id}.{SHIFT}"
    marked = {"finding": finding_id, "cells": [], "shift": SHIFT, "blind": True}
    built.gate.post_paper(officer, "hotspots", "own-view", key, marked, once=True)
    plan = {
        "reference": PLAN, "finding": finding_id, "shift": SHIFT, "cells": [], "places": [], "offences": ["burglary"],
        "choice": "own", "known_error": "Not known.", "public_from": now, "expires_at": now, "public": {},
    }  # fmt: skip
    built.gate.post_paper(officer, "hotspots", "plan", key, plan, once=True)
    note = {"note": "The gate at the allotments is open again."}
    built.gate.post_paper(officer, "", "hand-over", "op-patrol-planning", note)
