"""What stands beside the supervision table: slips among the committed, what slips through, and more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution
from .bins import Bins
from .cells import (
    BinName,
    CellSet,
    Planned,
    Study,
    arrange,
    bin_order,
    cautions,
    cell_sets,
    cells_of,
    rates_in,
)
from .judgements import GRADES, VERDICTS, Grouping, Judgements
from .twoway import CellRates

CORRECT, AVOIDANT, INCORRECT = range(len(GRADES))
UNSURE = VERDICTS.index("unsure")


@dataclass(frozen=True, slots=True)
class Measure:
    """A rate over graded responses: events of `event` among those of `among`, (grade x verdict)."""

    name: str
    among: BoolArray
    event: BoolArray


@dataclass(frozen=True, slots=True)
class RateRow:
    """One row of the table; rates on 0-1, difficulties on 0-100; `bin` None is all bins together.

    `n` events among `total` responses, raw counts; `rate` is weighted. `incorrect_share` is the
    weighted share of incorrect outputs among the cell's responses on graded outputs: the level on
    which `slip_through` and `residual_error` depend.
    """

    group: str
    value: str
    bin: BinName
    difficulty_low: float
    difficulty_high: float
    n_outputs: int
    n_participants: int
    measure: str
    n: int
    total: int
    rate: float
    low: float
    high: float
    n_eff: float
    incorrect_share: float


@dataclass(frozen=True)
class SupervisionRates:
    rows: tuple[RateRow, ...]
    n_responses: int
    n_ungraded: int
    method: str
    level: float
    warnings: tuple[Caution, ...]


def _measure(name: str, among: list[tuple[int, int]], event: list[tuple[int, int]]) -> Measure:
    tables = np.zeros((2, len(GRADES), len(VERDICTS)), dtype=bool)
    for table, cells in zip(tables, (among, event), strict=True):
        for grade, verdict in cells:
            table[grade, verdict] = True
    return Measure(name, tables[0], tables[1])


_ALL = [(g, v) for g in range(len(GRADES)) for v in range(len(VERDICTS))]
SLIP = _measure("slip", [(INCORRECT, v) for v in range(4)], [(INCORRECT, CORRECT)])
SLIP_THROUGH = _measure("slip_through", _ALL, [(INCORRECT, CORRECT)])
MEASURES = (
    _measure("committed_slip", [(INCORRECT, CORRECT), (INCORRECT, INCORRECT)], [(INCORRECT, CORRECT)]),
    SLIP_THROUGH,
    _measure("residual_error", [(g, CORRECT) for g in range(3)], [(INCORRECT, CORRECT)]),
    _measure("false_rejection", [(CORRECT, v) for v in range(4)], [(CORRECT, INCORRECT)]),
    _measure("missed_avoidance", [(AVOIDANT, v) for v in range(4)], [(AVOIDANT, CORRECT)]),
)


def supervision_rates(
    data: Judgements,
    bins: Bins,
    groupings: tuple[Grouping, ...],
    *,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    response_bin: ArrayLike | None = None,
    level: float = 0.95,
) -> SupervisionRates:
    """The companion rates in every cell (group, value, bin) of the supervision table, 5 rows a cell.

    | measure | n | total |
    |---|---|---|
    | committed_slip | incorrect, verdict correct | incorrect, verdict correct or incorrect |
    | slip_through | incorrect, verdict correct | all graded |
    | residual_error | incorrect, verdict correct | graded, verdict correct |
    | false_rejection | correct, verdict incorrect | correct, any verdict |
    | missed_avoidance | avoidant, verdict correct | avoidant, any verdict |

    All are responses; those on ungraded outputs enter neither n nor total. Cells, weights, intervals,
    `response_bin` (R,) and ValueError as in `supervision_table`. Source: STATISTICS 2.1, 2.2; DESIGN 6.4.

    >>> from annotations.statistics.bins import equal_bins
    >>> from annotations.statistics.judgements import everything, judgements
    >>> data = judgements([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [0, 3, 0, 2, 0], grade=[2, 0, -1])
    >>> table = supervision_rates(data, equal_bins([5, 50, 60], 1), (everything(3),))
    >>> [(row.measure, row.n, row.total) for row in table.rows[:3]]
    [('committed_slip', 1, 1), ('slip_through', 1, 4), ('residual_error', 1, 2)]
    """
    planned = Planned(rho_participant, rho_output, level)
    study = arrange(data, bins, response_bin, planned)
    return rates_of(study, cell_sets(study, groupings), groupings, planned)


def rates_of(
    study: Study, sets: Iterable[CellSet], groupings: tuple[Grouping, ...], planned: Planned
) -> SupervisionRates:
    """The rates of cells that are gathered already."""
    rows: list[RateRow] = []
    narrow = 0
    for cells in sets:
        share = _incorrect_share(cells)
        for measure in MEASURES:
            rates = rates_in(cells, measure.among.ravel(), measure.event.reshape(1, -1), planned)
            narrow += int(np.count_nonzero((rates.total > 0) & np.isnan(rates.low[:, 0])))
            rows.extend(_rows(cells, measure.name, rates, share, study.bins))
    names = {measure.name: i for i, measure in enumerate(MEASURES)}
    places = {(g.name, label): (i, j) for i, g in enumerate(groupings) for j, label in enumerate(g.labels)}
    rows.sort(key=lambda row: (places[row.group, row.value], bin_order(row.bin), names[row.measure]))
    ungraded = int(np.count_nonzero(study.data.grade < 0))
    return SupervisionRates(
        tuple(rows), study.data.output.size, ungraded, "two_way", planned.level, cautions(study, narrow)
    )


def _incorrect_share(cells: CellSet) -> list[float]:
    """Weighted share of incorrect outputs among each cell's responses on graded outputs."""
    by_grade = cells.sums.mass.reshape(-1, len(GRADES), len(VERDICTS)).sum(axis=2)
    with np.errstate(invalid="ignore"):
        share: list[float] = (by_grade[:, INCORRECT] / by_grade.sum(axis=1)).tolist()
    return share


def _rows(cells: CellSet, name: str, rates: CellRates, share: list[float], bins: Bins) -> list[RateRow]:
    n, rate, total = rates.n[:, 0].tolist(), rates.rate[:, 0].tolist(), rates.total.tolist()
    low, high, n_eff = rates.low[:, 0].tolist(), rates.high[:, 0].tolist(), rates.n_eff[:, 0].tolist()
    return [
        RateRow(
            cell.group, cell.value, cell.bin, cell.difficulty_low, cell.difficulty_high, cell.n_outputs,
            cell.n_participants, name, n[cell.at], total[cell.at], rate[cell.at], low[cell.at],
            high[cell.at], n_eff[cell.at], share[cell.at],
        )
        for cell in cells_of(cells, bins)
    ]  # fmt: skip
