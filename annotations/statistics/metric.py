"""The intrinsic metric of items: its transform, and its rank as an axis of last resort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution, FloatArray, floats


@dataclass(frozen=True)
class Metric:
    """Metric values of items, shape (I,), nan where missing."""

    values: FloatArray
    n_missing: int
    method: str
    warnings: tuple[Caution, ...]


def transform_metric(metric: ArrayLike, transform: str = "none") -> Metric:
    """The metric (I,) under `metric_transform`: `none` or `log10`.

    A logarithm of 0 or less is treated as missing, with a caution; ValueError for other transforms.
    Source: STATISTICS 1.1.

    >>> transform_metric([1, 100, 0], "log10").values.tolist()
    [0.0, 2.0, nan]
    """
    values = floats(metric, "metric")
    values = np.where(np.isfinite(values), values, np.nan)
    warnings: tuple[Caution, ...] = ()
    if transform == "log10":
        lost = int(np.count_nonzero(values <= 0))
        if lost:
            text = f"{lost} items have a metric of 0 or less, which has no logarithm: treated as missing."
            warnings = (Caution("no_logarithm", text),)
        values = np.where(values > 0, np.log10(np.where(values > 0, values, 1.0)), np.nan)
    elif transform != "none":
        raise ValueError(f"no metric transform is called {transform!r}")
    return Metric(values, int(np.count_nonzero(np.isnan(values))), transform, warnings)


def metric_rank(metric: ArrayLike) -> Metric:
    """Mid-rank percentile of the metric (I,) on 0-100: 100 (rank - 1/2) / N, ties share the mean rank.

    Not human difficulty: the axis of a study that has neither S1 responses nor a borrowed
    calibration (STATISTICS 1.2). Missing metrics stay nan; ValueError for what is no vector.

    >>> metric_rank([5, 1, 1, 9]).values.tolist()
    [62.5, 25.0, 25.0, 87.5]
    """
    values = floats(metric, "metric")
    present = np.isfinite(values)
    count = int(np.count_nonzero(present))
    ranks = np.full(values.size, np.nan)
    warnings: tuple[Caution, ...] = ()
    if count:
        _, place, ties = np.unique(values[present], return_inverse=True, return_counts=True)
        # Mid-rank less 1/2 of a tie = values below it + half of the tie.
        ranks[present] = 100 * (np.cumsum(ties) - ties / 2)[place] / count
    if not count:
        warnings = (Caution("no_metric", "No item has a metric: there is no rank."),)
    elif np.ptp(values[present]) == 0:
        warnings = (Caution("constant", "The metric has one value: every item has rank 50."),)
    return Metric(ranks, values.size - count, "metric_rank", warnings)
