"""Result tables of a run: their rows a page at a time, their columns in order, and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from annotations.analysis.models import Run, RunTable
from annotations.analysis.tables import TABLE_COLUMNS
from annotations.core.errors import NotFound

Row = dict[str, Any]

ALL = "all"
CSV_PIECE = 50_000


class TableRows(Sequence[Row]):
    """The rows of a table as a sequence of which only what is asked for is read. One query for where the
    blocks begin, one for each slice."""

    def __init__(self, run: Run, name: str) -> None:
        self._blocks = RunTable.objects.filter(run=run, name=name).order_by("block")
        self._sizes = list(self._blocks.values_list("size", flat=True))
        if not self._sizes:
            raise NotFound("The run has no such table.")

    def __len__(self) -> int:
        return sum(self._sizes)

    @overload
    def __getitem__(self, wanted: int) -> Row: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Row]: ...
    def __getitem__(self, wanted: int | slice) -> Row | list[Row]:
        if isinstance(wanted, int):
            at = range(len(self))[wanted]
            return self[at : at + 1][0]
        start, stop, _ = wanted.indices(len(self))
        blocks: list[int] = []
        skipped = passed = 0
        for block, size in enumerate(self._sizes):
            if passed < stop and passed + size > start:
                skipped = skipped if blocks else passed
                blocks.append(block)
            passed += size
        found = self._blocks.filter(block__in=blocks).values_list("rows", flat=True)
        return [row for rows in found for row in rows][start - skipped : stop - skipped]

    def __iter__(self) -> Iterator[Row]:
        for block in range(len(self._sizes)):
            yield from self._blocks.values_list("rows", flat=True).get(block=block)


def columns_of(table: str, rows: list[Row]) -> list[str]:
    """Those of the contract first, in its order: the database may not keep that of the rows."""
    known = TABLE_COLUMNS.get(table, ())
    found = set().union(*rows[:100]) if rows else set(known)
    return [name for name in known if name in found] + sorted(found - set(known))


def number(value: Any) -> float | None:
    """A cell as a number; None if it is blank or not a number."""
    if isinstance(value, bool) or value in (None, ""):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def said(value: float) -> str:
    """A number as a sentence or a table says it: three significant digits, thousands in full."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def whole(value: Any) -> int:
    found = number(value)
    return int(found) if found is not None else 0


def bin_of(row: Row) -> int | None:
    """The row's bin from 1, the easiest; None for `missing` and for all bins together."""
    found = number(row.get("bin"))
    return int(found) if found is not None else None


def is_all_bins(row: Row) -> bool:
    return row.get("bin") in (None, "")


def bin_order(row: Row) -> tuple[int, int]:
    """All bins together, then from the easiest, `missing` last."""
    if is_all_bins(row):
        return (0, 0)
    found = bin_of(row)
    return (2, 0) if found is None else (1, found)


def as_csv(columns: list[str], rows: Iterable[Row]) -> Iterator[str]:
    """In pieces of about `CSV_PIECE` characters: each costs the web server a step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
        if text.tell() > CSV_PIECE:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else value
