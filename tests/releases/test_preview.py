"""Documents out of all proportion are refused before they are read, with the place where they go too far."""

from __future__ import annotations

import json

import pytest

from annotations.catalogue.bundle import BundleErrors
from tests.releases.case import load

pytestmark = pytest.mark.django_db
EXCESSIVE = {
    "nested deeper than 20 levels": '{"a":\n' + "[" * 100_000,
    "more than 40,000 values": '{"a":\n[' + "0," * 40_000 + "0]}",
}


@pytest.fixture
def folder(tmp_path):
    """A bundle with a manifest that names two definitions."""
    (tmp_path / "study.yaml").write_text("title: T\nprotocol: difficulty\n")
    (tmp_path / "items.csv").write_text("item_id,domain,prompt\ni1,sums,What is 1 + 1?\n")
    name_versions(tmp_path, "definition-1.json", "anything")
    return tmp_path


def name_versions(folder, *names):
    versions = [{"number": at, "file": name} for at, name in enumerate(names)]
    (folder / "manifest.json").write_text(json.dumps({"versions": versions}))


def refused(folder):
    with pytest.raises(BundleErrors) as errors:
        load(folder)
    [problem] = errors.value.problems
    return problem


def test_sound_documents_are_loaded(folder):
    assert load(folder)


@pytest.mark.parametrize("file", ["definition.json", "definition-7.json", "manifest.json", "anything"])
@pytest.mark.parametrize("reason", EXCESSIVE)
def test_json_out_of_proportion(folder, file, reason):
    (folder / file).write_text(EXCESSIVE[reason])
    problem = refused(folder)
    assert (problem.file, problem.line, problem.reason) == (file, 2, reason)
    assert EXCESSIVE[reason].splitlines()[1][problem.column - 1] in "[,"


@pytest.mark.parametrize(
    "file", ["study.yaml", "definition.json", "definition-7.json", "manifest.json", "anything"]
)
def test_document_that_is_too_large(folder, file):
    (folder / file).write_text("x" * 2_000_001)
    problem = refused(folder)
    assert (problem.file, problem.reason) == (file, "has 2,000,001 bytes, more than 2,000,000")


def test_versions_without_end(folder):
    name_versions(folder, *["definition-1.json"] * 6)
    (folder / "definition-1.json").write_text(json.dumps("x" * 1_900_000))
    problem = refused(folder)
    assert problem.file == "manifest.json"
    assert "more than 10,000,000 bytes together" in problem.reason


@pytest.mark.parametrize(
    "manifest", ["3", "{}", '{"versions": 3}', '{"versions": [{"file": "../x"}]}', "[", "\udcff"]
)
def test_manifest_that_is_no_releases_is_nobodys_business(folder, manifest):
    (folder / "manifest.json").write_bytes(manifest.encode("utf-8", "surrogateescape"))
    assert load(folder)
