"""Pictures in a bundle: which are taken, and what is said of the others."""

from __future__ import annotations

import hashlib

import pytest

from annotations.catalogue.bundle import BundleErrors, check_bundle, images, opened
from annotations.catalogue.bundle.collection import NewCollection
from tests.catalogue.bundle_case import SUPERVISION
from tests.catalogue.pictures import GIF, ITEMS, JPEG, PNG, WEBP, write
from tests.catalogue.test_bundle_archive import pack


def check(folder, existing=None):
    return check_bundle(folder, declared=SUPERVISION, existing=existing)


def faults(folder, existing=None):
    with pytest.raises(BundleErrors) as refused:
        check(folder, existing)
    return [(at.file, at.line, at.column, at.reason) for at in refused.value.problems]


class Holding(NewCollection):
    """A collection that has a picture already."""

    def __init__(self, content):
        self.digest = hashlib.sha256(content).hexdigest()

    def image_digest(self, name):
        return self.digest if name == "two.png" else None


def digests(bundle):
    return {row.item_id: row.digest() for row in bundle.items()}


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("two.png", PNG, "image/png"),
        ("two.JPG", JPEG, "image/jpeg"),
        ("two.jpeg", JPEG, "image/jpeg"),
        ("a-b_2.gif", GIF, "image/gif"),
        ("two.webp", WEBP, "image/webp"),
    ],
)
def test_pictures_of_these_kinds_are_taken(tmp_path, name, content, media_type):
    bundle = check(write(tmp_path, ITEMS.replace("two.png", name), **{name.replace(".", "__"): content}))
    ((image, found),) = bundle.new_images()
    assert (image.name, image.media_type, found) == (name, media_type, content)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is SVG, which may hold scripts and load from elsewhere; save it as PNG"),
        ("x.png", b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "is SVG, which may hold scripts and load from elsewhere; save it as PNG"),
        ("x.png", b"", "the file is empty"),
        ("x.png", b"<html>", "begins as neither PNG, JPEG, WebP nor GIF does"),
        ("x.png", b"\x89PNG\r\n", "begins as neither PNG, JPEG, WebP nor GIF does"),
        ("x.jpg", PNG, "is PNG: let its name end in .png"),
        ("x.png", JPEG, "is JPEG: let its name end in .jpg or .jpeg"),
        ("x.png", PNG + bytes(images.LARGEST), f"has {images.LARGEST + len(PNG):,} bytes, more than 1,000,000"),
        ("a b.png", PNG, 'the name "a b.png" is not made of up to 100 letters, digits, ., _ and -'),
        ("TWO.png", PNG, "differs from TWO.png in capitals only, which not every disk tells apart"),
    ],
)  # fmt: skip
def test_other_files_are_refused_with_the_reason(tmp_path, name, content, reason):
    folder = write(tmp_path)
    (folder / "images" / name).write_bytes(content)
    place = "two.png" if name == "TWO.png" else name
    assert (f"images/{place}", None, None, reason) in faults(folder)


def test_folders_and_links_are_refused(tmp_path):
    folder = write(tmp_path / "bundle")
    (folder / "images" / "sub").mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "images" / "link.png").symlink_to(tmp_path / "secret.png")
    reason = "is a folder, a link or a device, not a file"
    assert faults(folder) == [("images/link.png", None, None, reason), ("images/sub", None, None, reason)]


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MOST", 2)
    folder = write(tmp_path, two__png=PNG, b__png=PNG, c__png=PNG)
    assert faults(folder)[0] == ("images", None, None, "holds more than 2 files")


def test_what_desktops_leave_is_passed_over(tmp_path):
    folder = write(tmp_path, two__png=PNG, __DS_Store=b"x", Thumbs__db=b"x")
    assert list(check(folder).images) == ["two.png"]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("two.png,", "image_alt", "is blank, though there is an image: say in words what it shows"),
        (",Two dots", "image_alt", "is given, but no image"),
        (
            "tow.png,Two",
            "image",
            'there is no "tow.png" in the bundle\'s folder images; did you mean "two.png"?',
        ),
    ],
)
def test_rows_that_do_not_fit_their_picture(tmp_path, row, column, reason):
    folder = write(tmp_path, ITEMS.replace("two.png,Two dots", row))
    ((file, line, found, said),) = faults(folder)
    assert (file, line, found) == ("items.csv", 2, column)
    assert said.startswith(reason.split(";")[0])


def test_a_bad_picture_is_told_once(tmp_path):
    ((file, *_),) = faults(write(tmp_path, two__png=b"no picture"))
    assert file == "images/two.png"


def test_another_picture_makes_another_item(tmp_path):
    one = check(write(tmp_path / "one"))
    same = check(write(tmp_path / "same"))
    other = check(write(tmp_path / "other", two__png=PNG + b"\0"))
    without = check(write(tmp_path / "without", ITEMS.replace("two.png,Two dots", ",")))
    assert digests(one) == digests(same)
    assert one.digest == same.digest
    assert digests(one)["i1"] != digests(other)["i1"] != digests(without)["i1"]
    assert digests(one)["i2"] == digests(other)["i2"] == digests(without)["i2"]
    assert len({one.digest, other.digest, without.digest}) == 3


def test_items_without_pictures_keep_their_digests(tmp_path):
    """Blank columns are no content: what was loaded before there were pictures is what it was."""
    bare = "item_id,domain,prompt,reference,metric\ni1,sums,What is drawn?,2,1\ni2,sums,And here?,5,2\n"
    with_columns = ITEMS.replace("two.png,Two dots", ",")
    assert digests(check(write(tmp_path / "a", bare))) == digests(check(write(tmp_path / "b", with_columns)))


def test_a_picture_that_the_collection_has_may_be_left_out(tmp_path):
    whole = check(write(tmp_path / "whole"))
    folder = write(tmp_path / "bundle")
    (folder / "images" / "two.png").unlink()
    bundle = check(folder, Holding(PNG))
    assert list(bundle.new_images()) == []
    assert digests(bundle) == digests(whole)


def test_a_picture_that_the_collection_has_is_not_loaded_again(tmp_path):
    assert check(write(tmp_path), Holding(PNG)).images == {}


def test_an_equal_name_with_other_content_is_refused(tmp_path):
    reason = "is in the collection already, with other content"
    assert faults(write(tmp_path), Holding(GIF)) == [("images/two.png", None, None, reason)]


def test_a_picture_that_no_item_shows_is_left_out_with_a_warning(tmp_path):
    bundle = check(write(tmp_path, two__png=PNG, other__gif=GIF))
    assert list(bundle.images) == ["two.png"]
    assert [str(problem.file) for problem in bundle.warnings] == ["images/other.gif"]


def test_the_same_table_in_another_format_says_the_same(tmp_path):
    folder = write(tmp_path)
    (folder / "items.jsonl").write_text(
        '{"item_id": "i1", "domain": "sums", "prompt": "What is drawn?", "reference": "2", "metric": 1, "image": "two.png", "image_alt": "Two dots"}\n'
        '{"item_id": "i2", "domain": "sums", "prompt": "And here?", "reference": "5", "metric": 2}\n'
    )
    assert list(digests(check(folder))) == ["i1", "i2"]


def test_pictures_come_in_archives_too(tmp_path):
    folder = write(tmp_path / "bundle")
    files = {
        p.relative_to(folder.parent).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
    with opened(pack(tmp_path / "packed.zip", files), under=tmp_path / "var") as unpacked:
        assert list(check(unpacked).images) == ["two.png"]
