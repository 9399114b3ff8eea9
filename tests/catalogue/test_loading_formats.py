"""Loading a study from a zip archive."""

from __future__ import annotations

import zipfile

import pytest
from django.conf import settings

from annotations.catalogue.bundle import BundleErrors
from annotations.releases.loading import load_bundle
from tests.catalogue.bundle_case import SOUND

pytestmark = pytest.mark.django_db
STUDY = (
    "title: T\nprotocol: supervision\nbatches: [{name: main, participants: 2}]\nconditions: [{name: plain}]\n"
)
FILES = {"study.yaml": STUDY, **{f"{name}.csv": text for name, text in SOUND.items() if name != "responses"}}


@pytest.fixture
def pack(tmp_path, settings):
    settings.VAR = tmp_path / "var"

    def make(files, name="my-study.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in files.items():
                archive.writestr(member, content)
        return path

    return make


def left():
    return list((settings.VAR / "tmp").iterdir())


def test_zip_is_loaded_under_its_own_name(pack):
    report = load_bundle(folder=pack(FILES), actor="test")
    assert report.study.slug == "my-study"
    assert report.study.load.source == "my-study"
    assert report.counts["outputs"] == 2
    assert left() == []


def test_zip_with_a_folder_within_is_the_same_bundle(pack):
    load_bundle(folder=pack(FILES), actor="test")
    inner = {f"inner/{name}": content for name, content in FILES.items()}
    assert load_bundle(folder=pack(inner), actor="test").changed is False
    assert (
        load_bundle(folder=pack(inner, "other.zip"), slug="my-study", actor="test").study.slug == "my-study"
    )


def test_bad_row_in_a_zip_is_named_and_nothing_left(pack):
    bad = FILES | {"items.csv": SOUND["items"].replace("i2,sums", "i2,products")}
    with pytest.raises(BundleErrors) as caught:
        load_bundle(folder=pack(bad | {"study.yaml": STUDY + "domains: [{name: sums}]\n"}), actor="test")
    assert [(at.file, at.line, at.column) for at in caught.value.problems][:1] == [("items.csv", 3, "domain")]
    assert left() == []


def test_not_a_zip(pack, tmp_path):
    path = tmp_path / "my-study.zip"
    path.write_text("x")
    with pytest.raises(BundleErrors, match="1 problem"):
        load_bundle(folder=path, actor="test")
    assert left() == []
