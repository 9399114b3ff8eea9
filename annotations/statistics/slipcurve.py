"""Slips against difficulty: a logistic curve with a simultaneous band, and the monotone check (2.3).

The curve is for showing. It certifies nothing: at the easy end it extrapolates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, special

from .basics import Caution, FloatArray, Interval, check_level, compacted, floats
from .companions import CORRECT, INCORRECT
from .isotonic import Isotonic, isotonic
from .judgements import Judgements
from .resampling import CurveSample, Levels, fit_levels

_MOST_LEVELS = 512
_FEW_PEOPLE = 20


@dataclass(frozen=True)
class SlipCounts:
    """Sufficient statistics: levels of difficulty (L,) on 0-100, and by participant the weighted number of
    verdicts on incorrect outputs, then of slips among them; `n` verdicts, `slips`, raw counts."""

    levels: Levels
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

    difficulty: of each response (R,), its output's or one of its own (`leaveout`); nan is left out and
    counted. Beyond 512 distinct values they are put together in 512 steps, each at its mean. ValueError for
    another number of difficulties than of responses. Source: STATISTICS 2.3.

    >>> from annotations.statistics.judgements import judgements
    >>> found = slip_counts(judgements([0, 1, 2], [0, 0, 1], [0, 2, 0], grade=[2, 2, 0]), [10, 40, 70])
    >>> found.levels.x.tolist(), found.n, found.slips
    ([10.0, 40.0], 2, 1)
    """
    values = floats(difficulty, "difficulty", data.output.size)
    judged = data.grade[data.output] == INCORRECT
    keep = judged & np.isfinite(values)
    at, weight = values[keep], data.weight[keep]
    slip = data.verdict[keep] == CORRECT
    x = np.unique(at)
    if x.size <= _MOST_LEVELS:
        place = np.searchsorted(x, at)
    else:
        step = np.minimum((at - x[0]) / (x[-1] - x[0]) * _MOST_LEVELS, _MOST_LEVELS - 1).astype(np.int64)
        _, place = compacted(step)
        x = np.bincount(place, weight * at) / np.bincount(place, weight)
    _, people = compacted(data.participant[keep])
    shape = (int(people.max()) + 1 if people.size else 0, 2 * x.size)
    rows, columns = np.concatenate([people, people[slip]]), np.concatenate([place, place[slip] + x.size])
    counts = sparse.csr_array((np.concatenate([weight, weight[slip]]), (rows, columns)), shape=shape)
    return SlipCounts(Levels(x, counts), at.size, int(slip.sum()), int(np.count_nonzero(judged)) - at.size)


def slip_curve(
    counts: SlipCounts, sample: CurveSample, points: ArrayLike, *, level: float = 0.95
) -> SlipCurve:
    """Logistic regression of slip on difficulty, at the points (X,), with a band by max-t.

    `sample` holds the curves of resampled participants (`sample_curves` of `counts.levels`). The band
    is eta(x) +- c se(x) on the logit scale: se is the standard deviation over the resamples, c the
    `level` quantile of max over the points of |eta_b(x) - eta(x)| / se(x). The isotonic curve rises or
    falls as the logistic one does. Fewer than two participants, or resamples: a band of nan; slips
    never or always, or separated from the rest: a penalised curve and a caution. ValueError unless
    0 < level < 1 and the points are a vector.
    Source: STATISTICS 2.3; Davison & Hinkley 1997, section 4.2.4.

    >>> from annotations.statistics.judgements import judgements
    >>> from annotations.statistics.resampling import sample_curves
    >>> people, outputs = (a.ravel() for a in np.indices((30, 12)))
    >>> verdict = np.where((people * 7 + outputs * 5) % 13 < outputs, 0, 2)
    >>> counts = slip_counts(judgements(outputs, people, verdict, grade=[2] * 12), outputs * 8.0)
    >>> sample = sample_curves(counts.levels, seed=1, count=200)
    >>> curve = slip_curve(counts, sample, [10, 50, 90])
    >>> bool(np.all((curve.low < curve.rate) & (curve.rate < curve.high)))
    True
    """
    check_level(level)
    x = floats(points, "points")
    levels = counts.levels
    size, people, drawn = levels.x.size, levels.participants, sample.theta
    if not size:
        return _nothing(x, level, drawn.shape[0])
    theta, separated = fit_levels(levels, target="failure", floor=0.0, ceiling=1.0)
    intercept, slope = levels.back(theta[None, :])[0].tolist()
    eta = intercept + slope * x
    half, critical, ends = np.full(x.size, np.nan), np.nan, [np.nan] * 2
    if people > 1 and drawn.shape[0] > 1:
        half, critical = _band(eta, drawn, x, level)
        ends = np.quantile(drawn[:, 1], [(1 - level) / 2, (1 + level) / 2]).tolist()
    notes = _cautions(counts, separated, sample)
    return SlipCurve(
        x, special.expit(eta), special.expit(eta - half), special.expit(eta + half),
        intercept, slope, Interval(ends[0], ends[1], level), critical,
        isotonic(levels.x, levels.whole[size:], levels.whole[:size], increasing=slope >= 0),
        counts.n, counts.slips, people, drawn.shape[0], sample.penalised, level, "max_t_participants", notes,
    )  # fmt: skip


def _band(eta: FloatArray, drawn: FloatArray, at: FloatArray, level: float) -> tuple[FloatArray, float]:
    """Half the width of the band at every point, and the multiple of the standard error."""
    apart = drawn[:, :1] + drawn[:, 1:] * at - eta
    se = np.std(apart, axis=0, ddof=1)
    if not at.size or not bool(np.all(se > 0)):
        return np.full(at.size, np.nan), float("nan")
    critical = float(np.quantile(np.max(np.abs(apart) / se, axis=1), level))
    return critical * se, critical


def _nothing(x: FloatArray, level: float, resamples: int) -> SlipCurve:
    none, nan = np.full(x.size, np.nan), float("nan")
    notes = (Caution("no_data", "No verdict on an incorrect output has a difficulty: there is no curve."),)
    return SlipCurve(
        x, none, none, none, nan, nan, Interval(nan, nan, level), nan, isotonic([], [], []),
        0, 0, 0, resamples, 0, level, "max_t_participants", notes,
    )  # fmt: skip


def _cautions(counts: SlipCounts, separated: bool, sample: CurveSample) -> tuple[Caution, ...]:
    found = []
    people, resamples = counts.levels.participants, sample.theta.shape[0]
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
    if sample.penalised:
        text = f"{sample.penalised} of {resamples} resamples were separated: penalised curves."
        found.append(Caution("separated_resamples", text))
    return tuple(found)
