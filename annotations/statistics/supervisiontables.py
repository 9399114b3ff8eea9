"""The table, its companion rates and the safe regions of one study, whose cells are gathered once for all."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from .bins import Bins
from .cells import Planned, arrange, cell_sets
from .companions import SupervisionRates, rates_of
from .judgements import Grouping, Judgements
from .saferegion import SafeRegions, regions_of
from .supervision import SupervisionTable, table_of


@dataclass(frozen=True)
class SupervisionTables:
    table: SupervisionTable
    rates: SupervisionRates
    regions: SafeRegions


def supervision_tables(
    data: Judgements,
    bins: Bins,
    groupings: tuple[Grouping, ...],
    *,
    thresholds: tuple[float, ...] = (0.05, 0.1, 0.2),
    item: ArrayLike | None = None,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    response_bin: ArrayLike | None = None,
    level: float = 0.95,
    confidence: float = 0.95,
) -> SupervisionTables:
    """`supervision_table`, `supervision_rates` and `safe_regions` of the same cells, at a third of the cost.

    Arguments, shapes, `item` (N,) and `response_bin` (R,), and ValueError are those of the three: `level`
    is of the two-sided intervals, `confidence` of the regions. Source: STATISTICS 2.1, 2.2, 2.4.

    >>> from annotations.statistics.bins import equal_bins
    >>> from annotations.statistics.judgements import everything, judgements
    >>> data = judgements([0, 0, 1, 1], [0, 1, 0, 1], [0, 2, 0, 0], grade=[2, 0])
    >>> found = supervision_tables(data, equal_bins([5, 50], 1), (everything(2),), thresholds=(0.2,))
    >>> found.table.rows[8].rate, found.rates.rows[0].measure, found.regions.rows[0].status
    (0.5, 'committed_slip', 'not_measured')
    """
    planned = Planned(rho_participant, rho_output, level)
    study = arrange(data, bins, response_bin, planned)
    sets = list(cell_sets(study, groupings))
    return SupervisionTables(
        table_of(study, sets, groupings, planned),
        rates_of(study, sets, groupings, planned),
        regions_of(study, sets, thresholds, item, Planned(rho_participant, rho_output, confidence)),
    )
