"""Percentile bootstrap over participants for a calibration, in blocks that any worker may compute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, Interval, check_level, floats
from .batchfit import Problem, fit_batch
from .curvefit import Target, fit_curve
from .logistic import Counts
from .resampling import Levels, batches, levels_of, participant_weights
from .tally import Tally


@dataclass(frozen=True)
class BootstrapBlock:
    """Resamples first, first + 1, ... (S,): location (nan where there is none), slope, and the curve at
    the points x, shape (S, X), on 0-100. `penalised` of them were separated."""

    seed: int
    first: int
    x: FloatArray
    location: FloatArray
    slope: FloatArray
    curve: FloatArray
    penalised: int
    participants: int


@dataclass(frozen=True)
class Bootstrap:
    """Percentile intervals of location and slope, and the pointwise band of the curve, (X,) on 0-100."""

    location: Interval
    slope: Interval
    x: FloatArray
    low: FloatArray
    high: FloatArray
    level: float
    resamples: int
    n_without_location: int
    n_penalised: int
    participants: int
    method: str
    warnings: tuple[Caution, ...]


def resample_block(
    tally: Tally,
    *,
    seed: int,
    block: int,
    size: int,
    points: ArrayLike = (),
    target: Target = "failure",
    floor: float = 0.0,
    ceiling: float = 1.0,
) -> BootstrapBlock:
    """Refit `calibrate`'s likelihood curve to the resamples block * size ... block * size + size - 1.

    Participants are drawn with replacement, in the order of their codes. Each resample depends on the
    seed and its own number alone, so blocks may be computed anywhere, in any order and size.
    `points` (X,) are metrics. A tally without data gives nan. Source: STATISTICS 1.3; Efron 1979.

    >>> from annotations.statistics.tally import tally
    >>> people, items = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    >>> data = tally(people, items, [0, 1, 0, 1, 0, 0, 1, 1] * 3, [1.0, 2.0, 3.0, 4.0])
    >>> whole = resample_block(data, seed=1, block=0, size=4)
    >>> half = resample_block(data, seed=1, block=1, size=2)
    >>> bool(np.allclose(whole.slope[2:], half.slope))
    True
    """
    if not 0 <= floor < ceiling <= 1:
        raise ValueError("the curve needs 0 <= floor < ceiling <= 1")
    if block < 0 or size < 1 or seed < 0:
        raise ValueError("seed and block must not be negative, and a block holds one resample or more")
    x = floats(points, "points")
    first = block * size
    if not tally.x.size:
        none = np.full(size, np.nan)
        return BootstrapBlock(seed, first, x, none, none, np.full((size, x.size), np.nan), 0, 0)
    levels = levels_of(tally)
    start = _start(tally, levels, floor, ceiling, target)
    theta, penalised, u = np.empty((size, 2)), 0, levels.z.size
    for at, count in batches(first, size, max(levels.participants, 12 * u)):
        weights = participant_weights(levels.participants, seed, at, count)
        counts = np.asarray(weights @ levels.counts)
        fit = fit_batch(Problem(levels.z, counts[:, u:], counts[:, :u], floor, ceiling), start, target)
        theta[at - first : at - first + count] = levels.back(fit.theta)
        penalised += int(np.count_nonzero(fit.penalised))
    curve = 100 * (floor + (ceiling - floor) * special.expit(theta[:, :1] + theta[:, 1:] * x))
    location = _locations(theta, tally)
    return BootstrapBlock(seed, first, x, location, theta[:, 1], curve, penalised, levels.participants)


def merge_blocks(blocks: list[BootstrapBlock], *, level: float = 0.95) -> Bootstrap:
    """Percentile intervals (linear between order statistics) over the resamples of all blocks.

    Blocks may come in any order; ValueError unless they are of one seed, participants and points, and
    cover 0, 1, ... without gap or overlap. Resamples without a location are left out of its interval
    and counted.
    """
    check_level(level)
    ordered = sorted(blocks, key=lambda one: one.first)
    _check_blocks(ordered)
    location, slope = (np.concatenate([getattr(b, name) for b in ordered]) for name in ("location", "slope"))
    curve = np.concatenate([b.curve for b in ordered])
    people, points = ordered[0].participants, ordered[0].x
    if people < 2:
        location, slope, curve = (np.full_like(values, np.nan) for values in (location, slope, curve))
    without = int(np.count_nonzero(np.isnan(location)))
    low, high = (
        np.quantile(curve, q, axis=0) if curve.size else points.copy()
        for q in ((1 - level) / 2, (1 + level) / 2)
    )
    penalised = sum(b.penalised for b in ordered)
    notes = _cautions(people, slope.size, without, penalised)
    return Bootstrap(
        _percentile(location, level), _percentile(slope, level), points, low, high, level, slope.size,
        without, penalised, people, "percentile_participants", notes,
    )  # fmt: skip


def _start(tally: Tally, levels: Levels, floor: float, ceiling: float, target: Target) -> FloatArray:
    """The fit to all the data, from which every resample starts."""
    z = (tally.x - levels.centre) / levels.spread
    if np.unique(z).size == 1:
        return np.zeros(2)
    return fit_curve(Counts(z, tally.total, tally.n, floor, ceiling), target, "likelihood", False)[0].theta


def _locations(theta: FloatArray, tally: Tally) -> FloatArray:
    """-a / b, nan where the curve is flat over the metrics that were seen."""
    flat = np.abs(theta[:, 1]) * float(np.ptp(tally.x)) <= 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flat, np.nan, -theta[:, 0] / theta[:, 1])


def _check_blocks(ordered: list[BootstrapBlock]) -> None:
    if not ordered:
        raise ValueError("there are no blocks to merge")
    head, following = ordered[0], 0
    for block in ordered:
        same = (block.seed, block.participants) == (head.seed, head.participants)
        if not same or not np.array_equal(block.x, head.x):
            raise ValueError("the blocks are not of one seed, participants and points")
        if block.first != following:
            raise ValueError(f"the resample {following} is missing or there twice")
        following += block.slope.size


def _percentile(values: FloatArray, level: float) -> Interval:
    there = values[~np.isnan(values)]
    if not there.size:
        return Interval(float("nan"), float("nan"), level)
    low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)


def _cautions(people: int, resamples: int, without: int, penalised: int) -> tuple[Caution, ...]:
    found = []
    if people < 2:
        found.append(Caution("too_few_clusters", "Fewer than two participants: nothing to resample."))
    elif without:
        text = f"{without} of {resamples} resamples have no location and are left out of its interval."
        found.append(Caution("no_location", text))
    if penalised:
        text = f"{penalised} of {resamples} resamples were separated or had one level: penalised fits."
        found.append(Caution("separation", text))
    return tuple(found)
