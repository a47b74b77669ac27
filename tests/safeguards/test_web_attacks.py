"""What is tried against every site that has a sign-in page, tried against every address of this one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from peelian.app.signing import make_link
from peelian.web.app import create_app
from tests.support.desk_site import BASE, HERE, OWN, PLAN, DeskSite, desk_site

PAGES = ("/desk", "/desk/context", "/desk/look-ups", "/desk/search", "/desk/hand-over", "/desk/patrol-places")
FILLED = {"finding": "01" + "0" * 24, "shift": "2026-11-23-evening", "reference": PLAN, "number": "1", "id": "x"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """Give a desk with findings, a plan and a note."""
    with desk_site(tmp_path_factory.mktemp("attacks")) as site:
        yield site


@pytest.fixture(scope="module")
def officer(served: DeskSite) -> TestClient:
    """Give the browser of somebody at work."""
    return served.client("neighbourhood-officer-1")


def changing(app: object) -> list[tuple[str, str]]:
    """Return every address that changes something, with its method."""
    found = []
    for route in _routes(app.routes):  # type: ignore[attr-defined]
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: FILLED.get(m[1], "x"), route.path)
        found += [(method, path) for method in sorted(route.methods - {"GET", "HEAD", "OPTIONS"})]
    return found


def _routes(routes: object) -> Iterator[APIRoute]:
    for route in routes:  # type: ignore[attr-defined]
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from _routes(getattr(getattr(route, "original_router", route), "routes", ()))


def test_the_site_has_addresses_that_change_something(served) -> None:
    """The tests below would pass on none."""
    paths = {path for _, path in changing(create_app(served.site))}
    assert {"/sign-in", "/sign-out", "/desk/context", "/desk/hand-over", "/api/v1/context"} <= paths
    assert len(paths) > 12


@pytest.mark.parametrize("token", ["none", "wrong", "another session's", "another kind's"])
def test_nothing_changes_by_a_form_that_is_not_of_this_session(served, officer, token) -> None:
    """A cookie comes along with forms that its owner never saw."""
    other = served.client("analyst-1")
    tokens = {
        "none": None,
        "wrong": "A" * 86,
        "another session's": other.get("/api/v1/session").json()["csrf"],
        "another kind's": served.secret(officer),
    }
    size = served.site.gate._house.ledger.size()
    for method, path in changing(officer.app):
        if path.startswith("/sign-in"):
            continue  # no session yet: guarded by where the form came from, in the next test
        given = {} if tokens[token] is None else {"x-csrf-token": tokens[token]}
        as_json = path.startswith("/api/")
        body = {"json": {}} if as_json else {"data": {"csrf": tokens[token] or ""}}
        answer = officer.request(method, path, headers=OWN | (given if as_json else {}), **body)
        assert answer.status_code == 403 and "did not come from a page of this session" in answer.text, path
    assert served.site.gate._house.ledger.size() == size


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": BASE, "sec-fetch-site": "cross-site"},
        {"referer": "https://evil.example/testserver"},
        {"origin": BASE + ".evil.example"},
    ],
)
def test_nothing_changes_by_a_form_from_another_site(served, officer, headers) -> None:
    """Not even with the right token: that a page elsewhere has it would be the first sign of a break-in."""
    token = served.token(officer)["x-csrf-token"]
    for method, path in changing(officer.app):
        body = {"json": {}} if path.startswith("/api/") else {"data": {"csrf": token}}
        answer = officer.request(method, path, headers=headers | {"x-csrf-token": token}, **body)
        assert answer.status_code == 403, path


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_desk_is_guarded_and_kept_by_nobody(served, officer, path) -> None:
    """The page on the shared computer is the page that the next person presses Back to."""
    answer = officer.get(path)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text), "nothing comes from anywhere else"
    stranger = served.client().get(path)
    assert stranger.status_code == 303 and stranger.headers["location"].startswith("/sign-in?next=")


def test_one_officer_never_opens_what_is_another_ones(served) -> None:
    """A reference can be guessed: they are numbered by the day."""
    other = served.client("analyst-1")
    base = f"/desk/patrol-places/plans/{PLAN}"
    nobodys = other.get("/desk/patrol-places/plans/H-2026-1123-77")
    for path in (base, f"{base}/copies/1", f"{base}/copies/1?account=neighbourhood-officer-1"):
        answer = other.get(path)
        assert answer.status_code == 404, path
    assert _words(other.get(base).text) == _words(nobodys.text)
    form = {"csrf": other.get("/api/v1/session").json()["csrf"], "form": "csv", "recipient": "me", "found1": "useful"}
    for path in (f"{base}/copies", f"{base}/outcome"):
        assert other.post(path, data=form, headers=OWN).status_code in {403, 404, 422}, path


def _words(page: str) -> str:
    """Return a page without the token in it, which differs each time."""
    return re.sub(r'value="[\w-]{80,}"', "", page)


def test_the_look_ups_of_one_are_not_on_the_page_of_another(served, officer) -> None:
    """Whatever is put into the address."""
    analyst = served.client("analyst-1")
    entries = set(re.findall(r"Entry (\d+) of the record", officer.get("/desk/look-ups").text))
    assert entries
    for asked in ("", "?account=neighbourhood-officer-1", "?actor=neighbourhood-officer-1&since=0"):
        page = analyst.get(f"/desk/look-ups{asked}").text
        assert not entries & set(re.findall(r"Entry (\d+) of the record", page))


@pytest.mark.parametrize(
    "nasty", ["/desk\r\nSet-Cookie: a=b", "/desk%0d%0aSet-Cookie:%20a=b", "/desk\nX: y", "//x", "/\\x"]
)
def test_no_header_is_smuggled_in(served, officer, nasty) -> None:
    """Where to go after signing in is typed into an address by whoever writes the link."""
    page = served.client().get("/sign-in", params={"next": nasty})
    assert "a=b" not in str(page.headers) and "x" not in page.headers
    form = {"csrf": served.token(officer)["x-csrf-token"], "choose": f"operation:{nasty}"}
    answer = officer.post("/desk/context", data=form, headers=OWN)
    assert answer.status_code in {403, 422} and "set-cookie" not in answer.headers


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "' OR 1=1 --",
    "\x00",
    "‮",
    "A" * 199,
]


@pytest.mark.parametrize("nasty", NASTY)
def test_what_is_typed_comes_back_as_text_or_not_at_all(served, officer, nasty) -> None:
    """Typed by one officer, read by the next."""
    token = served.token(officer)["x-csrf-token"]
    found = officer.post("/desk/search/named", data={"csrf": token, "wanted": nasty}, headers=OWN)
    assert found.status_code == 200
    asked = officer.post("/desk/search", data={"csrf": token, "wanted": nasty}, headers=OWN)
    assert asked.status_code in {303, 422} and nasty not in str(asked.headers)
    left = officer.post("/desk/hand-over", data={"csrf": token, "note": nasty}, headers=OWN)
    assert left.status_code in {303, 422}
    for page in (found.text, officer.get("/desk/hand-over").text):
        assert "<script>alert" not in page and "<img" not in page and "49" not in re.sub(r"[^>]*=\S+", "", nasty)
    asked = officer.post("/desk/context/ask", data={"csrf": token, "purpose": nasty[:100]}, headers=OWN)
    assert asked.status_code in {404, 422} and nasty not in asked.text


@pytest.mark.parametrize(
    "path",
    ["/desk/../keys/ledger.key", "/desk/%2e%2e/%2e%2e/etc/passwd", "/api/v1/../../desk.db", "/api/v1/plans/%00",
     "/api/v1/findings/..%2f..%2fx", "/assets/../../../pyproject.toml", "/assets/%2e%2e%2f%2e%2e%2fapp.py",
     "/" + "a/" * 3_000, "/assets/" + "a" * 5_000],
)  # fmt: skip
def test_no_address_leads_out(officer, path) -> None:
    """Keys and data lie a few folders away."""
    answer = officer.get(path)
    assert answer.status_code in {400, 404, 422, 403}
    assert "BEGIN" not in answer.text and "root:" not in answer.text


def test_wrong_methods_are_told_the_right_ones_and_change_nothing(served, officer) -> None:
    """A method nobody thought of is a door nobody locked."""
    size = served.site.gate._house.ledger.size()
    headers = served.token(officer)
    for path in ("/desk", "/desk/look-ups", "/api/v1/tools", "/api/v1/look-ups", "/api/v1/record/head", "/"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = officer.request(method, path, headers=headers)
            assert answer.status_code == 405 and answer.headers["allow"], (method, path)
    assert officer.request("TRACE", "/desk", headers=headers).status_code in {403, 405}
    assert served.site.gate._house.ledger.size() == size


def test_too_much_is_refused_before_it_is_read(served, officer) -> None:
    """Memory is shared with the look-up that somebody's life depends on."""
    headers = served.token(officer)
    big = officer.post("/desk/hand-over", content=b"note=" + b"a" * 1_200_000, headers=headers)
    assert big.status_code == 413
    endless = officer.post("/desk/hand-over", content=b"x", headers=headers | {"content-length": "9" * 5_000})
    assert endless.status_code == 413
    fields = {f"f{n}": "x" for n in range(3_000)}
    many = officer.post("/desk/search", data=fields | {"csrf": headers["x-csrf-token"]}, headers=headers)
    assert many.status_code in {200, 400, 413, 422}
    deep = "[" * 50_000 + "]" * 50_000
    nested = officer.put("/api/v1/context", content=deep, headers=headers | {"content-type": "application/json"})
    assert nested.status_code in {400, 422}
    assert (
        officer.post(
            "/desk/context", data={"csrf": headers["x-csrf-token"], "choose": "o:" + "a" * 500}, headers=OWN
        ).status_code
        == 422
    )


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(served, secure) -> None:
    """A cookie that a script can read is a cookie that a script can send away."""
    base = "https://testserver" if secure else BASE
    client = TestClient(create_app(served.site, secure=secure), base_url=base, client=HERE, follow_redirects=False)
    link = str(make_link(served.caller("analyst-2"), "analyst-2", 5)["path"])
    given = client.post(link, headers={"origin": base}).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(given.split("; "))
    assert given.startswith("__Host-peelian=" if secure else "peelian=") and ("Secure" in given) == secure
    assert "Domain" not in given
    assert ("strict-transport-security" in client.get("/sign-in").headers) == secure


