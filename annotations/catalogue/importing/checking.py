"""The dry run: every row of a staged file read, converted and checked; nothing stored but what was found."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from django.db.models import Count, Max

from annotations.catalogue.bundle import BundleErrors, CheckedBundle, Declared, check_bundle
from annotations.catalogue.bundle.check import Tally
from annotations.catalogue.importing import regrades, staging
from annotations.catalogue.importing.columns import Shape
from annotations.catalogue.importing.converting import Converter, Tables
from annotations.catalogue.importing.mapping import Mapping, read_mapping
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.importing.source import count_lines, read_source
from annotations.catalogue.loading import Loaded
from annotations.catalogue.models import Load
from annotations.catalogue.regrading import grading_faults
from annotations.core.problems import Problem, Problems

Tell = Callable[[str, int, int], None]
ROWS = ("items", "systems", "templates", "outputs")
MOST_WRITTEN = 1_000_000
FORMULA = tuple("=+-@\t\r")
STAMP = "converted.stamp"
CHANGE_BY = "; import a table of grades to change it"


@dataclass
class TableReport:
    name: str
    new: int = 0
    equal: int = 0
    conflicts: int = 0


@dataclass
class Report:
    """What a check found. `problems` counts all of them, `listed` holds the first."""

    rows: int = 0
    problems: int = 0
    listed: list[dict[str, Any]] = field(default_factory=list)
    tables: list[TableReport] = field(default_factory=list)
    repeated: int = 0
    grades_new: int = 0
    grades_same: int = 0
    grades_changed: int = 0
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def adds(self) -> int:
        return sum(table.new for table in self.tables) + self.grades_new + self.grades_changed


class WrittenProblems(Problems):
    """Lists the first problems, and writes all of them into a CSV file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.out = path.open("w", encoding="utf-8", newline="")
        self.write = csv.writer(self.out).writerow
        self.write(("file", "line", "column", "reason"))

    def add(self, problem: Problem) -> None:
        super().add(problem)
        if self.count <= MOST_WRITTEN:
            cells = (problem.file, problem.line, problem.column, problem.reason)
            # No spreadsheet may take what stood in a file for a formula.
            self.write([f"'{cell}" if str(cell)[:1] in FORMULA else cell for cell in cells])

    def __enter__(self) -> WrittenProblems:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self.count > MOST_WRITTEN:
            self.write(("", "", "", f"and {self.count - MOST_WRITTEN} more"))
        self.out.close()


class Renamed(Problems):
    """Says of each problem in a bundle's tables where it stands in the file that they were made of."""

    def __init__(self, problems: Problems, file: str, mapping: Mapping) -> None:
        super().__init__()
        self.problems, self.file, self.parts = problems, file, mapping.parts

    def add(self, problem: Problem) -> None:
        super().add(problem)
        column, line = problem.column, problem.line
        mapping = self.parts[(line - 1) % len(self.parts)] if line else self.parts[0]
        if isinstance(column, str):
            column = self.column(mapping, problem.file.removesuffix(".jsonl"), column)
        line = mapping.line_of(line) if line else None
        self.problems.add(Problem(self.file, line, column, problem.reason))

    def column(self, mapping: Mapping, table: str, column: str) -> str:
        shape: Shape = mapping.shape
        ranked = sorted(shape.targets, key=lambda target: target.table != table)
        found = next((target for target in ranked if target.column == column), None)
        return mapping.column_of(found) if found else column


def problems_file(upload: Upload) -> Path:
    return staging.folder_of(upload) / "problems.csv"


def check_upload(upload: Upload, declared: Declared, tell: Tell) -> tuple[Report, CheckedBundle | None]:
    """Read everything once. The bundle is None where a row is bad; nothing may be loaded then."""
    report = Report()
    with WrittenProblems(problems_file(upload)) as problems:
        bundle, tally = _check(upload, declared, problems, report, tell)
        report.problems = problems.count
        report.listed = [problem.as_dict() for problem in problems]
    for name in ROWS:
        count, already, conflicts = (by.get(name, 0) for by in (tally.counts, tally.already, tally.conflicts))
        if count:
            report.tables.append(TableReport(name, max(0, count - already), already - conflicts, conflicts))
    return report, bundle if not report.problems else None


