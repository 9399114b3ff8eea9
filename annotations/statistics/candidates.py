"""Several metrics of one domain side by side: which of them tells best how hard people find the items."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, IntArray, floats, integer_codes, positive_weights
from .batchfit import Problem, fit_batch
from .calibration import Calibration, calibrate
from .correlation import Correlation, kendall, spearman
from .curvefit import Target
from .isotonic import isotonic
from .logistic import Counts, curve_at, log_likelihood
from .tally import Tally, tally


@dataclass(frozen=True)
class CandidateFit:
    """One metric against one target, on 0-1; nan where the data give none.

    `spearman`, `kendall` of metric and item means. `deviance` and `dispersion` compare the curve with the
    items' own means, on `degrees_of_freedom`; `isotonic_distance` is the root mean square between the
    curve and the monotone one, over responses. Held out: `loss` is the mean of -y log F - (1 - y)
    log(1 - F) over the responses to items that the curve was not fitted to, `rmse` the root mean squared
    error of those items' means (weighted by responses), `gain` the share of the loss of a constant that
    the metric saves: 0 or less for a metric that tells nothing.
    """

    target: Target
    spearman: Correlation
    kendall: Correlation
    location: float
    slope: float
    deviance: float
    degrees_of_freedom: int
    dispersion: float
    isotonic_distance: float
    held_out_loss: float
    held_out_rmse: float
    held_out_gain: float
    n_items: int
    n_responses: int
    warnings: tuple[Caution, ...]


@dataclass(frozen=True)
class Candidate:
    """One metric in one population: its place among the metrics, the code of the group (None for all), and
    both targets, None where nobody answered it."""

    metric: int
    group: int | None
    failure: CandidateFit | None
    rated: CandidateFit | None
    n_missing: int


@dataclass(frozen=True)
class Candidates:
    """One row a candidate and population, all on the same `n_items` items and the same folds of them."""

    rows: tuple[Candidate, ...]
    n_items: int
    folds: int
    method: str
    warnings: tuple[Caution, ...]


def compare_candidates(
    participant: ArrayLike,
    item: ArrayLike,
    failure: ArrayLike,
    rated: ArrayLike,
    metrics: Sequence[ArrayLike],
    *,
    group: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    floor: float = 0.0,
    ceiling: float = 1.0,
    folds: int = 10,
) -> Candidates:
    """Compare `metrics`, each (I,) after its transform, as calibrations of one domain.

    participant, item codes; failure, rated outcomes on 0-1 (R,), nan where there is none; `group` (R,) the
    code of each responder's population, -1 for none; `weight` (R,) as in `tally`. Floor and ceiling are
    those of `failure`. Only items that every metric measures are compared; a metric that measures none is
    left aside. Items are dealt to the folds in the order of their codes. ValueError for malformed input.
    Source: STATISTICS 1.3.

    >>> people, items = np.repeat(np.arange(9), 12), np.tile(np.arange(12), 9)
    >>> failed = (items + 3 * people) % 20 > 9
    >>> found = compare_candidates(people, items, failed, failed * np.nan, [np.arange(12), np.arange(12) % 3])
    >>> [round(row.failure.spearman.estimate, 2) for row in found.rows], found.rows[0].rated
    ([0.8, 0.0], None)
    """
    if folds < 2:
        raise ValueError("there must be two folds or more")
    people = integer_codes(participant, "participant")
    items = integer_codes(item, "item", people.size)
    outcomes: dict[Target, FloatArray] = {
        "failure": floats(failure, "failure", people.size),
        "rated": floats(rated, "rated", people.size),
    }
    mass = None if weight is None else positive_weights(weight, people.size)
    groups = None if group is None else integer_codes(group, "group", people.size, lowest=-1)
    table = _stacked(metrics)
    if items.size and int(items.max()) >= table.shape[1]:
        raise ValueError("a response names an item without a metric entry")
    usable = np.asarray(np.isfinite(table).any(axis=1), dtype=bool)
    common = np.asarray(np.isfinite(table[usable]).all(axis=0) & usable.any(), dtype=bool)
    names: list[int | None] = [None]
    names += [] if groups is None else np.unique(groups[groups >= 0]).tolist()
    rows: list[Candidate] = []
    for name in names:
        own = slice(None) if name is None or groups is None else groups == name
        tallies = {
            target: _tally(people[own], items[own], y[own], common, None if mass is None else mass[own])
            for target, y in outcomes.items()
        }
        rows.extend(_rows(name, tallies, table, folds, (floor, ceiling)))
    warnings = _cautions(table, usable, common)
    return Candidates(tuple(rows), int(np.count_nonzero(common)), folds, "item_folds", warnings)


def _rows(
    group: int | None, tallies: dict[Target, Tally], table: FloatArray, folds: int, ends: tuple[float, float]
) -> Iterator[Candidate]:
    for place, values in enumerate(table):
        measured = np.isfinite(values)
        fits = {
            target: _fit(found, target, values, folds, ends)
            for target, found in tallies.items()
            if found.x.size and bool(measured.any())
        }
        lost = int(np.count_nonzero(~measured))
        yield Candidate(place, group, fits.get("failure"), fits.get("rated"), lost)


def _stacked(metrics: Sequence[ArrayLike]) -> FloatArray:
    if not len(metrics):
        raise ValueError("metrics must hold one metric or more")
    first = floats(metrics[0], "metrics")
    return np.stack([floats(metric, "metrics", first.size) for metric in metrics])


def _tally(
    people: IntArray, items: IntArray, y: FloatArray, common: BoolArray, weight: FloatArray | None
) -> Tally:
    """The responses by item, for any metric to be put in the place of the 0."""
    return tally(people, items, y, np.where(common, 0.0, np.nan), weight=weight, unit="item")


def _fit(
    found: Tally, target: Target, values: FloatArray, folds: int, ends: tuple[float, float]
) -> CandidateFit:
    item = found.by_item.names
    own = replace(found, x=values[item])
    floor, ceiling = ends if target == "failure" else (0.0, 1.0)
    fit = calibrate(own, target=target, floor=floor, ceiling=ceiling)
    mean = own.total / own.n
    loss, rmse, gain, notes = _held_out(own, target, np.arange(item.size) % folds, floor, ceiling)
    return CandidateFit(
        target, spearman(own.x, mean), kendall(own.x, mean), fit.location, fit.slope,
        fit.quality.deviance, fit.quality.degrees_of_freedom, fit.quality.dispersion,
        _isotonic_distance(own, fit), loss, rmse, gain, item.size, fit.n_responses, (*fit.warnings, *notes),
    )  # fmt: skip


def _isotonic_distance(own: Tally, fit: Calibration) -> float:
    steps = isotonic(own.x, own.total, own.n, increasing=fit.slope >= 0)
    curve = curve_at(fit.intercept + fit.slope * steps.x, fit.floor, fit.ceiling).value
    return math.sqrt(float(np.average((curve - steps.estimate) ** 2, weights=steps.n)))


def _held_out(
    own: Tally, target: Target, fold: IntArray, floor: float, ceiling: float
) -> tuple[float, float, float, tuple[Caution, ...]]:
    """Loss, error and gain on the items of each fold, of the curve fitted to all others."""
    count = int(fold.max()) + 1
    if count < 2:
        note = Caution("one_item", "One item: none can be held out.")
        return math.nan, math.nan, math.nan, (note,)
    centre, spread = float(np.average(own.x, weights=own.n)), float(np.std(own.x)) or 1.0
    levels, level = np.unique(own.x, return_inverse=True)
    size = count * levels.size
    n, k = (
        np.bincount(fold * levels.size + level, part, size).reshape(count, -1) for part in (own.n, own.total)
    )
    rest_n, rest_k = n.sum(axis=0) - n, k.sum(axis=0) - k
    problem = Problem((levels - centre) / spread, rest_k, rest_n, floor, ceiling)
    theta = fit_batch(problem, np.zeros(2), target).theta[fold]
    eta = theta[:, 0] + theta[:, 1] * (own.x - centre) / spread
    mean = (rest_k.sum(axis=1) + 0.5) / (rest_n.sum(axis=1) + 1)
    counts = Counts(eta, own.total, own.n, floor, ceiling)
    predicted = curve_at(eta, floor, ceiling).value
    responses = float(own.n.sum())
    loss = -log_likelihood(counts, np.array([0.0, 1.0])) / responses
    constant = np.log(mean / (1 - mean))[fold]
    blind = -log_likelihood(replace(counts, x=constant, floor=0.0, ceiling=1.0), np.array([0.0, 1.0]))
    rmse = math.sqrt(float(np.average((own.total / own.n - predicted) ** 2, weights=own.n)))
    return loss, rmse, 1 - loss / (blind / responses) if blind > 0 else math.nan, ()


def _cautions(table: FloatArray, usable: BoolArray, common: BoolArray) -> tuple[Caution, ...]:
    found = []
    empty = int(np.count_nonzero(~usable))
    if empty:
        text = f"{empty} of {usable.size} metrics measure no item and are left aside."
        found.append(Caution("no_metric", text))
    some = np.isfinite(table).any(axis=0)
    lost = int(np.count_nonzero(some & ~common))
    if lost:
        text = f"{lost} items lack one of the metrics: the comparison is on the other {common.sum()}."
        found.append(Caution("missing_metric", text))
    if bool(usable.any()) and not bool(common.any()):
        found.append(Caution("no_common_item", "No item has all metrics: there is nothing to compare."))
    return tuple(found)
