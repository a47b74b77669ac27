"""A file that is brought along for a case lives with the case alone, and dies with it."""

from __future__ import annotations

import io
import zipfile

import pytest

from peelian.app.finding import case_files, find
from peelian.app.finding.uploads import BYTES_MAX, ROWS_MAX, list_in, read_upload
from peelian.core.errors import InvalidError, LimitError, MissingError, PeelianError, RefusedError
from peelian.core.workbook import Sheet, write_book
from peelian.store.residue import find_residue
from tests.support.people import at_work, caller_of, person, vehicle

CSV = b"Reg,Who,DOB,Religion,Remark\nAB12 CDE,Zebedee Quillfeather,12/04/1988,x,seen twice\nXX99 QQQ,Nobody Atall,,y,\n"
MEANS = ("plate", "name", "born", "", "other")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a deployment with one person and one vehicle."""
    planted = {
        "incident_person": [person(1, event_ref="NM/1/26")],
        "incident_vehicle": [vehicle(21, event_ref="NM/1/26")],
    }
    made = at_work(tmp_path_factory.mktemp("cases"), planted)
    yield made
    made.gate.close()


@pytest.fixture(scope="module")
def sergeant(built):
    """Return a sergeant who works on safeguarding."""
    return caller_of(built)


@pytest.fixture(scope="module")
def kept(sergeant):
    """Keep a file."""
    return case_files.keep(sergeant, case_files.read_for_case(sergeant, "list.csv", CSV), MEANS)


def book(cells: list[list[str]]) -> bytes:
    """Write a workbook."""
    return write_book([Sheet("One", tuple(cells[0]), cells[1:])])


def bomb() -> bytes:
    """Make a workbook of a few kilobytes that unpacks to more than anybody needs."""
    out = io.BytesIO(book([["Reg"], ["AB12 CDE"]]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet9.xml", b"0" * (70 << 20))
    return out.getvalue()


def test_the_scanner_speaks_before_anything_is_kept(sergeant):
    """What should never have come in is hardest to find afterwards."""
    read = case_files.read_for_case(sergeant, "list.csv", CSV)
    assert read.flagged == {"Religion"} and case_files.guess_meanings(read) == MEANS
    with pytest.raises(InvalidError) as caught:
        case_files.keep(sergeant, read, ("plate", "name", "born", "other", "other"))
    assert caught.value.code == "case-column-special"
    for means in ((), ("",) * 5, ("plate", "name", "born", "", "risk score")):
        with pytest.raises(InvalidError) as caught:
            case_files.keep(sergeant, read, means)
        assert caught.value.code == "case-mapping-malformed"


def test_only_what_was_mapped_is_kept_and_the_disk_tells_none_of_it(built, sergeant, kept):
    """A file in the clear beside the holdings is a holding that nobody decided on."""
    opened = case_files.open_file(sergeant, kept.id)
    assert [name for name, _ in opened.columns] == ["Reg", "Who", "DOB", "Remark"] and kept.left_out == 1
    assert opened.rows[0] == ("AB12 CDE", "Zebedee Quillfeather", "12/04/1988", "seen twice")
    assert not find_residue(built.deployment.folder, ["Quillfeather", "Remark"])


def test_a_file_is_seen_by_those_on_its_case_alone(built, kept):
    """The same officer on another case is, for this file, somebody else."""
    elsewhere = caller_of(built, "response-sergeant-1", "op-investigation-1")
    assert case_files.list_files(elsewhere) == []
    for act in (case_files.open_file, case_files.remove, lambda c, f: case_files.join(c, f, 0)):
        with pytest.raises(MissingError) as caught:
            act(elsewhere, kept.id)
        assert caught.value.code == "case-file-missing"
    colleague = caller_of(built, "neighbourhood-officer-1", "op-safeguarding")
    assert [f.id for f in case_files.list_files(colleague)] == [kept.id]
    for person_id, operation in (("analyst-1", "op-patrol-planning"), ("data-engineer-1", "op-loading")):
        with pytest.raises(RefusedError):
            case_files.list_files(caller_of(built, person_id, operation))


def test_a_file_is_no_holding(sergeant, kept):
    """What a search finds has a source, a label and an end; what somebody brought along has none of them."""
    assert not find.search(sergeant, "zebedee quillfeather").found


def test_joining_it_to_the_holdings_is_a_combination_and_each_thing_a_look_up(built, sergeant, kept):
    """Matching a list against everything is the act that the law asks to be logged by name."""
    before, told = len(built.leaves()), []
    joined = case_files.join(sergeant, kept.id, 0, tell=lambda done, of: told.append((done, of)))
    entered = [e["op"] for e in built.leaves()[before:]]
    assert entered.count("combination") == 1 and entered.index("combination") < len(entered) - 2
    assert [r.outcome for r in joined.table.rows] == ["found", "not-found"] and joined.next is None
    assert entered.count("consultation") == 3 and told == [(0, 2), (2, 2)]
    names = case_files.open_file(sergeant, kept.id).things(1)
    assert names == ["Zebedee Quillfeather 12/04/1988", "Nobody Atall"]
    for place, first in ((3, 0), (0, 2), (9, 0)):
        with pytest.raises(InvalidError) as caught:
            case_files.join(sergeant, kept.id, place, first)
        assert caught.value.code == "case-column-not-joined"


def test_a_draft_is_for_whoever_brought_it_and_for_a_while(built, sergeant):
    """Another's file is not mine for having guessed its name."""
    drafts, read = case_files.Drafts(), read_upload("list.csv", CSV)
    name = drafts.hold(sergeant, read)
    with pytest.raises(MissingError):
        drafts.take(caller_of(built, "neighbourhood-officer-1", "op-safeguarding"), name)
    assert drafts.take(sergeant, name) is read
    with pytest.raises(MissingError) as caught:
        drafts.take(sergeant, name)
    assert caught.value.code == "draft-gone"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.exe", b"MZ", "upload-kind-unknown"),
        ("a.csv", b"", "file-empty"),
        ("a.csv", b"a,b\n" * (BYTES_MAX // 4 + 1), "upload-too-large"),
        ("a.csv", b"a\n" + b"1\n" * (ROWS_MAX + 1), "upload-too-large"),
        ("a.csv", ",".join(f"c{i}" for i in range(80)).encode() + b"\n", "upload-too-large"),
        ("a.csv", b"a," + b"x" * 300 + b"\n1,2\n", "upload-too-large"),
        ("a.csv", b"a,a\n1,2\n", "header-mismatch"),
        ("a.xlsx", b"PK\x03\x04 no workbook", "workbook-damaged"),
        ("a.xlsx", bomb(), "upload-too-large"),
        ("a.jsonl", b'{"a": {"b": 1}}\n', "column-type-unfit"),
        ("a.jsonl", b"[" * 50_000, "upload-too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_file_is_refused_in_words_and_quotes_nothing(name, data, code):
    """Whoever sends the file chooses what is in it."""
    with pytest.raises(PeelianError) as caught:
        read_upload(name, data)
    assert caught.value.code == code


def test_a_list_comes_out_of_any_kind_of_file():
    """Plates arrive as a spreadsheet far more often than as text."""
    wanted = ["AB12 CDE", "XY34 ZZZ"]
    assert list_in("a.xlsx", book([["No", "Reg"], ["1", "AB12 CDE"], ["2", "XY34 ZZZ"]]), "Reg") == wanted
    assert list_in("a.csv", b"Reg,x\nAB12 CDE,1\nXY34 ZZZ,2\nAB12 CDE,3\n") == wanted
    assert list_in("a.jsonl", b'{"r": "AB12 CDE"}\n{"r": "XY34 ZZZ"}\n', "r") == wanted
    assert list_in("a.txt", b"AB12 CDE\n\nXY34 ZZZ;\n") == wanted
    with pytest.raises(MissingError) as caught:
        list_in("a.csv", b"Reg\nAB12 CDE\n", "Who")
    assert caught.value.code == "upload-column-missing"


def test_a_case_that_has_too_many_files_takes_no_more(sergeant, monkeypatch):
    """Beside the holdings there is to be no second system."""
    monkeypatch.setattr("peelian.gate.rooms.case_files.FILES_MAX", 1)
    with pytest.raises(LimitError) as caught:
        case_files.keep(sergeant, read_upload("a.csv", b"Reg\nAB12 CDE\n"), ("plate",))
    assert caught.value.code == "case-files-too-many"


def test_when_the_case_is_over_its_files_are_gone_with_their_keys(built, sergeant, kept, tmp_path):
    """Last, for it moves the clock: retention is something that happens, whoever remembers it."""
    shelf = built.deployment.folder / "cases"
    sealed = (shelf / f"{kept.id}.sealed").read_bytes()
    gone = case_files.keep(sergeant, read_upload("a.csv", b"Reg\nAB12 CDE\n"), ("plate",))
    case_files.remove(sergeant, gone.id)
    assert [p.stem for p in shelf.iterdir()] == [kept.id] and case_files.sweep(sergeant) == 0
    built.clock.move(days=400)
    assert case_files.sweep(sergeant) == 1 and not list(shelf.iterdir())
    assert sum(e["op"] == "case-file-gone" for e in built.leaves()) == 2
    (shelf / f"{kept.id}.sealed").write_bytes(sealed)  # out of a backup: nobody has the key any more
    assert built.house.keys.get(f"case-file/{kept.id}") is None
