"""The supervision table: grade x verdict, per bin, for all and by group (STATISTICS 2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution
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
from .cellsums import CATEGORIES
from .judgements import GRADES, VERDICTS, Grouping, Judgements
from .twoway import CellRates


@dataclass(frozen=True, slots=True)
class SupervisionRow:
    """One row of the table; rates on 0-1, difficulties on 0-100; `bin` None is all bins together."""

    group: str
    value: str
    bin: BinName
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
    response_bin: ArrayLike | None = None,
    level: float = 0.95,
) -> SupervisionTable:
    """Grade x verdict in every cell (group, value, bin): 12 rows a cell, zeros too.

    `bins.code` (N,) is the outputs' bin; bin None takes all outputs, `missing` those without
    difficulty. `n` and `total` (the responses on outputs of that grade) are raw counts, `rate` is
    weighted. `n_outputs` counts the cell's outputs, ungraded ones too; in a grouping of responses
    those that the group judged. `n_participants` counts people who judged any of them. Ungraded
    outputs enter no rate. Cells without outputs are left out. `response_bin` (R,) puts each response
    into a bin of its own (`leaveout.response_bins`) where the output's bin was found with the help of
    the very person who answers; `n_outputs` counts by the outputs' own bins still. ValueError for
    mismatched sizes.
    Source: STATISTICS 2.1, 2.2; DESIGN 6.4.

    >>> from annotations.statistics.bins import equal_bins
    >>> from annotations.statistics.judgements import everything, judgements
    >>> data = judgements([0, 0, 1, 1], [0, 1, 0, 1], [0, 2, 0, 0], grade=[2, 0])
    >>> table = supervision_table(data, equal_bins([5, 50], 1), (everything(2),))
    >>> slip = table.rows[8]
    >>> slip.grade, slip.verdict, slip.n, slip.total, slip.rate
    ('incorrect', 'correct', 1, 2, 0.5)
    """
    planned = Planned(rho_participant, rho_output, level)
    study = arrange(data, bins, response_bin, planned)
    return table_of(study, cell_sets(study, groupings), groupings, planned)


def table_of(
    study: Study, sets: Iterable[CellSet], groupings: tuple[Grouping, ...], planned: Planned
) -> SupervisionTable:
    """The table of cells that are gathered already."""
    bins = study.bins
    category = np.eye(CATEGORIES, dtype=bool).reshape(len(GRADES), len(VERDICTS), CATEGORIES)
    rows: list[SupervisionRow] = []
    narrow = 0
    for cells in sets:
        for grade, name in enumerate(GRADES):
            rates = rates_in(cells, category[grade].any(axis=0), category[grade], planned)
            narrow += int(np.count_nonzero((rates.total > 0) & np.isnan(rates.low[:, 0])))
            rows.extend(_rows(cells, name, rates, bins))
    places = {(g.name, label): (i, j) for i, g in enumerate(groupings) for j, label in enumerate(g.labels)}
    rows.sort(key=lambda row: (places[row.group, row.value], bin_order(row.bin), GRADES.index(row.grade)))
    ungraded = int(np.count_nonzero(study.data.grade < 0))
    return SupervisionTable(
        tuple(rows), study.data.output.size, ungraded, int(bins.n.size), "two_way", planned.level,
        cautions(study, narrow),
    )  # fmt: skip


def _rows(cells: CellSet, grade: str, rates: CellRates, bins: Bins) -> list[SupervisionRow]:
    """4 rows a cell; whole arrays become lists at once, which is cheaper than number by number."""
    n, total, rate = rates.n.tolist(), rates.total.tolist(), rates.rate.tolist()
    low, high, n_eff = rates.low.tolist(), rates.high.tolist(), rates.n_eff.tolist()
    return [
        SupervisionRow(
            cell.group, cell.value, cell.bin, cell.difficulty_low, cell.difficulty_high, cell.n_outputs,
            cell.n_participants, grade, verdict, n[cell.at][v], total[cell.at], rate[cell.at][v],
            low[cell.at][v], high[cell.at][v], n_eff[cell.at][v],
        )
        for cell in cells_of(cells, bins)
        for v, verdict in enumerate(VERDICTS)
    ]  # fmt: skip
