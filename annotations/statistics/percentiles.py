"""Estimates of any shape with percentile intervals from resamples, some of which may lack a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .basics import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Estimates:
    """Values with their intervals, all of one shape; nan where the data give none. `lost` counts the
    `resamples` without a value, which are left out."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    lost: IntArray
    resamples: int

    def at(self, *place: int | slice) -> Estimates:
        """A part of the values, by the first axes."""
        return Estimates(
            self.estimate[place], self.low[place], self.high[place], self.lost[place], self.resamples
        )


def percentiles(estimate: FloatArray, resamples: FloatArray, level: float) -> Estimates:
    """Percentile intervals (linear between order statistics) of `resamples` (..., B) around `estimate`
    (...). An interval without a width is none: resamples that all agree do not show how far they might
    have differed. Source: Efron 1979, Ann Stat 7, 1-26.

    >>> found = percentiles(np.array([2.0, 5.0]), np.array([[1.0, 2.0, np.nan, 3.0], [5.0] * 4]), 0.5)
    >>> found.low.tolist(), found.high.tolist(), found.lost.tolist()
    ([1.5, nan], [2.5, nan], [1, 0])
    """
    ordered = np.sort(resamples, axis=-1)
    there = np.count_nonzero(~np.isnan(ordered), axis=-1)
    low, high = (_quantile(ordered, there, share) for share in ((1 - level) / 2, (1 + level) / 2))
    known = ~np.isnan(estimate) & (_spread(ordered, there) > 1e-9)
    lost = np.asarray(resamples.shape[-1] - there, dtype=np.int64)
    low, high = np.where(known, low, np.nan), np.where(known, high, np.nan)
    return Estimates(estimate, low, high, lost, resamples.shape[-1])


def without_interval(found: Estimates) -> BoolArray:
    """Which values have no interval though they are there."""
    return np.asarray(~np.isnan(found.estimate) & np.isnan(found.low))


def _spread(ordered: FloatArray, there: IntArray) -> FloatArray:
    """Largest less least of the values that are there, 0 without any."""
    if not ordered.shape[-1]:
        return np.zeros(there.shape)
    top = np.take_along_axis(ordered, np.maximum(there - 1, 0)[..., None], axis=-1)[..., 0]
    return np.where(there > 0, top - ordered[..., 0], 0.0)


def _quantile(ordered: FloatArray, there: IntArray, share: float) -> FloatArray:
    if not ordered.shape[-1]:
        return np.full(there.shape, np.nan)
    place = share * np.maximum(there - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(there - 1, 0))
    first, second = (np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0] for at in (below, above))
    return np.asarray(first + (place - below) * (second - first), dtype=np.float64)
