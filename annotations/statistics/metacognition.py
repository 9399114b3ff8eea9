"""Whether people know when they know: the area of verdict and confidence together, and meta-d'."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, IntArray, Interval, check_level, floats
from .bootstrap import expanded_interval
from .clusters import Places, places_of, repeats
from .companions import CORRECT, INCORRECT
from .detection import corrected, dprime_of
from .draws import participant_weights
from .judgements import Judgements
from .metadprime import fit_meta
from .resampling import batches
from .rocarea import area_bounded, ordered_areas

LEVELS = 4
_LEAST_DPRIME = 0.1
"""Below it c / d', which meta-d' is held to, is noise."""


@dataclass(frozen=True)
class Metacognition:
    """Pooled over raters: `area` under the ROC of verdict and confidence, d', criterion, meta-d' and their
    ratio (1: confidence as good as the signal allows), with expanded percentile intervals over
    participants; the area's is two-way. `counts` (2, 2, 4): [output incorrect, verdict incorrect,
    confidence rising].
    """

    area: float
    area_interval: Interval
    dprime: float
    criterion: float
    meta_dprime: float
    meta_dprime_interval: Interval
    ratio: float
    ratio_interval: Interval
    counts: IntArray
    n: int
    participants: int
    n_without_confidence: int
    n_constant: int
    resamples: int
    n_without_meta: int
    method: str
    warnings: tuple[Caution, ...]


def metacognition(
    data: Judgements, confidence: ArrayLike, *, seed: int, count: int = 1000, level: float = 0.95
) -> Metacognition:
    """Area and meta-d' from verdicts correct or incorrect on outputs that are either.

    confidence (R,): any scale, larger is surer, nan where there is none. Each rater's is cut into their
    own four quantiles, ties together; raters who are always equally sure are left out and counted. The
    combined scale runs from surely correct to surely incorrect. Every cell of the counts gets 1/8 more,
    which is the log-linear correction of d'. Unweighted; raters of unlike criteria are taken as one, which
    lowers d' and may move the ratio. With d' below .1 there is no meta-d'.
    ValueError for a confidence of another length, or a negative seed or count.
    Source: Maniscalco & Lau 2012, Conscious Cogn 21, 422-430; STATISTICS 2.6.

    >>> from annotations.statistics.judgements import judgements
    >>> rng = np.random.default_rng(1)
    >>> people, outputs = (a.ravel() for a in np.indices((40, 60)))
    >>> seen = rng.normal(1.5 * (outputs % 2) - 0.75)
    >>> data = judgements(outputs, people, 2 * (seen > 0), grade=2 * (np.arange(60) % 2))
    >>> found = metacognition(data, np.abs(seen), seed=1, count=200)
    >>> found.ratio_interval.low < 1 < found.ratio_interval.high
    True
    """
    check_level(level)
    if seed < 0 or count < 0:
        raise ValueError("seed and count must not be negative")
    sure = floats(confidence, "confidence", data.output.size)
    told = _told(data, sure)
    whole = told.table.sum(axis=0).reshape(1, 2, 2, LEVELS)
    n = whole.sum(axis=(2, 3)).astype(np.int64)
    areas = ordered_areas(told.places.cell, told.score, told.signal, np.ones(told.score.size), 1, 2 * LEVELS)
    area = area_bounded(told.places, areas, n, level)
    point = _meta(whole)[:, 0]
    sample = _resampled(told.table, seed, count if math.isfinite(point[2]) else 0)
    raters = told.table.shape[0]
    lost = int(np.count_nonzero(np.isnan(sample[2])))
    dprime, criterion, meta, ratio = point.tolist()
    return Metacognition(
        float(area.estimate[0]), Interval(float(area.low[0]), float(area.high[0]), level), dprime, criterion,
        meta, expanded_interval(sample[2], level, raters), ratio, expanded_interval(sample[3], level, raters),
        whole[0].astype(np.int64), told.score.size, raters, told.n_missing, told.n_constant, sample.shape[1],
        lost, "meta_dprime_maximum_likelihood", _cautions(told, dprime, meta, lost, sample.shape[1]),
    )  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """Verdicts (R,) with a confidence that varies: the combined `score`, whether the output is incorrect;
    and the counts (P, 16) of each rater."""

    score: IntArray
    signal: BoolArray
    places: Places
    table: FloatArray
    n_missing: int
    n_constant: int


def _told(data: Judgements, sure: FloatArray) -> _Told:
    grade = data.grade[data.output]
    told = np.isin(grade, (CORRECT, INCORRECT)) & np.isin(data.verdict, (CORRECT, INCORRECT))
    rows = np.flatnonzero(told & ~np.isnan(sure))
    missing = int(np.count_nonzero(told)) - rows.size
    names, people = np.unique(data.participant[rows], return_inverse=True)
    step, varied = own_quantiles(people, sure[rows], LEVELS)
    kept = varied[people]
    rows, step = rows[kept], step[kept]
    people = (np.cumsum(varied) - 1)[people[kept]]
    signal, said = grade[rows] == INCORRECT, data.verdict[rows] == INCORRECT
    key = ((people * 2 + signal) * 2 + said) * LEVELS + step
    raters = int(np.count_nonzero(varied))
    table = np.bincount(key, minlength=16 * raters).reshape(raters, 16).astype(np.float64)
    score = np.where(said, LEVELS + step, LEVELS - 1 - step)
    cluster = data.cluster[rows]
    cell = np.zeros(rows.size, dtype=np.int64)
    places = places_of(cell, people, cluster, repeats(people, cluster), 1)
    return _Told(score, signal, places, table, missing, names.size - raters)


def _resampled(table: FloatArray, seed: int, count: int) -> FloatArray:
    """`_meta` of resampled raters, (4, S); none of a single rater."""
    raters = table.shape[0]
    drawn = [np.empty((4, 0))]
    for at, size in batches(0, count if raters > 1 else 0, raters + 1000):
        weight = participant_weights(raters, seed, at, size)
        drawn.append(_meta((weight @ table).reshape(size, 2, 2, LEVELS)))
    return np.concatenate(drawn, axis=1)


def own_quantiles(people: IntArray, values: FloatArray, parts: int) -> tuple[IntArray, BoolArray]:
    """The part 0, 1, ... of each value (R,) among its own person's, by mid-rank; and whether each person's
    values differ (P,). Raises nothing. Source: STATISTICS 2.6.

    >>> [one.tolist() for one in own_quantiles(np.array([0, 0, 1, 1]), np.array([3.0, 9.0, 5.0, 5.0]), 2)]
    [[0, 1, 1, 1], [True, False]]
    """
    n = np.bincount(people)
    order = np.lexsort((values, people))
    who, at = people[order], values[order]
    new = np.ones(at.size, dtype=bool)
    new[1:] = (who[1:] != who[:-1]) | (at[1:] != at[:-1])
    first = np.flatnonzero(new)
    tie = np.cumsum(new) - 1
    size = np.diff(np.append(first, at.size))
    start = np.concatenate([[0], np.cumsum(n)])[who]
    share = (first[tie] - start + size[tie] / 2) / n[who]
    found = np.empty(at.size, dtype=np.int64)
    found[order] = np.minimum((parts * share).astype(np.int64), parts - 1)
    return found, np.bincount(who, new, n.size) > 1


def _meta(counts: FloatArray) -> FloatArray:
    """d', criterion, meta-d' and their ratio, (4, B), of tables (B, 2, 2, L)."""
    by_answer = counts.sum(axis=3)
    n = by_answer.sum(axis=2)
    found = np.full((4, counts.shape[0]), np.nan)
    dprime, criterion = dprime_of(
        corrected(by_answer[:, 1, 1], n[:, 1]), corrected(by_answer[:, 0, 1], n[:, 0])
    )
    both = np.all(n > 0, axis=1)
    found[0], found[1] = np.where(both, dprime, np.nan), np.where(both, criterion, np.nan)
    rows = np.flatnonzero(both & (dprime >= _LEAST_DPRIME))
    if rows.size:
        padded = counts[rows] + 1 / (2 * counts.shape[3])
        fit = fit_meta(padded, dprime[rows], criterion[rows])
        found[2, rows] = np.where(fit.settled, fit.theta[:, 0], np.nan)
        found[3] = found[2] / found[0]
    return found


def _cautions(told: _Told, dprime: float, meta: float, lost: int, drawn: int) -> tuple[Caution, ...]:
    found = []
    if not told.score.size:
        found.append(Caution("no_data", "No verdict comes with a confidence that varies: nothing to see."))
    elif math.isnan(dprime):
        found.append(Caution("no_trials", "There are no incorrect, or no correct outputs: no d'."))
    elif dprime < _LEAST_DPRIME:
        text = f"d' is {dprime:.2f}: people hardly tell outputs apart, so meta-d' has no meaning."
        found.append(Caution("no_sensitivity", text))
    elif math.isnan(meta):
        found.append(Caution("not_converged", "The fit of meta-d' did not settle."))
    if told.table.shape[0] == 1:
        found.append(Caution("too_few_clusters", "One rater: no intervals."))
    if told.n_constant:
        text = f"{told.n_constant} raters were always equally sure, and are left out."
        found.append(Caution("constant_confidence", text))
    if told.n_missing:
        text = f"{told.n_missing} verdicts have no confidence, and are left out."
        found.append(Caution("missing_confidence", text))
    if lost:
        found.append(Caution("no_meta", f"{lost} of {drawn} resamples gave no meta-d' and are left out."))
    return tuple(found)
