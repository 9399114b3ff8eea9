"""Pictures in a release: written as they came, covered by the manifest, loaded again as the same bytes."""

from __future__ import annotations

import json
import shutil

import pytest

from annotations.releases.contents import File, content_hash
from tests.catalogue.pictures import GIF, PNG, write_images
from tests.releases.case import analyse, load, release, table, write_bundle
from tests.releases.test_round_trip import emptied, released_again
from tests.releases.verifying import errors, mend, read_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pictured(tmp_path):
    """A bundle of which some items show pictures, one of them named as a table with pseudonyms is."""
    folder = write_bundle(tmp_path / "tasks", protocol="difficulty")
    header, rows = read_rows(folder / "items.csv")
    for number, row in enumerate(rows):
        shown = {0: ["responses.png", "A dot"], 1: ["b.gif", 'Two "dots"'], 2: ["b.gif", "The same"]}
        row += shown.get(number, ["", ""])
    header += ["image", "image_alt"]
    (folder / "items.csv").write_text(
        table(header, [dict(zip(header, row, strict=True)) for row in rows]), newline=""
    )
    return write_images(folder, responses__png=PNG, b__gif=GIF)


@pytest.fixture
def released(pictured, tmp_path):
    load(pictured)
    analyse("tasks")
    return release("tasks", tmp_path / "first")


def test_pictures_are_released_and_loaded_again(released, tmp_path):
    assert released["images/responses.png"] == PNG
    assert released["images/b.gif"] == GIF
    listed = json.loads(released["manifest.json"])["files"]
    assert {"images/responses.png", "images/b.gif"} <= set(listed)
    assert b'"image/gif"' in released["croissant.json"]
    assert b"`images`" in released["README.md"]
    assert errors(tmp_path / "first") == []
    assert released_again(tmp_path / "first", tmp_path / "second") == released


def test_a_release_without_pictures_has_no_columns_for_them(tmp_path):
    load(write_bundle(tmp_path / "tasks", protocol="difficulty"))
    analyse("tasks")
    files = release("tasks", tmp_path / "first")
    assert b"image" not in files["items.csv"].splitlines()[0]
    assert not [name for name in files if name.startswith("images")]


def test_another_picture_is_another_study(released, pictured, tmp_path):
    """Its definition hash covers the bytes of the picture."""
    emptied()
    (pictured / "images" / "responses.png").write_bytes(PNG + b"\0")
    load(pictured)
    analyse("tasks")
    other = release("tasks", tmp_path / "second")
    one, two = (json.loads(files["manifest.json"]) for files in (released, other))
    assert one["definition_hash"] != two["definition_hash"]
    assert one["fingerprint"] != two["fingerprint"]


def test_a_picture_counts_whatever_it_is_called():
    """Tables with pseudonyms are no part of the fingerprint, a picture called as one of them is."""
    one, two = (content_hash({"images/responses.png": File(sha256, 1)}, [], [], "") for sha256 in "ab")
    assert one != two


def test_a_changed_picture_is_found(released, tmp_path):
    folder = tmp_path / "first"
    (folder / "images" / "b.gif").write_bytes(GIF + b"\0")
    assert any("images/b.gif" in str(error) and "was changed" in str(error) for error in errors(folder))
    mend(folder)
    assert any("the hash of it and of the rows" in str(error) for error in errors(folder))


def test_a_missing_picture_is_found(released, tmp_path):
    shutil.rmtree(tmp_path / "first" / "images")
    assert sum("is missing" in str(error) for error in errors(tmp_path / "first")) == 2
