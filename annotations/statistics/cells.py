"""The cells of every supervision table: (group, value, bin), what falls into each, and rates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, IntArray, check_level, integer_codes
from .bins import Bins
from .cellsums import CellSums, Graded, cell_sums, graded_responses
from .clusters import distinct
from .judgements import Grouping, Judgements, check_grouping
from .twoway import CellRates, Errors, hajek, rates_from

BinName = int | Literal["missing"] | None


@dataclass(frozen=True)
class Planned:
    """What the two-way intervals of one table are made with."""

    rho_participant: float
    rho_output: float
    level: float


@dataclass(frozen=True)
class Study:
    """Judgements with what every cell needs: each response's bin (R,), 0 missing, and those that enter
    rates, sorted by category."""

    data: Judgements
    bins: Bins
    response_bin: IntArray
    graded: Graded


@dataclass(frozen=True)
class CellSet:
    """Cells of one grouping, value-major with `width` bins each, and the `sums` of the responses in them;
    `n_outputs`, `n_participants` (C,) count those of ungraded outputs too."""

    grouping: Grouping
    together: bool
    width: int
    sums: CellSums
    n_outputs: IntArray
    n_participants: IntArray


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell with something in it; `at` is its place among all cells of its set."""

    at: int
    group: str
    value: str
    bin: BinName
    difficulty_low: float
    difficulty_high: float
    n_outputs: int
    n_participants: int


def arrange(data: Judgements, bins: Bins, response_bin: ArrayLike | None, planned: Planned) -> Study:
    """Check the parts of a table, and sort the responses once for all its cells."""
    check_level(planned.level)
    if not (0 <= planned.rho_participant <= 1 and 0 <= planned.rho_output <= 1):
        raise ValueError("rho must lie between 0 and 1")
    if bins.code.size != data.grade.size:
        raise ValueError("bins and grades must cover the same outputs")
    codes = bins.code[data.output]
    if response_bin is not None:
        codes = integer_codes(response_bin, "response_bin", data.output.size)
        if bool(np.any(codes > bins.n.size)):
            raise ValueError("response_bin holds a bin that does not exist")
    return Study(data, bins, codes, graded_responses(data))


def cell_sets(study: Study, groupings: tuple[Grouping, ...]) -> Iterator[CellSet]:
    """Two sets for each grouping: all bins together, then bin by bin."""
    for grouping in groupings:
        check_grouping(grouping, study.data)
        for together in (True, False):
            yield _cell_set(study, grouping, together)


def cells_of(found: CellSet, bins: Bins) -> Iterator[Cell]:
    """The cells that hold an output or a response, in order."""
    for at in np.flatnonzero((found.n_outputs > 0) | (found.n_participants > 0)).tolist():
        value, place = divmod(at, found.width)
        name, low, high = _bin_of(place, found.together, bins)
        yield Cell(
            at, found.grouping.name, found.grouping.labels[value], name, low, high,
            int(found.n_outputs[at]), int(found.n_participants[at]),
        )  # fmt: skip


def rates_in(cells: CellSet, among: BoolArray, events: BoolArray, planned: Planned) -> CellRates:
    """Two-way rates in every cell (C,) of the events (K, 12) among some of the categories (12,)."""
    sums, some, each = cells.sums, among.astype(np.float64), events.astype(np.float64)
    n, total = sums.n @ events.T.astype(np.int64), sums.n @ among.astype(np.int64)
    mass = sums.mass @ some
    rate = hajek(n, total, sums.mass @ each.T, mass)
    hit = sums.alone @ each.T
    alone = hit * (1 - rate) ** 2 + ((sums.alone @ some)[:, None] - hit) * rate**2
    kinds = [
        Errors(kind.errors(rate, each, some), kind.clusters(among))
        for kind in (sums.participant, sums.cluster, sums.pair)
    ]
    pairs = Errors(kinds[2].squares + alone, kinds[2].clusters + sums.n_alone @ among.astype(np.int64))
    return rates_from(
        n, total, mass, rate, (kinds[0], kinds[1], pairs),
        rho_participant=planned.rho_participant, rho_output=planned.rho_output, level=planned.level,
    )  # fmt: skip


def _bin_of(place: int, together: bool, bins: Bins) -> tuple[BinName, float, float]:
    """Name and range of difficulty of a cell's bin; all bins together span the whole axis."""
    if together:
        if not bins.n.size:
            return None, math.nan, math.nan
        return None, float(bins.low.min()), float(bins.high.max())
    if place == 0:
        return "missing", math.nan, math.nan
    return place, float(bins.low[place - 1]), float(bins.high[place - 1])


def bin_order(name: BinName) -> float:
    """All together first, then from the easiest, the missing ones last."""
    if name is None:
        return 0
    return math.inf if name == "missing" else name


def cautions(study: Study, narrow: int) -> tuple[Caution, ...]:
    """What every table says of its data; `narrow` totals have no interval."""
    found = []
    ungraded = int(np.count_nonzero(study.data.grade < 0))
    if not study.data.output.size:
        found.append(Caution("no_responses", "There are no responses: every rate is nan."))
    if ungraded:
        found.append(Caution("ungraded", f"{ungraded} outputs have no grade and enter no rate."))
    if narrow:
        text = f"{narrow} totals rest on fewer than two participants or two outputs: no interval."
        found.append(Caution("too_few_clusters", text))
    return (*found, *study.bins.warnings)


def _cell_set(study: Study, grouping: Grouping, together: bool) -> CellSet:
    """Cells by value alone, or by value and bin, bin 0 being the missing ones."""
    data, bins = study.data, study.bins
    width = 1 if together else int(bins.n.size) + 1
    count = len(grouping.labels) * width
    of_outputs = grouping.of == "outputs"
    value = grouping.codes[data.output] if of_outputs else grouping.codes
    response = np.where(value >= 0, value * width + (0 if together else study.response_bin), -1)
    if of_outputs:
        own_bin = np.zeros_like(bins.code) if together else bins.code
        place = np.where(grouping.codes >= 0, grouping.codes * width + own_bin, -1)
        n_outputs = np.bincount(place[place >= 0], minlength=count).astype(np.int64)
    else:
        n_outputs = distinct(response, data.output, count)
    people = distinct(response, data.participant, count)
    sums = cell_sums(study.graded, response[study.graded.row], count)
    return CellSet(grouping, together, width, sums, n_outputs, people)
