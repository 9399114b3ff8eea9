"""croissant.json against what Croissant 1.0 demands of a data set."""

from __future__ import annotations

import csv
import hashlib
import json

import pytest

TYPES = {"sc:Text", "sc:Integer", "sc:Float"}


@pytest.fixture(scope="module")
def described(folder):
    return json.loads((folder / "croissant.json").read_text())


def test_data_set_is_described(described):
    assert described["@type"] == "sc:Dataset"
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert described["name"] == "Sums & words: größer?"
    assert described["description"]
    assert described["license"] == ["CC-BY-4.0", "MIT"]
    assert described["citeAs"].startswith("@misc{")
    assert not {"dateCreated", "datePublished", "dateModified"} & set(described)


def test_context_resolves_every_term(described):
    context = described["@context"]
    assert context["@vocab"] == "https://schema.org/"
    assert context["cr"] == "http://mlcommons.org/croissant/"
    assert context["dct"] == "http://purl.org/dc/terms/"
    for term in (
        "recordSet",
        "field",
        "source",
        "fileObject",
        "extract",
        "column",
        "key",
        "references",
        "citeAs",
    ):
        assert context[term] == f"cr:{term}"


def test_every_file_is_distributed_with_its_hash(folder, described):
    files = {one["@id"]: one for one in described["distribution"]}
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(files) == set(paths) - {"croissant.json", "manifest.json"}
    for name, one in files.items():
        content = paths[name].read_bytes()
        assert one["@type"] == "cr:FileObject"
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["contentSize"] == f"{len(content)} B"
        assert one["contentUrl"] == one["name"] == name
        assert "/" in one["encodingFormat"]


def test_every_column_is_a_field_of_its_table(folder, described):
    ids = {one["@id"] for one in described["distribution"]}
    fields = set()
    for record_set in described["recordSet"]:
        assert record_set["@type"] == "cr:RecordSet"
        with (folder / f"{record_set['@id']}.csv").open(newline="") as file:
            assert [field["name"] for field in record_set["field"]] == next(csv.reader(file))
        for field in record_set["field"]:
            assert field["@type"] == "cr:Field"
            assert field["@id"] == f"{record_set['@id']}/{field['name']}"
            assert field["dataType"] in TYPES
            assert field["source"]["fileObject"]["@id"] in ids
            assert field["source"]["extract"] == {"column": field["name"]}
            fields.add(field["@id"])
    for record_set in described["recordSet"]:
        references = [one["references"]["field"]["@id"] for one in record_set["field"] if "references" in one]
        assert set(references) <= fields
        assert record_set.get("key", {"@id": next(iter(fields))})["@id"] in fields
    assert {one["@id"] for one in described["recordSet"]} == {path.stem for path in folder.glob("*.parquet")}
