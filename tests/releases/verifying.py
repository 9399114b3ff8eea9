"""A release to be tampered with, and what its verification then says."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from annotations.releases.dictionary import columns_of
from annotations.releases.folder import read_sheet
from annotations.releases.formats import FORMATS
from annotations.releases.verifying.checking import verify_release


@pytest.fixture
def tampered(folder, tmp_path):
    """A copy of a release of everything that a bundle may hold, to be changed."""
    shutil.copytree(folder, tmp_path / "release")
    return tmp_path / "release"


def verified(folder: Path):
    return verify_release(folder)[1]


def errors(folder: Path):
    return verified(folder).errors


def mend(folder: Path, *, twins: bool = True) -> None:
    """What a careful forger does: the Parquet twins and the hashes say the same as the changed files."""
    if twins:
        for path in folder.glob("*.parquet"):
            rewrite_twin(path)
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        if (folder / name).is_file():
            manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(text)


def rewrite_twin(path: Path) -> None:
    sheet = read_sheet(path.with_suffix(".csv"))
    writer = FORMATS[".parquet"](path, sheet.columns)
    for batch in sheet.batches:
        writer.write(batch)
    writer.close()


def read_rows(path: Path):
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def write_rows(path: Path, header, rows) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def change_cell(path: Path, column: str, row: int, change) -> None:
    header, rows = read_rows(path)
    at = header.index(column)
    rows[row][at] = change(rows[row][at])
    write_rows(path, header, rows)


def line_of(path: Path, row: int) -> int:
    """The line on which a row begins, the first row being 0: cells may hold line feeds."""
    begun = []
    with path.open("rb") as file:
        reader = csv.reader(line.decode() for line in file)
        for _ in reader:
            begun.append(reader.line_num + 1)
    return begun[row]


def change_parquet(path: Path, column: str, row: int, value) -> None:
    table = parquet.ParquetFile(path).read()
    cells = table.column(column).to_pylist()
    cells[row] = value
    at = table.column_names.index(column)
    changed = table.set_column(at, column, pyarrow.array(cells, table.schema.field(column).type))
    parquet.write_table(changed, path, store_schema=False)


def numeric_columns(table: str, header):
    return [column.name for column in columns_of(table, header) if column.kind != "text"]
