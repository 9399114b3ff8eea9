"""The rows of a staged table, whatever it came as."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from annotations.catalogue.importing import sniffing, staging
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.readers import READERS, Cell, RawRow, Report
from annotations.catalogue.readers.csv import read_delimited
from annotations.core.errors import Refusal
from annotations.core.problems import Problem

# Rows of JSON in which columns are looked for: they need not be in every row.
LOOKED_AT = 200


def read_source(upload: Upload, report: Report) -> Iterator[RawRow]:
    """Sound rows in their order; problems bear the name that the file had."""
    path = staging.source_of(upload)

    def told(problem: Problem) -> None:
        report(Problem(upload.file_name, problem.line, problem.column, problem.reason))

    if upload.format == sniffing.CSV:
        delimiter = upload.delimiter or ","
        yield from read_delimited(path, report=told, delimiter=delimiter, rename=named_apart)
        return
    for row in READERS[f".{upload.format}"](path, required=(), report=told):
        yield RawRow(row.line, dict(flat(row.cells)))


def flat(cells: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Cell]]:
    """Cells of objects in objects, called "outer.inner"."""
    for name, cell in cells.items():
        if isinstance(cell, dict):
            yield from flat(cell, f"{before}{name}.")
        else:
            missing = isinstance(cell, float) and math.isnan(cell)  # as tables of statistics say it
            yield f"{before}{name}", None if missing else cell


def named_apart(header: list[str]) -> list[str]:
    """Names for columns that have none, as those that programs number rows with, or share one."""
    counts: Counter[str] = Counter()
    names = []
    for place, name in enumerate(header, start=1):
        name = name or f"column {place}"
        counts[name] += 1
        names.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return names


def first_rows(upload: Upload, count: int) -> list[RawRow]:
    """Raises Refusal where not even these can be read."""
    problems: list[Problem] = []
    rows = list(islice(read_source(upload, problems.append), count))
    if not rows:
        raise Refusal(
            f"The file has no rows. {problems[0]}" if problems else "The file has a header and no rows."
        )
    return rows


def header_of(rows: list[RawRow]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.cells))


def count_lines(path: Path) -> int:
    """Roughly how many rows a file has, for progress."""
    with path.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1_000_000), b""))