def _check(
    upload: Upload, declared: Declared, problems: Problems, report: Report, tell: Tell
) -> tuple[CheckedBundle | None, Tally]:
    existing = Loaded(upload.collection)
    if upload.is_bundle:
        folder, inner = staging.source_of(upload), problems
        grades_alone = False
    else:
        mapping = read_mapping(upload.mapping)
        folder = convert(upload, mapping, existing, problems, report, tell)
        inner = Renamed(problems, upload.file_name, mapping)
        grades_alone = mapping.shape.name == "grades"
    tell("checking the rows", 0, 0)
    try:
        bundle = check_bundle(folder, declared=declared, existing=existing, problems=inner)
    except BundleErrors as errors:
        return None, errors.tally
    if upload.is_bundle:
        report.rows = sum(bundle.counts.values())
    _count_grades(upload, bundle, inner, report, grades_alone)
    if not report.rows:
        inner.add(Problem(upload.file_name, None, None, "the file has no rows"))
    report.warnings = [_plain(problem) for problem in bundle.warnings]
    return bundle, Tally(bundle.counts, bundle.already, {})


def _count_grades(
    upload: Upload, bundle: CheckedBundle, problems: Problems, report: Report, grades_alone: bool
) -> None:
    if grades_alone:
        counted = regrades.count(upload.collection, bundle)
        report.grades_new, report.grades_same, report.grades_changed = counted
        return
    for fault in grading_faults(upload.collection, bundle):
        problems.add(Problem(fault.file, fault.line, fault.column, fault.reason + CHANGE_BY))


def _plain(problem: Problem) -> str:
    return f"{problem.column}: {problem.reason}" if problem.column else problem.reason


def convert(
    upload: Upload, mapping: Mapping, existing: Loaded, problems: Problems, report: Report, tell: Tell
) -> Path:
    """The folder with the tables that the file stands for; what was there before is replaced."""
    folder, stamp = staging.folder_of(upload) / "tables", _stamp(upload, mapping)
    if known := _converted(folder, stamp):
        report.rows, report.repeated = known
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    converter = Converter(mapping, upload.collection, existing, upload.file_name, problems.add)
    tables = Tables(folder)
    total = count_lines(staging.source_of(upload)) if upload.format != "parquet" else 0
    try:
        for raw in read_source(upload, problems.add):
            report.rows += 1
            for line, table, row in converter.convert(raw):
                tables.write(table, line, row)
            if report.rows % 1000 == 0:
                tell("rows read", report.rows, total)
    finally:
        tables.close()
    report.repeated = converter.repeated
    if not problems:
        (folder / STAMP).write_text(f"{stamp} {report.rows} {report.repeated}")
    return folder


def _stamp(upload: Upload, mapping: Mapping) -> str:
    """What the tables depend on beside the file: how it is understood, and what the collection has."""
    loads = (
        Load.objects.published().filter(collection=upload.collection).aggregate(n=Count("pk"), last=Max("pk"))
    )
    return f"{mapping.digest()}:{loads['n']}:{loads['last']}"


def _converted(folder: Path, stamp: str) -> tuple[int, int] | None:
    """Rows and repeated rows of a conversion that was done before, without a fault."""
    try:
        said, rows, repeated = (folder / STAMP).read_text().split()
    except (OSError, ValueError):
        return None
    return (int(rows), int(repeated)) if said == stamp else None


def preview_rows(
    upload: Upload, mapping: Mapping, rows: Iterable[Any]
) -> list[tuple[str, list[str], list[list[str]]]]:
    """By table the columns and the rows that these source rows would become."""
    existing = Loaded(upload.collection)
    problems: list[Problem] = []
    converter = Converter(mapping, upload.collection, existing, upload.file_name, problems.append)
    found: dict[str, list[dict[str, Any]]] = {}
    for raw in rows:
        for _line, table, row in converter.convert(raw):
            found.setdefault(table, []).append(row)
    return [
        (
            table,
            columns,
            [["" if row.get(name) is None else str(row[name]) for name in columns] for row in made],
        )
        for table, made in found.items()
        for columns in [list(dict.fromkeys(name for row in made for name in row))]
    ]
