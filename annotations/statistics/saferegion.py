"""The safe operating region: how far from the easiest the errors stay below a threshold (STATISTICS 2.4).

The bins are walked from the easiest, as a fixed sequence of tests; the first that is not passed ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution, IntArray, integer_codes
from .bins import Bins
from .cells import CellSet, Planned, Study, arrange, cautions, cell_sets, rates_in
from .clusters import places_of, repeats, runs
from .companions import SLIP, SLIP_THROUGH
from .judgements import Grouping, Judgements
from .regionbounds import BinBounds, bounds_of
from .regionwalk import MEASURES, Status, walk
from .twoway import cell_rates

Measure = Literal["slip", "slip_through", "model_error", "either"]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One answer; `threshold` is a rate, difficulties are 0-100 and nan unless there is a `region`."""

    group: str
    value: str
    measure: str
    threshold: float
    status: Status
    from_difficulty: float
    limit_difficulty: float
    reason: str


@dataclass(frozen=True)
class SafeRegions:
    rows: tuple[RegionRow, ...]
    confidence: float
    method: str
    warnings: tuple[Caution, ...]


def safe_regions(
    data: Judgements,
    bins: Bins,
    groupings: tuple[Grouping, ...],
    *,
    thresholds: tuple[float, ...] = (0.05, 0.1, 0.2),
    item: ArrayLike | None = None,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    response_bin: ArrayLike | None = None,
    confidence: float = 0.95,
) -> SafeRegions:
    """For every group, measure and threshold (a rate): up to which difficulty the measure is below it.

    A bin passes if the one-sided upper bound of its rate lies below the threshold (`regionbounds`).
    `slip` is P(verdict correct | grade incorrect), `slip_through` P(incorrect and accepted) among
    graded, `model_error` P(incorrect) among graded outputs, judged or not, clustered by `item` (N,);
    `either` passes where model error or slip does, each at confidence 1 - (1 - confidence) / 2.
    In a grouping of responses, `model_error` takes the outputs that the group judged.
    Outputs without difficulty take no part. Bins before the group's first output are passed over.
    ValueError for a threshold that is no rate, or items of another number than the outputs.
    Source: STATISTICS 2.4; Clopper & Pearson 1934; Korn & Graubard 1998, Surv Methodol 24, 193-201.

    >>> from annotations.statistics.bins import equal_bins
    >>> from annotations.statistics.judgements import everything, judgements
    >>> people, outputs = (a.ravel() for a in np.indices((100, 3)))
    >>> data = judgements(outputs, people, np.full(300, 2), grade=[2, 2, 2])
    >>> regions = safe_regions(data, equal_bins([10, 20, 30], 1), (everything(3),), thresholds=(0.2,))
    >>> regions.rows[0].status, regions.rows[0].reason[:44]
    ('not_measured', 'Bin 1 (difficulty 10 to 30): 300 judgements ')
    """
    planned = Planned(rho_participant, rho_output, confidence)
    study = arrange(data, bins, response_bin, planned)
    return regions_of(study, cell_sets(study, groupings), thresholds, item, planned)


def regions_of(
    study: Study,
    sets: Iterable[CellSet],
    thresholds: tuple[float, ...],
    item: ArrayLike | None,
    planned: Planned,
) -> SafeRegions:
    """The regions of cells that are gathered already; the plan's `level` is the confidence."""
    if not all(0 < t < 1 for t in thresholds):
        raise ValueError("a threshold is a rate between 0 and 1")
    outputs = study.data.grade.size
    items = np.arange(outputs) if item is None else integer_codes(item, "item", outputs)
    rows: list[RegionRow] = []
    for cells in sets:
        if cells.together:
            continue
        slip, through = (
            bounds_of(rates_in(cells, measure.among.ravel(), measure.event.reshape(1, -1), planned), planned)
            for measure in (SLIP, SLIP_THROUGH)
        )
        error = _model_error(study, cells, items.astype(np.int64), planned)
        found = {"slip": slip, "slip_through": through, "model_error": error}
        rows.extend(_rows(cells, study.bins, found, thresholds, planned.level))
    return SafeRegions(tuple(rows), planned.level, "fixed_sequence_clopper_pearson", cautions(study, 0))


def _rows(
    cells: CellSet, bins: Bins, found: dict[str, BinBounds], thresholds: tuple[float, ...], confidence: float
) -> list[RegionRow]:
    rows = []
    for value, label in enumerate(cells.grouping.labels):
        own = slice(value * cells.width + 1, (value + 1) * cells.width)
        n_outputs = cells.n_outputs[own]
        parts = {name: bounds.only(own) for name, bounds in found.items()}
        for measure in MEASURES:
            for threshold in thresholds:
                answer = walk(parts, measure, threshold, bins, n_outputs, confidence)
                rows.append(
                    RegionRow(
                        cells.grouping.name, label, measure, threshold,
                        answer.status, answer.start, answer.limit, answer.reason,
                    )
                )  # fmt: skip
    return rows


def _model_error(study: Study, cells: CellSet, item: IntArray, planned: Planned) -> BinBounds:
    """P(incorrect) among the graded outputs of each cell, an output being its own participant."""
    output, cell = _outputs(study, cells)
    things = runs(item[output])[1]
    each = np.arange(output.size)
    grade = study.data.grade[output]
    n_cells = cells.n_outputs.size
    places = places_of(cell, each, things, repeats(each, things), n_cells)
    rates = cell_rates(
        places, (grade != 2).astype(np.int64), np.ones(output.size), grade >= 0, n_outcomes=2,
        rho_participant=planned.rho_participant, rho_output=planned.rho_output, level=planned.level,
    )  # fmt: skip
    return bounds_of(rates, planned)


def _outputs(study: Study, cells: CellSet) -> tuple[IntArray, IntArray]:
    """The outputs of the cells and the cell of each; in a grouping of responses those that were judged."""
    grouping, bins = cells.grouping, study.bins
    if grouping.of == "outputs":
        output = np.flatnonzero(grouping.codes >= 0)
        return output, grouping.codes[output] * cells.width + bins.code[output]
    value = grouping.codes
    there = value >= 0
    size = max(study.data.grade.size, 1)
    keys, _ = runs(value[there] * size + study.data.output[there])
    output = keys % size
    return output, keys // size * cells.width + bins.code[output]
