"""Rows of a table from elsewhere as the tables of a bundle.

Each table becomes a file of JSON Lines in which a row stands on the line on which it stands in the source:
so what a bundle's check says of lines is true of the source. Blank lines are between them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection as Keys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

import rfc8785

from annotations.catalogue.bundle.cells import as_text, is_blank
from annotations.catalogue.bundle.collection import Existing
from annotations.catalogue.bundle.index import Index
from annotations.catalogue.bundle.rows import canonical
from annotations.catalogue.bundle.tables import METRIC_PREFIX, TABLES
from annotations.catalogue.importing.finding import Outputs
from annotations.catalogue.importing.mapping import Mapping as ColumnMapping
from annotations.catalogue.importing.targets import Target
from annotations.catalogue.importing.values import BLANK, ERROR, scaled
from annotations.catalogue.models import Collection
from annotations.catalogue.readers import Cell, RawRow, Report
from annotations.core.problems import Problem, shown

# The order in which tables of a bundle refer to each other, and what they are called here.
ORDER = ("items", "systems", "templates", "outputs", "grades")
NAMES = {"item_id", "output_id", "system", "template", "domain", "grader", "family", "licence"}
NUMBERS = {"parameters", "flop"}
ID_LENGTH = 16
Cells = dict[str, Cell]


class Unmeant(Exception):
    """A cell that cannot be taken over: of which target, and why."""

    def __init__(self, target: Target, reason: str) -> None:
        super().__init__(reason)
        self.target = target


@dataclass
class Converter:
    """Turns source rows into rows by table, and remembers which it has made already.

    A flat file says the same of an item again and again; rows of a table of their own that are the same
    and have no id are one row, too. `repeated` counts what was left out so.
    """

    mapping: ColumnMapping
    collection: Collection
    existing: Existing
    file: str
    report: Report
    repeated: int = 0
    made: dict[str, Index[tuple[bytes, int]]] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    parts: list[ColumnMapping] = field(init=False)
    # What was reported of the present row: every reading of it finds the same.
    said: set[Problem] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.parts = self.mapping.parts

    def convert(self, raw: RawRow) -> Iterator[tuple[int, str, Cells]]:
        """The rows that one source row stands for, in the order in which they refer to each other.

        Each comes with the line on which it is to be written: a row of a wide table is read once for each
        system, and that is its place among all readings.
        """
        self.said.clear()
        for place, part in enumerate(self.parts, start=1):
            self.mapping = part
            line = (raw.line - 1) * part.stride + place
            for table, row in self._read(RawRow(line, raw.cells)):
                yield line, table, row

    def _read(self, raw: RawRow) -> Iterator[tuple[str, Cells]]:
        try:
            cells = self._cells(raw)
            made = [(table, self._own(table, cells, raw.line)) for table in ORDER if table in cells]
        except Unmeant as fault:
            self._fault(raw, fault.target, str(fault))
            return
        except (ValueError, rfc8785.CanonicalizationError) as error:
            line = self.mapping.line_of(raw.line)
            self.report(Problem(self.file, line, None, f"holds a value that cannot be kept: {error}"))
            return
        for table, row in made:
            if row is not None:
                # A cell that is needed and not there is blank.
                yield table, dict.fromkeys(TABLES[table].required) | row

    def _cells(self, raw: RawRow) -> dict[str, Cells]:
        """By table the cells that columns and constants give."""
        found: dict[str, Cells] = {}
        shape = self.mapping.shape
        for target in shape.targets:
            source = self.mapping.sources.get(target.name)
            cell = raw.cells.get(source) if source else self.mapping.constants.get(target.name)
            cell = self._meant(target, cell) if source else cell
            if not is_blank(cell):
                found.setdefault(target.table, {})[target.column] = cell
        main = {"flat": "outputs", "wide": "items"}.get(shape.name, shape.name)
        found.setdefault(main, {})
        if shape.name == "flat":
            found.setdefault("items", {})
        if shape.each:
            self._check_said(found)
        self._derive(found)
        if self.mapping.keep and main != "grades":
            used = self.mapping.used
            for name, cell in raw.cells.items():
                if name not in used and not is_blank(cell):
                    self._keep(found, main, name, cell)
        return found

    def _check_said(self, found: dict[str, Cells]) -> None:
        """Where a column of a wide table is blank the system has no output for the item."""
        said = found.get("outputs", {})
        if "text" in said:
            return
        if "grade" in said:
            raise Unmeant(self.mapping.shape.target("text"), "is blank, though a grade is given")
        for table in ("outputs", "systems", "templates"):
            found.pop(table, None)

    def _derive(self, found: dict[str, Cells]) -> None:
        """Rows of an output table name systems and templates, which need rows of their own."""
        if "outputs" not in found:
            return
        if template := found["outputs"].get("template"):
            found.setdefault("templates", {})["template"] = template
        for table in ("systems", "templates"):
            if TABLES[table].key not in found.get(table, {}):
                found.pop(table, None)

    def _keep(self, found: dict[str, Cells], main: str, name: str, cell: Cell) -> None:
        """A column that nobody mapped: a further metric, or what is kept as meta."""
        table = "items" if name.startswith(METRIC_PREFIX) and "items" in found else main
        if name in TABLES[table].columns or (name.startswith(METRIC_PREFIX) and table != "items"):
            name = f"source_{name}"
        found[table].setdefault(name, as_text(cell) if isinstance(cell, list | dict) else cell)

    def _meant(self, target: Target, cell: Cell) -> Cell:
        if is_blank(cell):
            return None
        if target.choices:
            value = as_text(cell)
            meant = self.mapping.meant(target, value)
            if meant == ERROR:
                raise Unmeant(
                    target, f"{shown(value)} is not said to mean any of {', '.join(target.choices)}"
                )
            return None if meant == BLANK else meant
        if target.column in NUMBERS and isinstance(cell, str):
            return scaled(cell)
        if target.column in NAMES and isinstance(cell, str):
            return cell.strip()
        return cell

    def _own(self, table: str, cells: dict[str, Cells], line: int) -> Cells | None:
        """The row with its id and what it refers to; None where it was made before."""
        row = cells[table]
        whole = not any(is_blank(row.get(name)) for name in TABLES[table].never_blank if name != "item_id")
        if table == "items" and "item_id" not in row:
            # What is no item is no other one either: it is a fault of its own line.
            row["item_id"] = made_id("item", row if whole else row | {"line": self.mapping.line_of(line)})
        if table == "outputs":
            return self._output(row, cells)
        if table == "grades":
            return self._grade(row)
        return self._once(table, row, line)

    def _output(self, row: Cells, cells: dict[str, Cells]) -> Cells:
        row = dict(row)
        if "items" in cells:
            row["item_id"] = cells["items"]["item_id"]
        if system := cells.get("systems", {}).get("system"):
            row["system"] = system
        row.setdefault("text", "")
        if "output_id" not in row:
            content = {name: row.get(name) for name in ("item_id", "system", "template", "text", "trace")}
            row["output_id"] = self._apart(made_id("output", content))
        return row

    def _grade(self, row: Cells) -> Cells:
        """With the id of its output, found by the names that the row gives, which it needs no more."""
        row = dict(row)
        names = {name: as_text(row.pop(name, None) or "") for name in ("item_id", "system", "template")}
        if is_blank(row.get("output_id")) and (names["item_id"] or names["system"]):
            for name in ("item_id", "system"):
                if not names[name]:
                    raise Unmeant(self.mapping.shape.target(name), "is blank, and so is the output's id")
            try:
                row["output_id"] = self.outputs.find(names["item_id"], names["system"], names["template"])
            except ValueError as error:
                raise Unmeant(self.mapping.shape.target("item_id"), str(error)) from error
        return row

    @cached_property
    def outputs(self) -> Outputs:
        return Outputs(self.collection)

    def _apart(self, key: str) -> str:
        """Systems may say the same twice: those are two outputs."""
        made = self.made.setdefault("outputs", Index(2))
        if key not in made:
            made.setdefault(key, (b"", 0))
            return key
        self.again[key] = self.again.get(key, 1) + 1
        return f"{key}-{self.again[key]}"

    def _once(self, table: str, row: Cells, line: int) -> Cells | None:
        key = row.get(TABLES[table].key)
        derived = self.mapping.shape.name in ("flat", "wide", "outputs")
        if derived and len(row) == 1 and self._known(table, as_text(key)):
            return None  # a mere name of what is here already
        if is_blank(key):
            return row
        digest = hashlib.sha256(canonical(plain(row))).digest()[:ID_LENGTH]
        made = self.made.setdefault(table, Index(2))
        first = made.setdefault(as_text(key), (digest, line))
        if first[1] == line:
            return row
        if first[0] == digest:
            self.repeated += not derived
            return None
        if derived:
            what = f"{table.removesuffix('s')} {shown(as_text(key))}"
            reason = f"{what} is given on line {self.mapping.line_of(first[1])} with other content"
            self._fault(RawRow(line, {}), self._key_target(table), reason)
            return None
        return row

    def _known(self, table: str, key: str) -> bool:
        keys: dict[str, Keys[str]] = {
            "systems": self.existing.system_names(),
            "templates": self.existing.template_names(),
        }
        return key in keys.get(table, ())

    def _key_target(self, table: str) -> Target:
        key = TABLES[table].key
        return next(one for one in self.mapping.shape.targets if one.column == key)

    def _fault(self, raw: RawRow, target: Target, reason: str) -> None:
        line = self.mapping.line_of(raw.line)
        problem = Problem(self.file, line, self.mapping.column_of(target), reason)
        if problem not in self.said:
            self.said.add(problem)
            self.report(problem)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Cells as text: a number has the same id whether it came as CSV or as JSON."""
    return {name: without_halves(as_text(cell)) for name, cell in row.items() if not is_blank(cell)}


def made_id(noun: str, content: Mapping[str, Any]) -> str:
    """The same for the same content, in whichever file and on whichever line."""
    written = canonical(plain(content))
    return f"{noun}-{hashlib.sha256(written).hexdigest()[:ID_LENGTH]}"


def without_halves(text: str) -> str:
    """Half a character cannot be hashed; the check finds it."""
    return text.encode("utf-8", "replace").decode()


@dataclass
class Tables:
    """The files of the tables, each with the line that is written next."""

    folder: Path
    files: dict[str, TextIO] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def write(self, table: str, line: int, row: Cells) -> None:
        if table not in self.files:
            self.files[table] = (self.folder / f"{table}.jsonl").open("x", encoding="utf-8")
            self.lines[table] = 1
        out = self.files[table]
        out.write("\n" * (line - self.lines[table]))
        out.write(json.dumps(row) + "\n")
        self.lines[table] = line + 1
        self.counts[table] = self.counts.get(table, 0) + 1

    def close(self) -> None:
        for file in self.files.values():
            file.close()
