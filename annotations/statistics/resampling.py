"""Resamples of participants: counts by level, weights that depend on seed and resample number, refits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .basics import FloatArray
from .batchfit import Problem, fit_batch
from .curvefit import Target
from .tally import Tally

_BYTES = 32_000_000
_SMALL, _DENSE = 1_000_000, 16_000_000
# 16 blocks of 128 resamples, or of a million draws, 2 MB each.
_BLOCK, _KEPT_NUMBERS, _KEPT_BLOCKS = 128, 1_000_000, 16


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
    def rows(self) -> FloatArray | sparse.csr_array:
        """The counts as a dense array where that is small, or fuller than one in twelve: products with it
        are faster then."""
        size = self.counts.shape[0] * self.counts.shape[1]
        dense = size <= _SMALL or size <= min(_DENSE, 12 * self.counts.nnz)
        return np.asarray(self.counts.toarray(), dtype=np.float64) if dense else self.counts

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

    Source: STATISTICS, head (sufficient statistics).

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
    """Refit `calibrate`'s likelihood curve to the resamples first ... first + count - 1 of participants.

    Participants are drawn with replacement, in the order of their codes. Each resample depends on the
    seed and its own number alone, so that any part may be computed anywhere, in any order.
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
    for at, size in batches(first, count, max(people, 12 * u)):
        sums = np.asarray(participant_weights(people, seed, at, size) @ levels.rows)
        fit = fit_batch(Problem(levels.z, sums[:, u:], sums[:, :u], floor, ceiling), start, target)
        theta[at - first : at - first + size] = levels.back(fit.theta)
        penalised += int(np.count_nonzero(fit.penalised))
    return CurveSample(seed, first, theta, penalised, people)


def join_samples(samples: Sequence[CurveSample]) -> CurveSample:
    """All resamples as one. The parts may come in any order; ValueError unless they are of one seed and
    number of participants, and cover 0, 1, ... without gap or overlap. Source: STATISTICS 1.3.

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


def participant_weights(participants: int, seed: int, first: int, count: int) -> FloatArray:
    """How often each participant is drawn in the resamples first, first + 1, ...; shape (count, P).

    Resample r has a stream of its own (Philox, key from the seed, r in the counter), so its numbers
    do not depend on who draws it, or on which others are drawn beside it.

    >>> participant_weights(4, 7, 2, 1).tolist() == participant_weights(4, 7, 0, 3)[2:].tolist()
    True
    """
    step = max(1, min(_BLOCK, _KEPT_NUMBERS // max(participants, 1)))
    blocks = range(first // step, -(-(first + count) // step))
    parts = [_drawn(participants, seed, block * step, step) for block in blocks]
    if not parts:
        return np.empty((0, participants))
    skipped = first - blocks[0] * step
    weights = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return weights[skipped : skipped + count].astype(np.float64)


@lru_cache(maxsize=_KEPT_BLOCKS)
def _drawn(participants: int, seed: int, first: int, count: int) -> NDArray[np.uint16]:
    """The last blocks are kept: the curves of a study are resampled by the same draws, one after another."""
    key = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    weights = np.empty((count, participants), dtype=np.uint16)
    # One generator, set to the start of each resample's stream: cheaper than one for each.
    bits = np.random.Philox(key=key)
    rng, state = np.random.Generator(bits), bits.state
    for row in range(count):
        state["state"]["counter"] = np.array([0, 0, first + row, 0], dtype=np.uint64)
        bits.state = state
        drawn = rng.integers(0, participants, participants)
        weights[row] = np.bincount(drawn, minlength=participants)
    weights.flags.writeable = False
    return weights


def forget_draws() -> None:
    """Empty what `participant_weights` keeps, so that a benchmark's second run costs as much as its first."""
    _drawn.cache_clear()


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
