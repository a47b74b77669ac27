"""Archives from outside: bombs, nesting, path tricks, damage. Nothing is ever unpacked to disk."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile

import pytest

from peelian.core.errors import InvalidError, LimitError, MissingError
from peelian.ingest.safe_zip import Limits, list_files
from tests.support.ingest import to_zip


def read_all(path, limits=None):
    """Read every file of an archive: name -> bytes."""
    listing = list_files(path, limits)
    try:
        return {f.name: f.read() for f in listing.files}
    finally:
        listing.close()


def zipped(files):
    """Make a zip archive in memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as holder:
        for name, data in files.items():
            holder.writestr(name, data)
    return out.getvalue()


def test_an_archive_a_folder_and_a_file_give_the_same_bytes(tmp_path):
    """A force unpacks archives or does not; the rows are the same."""
    files = {"2024-05/a.csv": b"x\n1\n", "2024-06/b.csv": b"x\n2\n"}
    archive = to_zip(tmp_path / "all.zip", files)
    folder = tmp_path / "all"
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(data)
    assert read_all(archive) == read_all(folder) == files
    assert read_all(folder / "2024-05" / "a.csv") == {"a.csv": b"x\n1\n"}


def test_gzip_files_are_unpacked(tmp_path):
    """Large tables travel packed."""
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"x\n1\n"))
    assert read_all(tmp_path / "t.csv.gz") == {"t.csv.gz": b"x\n1\n"}


def test_archives_inside_archives_are_opened_to_a_depth(tmp_path):
    """Publishers nest archives once; a hundred times is an attack."""
    inner = zipped({"2024-05/a.csv": b"x\n1\n"})
    assert read_all(to_zip(tmp_path / "one.zip", {"in.zip": inner})) == {"in.zip!2024-05/a.csv": b"x\n1\n"}
    for _ in range(3):
        inner = zipped({"in.zip": inner})
    with pytest.raises(LimitError) as caught:
        read_all(to_zip(tmp_path / "deep.zip", {"in.zip": inner}))
    assert caught.value.code == "archive-too-deep"


def test_a_zip_bomb_is_stopped_by_its_ratio(tmp_path):
    """Forty kilobytes must not fill the memory."""
    bomb = to_zip(tmp_path / "bomb.zip", {"a.csv": b"0" * (40 << 20)})
    with pytest.raises(LimitError) as caught:
        read_all(bomb)
    assert caught.value.code == "archive-expands-too-far"


def test_a_size_that_lies_does_not_help_a_bomb(tmp_path):
    """The header's word about the size is the attacker's word."""
    path = to_zip(tmp_path / "liar.zip", {"a.csv": b"0" * (40 << 20)})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    path.write_bytes(data)
    with pytest.raises((LimitError, InvalidError)):
        read_all(path)


def test_many_files_and_large_totals_are_bounded(tmp_path):
    """A thousand small files are as large as one large one."""
    path = to_zip(tmp_path / "many.zip", {f"{i}.csv": os.urandom(1000) for i in range(20)})
    with pytest.raises(LimitError, match="more than 5 files"):
        read_all(path, Limits(files_max=5))
    with pytest.raises(LimitError, match="all files together"):
        read_all(path, Limits(total_bytes_max=5000))
    with pytest.raises(LimitError, match="one file"):
        read_all(path, Limits(file_bytes_max=500))


@pytest.mark.parametrize("name", ["../up.csv", "/etc/a.csv", "a/../../b.csv", "C:a.csv", "a\\b.csv", "x!y.csv"])
def test_names_that_lead_elsewhere_are_left_out_and_counted(tmp_path, name):
    """An honest publisher writes no such name."""
    listing = list_files(to_zip(tmp_path / "a.zip", {name: b"x", "good.csv": b"y"}))
    listing.close()
    assert [f.name for f in listing.files] == ["good.csv"]
    assert [w.code for w in listing.warnings] == ["archive-member-refused"]


def test_links_and_encrypted_members_are_left_out(tmp_path):
    """A link has no content of its own; an encrypted one cannot be checked."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as holder:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        holder.writestr(link, "/etc/passwd")
        holder.writestr("secret.csv", b"x")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    listing = list_files(path)
    listing.close()
    assert (listing.files, len(listing.warnings)) == ((), 2)


def test_links_in_a_folder_are_not_followed(tmp_path):
    """A link may lead to files the user did not mean to load."""
    (tmp_path / "outside.csv").write_bytes(b"secret")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    (folder / "up").symlink_to(tmp_path)
    assert read_all(folder) == {}


def test_a_damaged_member_is_an_error_not_half_a_file(tmp_path):
    """The checksum is the publisher's word that the file is whole."""
    path = to_zip(tmp_path / "a.zip", {"a.csv": os.urandom(5000)})
    data = bytearray(path.read_bytes())
    data[600] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InvalidError) as caught:
        read_all(path)
    assert caught.value.code == "file-damaged"


def test_an_archive_cut_off_is_an_error(tmp_path):
    """A download that broke off has no table of contents."""
    path = to_zip(tmp_path / "a.zip", {"a.csv": os.urandom(5000)})
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InvalidError) as caught:
        read_all(path)
    assert caught.value.code == "archive-damaged"


def test_a_gzip_file_cut_off_is_an_error(tmp_path):
    """Half a table must not pass for the table."""
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(os.urandom(5000))[:2000])
    with pytest.raises(InvalidError) as caught:
        read_all(tmp_path / "t.csv.gz")
    assert caught.value.code == "file-damaged"


def test_a_path_that_does_not_exist_is_missing(tmp_path):
    """A typing error is not an empty archive."""
    with pytest.raises(MissingError) as caught:
        list_files(tmp_path / "none.zip")
    assert caught.value.code == "archive-missing"
