"""The cells of every supervision table: (group, value, bin), which responses fall into each, and rates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, IntArray, check_level, integer_codes
from .bins import Bins
from .clusters import Places, distinct, places_of, repeats
from .judgements import Grouping, Judgements, check_grouping
from .twoway import CellRates, cell_rates

BinName = int | Literal["missing"] | None


@dataclass(frozen=True)
class Planned:
    """What the two-way intervals of one table are made with."""

    rho_participant: float
    rho_output: float
    level: float


@dataclass(frozen=True)
class Study:
    """Judgements in the order of their clusters, with what every cell needs: each response's bin
    (0 missing) and its repeated pair (see `clusters.repeats`), both (R,)."""

    data: Judgements
    bins: Bins
    response_bin: IntArray
    pair: IntArray
    order: IntArray


@dataclass(frozen=True)
class CellSet:
    """Cells of one grouping, value-major with `width` bins each, with the responses sorted
    into them; `n_outputs`, `n_participants` (C,) count those of ungraded outputs too."""

    grouping: Grouping
    together: bool
    width: int
    places: Places
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
    """Check the parts of a table and put the responses into the order of their clusters.

    Rows that stand so need not be sorted once for each grouping.
    """
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
    order = np.argsort(data.cluster * max(data.grade.size, 1) + data.output, kind="stable")
    sorted_data = Judgements(
        data.output[order], data.participant[order], data.verdict[order], data.weight[order],
        data.cluster[order], data.grade,
    )  # fmt: skip
    pair = repeats(sorted_data.participant, sorted_data.cluster)
    return Study(sorted_data, bins, codes[order], pair, order)


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
        name, low, high = bin_of(place, found.together, bins)
        yield Cell(
            at, found.grouping.name, found.grouping.labels[value], name, low, high,
            int(found.n_outputs[at]), int(found.n_participants[at]),
        )  # fmt: skip


def rates_in(
    study: Study, cells: CellSet, outcome: IntArray, among: BoolArray, n_outcomes: int, planned: Planned
) -> CellRates:
    """Two-way rates in every cell (C,) of the outcomes (R,) of the responses that are `among` (R,)."""
    return cell_rates(
        cells.places, outcome, study.data.weight, among, n_outcomes=n_outcomes,
        rho_participant=planned.rho_participant, rho_output=planned.rho_output, level=planned.level,
    )  # fmt: skip


def bin_of(place: int, together: bool, bins: Bins) -> tuple[BinName, float, float]:
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
    value = grouping.codes[data.output] if of_outputs else grouping.codes[study.order]
    response = np.where(value >= 0, value * width + (0 if together else study.response_bin), -1)
    if of_outputs:
        own_bin = np.zeros_like(bins.code) if together else bins.code
        place = np.where(grouping.codes >= 0, grouping.codes * width + own_bin, -1)
        n_outputs = np.bincount(place[place >= 0], minlength=count).astype(np.int64)
    else:
        n_outputs = distinct(response, data.output, count)
    people = distinct(response, data.participant, count)
    places = places_of(response, data.participant, data.cluster, study.pair, count)
    return CellSet(grouping, together, width, places, n_outputs, people)
