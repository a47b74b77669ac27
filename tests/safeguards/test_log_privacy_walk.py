"""No personal value in an error, an ordinary log, a count or the public record: planted values, looked for."""

from __future__ import annotations

import zipfile

import pytest

from peelian.store.residue import find_residue
from tests.support.ingest import STOP, STREET, to_csv, to_zip
from tests.support.walk import PEOPLE, Walk, at_metres, call, new_walk, small_town, stop_row, street_row

ENGINEER, DPO = "data-engineer-1", "data-protection-officer-1"
MARK = "Zqxw"
"""Every planted value has this in it."""
PERSON = f"{MARK} Victoria Example"


def planted_files() -> dict[str, bytes]:
    """Write files with a person in every place that a careless message would quote."""
    month = "2024-05"
    good = [street_row(i, **at_metres(20.0 * i, 10.0 * i)) for i in range(20)]
    bad = [
        street_row(900, Month=f"{MARK}-05", **at_metres(5, 5)),
        street_row(901, Longitude=f"{MARK}1.0", **{"Latitude": f"{MARK}54"}),
        street_row(902, **{"Crime type": f"{MARK} offence"}) | at_metres(6, 6),
        street_row(903, **{"Last outcome category": f"{MARK} outcome", "Context": PERSON}) | at_metres(7, 7),
    ]
    stops = [stop_row(i, **at_metres(400, 400)) for i in range(20)]
    stops.append(stop_row(50, Date=f"{MARK} noon", Gender=f"{MARK} sex", **{"Age range": f"{MARK} age"}))
    named = to_csv([r | {"Person": PERSON} for r in stops], [*STOP, "Person"])
    no_header = "\n".join(f"{PERSON},1 Invented Street,{MARK}@example.invalid,{i}" for i in range(9)).encode()
    header_is_a_person = f"{PERSON},{MARK}@example.invalid,Month\nx,y,2024-05\n".encode()
    ragged = to_csv(good) + f"{PERSON},only two\n".encode()
    return {
        f"{month}/{month}-northmere-street.csv": to_csv([*good, *bad], STREET),
        f"{month}/{month}-northmere-stop-and-search.csv": named,
        "2024-06/2024-06-northmere-street.csv": no_header,
        "2024-07/2024-07-northmere-street.csv": header_is_a_person,
        "2024-08/2024-08-northmere-street.csv": ragged.replace(b"2024-05", b"2024-08"),
        "2024-09/2024-09-northmere-street.csv": to_csv(good)[:-40] + f"\xff\xfe{PERSON}".encode("latin-1"),
    }


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> Walk:
    """Give a deployment with everybody signed in."""
    return new_walk(tmp_path_factory.mktemp("privacy") / "w", *PEOPLE)


def quiet(*told) -> None:
    """Insist that nothing planted was printed, and no traceback."""
    for t in told:
        assert t.raised is None
        assert MARK not in t.out and MARK not in t.err, (t.out + t.err)[-2000:]
        assert "Traceback" not in t.err


def test_an_ingest_of_bad_rows_quotes_none_of_them(walk, tmp_path):
    """Counts and reasons end up in tickets and screenshots."""
    archive = to_zip(tmp_path / "a.zip", planted_files())
    in_words = walk.run("ingest", "police-uk", archive, as_=ENGINEER)
    as_json = walk.run("ingest", "police-uk", archive, "--json", as_=ENGINEER)
    quiet(in_words, as_json)
    assert in_words.code == 0
    assert as_json.ok().json["files_refused"]


@pytest.mark.parametrize("name", sorted(planted_files()))
def test_a_single_file_that_is_refused_or_taken_quotes_nothing(walk, tmp_path, name):
    """Alone, a bad file ends in an error instead of a count."""
    path = tmp_path / name.rsplit("/", 1)[-1]
    path.write_bytes(planted_files()[name])
    for option in ((), ("--json",)):
        quiet(walk.run("ingest", "police-uk", path, *option, as_=ENGINEER))


