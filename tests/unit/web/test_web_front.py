"""What holds for every page: headers, names, sizes, forms, errors, files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from peelian.app.caller import Caller, Place
from peelian.app.served import Site
from peelian.app.signing import make_link
from peelian.app.start import Founding, init
from peelian.core.errors import Reason, RefusedError
from peelian.people.keyring import Keyring
from peelian.web.app import create_app
from peelian.web.errors import steps_of, ways_of
from peelian.web.pages import PAGES
from tests.support import gallery

BASE = "http://testserver"
OWN = {"origin": BASE}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a site that was founded and holds nothing yet."""
    folder = tmp_path_factory.mktemp("site")
    place = Place(folder / "deployment", folder / "keys")
    init(place, Founding())
    with Site(place) as site:
        yield site


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    """Give somebody who is not signed in."""
    app = create_app(site, pages=(gallery, *PAGES))
    here = ("127.0.0.1", 50000)  # a link is taken nowhere else without TLS
    with TestClient(app, client=here, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def analyst(client: TestClient, site: Site) -> TestClient:
    """Give the same browser with the analyst signed in."""
    caller = Caller(site.place, site.deployment, site.gate, Keyring(site.place.home, site.deployment.id))
    answer = client.post(str(make_link(caller, "analyst-1", 5)["path"]), headers=OWN)
    assert answer.status_code == 303
    return client


def _token(client: TestClient) -> str:
    page = client.get("/passphrase").text
    return page.split('name="csrf" value="')[1].split('"')[0]


def test_every_answer_carries_the_headers(client: TestClient) -> None:
    """One page without them is the page that is attacked."""
    for path in ("/", "/nothing", "/sign-in", "/gallery/broken", "/api/gallery/stopped", "/assets/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in policy and headers["cache-control"]


def test_what_stops_somebody_leads_to_where_it_is_put_right() -> None:
    """The words "mark your places" without a way to do it sends people to look for the page at the end of a shift."""
    told = RefusedError("own-view-first", "x", reasons=[Reason("own-view-first", "y", do="Mark your places.")])
    assert steps_of(told) == ["Mark your places."] and ways_of(told) == {"Mark your places.": "desk/patrol-places"}
    assert ways_of(RefusedError("refused-by-rule", "x", reasons=[Reason("no-mandate", "y", do="Ask.")])) == {}


def test_pages_are_kept_by_nobody_and_assets_for_ever(client: TestClient) -> None:
    """A shared computer must not show the last visitor's page; a style sheet need not be sent twice."""
    assert client.get("/sign-in").headers["cache-control"] == "no-store"
    sheet = client.get("/sign-in").text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in client.get(sheet).headers["cache-control"]


def test_another_name_is_not_answered(site: Site) -> None:
    """A page elsewhere that makes its own name point here must not read what is served here."""
    app = create_app(site, hosts=frozenset({"localhost", "::1"}))
    with TestClient(app) as client:
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421
        assert client.get("/", headers={"host": "localhost:8765"}).status_code == 200
        assert client.get("/", headers={"host": "[::1]:8765"}).status_code == 200


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    """Nobody fills the server's memory with one request."""
    big = b"a" * 1_100_000
    assert client.post("/sign-in", content=big, headers=OWN).status_code == 413
    assert client.post("/sign-in", content=iter([big]), headers=OWN).status_code in {400, 413, 422}


def test_a_form_from_elsewhere_is_refused(client: TestClient) -> None:
    """Another site's page must not sign anybody in or out."""
    for headers in ({}, {"origin": "http://evil.example"}, OWN | {"sec-fetch-site": "cross-site"}):
        answer = client.post("/sign-in", data={"account": "a", "passphrase": "b"}, headers=headers)
        assert answer.status_code == 403 and "did not come from a page of this session" in answer.text


def test_a_form_without_the_sessions_token_does_nothing(analyst: TestClient) -> None:
    """The cookie alone comes with forms that the visitor never saw."""
    form = {"word": "Mill Road"}
    assert analyst.post("/gallery/act", data=form, headers=OWN).status_code == 403
    assert analyst.post("/gallery/act", data=form | {"csrf": "x"}, headers=OWN).status_code == 403
    answer = analyst.post("/gallery/act", data=form | {"csrf": _token(analyst)}, headers=OWN)
    assert answer.text == "analyst-1 did it"


def test_a_reader_who_is_not_signed_in_is_shown_the_way(client: TestClient) -> None:
    """And comes back to where they wanted to go."""
    answer = client.get("/gallery/members")
    assert answer.status_code == 303 and answer.headers["location"] == "/sign-in?next=%2Fgallery%2Fmembers"


def test_a_session_that_ended_is_told_as_that(client: TestClient) -> None:
    """Somebody who was away is not told that they were never here."""
    client.headers["cookie"] = "peelian=" + "A" * 43
    assert "ended=1" in client.get("/gallery/members").headers["location"]
    answer = client.post("/gallery/act", data={"word": "x"}, headers=OWN)
    assert answer.status_code == 403 and "was not taken" in answer.text


def test_signing_in_leads_nowhere_else(client: TestClient) -> None:
    """A link to our own sign-in page must not lead on to somebody else's."""
    for there in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"):
        assert 'name="next" value=""' in client.get("/sign-in", params={"next": there}).text
    assert 'name="next" value="/desk"' in client.get("/sign-in", params={"next": "/desk"}).text


def test_signing_out_ends_the_session_everywhere(analyst: TestClient) -> None:
    """A copied cookie is worth nothing afterwards."""
    assert analyst.get("/gallery/members").text == "analyst-1"
    answer = analyst.post("/sign-out", data={"csrf": _token(analyst)}, headers=OWN)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert analyst.get("/gallery/members").status_code == 303


def test_what_breaks_tells_no_value(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """An error's own words may quote a row."""
    for path in ("/gallery/broken", "/api/gallery/broken"):
        answer = client.get(path)
        assert answer.status_code == 500 and gallery.SECRET not in answer.text and "page-broke" in answer.text
    assert "a page broke: ValueError" in caplog.text and gallery.SECRET not in caplog.text


def test_programs_are_told_in_their_own_form(client: TestClient) -> None:
    """A program reads codes, and every reason (RFC 9457)."""
    answer = client.get("/api/gallery/stopped")
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code == 403 and body["code"] == "refused-by-rule"
    assert [r["code"] for r in body["reasons"]] == ["police-initiated-offence", "outside-mandate"]


def test_what_was_typed_is_not_told_back(client: TestClient) -> None:
    """What is missing is named by its field; a value may be personal."""
    answer = client.post("/gallery/act", data={"words": gallery.SECRET}, headers=OWN)
    assert gallery.SECRET not in answer.text


@pytest.fixture
def published(site: Site) -> Iterator[Path]:
    """Give the published folder with two pages in it, and something beside it that is nobody's business."""
    folder = site.public
    (folder / "tools").mkdir(parents=True)
    (folder / "index.html").write_text("<p>front " + "page " * 300)
    (folder / "tools" / "index.html").write_text("<p>tools")
    (folder / ".secret").write_text("no")
    (folder.parent / "outside.html").write_text("no")
    (folder / "away.html").symlink_to(folder.parent / "outside.html")
    yield folder
    for path in (folder / "tools" / "index.html", folder / "index.html", folder / ".secret", folder / "away.html"):
        path.unlink()
    (folder / "tools").rmdir()
    folder.rmdir()


def test_the_published_site_is_served_as_it_lies(client: TestClient, published: Path) -> None:
    """Anyone can compare what is served with what was published."""
    answer = client.get("/")
    assert answer.content == (published / "index.html").read_bytes()
    assert client.get("/tools/").text == "<p>tools"
    assert client.get("/", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert answer.headers["vary"] == "Accept-Encoding" and answer.headers["content-encoding"] == "gzip"
    (published / "index.html").write_text("<p>other")
    assert client.get("/").text == "<p>other", "a file that changed is read again"


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.html",
        "/%2e%2e/outside.html",
        "/tools/..%2f..%2foutside.html",
        "/..%5coutside.html",
        "/.secret",
        "/away.html",
        "/%00index.html",
        "//etc/passwd",
        "/index.html%00.png",
    ],
)
def test_no_path_leads_out_of_the_published_folder(client: TestClient, published: Path, path: str) -> None:
    """Keys and data lie a few folders away."""
    answer = client.get(path)
    assert answer.status_code in {400, 404} and answer.text != "no"


def test_an_answer_is_squeezed_once(client: TestClient, published: Path) -> None:
    """And is the same when it is unpacked."""
    with client.stream("GET", "/", headers={"accept-encoding": "gzip"}) as answer:
        assert gzip.decompress(b"".join(answer.iter_raw())) == (published / "index.html").read_bytes()


def test_asking_for_the_head_alone_gives_what_reading_would_without_the_body(client: TestClient) -> None:
    """Whoever checks links, or whether a page changed, should not have to fetch every page."""
    for path in ("/", "/sign-in", "/nothing", "/api/gallery/stopped"):
        whole, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        for name in ("content-type", "content-length", "content-security-policy"):
            assert head.headers[name] == whole.headers[name]
