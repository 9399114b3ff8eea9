"""The supervision table: grade x verdict, per bin, for all and by group (STATISTICS 2.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .basics import Caution, IntArray
from .bins import Bins
from .judgements import GRADES, VERDICTS, Grouping, Judgements, check_grouping
from .twoway import CellRates, rates_by_cell


@dataclass(frozen=True, slots=True)
class SupervisionRow:
    """One row of the table; rates on 0-1, difficulties on 0-100; `bin` None is all bins together."""

    group: str
    value: str
    bin: int | Literal["missing"] | None
    difficulty_low: float
    difficulty_high: float
    n_outputs: int
    n_participants: int
    grade: str
    verdict: str
    n: int
    total: int
    rate: float
    low: float
    high: float
    n_eff: float


@dataclass(frozen=True)
class SupervisionTable:
    rows: tuple[SupervisionRow, ...]
    n_responses: int
    n_ungraded: int
    bins: int
    method: str
    level: float
    warnings: tuple[Caution, ...]


def supervision_table(
    data: Judgements,
    bins: Bins,
    groupings: tuple[Grouping, ...],
    *,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    level: float = 0.95,
) -> SupervisionTable:
    """Grade x verdict in every cell (group, value, bin): 12 rows a cell, zeros too.

    `bins.code` (N,) is the outputs' bin; bin None takes all outputs, `missing` those without
    difficulty. `n` and `total` (the responses on outputs of that grade) are raw counts, `rate` is
    weighted. `n_outputs` counts the cell's outputs, ungraded ones too; in a grouping of responses
    those that the group judged. `n_participants` counts people who judged any of them. Ungraded
    outputs enter no rate. Cells without outputs are left out. ValueError for mismatched sizes.
    Source: STATISTICS 2.1, 2.2; DESIGN 6.4.

    >>> from annotations.statistics.bins import equal_bins
    >>> from annotations.statistics.judgements import everything, judgements
    >>> data = judgements([0, 0, 1, 1], [0, 1, 0, 1], [0, 2, 0, 0], grade=[2, 0])
    >>> table = supervision_table(data, equal_bins([5, 50], 1), (everything(2),))
    >>> slip = table.rows[8]
    >>> slip.grade, slip.verdict, slip.n, slip.total, slip.rate
    ('incorrect', 'correct', 1, 2, 0.5)
    """
    if bins.code.size != data.grade.size:
        raise ValueError("bins and grades must cover the same outputs")
    rows: list[SupervisionRow] = []
    narrow = 0
    for grouping in groupings:
        check_grouping(grouping, data)
        for cells in (_cells(data, grouping, None), _cells(data, grouping, bins)):
            graded = data.grade[data.output]
            code = np.where((graded >= 0) & (cells.response >= 0), cells.response * len(GRADES) + graded, -1)
            rates = rates_by_cell(
                code, data.participant, data.cluster, data.verdict, data.weight,
                n_cells=cells.n_outputs.size * len(GRADES), n_outcomes=len(VERDICTS),
                rho_participant=rho_participant, rho_output=rho_output, level=level,
            )  # fmt: skip
            narrow += int(np.count_nonzero((rates.total > 0) & np.isnan(rates.low[:, 0])))
            rows.extend(_rows(grouping, cells, rates, bins))
    order = {grouping.name: i for i, grouping in enumerate(groupings)}
    places = {(g.name, label): i for g in groupings for i, label in enumerate(g.labels)}
    rows.sort(key=lambda row: (order[row.group], places[row.group, row.value], _bin_order(row)))
    ungraded = int(np.count_nonzero(data.grade < 0))
    warnings = _cautions(data, narrow, ungraded) + bins.warnings
    n_bins = int(bins.n.size)
    return SupervisionTable(tuple(rows), data.output.size, ungraded, n_bins, "two_way", level, warnings)


@dataclass(frozen=True)
class _Cells:
    """Cells of one grouping, value-major with `width` bins each: `response` (R,) is each response's
    cell or -1; `n_outputs`, `n_participants` (C,)."""

    together: bool
    width: int
    response: IntArray
    n_outputs: IntArray
    n_participants: IntArray


def _cells(data: Judgements, grouping: Grouping, bins: Bins | None) -> _Cells:
    """Cells by value and bin (bin 0 being the missing ones), or by value alone without `bins`."""
    width = 1 if bins is None else int(bins.n.size) + 1
    bin_code = np.zeros(data.grade.size, dtype=np.int64) if bins is None else bins.code
    count = len(grouping.labels) * width
    of_outputs = grouping.of == "outputs"
    value = grouping.codes[data.output] if of_outputs else grouping.codes
    response = np.where(value >= 0, value * width + bin_code[data.output], -1)
    if of_outputs:
        place = np.where(grouping.codes >= 0, grouping.codes * width + bin_code, -1)
        n_outputs = np.bincount(place[place >= 0], minlength=count).astype(np.int64)
    else:
        n_outputs = _distinct(response, data.output, count)
    return _Cells(bins is None, width, response, n_outputs, _distinct(response, data.participant, count))


def _distinct(cell: IntArray, code: IntArray, count: int) -> IntArray:
    """How many different codes each cell holds, shape (count,)."""
    width = int(code.max()) + 1 if code.size else 1
    pairs = np.unique(cell[cell >= 0] * width + code[cell >= 0])
    return np.bincount(pairs // width, minlength=count).astype(np.int64)


def _rows(grouping: Grouping, cells: _Cells, rates: CellRates, bins: Bins) -> list[SupervisionRow]:
    rows: list[SupervisionRow] = []
    for cell in np.flatnonzero(cells.n_outputs).tolist():
        value, place = divmod(cell, cells.width)
        name, low, high = _bin_of(place, cells.together, bins)
        for g, grade in enumerate(GRADES):
            at = cell * len(GRADES) + g
            rows.extend(
                SupervisionRow(
                    grouping.name, grouping.labels[value], name, low, high,
                    int(cells.n_outputs[cell]), int(cells.n_participants[cell]), grade, verdict,
                    int(rates.n[at, v]), int(rates.total[at]), float(rates.rate[at, v]),
                    float(rates.low[at, v]), float(rates.high[at, v]), float(rates.n_eff[at, v]),
                )
                for v, verdict in enumerate(VERDICTS)
            )  # fmt: skip
    return rows


def _bin_of(place: int, together: bool, bins: Bins) -> tuple[int | Literal["missing"] | None, float, float]:
    """Name and range of difficulty of a cell's bin; all bins together span the whole axis."""
    if together:
        if not bins.n.size:
            return None, math.nan, math.nan
        return None, float(bins.low.min()), float(bins.high.max())
    if place == 0:
        return "missing", math.nan, math.nan
    return place, float(bins.low[place - 1]), float(bins.high[place - 1])


def _bin_order(row: SupervisionRow) -> float:
    if row.bin is None:
        return 0
    return math.inf if row.bin == "missing" else row.bin


def _cautions(data: Judgements, narrow: int, ungraded: int) -> tuple[Caution, ...]:
    found = []
    if not data.output.size:
        found.append(Caution("no_responses", "There are no responses: every rate is nan."))
    if ungraded:
        found.append(Caution("ungraded", f"{ungraded} outputs have no grade and enter no rate."))
    if narrow:
        text = f"{narrow} totals rest on fewer than two participants or two outputs: no interval."
        found.append(Caution("too_few_clusters", text))
    return tuple(found)
