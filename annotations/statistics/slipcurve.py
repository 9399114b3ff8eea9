"""Slips against difficulty: a logistic curve with a simultaneous band, and the monotone check (2.3).

The curve is for showing. It certifies nothing: at the easy end it extrapolates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike
from scipy import sparse, special

from .basics import Caution, FloatArray, Interval, check_level, floats
from .batchfit import Problem, fit_batch
from .companions import CORRECT, INCORRECT
from .isotonic import Isotonic, isotonic
from .judgements import Judgements
from .resampling import batches

_MOST_LEVELS = 512
_FEW_PEOPLE = 20


@dataclass(frozen=True)
class SlipCounts:
    """Sufficient statistics: levels of difficulty x (L,), rising, on 0-100, and by participant (P, 2 L)
    the weighted number of verdicts on incorrect outputs, then of slips among them."""

    x: FloatArray
    counts: sparse.csr_array
    n: int
    slips: int
    n_missing: int


@dataclass(frozen=True)
class SlipCurve:
    """The slip rate on 0-1 at difficulties `x` (X,), with a band that holds the whole curve at once.

    `slope` is per point of difficulty on the logit scale, with its percentile interval; `critical` is
    the multiple of the standard error that the band takes; `isotonic` rests on the same counts.
    """

    x: FloatArray
    rate: FloatArray
    low: FloatArray
    high: FloatArray
    intercept: float
    slope: float
    slope_interval: Interval
    critical: float
    isotonic: Isotonic
    n: int
    slips: int
    participants: int
    resamples: int
    n_penalised: int
    level: float
    method: str
    warnings: tuple[Caution, ...]


def slip_counts(data: Judgements, difficulty: ArrayLike) -> SlipCounts:
    """Gather verdicts on incorrect outputs by participant and level of difficulty.

    difficulty: of each output (N,), or of each response (R,) where the two numbers differ or a response
    has a difficulty of its own (`leaveout`); nan is left out and counted. Beyond 512 distinct values
    they are put together in 512 steps, each at its mean.
    """
    values = floats(difficulty, "difficulty")
    if values.size == data.grade.size and values.size != data.output.size:
        values = values[data.output]
    elif values.size != data.output.size:
        raise ValueError("difficulty must be given for every output or for every response")
    judged = data.grade[data.output] == INCORRECT
    keep = judged & np.isfinite(values)
    at, weight = values[keep], data.weight[keep]
    slip = data.verdict[keep] == CORRECT
    x, place = np.unique(at, return_inverse=True)
    if x.size > _MOST_LEVELS:
        step = np.minimum((at - x[0]) / (x[-1] - x[0]) * _MOST_LEVELS, _MOST_LEVELS - 1).astype(np.int64)
        _, place = np.unique(step, return_inverse=True)
        x = np.bincount(place, weight * at) / np.bincount(place, weight)
    _, people = np.unique(data.participant[keep], return_inverse=True)
    shape = (int(people.max()) + 1 if people.size else 0, 2 * x.size)
    rows, columns = np.concatenate([people, people[slip]]), np.concatenate([place, place[slip] + x.size])
    counts = sparse.csr_array((np.concatenate([weight, weight[slip]]), (rows, columns)), shape=shape)
    return SlipCounts(x, counts, at.size, int(slip.sum()), int(np.count_nonzero(judged)) - at.size)


def slip_curve(
    counts: SlipCounts, points: ArrayLike, *, rng: Generator, resamples: int = 1000, level: float = 0.95
) -> SlipCurve:
    """Logistic regression of slip on difficulty, at the points (X,), with a band by max-t.

    The band is eta(x) +- c se(x) on the logit scale: se is the standard deviation over resamples of
    participants, c the `level` quantile of max over the points of |eta_b(x) - eta(x)| / se(x). The
    isotonic curve rises or falls as the logistic one does. Fewer than two participants: a band of nan;
    slips never or always, or separated from the rest: a penalised curve and a caution.
    Source: STATISTICS 2.3; Davison & Hinkley 1997, section 4.2.4.

    >>> from annotations.statistics.judgements import judgements
    >>> people, outputs = (a.ravel() for a in np.indices((30, 12)))
    >>> verdict = np.where((people * 7 + outputs * 5) % 13 < outputs, 0, 2)
    >>> counts = slip_counts(judgements(outputs, people, verdict, grade=[2] * 12), np.arange(12) * 8.0)
    >>> curve = slip_curve(counts, [10, 50, 90], rng=np.random.default_rng(1), resamples=200)
    >>> bool(np.all((curve.low < curve.rate) & (curve.rate < curve.high)))
    True
    """
    check_level(level)
    x = floats(points, "points")
    size, people = counts.x.size, counts.counts.shape[0]
    if not size:
        return _nothing(counts, x, level)
    whole = np.asarray(counts.counts.sum(axis=0), dtype=np.float64)[None, :]
    centre = float(whole[0, :size] @ counts.x / whole[0, :size].sum())
    spread = float(np.std(counts.x)) or 1.0
    z, at = (counts.x - centre) / spread, (x - centre) / spread
    fit = fit_batch(Problem(z, whole[:, size:], whole[:, :size], 0.0, 1.0), np.zeros(2), "failure")
    theta = fit.theta[0]
    drawn, penalised = _resampled(counts, z, theta, rng, resamples)
    eta = theta[0] + theta[1] * at
    half, critical = _band(eta, drawn, at, level) if people > 1 else (np.full(x.size, np.nan), np.nan)
    slope = theta[1] / spread
    ends = (
        np.quantile(drawn[:, 1] / spread, [(1 - level) / 2, (1 + level) / 2]) if people > 1 else [np.nan] * 2
    )
    notes = _cautions(counts, people, bool(fit.penalised[0]), penalised, resamples)
    return SlipCurve(
        x, special.expit(eta), special.expit(eta - half), special.expit(eta + half),
        float(theta[0] - slope * centre), float(slope), Interval(float(ends[0]), float(ends[1]), level),
        critical, isotonic(counts.x, whole[0, size:], whole[0, :size], increasing=bool(slope >= 0)),
        counts.n, counts.slips, people, resamples, penalised, level, "max_t_participants", notes,
    )  # fmt: skip


def _resampled(
    counts: SlipCounts, z: FloatArray, theta: FloatArray, rng: Generator, resamples: int
) -> tuple[FloatArray, int]:
    """Curves (resamples, 2) of participants drawn with replacement, and how many were penalised."""
    size, people = z.size, counts.counts.shape[0]
    drawn, penalised = np.empty((resamples, 2)), 0
    for first, count in batches(0, resamples, max(people, 12 * size)):
        picks = rng.integers(0, people, (count, people)) + np.arange(count)[:, None] * people
        weights = np.bincount(picks.ravel(), minlength=count * people).reshape(count, people)
        sums = np.asarray(weights.astype(np.float64) @ counts.counts)
        part = fit_batch(Problem(z, sums[:, size:], sums[:, :size], 0.0, 1.0), theta, "failure")
        drawn[first : first + count] = part.theta
        penalised += int(np.count_nonzero(part.penalised))
    return drawn, penalised


def _band(eta: FloatArray, drawn: FloatArray, at: FloatArray, level: float) -> tuple[FloatArray, float]:
    """Half the width of the band at every point, and the multiple of the standard error."""
    apart = drawn[:, :1] + drawn[:, 1:] * at - eta
    se = np.std(apart, axis=0, ddof=1)
    if not at.size or not bool(np.all(se > 0)):
        return np.full(at.size, np.nan), float("nan")
    critical = float(np.quantile(np.max(np.abs(apart) / se, axis=1), level))
    return critical * se, critical


def _nothing(counts: SlipCounts, x: FloatArray, level: float) -> SlipCurve:
    none, nan = np.full(x.size, np.nan), float("nan")
    notes = (Caution("no_data", "No verdict on an incorrect output has a difficulty: there is no curve."),)
    return SlipCurve(
        x, none, none, none, nan, nan, Interval(nan, nan, level), nan, isotonic([], [], []),
        0, 0, 0, 0, 0, level, "max_t_participants", notes,
    )  # fmt: skip


def _cautions(
    counts: SlipCounts, people: int, separated: bool, penalised: int, resamples: int
) -> tuple[Caution, ...]:
    found = []
    if counts.n_missing:
        text = f"{counts.n_missing} verdicts on incorrect outputs have no difficulty and are left out."
        found.append(Caution("missing_difficulty", text))
    if separated:
        text = "Slips are none, all, parted from the rest or at one level: a penalised curve is shown."
        found.append(Caution("separation", text))
    if people < 2:
        found.append(Caution("too_few_clusters", "Fewer than two participants: no band."))
    elif people < _FEW_PEOPLE:
        found.append(Caution("few_participants", f"{people} participants: the band is too narrow."))
    if penalised:
        text = f"{penalised} of {resamples} resamples were separated: penalised curves."
        found.append(Caution("separated_resamples", text))
    return tuple(found)
