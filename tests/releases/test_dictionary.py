"""Every column that a release can have is said in the dictionary, the codebook and the docs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from annotations.catalogue.bundle.tables import TABLES as BUNDLE_TABLES
from annotations.releases.dictionary import TABLES, entry_of
from annotations.releases.dictionary.markdown import data_dictionary
from annotations.releases.results import TABLE_COLUMNS

MARKS = {"", "article", "recalled", "reconstructed", "ours", "by method", "by indicator"}


# What studies that ask for it keep beside the columns of a bundle.
BESIDE = {"participants": {"training_use"}, "responses": {"forecast", "pastes", "drawing_probability"}}


def test_every_column_of_a_bundle_is_declared():
    assert {name: set(table.columns) | BESIDE.get(name, set()) for name, table in BUNDLE_TABLES.items()} == {
        name: set(TABLES[name].columns) for name in BUNDLE_TABLES
    }


def test_every_column_of_a_result_is_declared():
    for name, columns in TABLE_COLUMNS.items():
        assert set(TABLES[name].columns) == set(columns), name


def test_every_entry_says_what_a_codebook_must():
    for table in TABLES.values():
        for entry in table.columns.values():
            assert entry.description
            assert entry.missing.startswith(("never blank", "blank: "))
            assert entry.mark in MARKS


def test_column_of_a_result_that_is_not_declared_is_a_mistake():
    with pytest.raises(LookupError, match="difficulty has no entry"):
        entry_of("difficulty", "new_column")


def test_page_of_the_docs_agrees():
    page = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
    command = "python -m annotations.releases.dictionary.markdown docs/data-dictionary.md"
    assert page.read_text() == data_dictionary(), f"write it again: {command}"


def test_codebook_has_a_row_for_every_column_of_the_release(folder):
    with (folder / "codebook.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["table"], row["column"]) for row in rows}
    headers = {}
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            headers[path.stem] = next(csv.reader(file))
    del headers["codebook"]
    assert found == {(table, column) for table, columns in headers.items() for column in columns}
    said = {(row["table"], row["column"]): row for row in rows}
    assert "Came with the bundle" in said["participants", "age band"]["description"]
    assert said["items", "metric_length"]["type"] == "number"
    assert not any(row["note"] for row in rows)
