"""The supervision rates of everybody and all outputs: in words, and bin by bin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from annotations.research.tables import ALL, Row, bin_of, bin_order, is_all_bins, number, whole


@dataclass(frozen=True)
class Measure:
    """`of` and `that` make a sentence: of 100 judgements `of`, so many `that`."""

    key: str
    name: str
    of: str
    that: str
    hangs_on_share: bool = False


MEASURES = (
    Measure("slip", "Slip", "judgements of incorrect answers", "said correct"),
    Measure(
        "committed_slip",
        "Committed slip",
        "judgements of incorrect answers that said correct or incorrect",
        "said correct",
    ),
    Measure("slip_through", "Slip-through", "judgements", "let an incorrect answer pass", True),
    Measure("residual_error", "Residual error", "answers judged correct", "are incorrect", True),
    Measure("false_rejection", "False rejection", "judgements of correct answers", "said incorrect"),
    Measure("missed_avoidance", "Missed avoidance", "judgements of avoidant answers", "said correct"),
)


@dataclass(frozen=True)
class Cell:
    n: int
    total: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Line:
    """One bin, or all together: how many of the judgements were of incorrect outputs, and the rates."""

    name: str
    whole: bool
    difficulty_low: float | None
    difficulty_high: float | None
    share: Cell
    cells: list[Cell | None]


@dataclass(frozen=True)
class Rates:
    said: list[tuple[Measure, str]]
    share: str
    measures: list[Measure]
    lines: list[Line]


def cell_of(row: Row) -> Cell:
    interval = number(row["low"]), number(row["high"])
    return Cell(whole(row["n"]), whole(row["total"]), number(row["rate"]), *interval)


def rates_of(supervision: list[Row], companions: list[Row]) -> Rates | None:
    """Slips stand in `supervision`, the other rates in `supervision_rates`."""
    slips = [row | {"measure": "slip"} for row in supervision if is_slip(row)]
    rows = [row for row in [*slips, *companions] if row["group"] == ALL]
    found: dict[Any, dict[str, Row]] = {}
    for row in sorted(rows, key=bin_order):
        found.setdefault(_place(row), {})[str(row["measure"])] = row
    measures = [one for one in MEASURES if any(one.key in cells for cells in found.values())]
    totals = _totals(row for row in supervision if row["group"] == ALL)
    lines = [_line(totals.get(place, {}), cells, measures) for place, cells in found.items()]
    together = next((line for line in lines if line.whole), None)
    if together is None:
        return None
    said = [
        (measure, _sentence(measure, cell))
        for measure, cell in zip(measures, together.cells, strict=True)
        if cell is not None
    ]
    return Rates(said, _share_in_words(together.share), measures, lines)


def is_slip(row: Row) -> bool:
    return bool(row["grade"] == "incorrect" and row["verdict"] == "correct")


def _place(row: Row) -> Any:
    return "" if is_all_bins(row) else bin_of(row)


def _totals(rows: Iterable[Row]) -> dict[Any, dict[str, int]]:
    """Judgements by bin and grade: all verdicts of a grade have one total."""
    found: dict[Any, dict[str, int]] = {}
    for row in rows:
        found.setdefault(_place(row), {})[str(row["grade"])] = whole(row["total"])
    return found


def _line(totals: dict[str, int], cells: dict[str, Row], measures: list[Measure]) -> Line:
    any_row = next(iter(cells.values()))
    together = is_all_bins(any_row)
    wrong, total = totals.get("incorrect", 0), sum(totals.values())
    return Line(
        name="All bins" if together else str(bin_of(any_row) or "no difficulty"),
        whole=together,
        difficulty_low=number(any_row["difficulty_low"]),
        difficulty_high=number(any_row["difficulty_high"]),
        share=Cell(wrong, total, wrong / total if total else None, None, None),
        cells=[cell_of(cells[one.key]) if one.key in cells else None for one in measures],
    )


def _sentence(measure: Measure, cell: Cell) -> str:
    if cell.rate is None:
        return f"Not measured: there are no {measure.of}."
    if cell.low is None or cell.high is None:
        interval = "no interval: too few people or outputs"
    else:
        interval = f"95\u00a0% interval {100 * cell.low:.1f} to {100 * cell.high:.1f}"
    counts = f"{cell.n:,} of {cell.total:,}"
    return f"Of 100 {measure.of}, {100 * cell.rate:.1f} {measure.that} ({interval}; {counts})."


def _share_in_words(share: Cell) -> str:
    if share.rate is None:
        return ""
    return (
        f"Here {share.n:,} of {share.total:,} judgements ({100 * share.rate:.1f}\u00a0%) were of incorrect"
        " outputs. Slip-through and residual error depend on that share: more wrong answers, more of both."
    )