def test_a_session_never_takes_a_secret_that_was_brought(served) -> None:
    """Whoever plants a cookie first would otherwise share the session that follows."""
    client = served.client()
    planted = "B" * 43
    link = str(make_link(served.caller("analyst-1"), "analyst-1", 5)["path"])
    answer = client.post(link, headers=OWN | {"cookie": f"peelian={planted}"})
    assert answer.status_code == 303 and planted not in answer.headers["set-cookie"]
    thief = served.client().get("/api/v1/session", headers={"cookie": f"peelian={planted}"})
    assert thief.status_code == 401


def test_signing_in_again_ends_the_session_before(served) -> None:
    """Two people at one computer: the first one's session does not live on under the second."""
    client = served.client("analyst-1")
    before = served.secret(client)
    link = str(make_link(served.caller("analyst-2"), "analyst-2", 5)["path"])
    token = client.get("/api/v1/session").json()["csrf"]
    assert client.post(link, data={"csrf": token}, headers=OWN).status_code == 303
    assert client.get("/api/v1/session").json()["account"] == "analyst-2"
    assert served.client().get("/api/v1/session", headers={"cookie": f"peelian={before}"}).status_code == 401


def test_another_name_for_the_site_is_not_answered_anywhere(served) -> None:
    """A page elsewhere that makes its own name point here must not read the desk."""
    client = TestClient(create_app(served.site, hosts=frozenset({"desk.northmere.example"})), base_url=BASE)
    for host in ("evil.example", "desk.northmere.example.evil.example", "", "desk.northmere.example@evil.example"):
        for path in ("/desk", "/api/v1/status", "/sign-in"):
            assert client.get(path, headers={"host": host}).status_code == 421
