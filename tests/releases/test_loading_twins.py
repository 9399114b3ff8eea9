"""A release holds its tables twice, and more than its bundle; only the bundle is loaded."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pytest
from pyarrow import parquet

from annotations.catalogue.bundle import BundleErrors
from annotations.releases.loading import load_bundle
from annotations.releases.preview import LARGEST_DOCUMENT
from tests.releases.case import load, write_bundle

pytestmark = pytest.mark.django_db
# What a release may hold beside its bundle; another table than the bundle's is named much like one.
FURTHER = ("codebook.csv", "response.csv", "response.parquet", "figures/slips.svg", "croissant.json")
TWINS = ("items.parquet", "responses.parquet")


@pytest.fixture
def released(tmp_path):
    """The bundle in the shape of a release; its Parquet tables hold other rows."""
    folder = write_bundle(tmp_path / "tasks")
    study = load(folder)
    (folder / "figures").mkdir()
    for name in FURTHER:
        (folder / name).write_text("a,b\n1,2\n")
    for name in TWINS:
        parquet.write_table(pa.table({"a": [1]}), folder / name)
    manifest = {
        "definition_hash": study.version.definition_hash,
        "files": dict.fromkeys((*FURTHER, *TWINS), "00" * 32),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "definition.json").write_text(json.dumps(study.version.definition))
    return folder.rename(tmp_path / "released")


def refused(folder):
    with pytest.raises(BundleErrors) as errors:
        load(folder)
    return [(at.file, at.reason) for at in errors.value.problems]


def test_twins_and_results_of_a_release_are_passed_over(released):
    report = load_bundle(folder=released, actor="test")
    assert report.study.responses.count() == report.counts["responses"] > 0
    assert not {warning.file for warning in report.warnings} & set(FURTHER)


def test_zip_of_a_release_is_loaded(released, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "again"), "zip", root_dir=tmp_path, base_dir="released")
    report = load_bundle(folder=tmp_path / packed, actor="test")
    assert (report.study.slug, report.study.state) == ("again", "closed")


def test_twin_that_the_manifest_does_not_list_is_checked(released):
    (released / "items.jsonl").write_text("{}\n")
    assert {file for file, _ in refused(released)} == {"items.jsonl"}


def test_twin_in_a_folder_that_is_no_release_is_checked(released):
    (released / "definition.json").unlink()
    assert {file for file, _ in refused(released)} == {"items.parquet"}


def test_table_that_stands_in_a_listed_twin_alone_is_read(released):
    (released / "items.csv").unlink()
    assert refused(released)[0][0] == "items.parquet"


@pytest.mark.parametrize("name", ["study.yaml", "manifest.json", "definition.json", "definition-1.json"])
def test_document_that_is_too_large_is_not_read(released, name):
    (released / name).write_bytes(b" " * (LARGEST_DOCUMENT + 1))
    assert refused(released) == [(name, "has 2,000,001 bytes, more than 2,000,000")]
