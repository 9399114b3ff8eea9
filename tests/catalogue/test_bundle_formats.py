"""One bundle, three formats: the same rows, digests and definition hash."""

from __future__ import annotations

import csv
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from annotations.catalogue.bundle import BundleErrors, check_bundle
from annotations.releases.loading import load_bundle
from annotations.studies.services import open_study
from tests.catalogue.bundle_case import DIFFICULTY, SUPERVISION, write

STUDY = "title: T\nprotocol: supervision\ncollection: c\nbatches: [{name: main, participants: 2}]\n"
ITEMS = [
    {"item_id": "i1", "domain": "sums", "prompt": "1 + 1?", "reference": ["2", "two"], "metric": 1, "n": 7},
    {"item_id": "i2", "domain": "sums", "prompt": "„2“ + 3?", "reference": None, "metric": 2.5, "n": None},
]
SYSTEMS = [
    {"system": "alpha", "family": "A", "parameters": 6e9, "flop": None, "shaping": "raw"},
    {"system": "beta", "family": "B", "parameters": 1.75e11, "flop": 3.14e23, "shaping": "shaped"},
]
OUTPUTS = [
    {"output_id": "o1", "item_id": "i1", "system": "alpha", "text": "It is 2.", "grade": "correct"},
    {"output_id": "o2", "item_id": "i1", "system": "beta", "text": "", "grade": "avoidant"},
    {"output_id": "o3", "item_id": "i2", "system": "beta", "text": "line\nline", "grade": "incorrect"},
]
TABLES = {"items": ITEMS, "systems": SYSTEMS, "outputs": OUTPUTS}


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {name: json.dumps(cell) if isinstance(cell, list) else cell for name, cell in row.items()}
            )


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_parquet(path, rows):
    parquet.write_table(pa.Table.from_pylist(rows), path)


WRITERS = {"csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet}


@pytest.fixture
def folders(tmp_path):
    for suffix, writer in WRITERS.items():
        folder = tmp_path / f"as-{suffix}"
        folder.mkdir()
        (folder / "study.yaml").write_text(STUDY.replace("collection: c", f"collection: {suffix}"))
        for name, rows in TABLES.items():
            writer(folder / f"{name}.{suffix}", rows)
    return [tmp_path / f"as-{suffix}" for suffix in WRITERS]


def reasons(folder, declared=SUPERVISION):
    with pytest.raises(BundleErrors) as caught:
        check_bundle(folder, declared=declared)
    return [str(problem) for problem in caught.value.problems]


def test_digests_are_the_same(folders):
    bundles = [check_bundle(folder, declared=SUPERVISION) for folder in folders]
    assert len({bundle.digest for bundle in bundles}) == 1
    rows = [[row.digest() for row in (*b.items(), *b.systems(), *b.outputs())] for b in bundles]
    assert rows[0] == rows[1] == rows[2]
    assert [[item.reference for item in bundle.items()] for bundle in bundles] == [[("2", "two"), ()]] * 3


@pytest.mark.django_db
def test_definition_hashes_are_the_same(folders):
    """The collection's name is part of a definition, so it is made the same one after the other is stored."""
    hashes = set()
    for folder in folders:
        study = load_bundle(folder=folder, actor="test").study
        study.definition["collection"] = "c"
        study.save(update_fields=["definition"])
        hashes.add(open_study(study=study, actor="test").version.definition_hash)
    assert len(hashes) == 1


@pytest.mark.django_db
def test_another_format_of_a_loaded_collection_is_nothing_new(folders):
    load_bundle(folder=folders[0], actor="test")
    (folders[1] / "study.yaml").write_text((folders[0] / "study.yaml").read_text())
    report = load_bundle(folder=folders[1], actor="test")
    assert report.already == {"items": 2, "systems": 2, "outputs": 3}


def test_numbers_typed_as_text_would_be(tmp_path):
    """Numbers are read to the last digit: a reference or an id is not a measurement."""
    write_jsonl(
        tmp_path / "items.jsonl",
        [
            {
                "item_id": 12345678901234567890,
                "domain": "sums",
                "prompt": 5,
                "reference": 3.14159265358979,
                "metric": True,
            }
        ],
    )
    assert reasons(tmp_path, DIFFICULTY) == ['items.jsonl:1:metric: "true" is not a number']
    write_jsonl(
        tmp_path / "items.jsonl",
        [{"item_id": 12345678901234567890, "domain": "sums", "prompt": 5, "reference": 3.14159265358979}],
    )
    (item,) = check_bundle(tmp_path, declared=DIFFICULTY).items()
    assert (item.item_id, item.prompt, item.reference) == (
        "12345678901234567890",
        "5",
        ("3.14159265358979",),
    )


def test_lists_and_objects_only_where_a_column_has_them(tmp_path):
    write_jsonl(
        tmp_path / "items.jsonl",
        [
            {"item_id": "i1", "domain": "sums", "prompt": ["x"]},
            {"item_id": {"a": 1}, "domain": "sums", "prompt": "x", "metric": [1]},
            {"item_id": "i3", "domain": "sums", "prompt": "x", "reference": {"a": 1}},
            {"item_id": "i4", "domain": "sums", "prompt": "x", "reference": [["x"]]},
            {"item_id": "i5", "domain": "sums", "prompt": "x", "tags": ["a", {"b": 1}]},
        ],
    )
    assert reasons(tmp_path, DIFFICULTY) == [
        "items.jsonl:1:prompt: a list, not one value",
        "items.jsonl:2:item_id: an object, not one value",
        "items.jsonl:2:metric: a list, not one value",
        "items.jsonl:3:reference: a reference in the list is neither text nor a number",
        "items.jsonl:4:reference: a reference in the list is neither text nor a number",
    ]


def test_objects_of_unknown_columns_are_kept_as_json(tmp_path):
    row = {"item_id": "i5", "domain": "sums", "prompt": "x", "tags": ["a", {"b": 1}]}
    write_jsonl(tmp_path / "items.jsonl", [row])
    (item,) = check_bundle(tmp_path, declared=DIFFICULTY).items()
    assert item.meta == {"tags": '["a",{"b":1}]'}


def test_needed_table_without_rows(tmp_path):
    (tmp_path / "items.jsonl").write_text("\n")
    assert reasons(tmp_path, DIFFICULTY) == ["items.jsonl:1: has no rows"]


def test_the_same_table_in_two_formats(tmp_path):
    write_csv(tmp_path / "items.csv", ITEMS)
    write_parquet(tmp_path / "items.parquet", ITEMS)
    bundle = check_bundle(tmp_path, declared=DIFFICULTY)
    assert bundle.files == {"items": tmp_path / "items.csv"}
    assert bundle.counts == {"items": 2}


def test_two_formats_that_do_not_agree(tmp_path):
    write_csv(tmp_path / "items.csv", ITEMS)
    write_parquet(tmp_path / "items.parquet", ITEMS[:1])
    reason = "items.parquet: says something else than items.csv, the same table; keep one of the two"
    assert reasons(tmp_path, DIFFICULTY) == [reason]


def test_second_format_that_cannot_be_read(tmp_path):
    write(tmp_path)
    (tmp_path / "items.parquet").write_bytes(b"x")
    assert reasons(tmp_path) == ["items.parquet: not Parquet: its mark is missing"]
