"""Resamples of participants: counts by level, and the curves refitted to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .basics import FloatArray
from .batchfit import Problem, fit_batch
from .curvefit import Target
from .draws import drawn_blocks
from .tally import Tally

_BYTES = 32_000_000
_SMALL, _DENSE = 1_000_000, 16_000_000
# Whole numbers below this are exact in single precision.
_EXACT = 1 << 24


@dataclass(frozen=True)
class Levels:
    """Sufficient statistics of a two-parameter curve: distinct levels x (U,), rising, and by participant
    (P, 2 U) the (weighted) number of responses at each level, then their sums."""

    x: FloatArray
    counts: sparse.csr_array

    @property
    def participants(self) -> int:
        return int(self.counts.shape[0])

    @cached_property
    def whole(self) -> FloatArray:
        """Everybody's counts and sums, (2 U,)."""
        return np.asarray(self.counts.sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def centre(self) -> float:
        n = self.whole[: self.x.size]
        return float(n @ self.x / n.sum())

    @cached_property
    def spread(self) -> float:
        return float(np.std(self.x)) or 1.0

    @cached_property
    def z(self) -> FloatArray:
        """The levels standardised, so that penalised fits do not hang on the metric's unit."""
        standardised: FloatArray = (self.x - self.centre) / self.spread
        return standardised

    @cached_property
    def rows(self) -> NDArray[np.floating] | sparse.csr_array:
        """The counts as a dense array where that is small, or fuller than one in twelve: products with it
        are faster then; and in single precision, twice as fast, where whole numbers leave them exact."""
        size = self.counts.shape[0] * self.counts.shape[1]
        dense = size <= _SMALL or size <= min(_DENSE, 12 * self.counts.nnz)
        values = self.counts.data
        exact = values.size and self.participants * float(values.max()) < _EXACT
        whole = exact and bool(np.all(values == np.rint(values)))
        rows = self.counts.astype(np.float32 if whole else np.float64)
        return rows.toarray() if dense else rows

    def resampled(self, seed: int, first: int, count: int) -> FloatArray:
        """Counts and sums of the resamples first ... first + count - 1 of participants, (count, 2 U)."""
        kind = self.rows.dtype
        blocks = drawn_blocks(self.participants, seed, first, count)
        sums = [np.asarray(block.astype(kind) @ self.rows, dtype=np.float64) for block in blocks]
        return np.concatenate(sums) if sums else np.empty((0, 2 * self.x.size))

    def back(self, theta: FloatArray) -> FloatArray:
        """Intercept and slope (B, 2) on the levels themselves, from those on the standardised ones."""
        slope = theta[:, 1] / self.spread
        return np.stack([theta[:, 0] - slope * self.centre, slope], axis=1)


@dataclass(frozen=True)
class CurveSample:
    """Curves refitted to the resamples first, first + 1, ...: theta (S, 2), intercept and slope on the
    levels themselves (nan without data). `penalised` of them were separated or had one level."""

    seed: int
    first: int
    theta: FloatArray
    penalised: int
    participants: int


def levels_of(tally: Tally) -> Levels:
    """The levels of a tally (U units), by item or by level, with those of one metric put together (L,).

    Raises nothing. Source: STATISTICS, head (sufficient statistics).

    >>> from annotations.statistics.tally import tally
    >>> found = levels_of(tally([0, 0, 1], [0, 1, 2], [0, 1, 1], [3.0, 3.0, 5.0], unit="item"))
    >>> found.x.tolist(), found.whole.tolist()
    ([3.0, 5.0], [2.0, 1.0, 1.0, 1.0])
    """
    x, place = np.unique(tally.x, return_inverse=True)
    cells = tally.by_participant
    unit = place[cells.unit]
    shape = (cells.clusters, 2 * x.size)
    rows = np.concatenate([cells.cluster, cells.cluster])
    columns = np.concatenate([unit, unit + x.size])
    return Levels(x, sparse.csr_array((np.concatenate([cells.n, cells.total]), (rows, columns)), shape=shape))


def sample_curves(
    levels: Levels,
    *,
    seed: int,
    first: int = 0,
    count: int,
    target: Target = "failure",
    floor: float = 0.0,
    ceiling: float = 1.0,
) -> CurveSample:
    """Refit `calibrate`'s likelihood curve to resamples of participants, (count, 2) from number `first` on.

    Participants are drawn with replacement, in the order of their codes. Each resample depends on the
    seed, the number of people and its own alone, so that any part may be computed anywhere, in any order.
    Levels without data give nan. ValueError unless 0 <= floor < ceiling <= 1.
    Source: STATISTICS 1.3; Efron 1979, Ann Stat 7, 1-26.

    >>> from annotations.statistics.tally import tally
    >>> people, items = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    >>> levels = levels_of(tally(people, items, [0, 1, 0, 1, 0, 0, 1, 1] * 3, [1.0, 2.0, 3.0, 4.0]))
    >>> whole, half = (sample_curves(levels, seed=1, first=at, count=4 - at) for at in (0, 2))
    >>> bool(np.allclose(whole.theta[2:], half.theta))
    True
    """
    if not 0 <= floor < ceiling <= 1:
        raise ValueError("the curve needs 0 <= floor < ceiling <= 1")
    if first < 0 or count < 0 or seed < 0:
        raise ValueError("seed, first and count must not be negative")
    people, u = levels.participants, levels.x.size
    if not u:
        return CurveSample(seed, first, np.full((count, 2), np.nan), 0, people)
    start = _start(levels, target, floor, ceiling)
    theta, penalised = np.empty((count, 2)), 0
    for at, size in batches(first, count, 12 * u):
        sums = levels.resampled(seed, at, size)
        fit = fit_batch(Problem(levels.z, sums[:, u:], sums[:, :u], floor, ceiling), start, target)
        theta[at - first : at - first + size] = levels.back(fit.theta)
        penalised += int(np.count_nonzero(fit.penalised))
    return CurveSample(seed, first, theta, penalised, people)


def join_samples(samples: Sequence[CurveSample]) -> CurveSample:
    """All resamples as one, theta (S, 2). The parts may come in any order.

    ValueError unless they are of one seed and number of participants, and cover 0, 1, ... without gap or
    overlap. Source: STATISTICS 1.3.

    >>> parts = [CurveSample(1, at, np.full((2, 2), float(at)), 0, 9) for at in (2, 0)]
    >>> join_samples(parts).theta[:, 0].tolist()
    [0.0, 0.0, 2.0, 2.0]
    """
    if not samples:
        raise ValueError("there are no resamples to join")
    ordered = sorted(samples, key=lambda one: one.first)
    head, following = ordered[0], 0
    for part in ordered:
        if (part.seed, part.participants) != (head.seed, head.participants):
            raise ValueError("the resamples are not of one seed and the same participants")
        if part.first != following:
            raise ValueError(f"the resample {following} is missing or there twice")
        following += part.theta.shape[0]
    theta = np.concatenate([part.theta for part in ordered])
    return CurveSample(head.seed, 0, theta, sum(part.penalised for part in ordered), head.participants)


def fit_levels(levels: Levels, *, target: Target, floor: float, ceiling: float) -> tuple[FloatArray, bool]:
    """The curve (2,) of everybody, on the standardised levels, and whether it had to be penalised."""
    u = levels.x.size
    whole = levels.whole[None, :]
    fit = fit_batch(Problem(levels.z, whole[:, u:], whole[:, :u], floor, ceiling), np.zeros(2), target)
    return fit.theta[0], bool(fit.penalised[0])


def batches(first: int, count: int, width: int) -> Iterator[tuple[int, int]]:
    """(first, count) of batches whose rows of `width` numbers take some 32 MB at the most."""
    step = max(1, min(count, _BYTES // (8 * max(width, 1))))
    for at in range(first, first + count, step):
        yield at, min(step, first + count - at)


def _start(levels: Levels, target: Target, floor: float, ceiling: float) -> FloatArray:
    """The fit to all the data, from which every resample starts."""
    return (
        np.zeros(2)
        if levels.x.size == 1
        else fit_levels(levels, target=target, floor=floor, ceiling=ceiling)[0]
    )
