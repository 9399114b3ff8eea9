"""A release read back from its folder alone: all that its documents and its fingerprint are made from.

Takes the CSV tables as a release writes them; what it finds in them may differ from what the manifest
says, and whoever compares the documents made from it will see where.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from annotations.catalogue.bundle import BundleErrors
from annotations.catalogue.readers.csv import LONGEST_LINE, read_records
from annotations.catalogue.readers.lines import Lines
from annotations.core.problems import Problem, Problems, listing, shown
from annotations.releases.answers import COLUMNS, SUPERSEDES, digest_of, encode
from annotations.releases.census import Census
from annotations.releases.contents import MANIFEST, Contents, Files, content_hash, files_in
from annotations.releases.definitions import DEFINITION_FILE
from annotations.releases.dictionary import TABLES, columns_of
from annotations.releases.formats import Column, Kind
from annotations.releases.formats.registry import Batch
from annotations.releases.writing import Sink, batches

PARTICIPANT = ("participant_id", "kind", "group")
PLAIN_NUMBER = frozenset("0123456789+-.eE")
# Of whole numbers, which have to be exact in JSON too, and of others.
LARGEST = (2**53 - 1, sys.float_info.max)


@dataclass(frozen=True)
class Sheet:
    """A table of the folder, in the batches in which it was written."""

    columns: tuple[Column, ...]
    batches: Iterator[Batch]


def contents_of(folder: Path) -> Contents:
    """What the job knew when it wrote the documents; the fingerprint is made anew."""
    census, digests = Census(), PeopleDigests()
    pass_over(folder, census, digests)
    manifest, definition = read_json(folder / MANIFEST), read_json(folder / DEFINITION_FILE)
    planned = planned_in(folder, manifest)
    return contents_from(manifest, definition, planned, census, digests.all(), files_in(folder))


def planned_in(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """The definition of the first version; blank where it cannot be read, which others tell of."""
    first = min(manifest["versions"], key=lambda one: one["number"], default=None)
    try:
        found = read_json(folder / first["file"]) if first else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def contents_from(
    manifest: dict[str, Any],
    definition: dict[str, Any],
    planned: dict[str, Any],
    census: Census,
    people: list[str],
    files: Files,
) -> Contents:
    """`planned`: of the first version. `people`: their digests. `files`: all but the documents."""
    return Contents(
        definition=definition,
        definition_hash=manifest["definition_hash"],
        versions=manifest["versions"],
        runs=manifest["runs"],
        figures=manifest["figures"],
        axis=manifest.get("axis"),
        census=census,
        code_version=manifest["code_version"],
        fingerprint=content_hash(files, people, manifest["runs"], manifest["code_version"]),
        planned=planned,
    )


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def pass_over(folder: Path, *sinks: Sink) -> None:
    """Read every table once, in the order of the dictionary. Raises BundleErrors."""
    for name in TABLES:
        path = folder / f"{name}.csv"
        if not path.is_file():
            continue
        sheet = read_sheet(path)
        empty = True
        for batch in sheet.batches:
            empty = False
            for sink in sinks:
                sink.see(name, sheet.columns, batch)
        if empty:
            for sink in sinks:
                sink.see(name, sheet.columns, [[] for _ in sheet.columns])


def read_sheet(path: Path) -> Sheet:
    """A CSV table of a release. Raises BundleErrors where it is none, now or when its rows are read."""
    records = (fields for _, fields in numbered(path))
    header = next(records, [])
    declared = TABLES[path.stem].columns
    if missing := [name for name, entry in declared.items() if name not in header and not entry.optional]:
        _refuse(Problem(path.name, 1, None, f"the table has no column {listing(missing)}"))
    if len(set(header)) < len(header):
        _refuse(Problem(path.name, 1, None, "the header names a column twice"))
    try:
        columns = columns_of(path.stem, header)
    except LookupError:
        unknown = listing(name for name in header if name not in declared)
        _refuse(Problem(path.name, 1, None, f"the table has columns that no release has: {unknown}"))
    return Sheet(columns, _typed(path, columns, records))


def numbered(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file with the lines they begin on, the header being the first."""
    width = 0
    with path.open("rb") as stream:
        for line, fields in read_records(Lines(stream, path.name, _refuse, LONGEST_LINE)):
            width = width or len(fields)
            if len(fields) != width:
                reason = f"the row has {len(fields)} cells where the header has {width}"
                _refuse(Problem(path.name, line, None, reason))
            yield line, fields


