"""One pass over S1 responses: the sufficient statistics of every calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution, FloatArray, IntArray, compacted, floats, integer_codes, positive_weights


@dataclass(frozen=True)
class Cells:
    """Sparse counts: `n` responses of sum `total` in each (cluster, unit) met, shape (M,).

    `names` (clusters,) are the codes that the clusters had in the data, rising.
    """

    cluster: IntArray
    unit: IntArray
    n: FloatArray
    total: FloatArray
    clusters: int
    names: IntArray


@dataclass(frozen=True)
class Tally:
    """Responses of one domain and target, gathered by unit: a level of the metric, or an item.

    Shape (U,): metric `x`, responses `n`, their sum `total` and sum of squares `squares`, weighted where
    responses weigh (the weights' mean is 1, so that all `n` add up to `n_responses`). `by_participant` and
    `by_item` hold the same counts by cluster; `meat` (3, U) the three sums with the weights squared.
    `n_eff` is as many equal responses as the weights leave, (sum w)^2 / sum w^2. Responses without a metric
    or an outcome are left out and counted.
    """

    x: FloatArray
    n: FloatArray
    total: FloatArray
    squares: FloatArray
    meat: FloatArray
    by_participant: Cells
    by_item: Cells
    unit: Literal["level", "item"]
    n_responses: int
    n_eff: float
    n_without_metric: int
    n_without_outcome: int
    warnings: tuple[Caution, ...]


def tally(
    participant: ArrayLike,
    item: ArrayLike,
    outcome: ArrayLike,
    metric: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    unit: Literal["level", "item"] = "level",
) -> Tally:
    """Gather responses: participant, item codes and outcome (R,) on 0-1, and the items' metric (I,).

    The outcome is 1 for a failure, or the rating / 100; nan where there is none. Items with a nan
    metric take no part. `weight` (R,) where allocation was not uniform: 1 / the probability with which the
    response's item was drawn or handed out; a unit's mean is then the Hajek mean, and the cluster-robust
    errors and resamples of participants are the ones to read, since others take weights as responses.
    ValueError for an outcome outside 0-1, an item without a metric entry or a weight of 0 or less.
    Source: STATISTICS, head, 1.1 and 2.1; Hajek 1971, in Foundations of Statistical Inference, 236.

    >>> result = tally([0, 0, 1], [0, 1, 1], [0, 1, 0], [3.0, 7.0])
    >>> result.x.tolist(), result.n.tolist(), result.total.tolist()
    ([3.0, 7.0], [1.0, 2.0], [0.0, 1.0])
    """
    people = integer_codes(participant, "participant")
    items = integer_codes(item, "item", people.size)
    y = floats(outcome, "outcome", people.size)
    values = floats(metric, "metric")
    if items.size and int(items.max()) >= values.size:
        raise ValueError("a response names an item without a metric entry")
    if bool(np.any((y < 0) | (y > 1))):
        raise ValueError("outcomes must lie between 0 and 1")
    measured, answered = np.isfinite(values)[items], ~np.isnan(y)
    keep = measured & answered
    people, items, y = people[keep], items[keep], y[keep]
    unit_of_item, x = _units(values, items, unit)
    at = unit_of_item[items]
    mass = positive_weights(weight, keep.size)[keep]
    mass = mass / np.mean(mass) if mass.size else mass
    plain = weight is None
    sums, meat = (
        np.stack([_sums(at, share * part, x.size) for part in (1.0, y, y * y)]) for share in (mass, mass**2)
    )
    n_eff = float(y.size) if plain or not y.size else y.size**2 / float(mass @ mass)
    without_metric = int(np.count_nonzero(~measured))
    without_outcome = int(np.count_nonzero(measured & ~answered))
    return Tally(
        x, sums[0], sums[1], sums[2], meat,
        _cells(people, at, y, mass, x.size), _cells(items, at, y, mass, x.size), unit, y.size, n_eff,
        without_metric, without_outcome,
        _cautions(without_metric, without_outcome, None if plain else n_eff, y.size),
    )  # fmt: skip


def _units(values: FloatArray, items: IntArray, unit: str) -> tuple[IntArray, FloatArray]:
    """The unit of each item (-1 where it has no response) and the metric of each unit."""
    seen, _ = compacted(items)
    unit_of_item = np.full(values.size, -1, dtype=np.int64)
    if unit == "item":
        unit_of_item[seen] = np.arange(seen.size)
        return unit_of_item, values[seen]
    if unit != "level":
        raise ValueError(f"a unit is a level or an item, not {unit!r}")
    x, inverse = np.unique(values[seen], return_inverse=True)
    unit_of_item[seen] = inverse
    return unit_of_item, x


def _sums(code: IntArray, weight: FloatArray, size: int) -> FloatArray:
    return np.bincount(code, weight, size).astype(np.float64)


def _cells(cluster: IntArray, unit: IntArray, y: FloatArray, weight: FloatArray, units: int) -> Cells:
    keys, inverse = compacted(cluster * max(units, 1) + unit)
    names, codes = compacted(keys // max(units, 1))
    n = _sums(inverse, weight, keys.size)
    total = _sums(inverse, weight * y, keys.size)
    return Cells(codes, keys % max(units, 1), n, total, names.size, names)


def _cautions(without_metric: int, without_outcome: int, n_eff: float | None, n: int) -> tuple[Caution, ...]:
    found = []
    if without_metric:
        text = f"{without_metric} responses are on items without a metric and are left out."
        found.append(Caution("missing_metric", text))
    if without_outcome:
        found.append(Caution("missing_outcome", f"{without_outcome} responses have no outcome, left out."))
    if n_eff is not None:
        text = f"{n} weighted responses tell as much as {n_eff:.0f} equal ones: read the robust intervals."
        found.append(Caution("weighted", text))
    return tuple(found)
