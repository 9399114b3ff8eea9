from __future__ import annotations

import csv

import pyarrow
import pytest
from pyarrow import parquet

from annotations.releases import writing
from annotations.releases.census import Census
from annotations.releases.formats import Column, Kind, Table
from annotations.releases.formats.csv import written
from annotations.releases.writing import write_table

COLUMNS = (
    Column("name", Kind.TEXT), Column("count", Kind.WHOLE), Column("yes", Kind.FLAG), Column("size", Kind.NUMBER),
)  # fmt: skip
ROWS = [
    ("a, b", 1, True, 1 / 3),
    ("", None, None, None),
    ('"\n\r', -2, False, 2.0),
    (7, 0, True, float("nan")),
]


def write(folder, rows):
    folder.mkdir()
    write_table(folder, Table("things", COLUMNS, rows), sink=Census())
    return folder / "things.parquet"


def test_columns_are_typed_and_blanks_are_null(tmp_path):
    table = parquet.read_table(write(tmp_path / "a", ROWS))
    assert [field.type for field in table.schema] == [
        pyarrow.string(), pyarrow.int64(), pyarrow.int64(), pyarrow.float64(),
    ]  # fmt: skip
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("a, b", 1, 1, 0.3333333333), (None, None, None, None), ('"\n\r', -2, 0, 2.0), ("7", 0, 1, None),
    ]  # fmt: skip


def test_same_rows_are_the_same_bytes_wherever_they_come_from(tmp_path):
    assert write(tmp_path / "a", ROWS).read_bytes() == write(tmp_path / "b", iter(ROWS)).read_bytes()


def test_batches_are_row_groups_that_end_where_the_rows_say(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "ROWS", 128)
    file = parquet.ParquetFile(write(tmp_path / "a", [("x", 1, True, 1.0)] * 300))
    assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [128, 128, 44]
    monkeypatch.setattr(writing, "LONGEST", 64)
    assert parquet.ParquetFile(write(tmp_path / "b", [("x", 1, True, 1.0)] * 300)).num_row_groups == 5


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_table_without_rows_is_left_out(tmp_path, suffix):
    write(tmp_path / "a", [])
    assert not (tmp_path / "a" / f"things{suffix}").exists()


def test_every_table_of_a_release_has_a_twin_of_equal_content(folder):
    twins = sorted(folder.glob("*.parquet"))
    assert [path.stem for path in twins] == sorted(
        {path.stem for path in folder.glob("*.csv")} - {"codebook"}
    )
    for path in twins:
        table = parquet.read_table(path)
        kinds = {pyarrow.string(): Kind.TEXT, pyarrow.int64(): Kind.WHOLE, pyarrow.float64(): Kind.NUMBER}
        columns = [
            written(kinds[column.type], values.to_pylist())
            for column, values in zip(table.schema, table.columns, strict=True)
        ]
        with path.with_suffix(".csv").open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header == table.column_names
        assert [tuple(row) for row in rows] == list(zip(*columns, strict=True)), path.name
