"""Result tables of a run: their columns in order (the database may not keep it), and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from typing import Any

from annotations.analysis.models import Run, RunTable
from annotations.analysis.tables import CALIBRATION_COLUMNS, DIFFICULTY_COLUMNS, SUPERVISION_COLUMNS
from annotations.core.errors import NotFound

Row = dict[str, Any]

COLUMNS = {
    "difficulty": DIFFICULTY_COLUMNS,
    "calibration": CALIBRATION_COLUMNS,
    "supervision": SUPERVISION_COLUMNS,
}


def columns_of(table: str, rows: list[Row]) -> list[str]:
    known = COLUMNS.get(table, ())
    found = set().union(*rows[:100]) if rows else set(known)
    return [name for name in known if name in found] + sorted(found - set(known))


def rows_of(run: Run | None, table: str) -> list[Row]:
    """The rows of a table, none if the run has no such table. One query."""
    if run is None:
        return []
    found: list[Row] | None = (
        RunTable.objects.filter(run=run, name=table).values_list("rows", flat=True).first()
    )
    return found or []


def access_rows(run: Run, table: str) -> list[Row]:
    if not RunTable.objects.filter(run=run, name=table).exists():
        raise NotFound("The run has no such table.")
    return rows_of(run, table)


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


def as_csv(columns: list[str], rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else value