def values_of(kind: Kind, cells: Iterable[str]) -> list[Any]:
    """The values of a column's cells. Raises ValueError where one is not of its kind."""
    if kind is Kind.TEXT:
        return [cell or None for cell in cells]
    cells = list(cells)
    if not PLAIN_NUMBER.issuperset("".join(cells)):
        raise ValueError
    make: type[float | int] = float if kind is Kind.NUMBER else int
    values = [make(cell) if cell else None for cell in cells]
    if max(map(abs, filter(None, values)), default=0) > LARGEST[kind is Kind.NUMBER]:
        raise ValueError
    return values


def _typed(path: Path, columns: tuple[Column, ...], records: Iterator[list[str]]) -> Iterator[Batch]:
    try:
        yield from batches(records, columns, values_of)
    except ValueError:
        _refuse(_first_fault(path, columns))


def _first_fault(path: Path, columns: tuple[Column, ...]) -> Problem:
    rows = numbered(path)
    next(rows)
    for line, fields in rows:
        for column, cell in zip(columns, fields, strict=True):
            try:
                values_of(column.kind, [cell])
            except ValueError:
                return Problem(path.name, line, column.name, f"{shown(cell)} is no {column.kind.value}")
    return Problem(path.name, None, None, "the file changed while it was read")


def _refuse(problem: Problem) -> NoReturn:
    problems = Problems()
    problems.add(problem)
    raise BundleErrors(problems)


@dataclass
class PeopleDigests:
    """Sees the tables pass, and makes the digest of every person as it was when nobody had a pseudonym."""

    people: dict[str, tuple[str, str, dict[str, str]]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    name: str | None = None
    lines: list[str] = field(default_factory=list)
    before: int = 0

    def see(self, table: str, columns: tuple[Column, ...], batch: Batch) -> None:
        names = [column.name for column in columns]
        if table == "participants":
            own, brought = _places(names, PARTICIPANT)
            for cells in zip(*batch, strict=True):
                name, kind, group = (cells[at] for at in own)
                self.people[name] = (kind, group or "", _brought(cells, brought))
        elif table == "responses":
            own, brought = _places(names, ("participant_id", *COLUMNS))
            for cells in zip(*batch, strict=True):
                name, *known = (cells[at] for at in own)
                if name != self.name:
                    self._next(name)
                if known[SUPERSEDES] is not None:
                    known[SUPERSEDES] -= self.before
                self.lines.append(encode([*known, _brought(cells, brought)]))

    def all(self) -> list[str]:
        self._next(None)
        return sorted([*self.made, *(digest_of(*person, []) for person in self.people.values())])

    def _next(self, name: str | None) -> None:
        if self.name is not None:
            if self.name not in self.people:
                _refuse(
                    Problem(
                        "responses.csv", None, "participant_id",
                        f"the answers of {shown(self.name)} do not stand together, or participants.csv does"
                        " not list them",
                    )
                )  # fmt: skip
            self.made.append(digest_of(*self.people.pop(self.name), self.lines))
        self.before += len(self.lines)
        self.name, self.lines = name, []


def _places(names: list[str], known: tuple[str, ...]) -> tuple[list[int], list[tuple[str, int]]]:
    """Where the known columns stand, and the name and place of each further one."""
    return [names.index(name) for name in known], [
        (name, at) for at, name in enumerate(names) if name not in known
    ]


def _brought(cells: tuple[Any, ...], places: list[tuple[str, int]]) -> dict[str, str]:
    return {name: cells[at] for name, at in places if cells[at] is not None}
