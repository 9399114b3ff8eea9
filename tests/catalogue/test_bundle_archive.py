"""Zip archives: what is unpacked, and what is refused in no time and no memory."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import time
import tracemalloc
import zipfile

import pytest

from annotations.catalogue.bundle import BundleErrors, archive, opened
from tests.catalogue.bundle_case import SOUND

FILES = {"study.yaml": b"title: T\n", **{f"{name}.csv": text.encode() for name, text in SOUND.items()}}


def pack(path, files, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def contents(path, under):
    with opened(path, under=under) as folder:
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        return folder.name, files


@pytest.fixture
def var(tmp_path):
    return tmp_path / "var"


@pytest.fixture
def refused(tmp_path, var):
    """The reason, after the bounds of time and memory were kept and nothing was left behind."""

    def reason_of(path):
        start = time.process_time()
        tracemalloc.start()
        with pytest.raises(BundleErrors) as caught, opened(path, under=var):
            pytest.fail("was opened")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert time.process_time() - start < 2
        assert peak < 20_000_000
        assert list(var.iterdir()) == []
        assert sorted(tmp_path.iterdir()) == sorted({path, var})
        (problem,) = caught.value.problems
        assert (problem.file, problem.line, problem.column) == (path.name, None, None)
        return problem.reason

    return reason_of


def test_a_folder_is_itself(tmp_path, var):
    with opened(tmp_path, under=var) as folder:
        assert folder == tmp_path
    with opened(tmp_path / "nowhere", under=var) as folder:
        assert folder == tmp_path / "nowhere"
    assert not var.exists()


def test_files_and_name(tmp_path, var):
    assert contents(pack(tmp_path / "my-study.zip", FILES), var) == ("my-study", FILES)
    assert list(var.iterdir()) == []


def test_one_folder_at_the_top_is_left_out(tmp_path, var):
    files = {f"inner/{name}": content for name, content in FILES.items()}
    assert contents(pack(tmp_path / "my-study.zip", files), var) == ("my-study", FILES)


def test_folders_within_are_kept(tmp_path, var):
    files = {**FILES, "figures/curve.svg": b"<svg/>"}
    assert contents(pack(tmp_path / "a.zip", files), var) == ("a", files)


def test_what_desktops_add_is_left_out(tmp_path, var):
    added = {"study/": b"", "__MACOSX/study/._items.csv": b"x", "study/.DS_Store": b"x"}
    files = {**added, **{f"study/{name}": content for name, content in FILES.items()}}
    assert contents(pack(tmp_path / "a.zip", files), var) == ("a", FILES)


def test_folder_goes_when_what_is_done_with_it_fails(tmp_path, var):
    with pytest.raises(KeyError), opened(pack(tmp_path / "a.zip", FILES), under=var):
        raise KeyError
    assert list(var.iterdir()) == []


def test_folders_of_the_dead_are_swept(tmp_path, var):
    old, new = var / "bundle-old" / "study", var / "bundle-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old.parent, (0, 0))
    contents(pack(tmp_path / "a.zip", FILES), var)
    assert list(var.iterdir()) == [new]


def test_no_space_left(tmp_path, var, monkeypatch):
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(OSError, match="No space left"), opened(pack(tmp_path / "a.zip", FILES), under=var):
        pytest.fail("was opened")
    assert list(var.iterdir()) == []


# Not archives, or none that are whole.


@pytest.mark.parametrize("content", [b"", b"item_id,domain\n", b"PK\3\4", b"PK\5\6"])
def test_not_a_zip(tmp_path, refused, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert refused(path) == "is neither a folder nor a zip archive, or was cut off"


def test_empty_archive(tmp_path, refused):
    assert refused(pack(tmp_path / "a.zip", {})) == "holds no files"


def test_truncated_and_damaged(tmp_path, var):
    path = pack(tmp_path / "a.zip", FILES)
    whole, chance = path.read_bytes(), random.Random(3)
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(BundleErrors), opened(path, under=var):
            pytest.fail("was opened")
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(2):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            found = contents(path, var)[1]
        except BundleErrors:
            continue
        # A name or a date may have changed; what is unpacked was checked by its sum.
        assert set(found.values()) <= set(FILES.values())
    assert list(var.iterdir()) == []


def test_content_that_is_not_what_its_sum_says(tmp_path, refused):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("items.csv", b"aaaa")
    path.write_bytes(path.read_bytes().replace(b"aaaa", b"aaab"))
    assert refused(path) == "the archive is damaged: Bad CRC-32 for file 'items.csv'"


# Archives that expand beyond measure.


def test_thousandfold(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {"items.csv": b"0" * 200_000_000})
    assert path.stat().st_size < 200_000
    assert "200,000,000, more than 200-fold" in refused(path)


def test_thousandfold_in_many_small_files(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {f"{number}.csv": b"0" * 99_000 for number in range(900)})
    assert refused(path).endswith("to 89,100,000, more than 200-fold")


def test_larger_than_the_archive_says(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {"items.csv": b"0" * 50_000_000})
    data = path.read_bytes()
    for size in (1_000, 0):
        path.write_bytes(data.replace(struct.pack("<L", 50_000_000), struct.pack("<L", size)))
        reason = refused(path)
        assert reason.startswith("the archive is damaged: Bad CRC-32"), size


def test_larger_than_a_file_may_be(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {"items.csv": b"0"})
    data = path.read_bytes()
    place = data.index(b"PK\1\2") + 24
    path.write_bytes(data[:place] + struct.pack("<L", 1_000_000_001) + data[place + 4 :])
    assert refused(path) == "items.csv unpacks to 1,000,000,001 bytes, more than 1,000,000,000"


def test_too_many_files(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {f"{number}.csv": b"x" for number in range(5_501)})
    assert refused(path) == "holds 5,501 files or more, more than 5,500"


def test_list_of_contents_that_hides_its_length(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {f"{number}.csv": b"x" for number in range(6_000)})
    data = bytearray(path.read_bytes())
    data[-14:-10] = struct.pack("<HH", 5, 5)
    path.write_bytes(data)
    assert refused(path) == "holds 6,000 files, more than 5,500"


def test_zip64(tmp_path, refused, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    reason = "is an archive of the kind for more than 4 GB (Zip64), larger than a bundle may be"
    assert refused(pack(tmp_path / "a.zip", FILES)) == reason


def test_files_that_share_their_bytes(tmp_path, refused):
    """As in a quoted bomb: many entries of the list point into the same packed bytes."""
    path = pack(tmp_path / "a.zip", {"a.csv": os.urandom(100), "b.csv": os.urandom(100)})
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\1\2")
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    path.write_bytes(data)
    assert refused(path) == "a.csv and b.csv share bytes of the archive"


@pytest.mark.parametrize("inner", ["a.zip", "items.csv.gz", "data.tar", "x/Y.ZIP"])
def test_archive_in_the_archive_by_name(tmp_path, refused, inner):
    path = pack(tmp_path / "a.zip", {"study.yaml": b"x", inner: b"x"})
    assert refused(path) == f"{inner} is an archive in the archive; unpack it first"


def test_archive_in_the_archive_by_its_first_bytes(tmp_path, refused):
    inner = io.BytesIO()
    pack(inner, FILES)
    path = pack(tmp_path / "a.zip", {"items.csv": inner.getvalue()})
    assert refused(path) == "items.csv is an archive in the archive; unpack it first"


# Places that are not the archive's own.


@pytest.mark.parametrize(
    "name",
    [
        "../items.csv", "x/../../items.csv", "/items.csv", "//host/items.csv", "C:items.csv", "c:/items.csv",
        "..\\items.csv", "x\\items.csv", "./items.csv", "x//items.csv", "..", "x/..",
    ],
)  # fmt: skip
def test_name_that_leads_out(tmp_path, refused, name):
    reason = refused(pack(tmp_path / "a.zip", {**FILES, name: b"x"}))
    assert reason == f"the name {name!a} leads out of the archive's folder"


def test_name_that_ends_at_a_nul(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {"items.csvX.txt": b"x"})
    path.write_bytes(path.read_bytes().replace(b"items.csvX.txt", b"items.csv\0.txt"))
    assert refused(path) == "the name 'items.csv\\x00.txt' holds a control character"


@pytest.mark.parametrize("name", ["x/" * 8 + "items.csv", "n" * 256])
def test_name_too_long_or_too_deep(tmp_path, refused, name):
    assert refused(pack(tmp_path / "a.zip", {name: b"x"})).endswith("is too long or too deep")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(tmp_path, refused, kind):
    path, info = tmp_path / "a.zip", zipfile.ZipInfo("items.csv")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(info, "/etc/passwd")
    assert refused(path) == "items.csv is a link or a device, not a file"


@pytest.mark.parametrize("other", ["items.csv", "ITEMS.CSV"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_in_one_place(tmp_path, refused, other):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("items.csv", b"x")
        packed.writestr(other, b"y")
    assert refused(path) == f"{other} stands in the archive twice"


def test_a_file_where_a_folder_is(tmp_path, refused):
    reason = refused(pack(tmp_path / "a.zip", {"x": b"x", "x/items.csv": b"x"}))
    assert reason == "x is both a file and a folder"


# Ways of packing that are not read.


def test_encrypted(tmp_path, refused):
    path = pack(tmp_path / "a.zip", {"items.csv": b"x"})
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)
    assert refused(path) == "items.csv is encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods(tmp_path, refused, method):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as packed:
        packed.writestr("items.csv", b"x")
    assert refused(path) == "items.csv is packed by a method that is not read; use deflate"