def test_a_table_of_incidents_with_the_wrong_mapping_quotes_nothing(walk, tmp_path):
    """A mapping made for another table reads names where it expects times."""
    town = small_town(tmp_path / "town", months=2, burglaries=40)
    table = town.incidents.read_bytes().replace(b"Spoke to", MARK.encode())
    town.incidents.write_bytes(table)
    mapping = town.mapping.read_text()
    wrong = {
        "start: From": "start: Officer Note",
        "end: To": "end: Victim Name",
        "x: Easting": "x: Officer Note",
        "from: Offence": "from: Officer Note",
    }
    for old, new in wrong.items():
        dropped = [line for line in ("Victim Name", "Officer Note") if line in new]
        text = mapping.replace(old, new)
        for name in dropped:
            text = "\n".join(line for line in text.splitlines() if not line.startswith(f"  {name}:")) + "\n"
        town.mapping.write_text(text)
        quiet(walk.run("ingest", "incidents", town.incidents, "--mapping", town.mapping, "--json", as_=ENGINEER))


def test_a_preview_hides_what_is_personal_and_what_is_sealed(tmp_path):
    """A look before loading is a look all the same."""
    path = to_zip(tmp_path / "a.zip", {n: d for n, d in planted_files().items() if "stop" in n})
    told = call("source", "preview", path, "--rows", 100, "--json", home=tmp_path).ok()
    assert PERSON not in told.out
    assert f"{MARK} sex" not in told.out and f"{MARK} age" not in told.out
    tables = told.json["tables"]
    assert {r["sex"] for r in tables["stop_equality"]} == {"(sealed)"}
    assert {r["age_band"] for r in tables["stop_person"]} == {"(personal)"}


def test_refusals_do_not_give_back_what_somebody_typed(walk):
    """People type names into the wrong place."""
    typed = [
        ("erase", PERSON),
        ("why", "--purpose", PERSON, "--table", "incident"),
        ("why", "--purpose", "oversight", "--table", "incident", "--column", PERSON),
        ("analyse", "hotspots", "--offence", PERSON),
        ("analyse", "hotspots", "--area", PERSON),
        ("analyse", "hotspots", "--month", PERSON),
        ("replay", PERSON),
        ("context", "set", PERSON),
        ("mandate", "halt", PERSON, "--reason", PERSON),
        ("ingest", PERSON, "nowhere"),
        ("sign-in", PERSON),
    ]
    for words in typed:
        who = DPO if words[0] == "erase" else "analyst-1"
        option = () if words[0] == "sign-in" else (who,)
        quiet(walk.run(*words, "--json", as_=option[0] if option else None))


def test_nothing_planted_is_in_the_public_record_or_in_what_was_never_to_be_written(walk, tmp_path):
    """Tiles are for everybody, for ever; no key unlocks them and no erasure reaches them."""
    archive = to_zip(tmp_path / "a.zip", planted_files())
    walk.run("ingest", "police-uk", archive, as_=ENGINEER)
    everywhere = find_residue(walk.folder, [MARK, PERSON])
    assert {t.needle for t in everywhere} <= {0}
    assert not [t for t in everywhere if not t.path.startswith("lake/")]
    record_ids = walk.json("subjects", "--table", "stop", "--limit", 50, as_=DPO)["subjects"]
    public = find_residue(walk.folder / "ledger" / "tile", [MARK, "northmere", "op-loading", ENGINEER, *record_ids])
    assert public == []


def test_the_sealed_payloads_lie_beside_the_tiles_and_never_below_them(walk):
    """Whoever serves the tile folder to the world must not serve the private one with it."""
    ledger = walk.folder / "ledger"
    private = {p.read_bytes() for p in (ledger / "private").rglob("*") if p.is_file()}
    assert private
    assert not private & {p.read_bytes() for p in (ledger / "tile").rglob("*") if p.is_file()}
    assert not list((ledger / "tile").rglob("*private*"))
    for name in ("private", "journal"):
        assert (ledger / name).stat().st_mode & 0o077 == 0, name


def test_an_archive_inside_an_archive_is_told_by_place_and_not_by_content(walk, tmp_path):
    """Names of files are told; what is in them is not."""
    inner = to_zip(tmp_path / "inner.zip", planted_files())
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as outer:
        outer.write(inner, "inner.zip")
    quiet(walk.run("ingest", "police-uk", tmp_path / "outer.zip", "--json", as_=ENGINEER))
