"""Rates over all outputs up to a difficulty: two-way variances at every point from a few running sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .basics import BoolArray, FloatArray, IntArray
from .crossing import sums
from .draws import participant_weights
from .resampling import batches

_FURTHER = 1 << 40
"""Apart from the participants' streams, so that outputs are drawn independently of them."""


@dataclass(frozen=True)
class Ordered:
    """Responses (R,) on outputs 0 ... N - 1, which rise in difficulty: event or not, weight, codes of
    participant and of the outputs' cluster, none beyond those that occur."""

    output: IntArray
    event: BoolArray
    weight: FloatArray
    participant: IntArray
    cluster: IntArray


@dataclass(frozen=True)
class Running:
    """At every point (X,): raw counts, the weighted `rate`, its two-way `variance` (nan below two
    clusters), and how many participants and clusters of outputs."""

    n: IntArray
    events: IntArray
    rate: FloatArray
    variance: FloatArray
    participants: IntArray
    outputs: IntArray


def running(data: Ordered, last: IntArray) -> Running:
    """Rates over the outputs below each of `last` (X,), rising. As STATISTICS 2.2 has it, but the pairs
    of participant and output are taken to be the responses."""
    x = last.size
    step = np.searchsorted(last, data.output, side="right")
    rows = np.flatnonzero(step < x)
    step, event, weight = step[rows], data.event[rows], data.weight[rows]
    n, events = _running(step, None, x), _running(step, event, x)
    mass, hits = _running(step, weight, x), _running(step, weight * event, x)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = hits / mass
    squares, hit_squares = _running(step, weight**2, x), _running(step, weight**2 * event, x)
    alone = hit_squares * (1 - rate) ** 2 + (squares - hit_squares) * rate**2
    parts = [_clusters(code[rows], step, event, weight, rate) for code in (data.participant, data.cluster)]
    with np.errstate(divide="ignore", invalid="ignore"):
        p, o = (v / mass**2 * (g / (g - 1.0)) for v, g in parts)
        responses = alone / mass**2 * (n / (n - 1.0))
    variance = np.maximum(np.maximum(p + o - responses, p), o)
    people, outputs = parts[0][1], parts[1][1]
    variance = np.where(variance > 1e-14, variance, 0.0)
    variance[np.minimum(people, outputs) < 2] = np.nan
    return Running(n.astype(np.int64), events.astype(np.int64), rate, variance, people, outputs)


def resampled(data: Ordered, last: IntArray, *, seed: int, count: int) -> FloatArray:
    """The rates (S, X) of resamples in which participants and clusters of outputs are both drawn with
    replacement, a response weighing the product of its draws; nan where nothing was drawn."""
    people = int(data.participant.max()) + 1
    clusters = int(data.cluster.max()) + 1
    outputs = int(last[-1])
    rows = np.flatnonzero(data.output < outputs)
    at, weight = data.output[rows], data.weight[rows]
    tables = [
        sparse.csr_array((w, (at, data.participant[rows])), shape=(outputs, people))
        for w in (weight, weight * data.event[rows])
    ]
    cluster_of = np.zeros(outputs, dtype=np.int64)
    cluster_of[at] = data.cluster[rows]
    found = [np.empty((0, last.size))]
    for first, size in batches(0, count, 4 * max(outputs, people)):
        drawn = participant_weights(people, seed, first, size).T
        others = participant_weights(clusters, seed, _FURTHER + first, size).T[cluster_of]
        mass, hits = (_up_to(np.asarray(table @ drawn) * others, last) for table in tables)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((hits / mass).T)
    return np.concatenate(found)


def _up_to(values: FloatArray, last: IntArray) -> FloatArray:
    """Sums (X, B) of the rows (N, B) before each of `last`."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return np.asarray(total[last], dtype=np.float64)


def _running(step: IntArray, weight: FloatArray | BoolArray | None, size: int) -> FloatArray:
    total: FloatArray = np.cumsum(np.bincount(step, weight, size)).astype(np.float64)
    return total


def _clusters(
    code: IntArray, step: IntArray, event: BoolArray, weight: FloatArray, rate: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Sums over clusters of squared errors, and how many clusters there are, at every point (X,).

    A cluster's error changes only where it has responses: of (s - r n)^2 = s^2 - 2 r s n + r^2 n^2 the
    three sums run on by the steps that single clusters take.
    """
    x = rate.size
    keys, place = np.unique(code * max(x, 1) + step, return_inverse=True)
    who, at = keys // max(x, 1), keys % max(x, 1)
    new = np.ones(keys.size, dtype=bool)
    new[1:] = who[1:] != who[:-1]
    n = _within(sums(place, weight, keys.size), new)
    s = _within(sums(place, weight * event, keys.size), new)
    before_n, before_s = (np.where(new, 0.0, np.concatenate([[0.0], part[:-1]])) for part in (n, s))
    if not keys.size:
        return np.zeros(x), np.zeros(x, dtype=np.int64)
    nn = _running(at, n * n - before_n * before_n, x)
    ss = _running(at, s * s - before_s * before_s, x)
    sn = _running(at, s * n - before_s * before_n, x)
    found: FloatArray = ss - 2 * rate * sn + rate**2 * nn
    return np.maximum(found, 0.0), _running(at, new, x).astype(np.int64)


def _within(values: FloatArray, new: BoolArray) -> FloatArray:
    """Running sums that start again at each cluster."""
    if not values.size:
        return values
    total = np.cumsum(values)
    first = np.flatnonzero(new)
    base = np.where(first > 0, total[first - 1], 0.0)
    found: FloatArray = total - np.repeat(base, np.diff(np.append(first, values.size)))
    return found
