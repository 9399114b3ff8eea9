"""A release read back from its folder alone: all that its documents and its fingerprint are made from.

Takes the tables as a release writes them; what it finds in them may differ from what the manifest says,
and whoever compares the documents made from it will see where.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from annotations.releases.answers import COLUMNS, SUPERSEDES, digest_of, encode
from annotations.releases.census import Census
from annotations.releases.contents import MANIFEST, Contents, content_hash, files_in
from annotations.releases.definitions import DEFINITION_FILE
from annotations.releases.dictionary import TABLES, columns_of
from annotations.releases.formats import Column, Kind
from annotations.releases.writing import batches

Row = dict[str, Any]
PARTICIPANT = ("participant_id", "kind", "group")


def contents_of(folder: Path) -> Contents:
    """What the job knew when it wrote the documents; the fingerprint is made anew."""
    manifest = read_json(folder / MANIFEST)
    definition = read_json(folder / DEFINITION_FILE)
    return Contents(
        definition=definition,
        definition_hash=manifest["definition_hash"],
        versions=manifest["versions"],
        runs=manifest["runs"],
        figures=manifest["figures"],
        axis=manifest.get("axis"),
        census=census_of(folder),
        code_version=manifest["code_version"],
        fingerprint=content_hash(
            files_in(folder), people_digests(folder), manifest["runs"], manifest["code_version"]
        ),
    )


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def census_of(folder: Path) -> Census:
    census = Census()
    for name in TABLES:
        path = folder / f"{name}.csv"
        if not path.is_file():
            continue
        columns, rows = read_table(path)
        empty = True
        for batch in batches((tuple(row.values()) for row in rows), columns):
            empty = False
            census.see(name, columns, batch)
        if empty:
            census.see(name, columns, [[] for _ in columns])
    return census


def read_table(path: Path) -> tuple[tuple[Column, ...], Iterator[Row]]:
    """The columns of a CSV file of a release, and its rows one by one, each value of its column's kind."""
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    columns = columns_of(path.stem, names)
    return columns, _rows(path, columns)


def _rows(path: Path, columns: tuple[Column, ...]) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        next(reader)
        for cells in reader:
            yield {
                column.name: value_of(column.kind, cell) for column, cell in zip(columns, cells, strict=True)
            }


def value_of(kind: Kind, cell: str) -> Any:
    if cell == "":
        return None
    if kind is Kind.TEXT:
        return cell
    return float(cell) if kind is Kind.NUMBER else int(cell)


def people_digests(folder: Path) -> list[str]:
    """The digest of every person, as it was when nobody had a pseudonym yet."""
    people: dict[str, Row] = {}
    if (folder / "participants.csv").is_file():
        people = {row["participant_id"]: row for row in read_table(folder / "participants.csv")[1]}
    digests = []
    before = 0
    for name, rows in _answers(folder):
        lines = [_line(row, before) for row in rows]
        before += len(lines)
        digests.append(_digest(people.pop(name), lines))
    return sorted([*digests, *(_digest(person, []) for person in people.values())])


def _answers(folder: Path) -> Iterator[tuple[str, Iterator[Row]]]:
    path = folder / "responses.csv"
    rows = read_table(path)[1] if path.is_file() else iter(())
    return groupby(rows, key=lambda row: row["participant_id"])


def _line(row: Row, before: int) -> str:
    cells = [row[name] for name in COLUMNS]
    if cells[SUPERSEDES] is not None:
        cells[SUPERSEDES] -= before
    return encode([*cells, _brought(row, ("participant_id", *COLUMNS))])


def _digest(person: Row, lines: list[str]) -> str:
    return digest_of(person["kind"], person["group"] or "", _brought(person, PARTICIPANT), lines)


def _brought(row: Row, known: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in known and value is not None}
