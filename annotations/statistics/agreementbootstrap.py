"""Bootstrap intervals of Krippendorff's alpha, over units or over participants."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from .agreement import AlphaCounts, cautions, check_metric
from .basics import Caution, FloatArray, Interval, check_level
from .bootstrap import expanded_interval
from .clusters import runs
from .disagreement import Metric, centred, mid_ranks, over_all, ratio_within, within_units
from .draws import participant_weights
from .resampling import batches

_FEW = 10


@dataclass(frozen=True)
class AlphaBootstrap:
    """The expanded percentile `interval` of alpha and the standard deviation `se` over the resamples (S,)."""

    interval: Interval
    se: float
    alphas: FloatArray
    over: str
    drawn: int
    n_without_alpha: int
    method: str
    warnings: tuple[Caution, ...]


def alpha_bootstrap(
    counts: AlphaCounts,
    *,
    metric: Metric = "nominal",
    over: Literal["units", "participants"] = "units",
    seed: int,
    count: int = 1000,
    level: float = 0.95,
) -> AlphaBootstrap:
    """Draw units (people like anybody, exactly these) or participants with replacement, `count` times.

    A participant drawn twice does not agree with themselves: pairs of one person are no pairs, and
    a unit's judgements weigh m / (m^2 - sum of v^2), v how often each of its judges was drawn, which is
    1 / (m - 1) where nobody is drawn twice. Resample r depends on the seed and r alone. Resamples with
    one value throughout have no alpha: left out and counted. Fewer than two units (participants):
    nan and a caution. ValueError for a negative seed or count, or another `over`.
    Source: Efron 1979, Ann Stat 7, 1-26; Hesterberg 2015, Am Stat 69, 371-386; the weights are ours.

    >>> from annotations.statistics.agreement import alpha_counts
    >>> units, people = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
    >>> found = alpha_bootstrap(alpha_counts(units, people, (units + people % 2 * (units % 5 > 3)) % 4),
    ...                         seed=1, count=200)
    >>> 0.5 < found.interval.low < found.interval.high <= 1
    True
    """
    check_metric(metric, counts)
    check_level(level)
    if seed < 0 or count < 0:
        raise ValueError("seed and count must not be negative")
    if over not in ("units", "participants"):
        raise ValueError(f"resamples are drawn over units or participants, not {over!r}")
    units = over == "units"
    drawn = counts.counts.shape[0] if units else counts.participants
    found = [np.empty(0)]
    if drawn > 1 and counts.values.size > 1:
        work, width = (_by_unit if units else _by_participant)(counts, metric)
        for at, size in batches(0, count, width):
            found.append(work(participant_weights(drawn, seed, at, size)))
    return _summed_up(np.concatenate(found), counts, over, drawn, level)


Work = Callable[[FloatArray], FloatArray]


def _by_unit(counts: AlphaCounts, metric: Metric) -> tuple[Work, int]:
    """Alphas (B,) of weights (B, U), and the numbers that one resample needs at the same time."""
    table, x = counts.counts, counts.values
    m = np.asarray(table.sum(axis=1), dtype=np.float64)
    part = table * (m / (m - 1))[:, None]
    fixed = within_units(metric, table, x, np.zeros(x.size)) / (m - 1)

    def work(weight: FloatArray) -> FloatArray:
        n = np.asarray(weight @ table)
        apart = weight @ fixed
        if metric == "ordinal":
            ranks = mid_ranks(n)
            squares = np.sum(np.asarray(weight @ part) * ranks**2, axis=1)
            sums = np.asarray(table @ ranks.T) ** 2
            apart = 2 * (squares - np.einsum("bu,ub,u->b", weight, sums, 1 / (m - 1)))
        return _alphas(apart, n, metric, x)

    return work, 3 * max(table.shape)


def _by_participant(counts: AlphaCounts, metric: Metric) -> tuple[Work, int]:
    """The same for weights (B, P); cells are the (unit, value) pairs that occur, unit by unit."""
    table, x = counts.counts, counts.values
    cells = table.indices.size
    _, cell = runs(counts.unit * x.size + counts.value)
    held = sparse.csr_array(
        (np.ones(cell.size), (cell, counts.participant)), shape=(cells, counts.participants)
    )
    judges = sparse.csr_array(
        (np.ones(cell.size), (counts.unit, counts.participant)), shape=(table.shape[0], counts.participants)
    )
    first = table.indptr[:-1].astype(np.int64)
    unit = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    by_value = sparse.csr_array((np.ones(cells), (table.indices, np.arange(cells))), shape=(x.size, cells))
    code = table.indices

    def work(weight: FloatArray) -> FloatArray:
        drawn = weight.T
        n = np.asarray(held @ drawn)
        m = np.add.reduceat(n, first, axis=0)
        pairs = m * m - np.asarray(judges @ (drawn * drawn))
        usable = pairs > 0
        scale = np.where(usable, m / np.where(usable, pairs, 1.0), 0.0)
        total = np.asarray(by_value @ (n * usable[unit])).T
        if metric == "nominal":
            apart = m * m - np.add.reduceat(n * n, first, axis=0)
        elif metric == "ratio":
            apart = ratio_within(table, x, n)
        else:
            at = mid_ranks(total).T[code] if metric == "ordinal" else centred(x)[code, None]
            sums = np.add.reduceat(n * at, first, axis=0)
            apart = 2 * (m * np.add.reduceat(n * at * at, first, axis=0) - sums * sums)
        return _alphas(np.sum(apart * scale, axis=0), total, metric, x)

    return work, 6 * cells


def _alphas(apart: FloatArray, n: FloatArray, metric: Metric, x: FloatArray) -> FloatArray:
    expected = over_all(metric, n, x)
    varied = np.count_nonzero(n, axis=1) > 1
    share = (n.sum(axis=1) - 1) * apart / np.where(varied, expected, 1.0)
    return np.where(varied, 1 - share, np.nan)


def _summed_up(
    alphas: FloatArray, counts: AlphaCounts, over: str, drawn: int, level: float
) -> AlphaBootstrap:
    there = alphas[~np.isnan(alphas)]
    se = float(np.std(there, ddof=1)) if there.size > 1 else math.nan
    without = alphas.size - there.size
    notes = list(cautions(counts))
    if drawn < 2:
        notes.append(Caution("too_few_clusters", f"Fewer than two {over}: nothing to resample."))
    elif drawn < _FEW:
        notes.append(Caution("few_clusters", f"{drawn} {over}: the interval is too narrow."))
    if without:
        text = f"{without} of {alphas.size} resamples hold one value only, or no pair: left out."
        notes.append(Caution("no_alpha", text))
    return AlphaBootstrap(
        expanded_interval(there, level, drawn),
        se,
        alphas,
        over,
        drawn,
        without,
        f"expanded_percentile_{over}",
        tuple(notes),
    )
