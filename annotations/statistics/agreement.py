"""Krippendorff's alpha: agreement beyond chance of any number of people, who may leave units out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .basics import Caution, FloatArray, IntArray, floats, integer_codes
from .clusters import runs
from .disagreement import Metric, mid_ranks, over_all, within_units

_SPARE = 100_000
METRICS = ("nominal", "ordinal", "interval", "ratio")


@dataclass(frozen=True)
class AlphaCounts:
    """Judgements of units that have two or more: `values` (V,), rising, and how many judgements hold each
    of them, `counts` (U, V). `unit`, `value`, `participant` (R,) place the judgements among these."""

    values: FloatArray
    counts: sparse.csr_array
    unit: IntArray
    value: IntArray
    participant: IntArray
    participants: int
    n_missing: int
    n_single: int
    n_repeated: int


@dataclass(frozen=True)
class Alpha:
    """alpha = 1 - observed / expected disagreement: 1 is perfect, 0 what chance gives.

    `n` judgements of `units` with two or more, by `participants`; `n_single` stood alone.
    """

    alpha: float
    observed: float
    expected: float
    metric: Metric
    n: int
    units: int
    participants: int
    n_missing: int
    n_single: int
    method: str
    warnings: tuple[Caution, ...]


def alpha_counts(unit: ArrayLike, participant: ArrayLike, value: ArrayLike) -> AlphaCounts:
    """Gather judgements: unit, participant codes (R,) and value (R,), nan where there is none.

    Source: STATISTICS 2.6.

    Units with a single judgement are left out and counted. ValueError for malformed or infinite input.

    >>> gathered = alpha_counts([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [3, 3, 1, 3, 1])
    >>> gathered.counts.toarray().tolist(), gathered.n_single
    ([[0.0, 2.0], [1.0, 1.0]], 1)
    """
    units = integer_codes(unit, "unit")
    people = integer_codes(participant, "participant", units.size)
    values = floats(value, "value", units.size)
    if bool(np.any(np.isinf(values))):
        raise ValueError("value must be finite, or nan where there is none")
    there = np.flatnonzero(~np.isnan(values))
    pairable = np.bincount(units[there], minlength=1) > 1
    keep = there[pairable[units[there]]]
    place = (np.cumsum(pairable) - 1)[units[keep]]
    x, code = _levels(values[keep])
    judges = np.bincount(people[keep], minlength=1) > 0
    who = (np.cumsum(judges) - 1)[people[keep]]
    u, p = int(np.count_nonzero(pairable)), int(np.count_nonzero(judges))
    keys = np.sort(place * max(p, 1) + who)
    repeated = int(np.count_nonzero(keys[1:] == keys[:-1]))
    counts = _counted(place, code, u, x.size)
    missing = values.size - there.size
    return AlphaCounts(x, counts, place, code, who, p, missing, there.size - keep.size, repeated)


def krippendorff(counts: AlphaCounts, *, metric: Metric = "nominal") -> Alpha:
    """Alpha of the gathered judgements, counts (U, V) of units by values, under a metric of differences.

    Ordinal differences depend on how many judgements lie between two values; `ratio` asks for values of 0
    or more (ValueError). Nothing to compare, or one value throughout: nan and a caution.
    Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability; STATISTICS 1.3, 2.6.

    >>> people, units = np.repeat([0, 1], 4), np.tile(np.arange(4), 2)
    >>> gathered = alpha_counts(units, people, [1, 2, 3, 3, 1, 2, 3, 2])
    >>> round(krippendorff(gathered).alpha, 4), round(krippendorff(gathered, metric="interval").alpha, 4)
    (0.6667, 0.8205)
    """
    check_metric(metric, counts)
    n = np.asarray(counts.counts.sum(axis=0), dtype=np.float64)[None, :]
    total = float(n.sum())
    m = np.asarray(counts.counts.sum(axis=1), dtype=np.float64)
    apart = within_units(metric, counts.counts, counts.values, mid_ranks(n)[0])
    expected = float(over_all(metric, n, counts.values)[0])
    observed = float(np.sum(apart / (m - 1))) / total if total else math.nan
    expected = expected / (total * (total - 1)) if total else math.nan
    alpha = 1 - observed / expected if counts.values.size > 1 else math.nan
    return Alpha(
        alpha, observed, expected, metric, int(total), m.size, counts.participants, counts.n_missing,
        counts.n_single, f"krippendorff_alpha_{metric}", cautions(counts),
    )  # fmt: skip


def check_metric(metric: str, counts: AlphaCounts) -> None:
    if metric not in METRICS:
        raise ValueError(f"no metric of differences is called {metric!r}")
    if metric == "ratio" and counts.values.size and counts.values[0] < 0:
        raise ValueError("the ratio metric needs values of 0 or more")


def cautions(counts: AlphaCounts) -> tuple[Caution, ...]:
    found = []
    if not counts.values.size:
        found.append(Caution("no_pairs", "No unit has two judgements: there is nothing to compare."))
    elif counts.values.size == 1:
        text = "All judgements are the same: agreement cannot be told from chance."
        found.append(Caution("constant", text))
    if counts.n_single:
        text = f"{counts.n_single} judgements stand alone on their unit and are left out."
        found.append(Caution("single_judgements", text))
    if counts.n_repeated:
        text = f"{counts.n_repeated} times somebody judged a unit again: this counts as another person."
        found.append(Caution("repeated_judgements", text))
    return tuple(found)


def _levels(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """The distinct values, rising, and the place of each; small whole numbers need no sorting."""
    if values.size:
        low, high = float(values.min()), float(values.max())
        if high - low <= _SPARE and bool(np.all(values == np.floor(values))):
            code = (values - low).astype(np.int64)
            there = np.bincount(code) > 0
            return np.asarray(np.flatnonzero(there) + low, dtype=np.float64), (np.cumsum(there) - 1)[code]
    x, code = np.unique(values, return_inverse=True)
    return x, code.astype(np.int64)


def _counted(unit: IntArray, value: IntArray, units: int, values: int) -> sparse.csr_array:
    key = unit * max(values, 1) + value
    if units * values <= 8 * key.size + _SPARE:
        table = np.bincount(key, minlength=units * values)
        cells = np.flatnonzero(table)
        n = table[cells]
    else:
        cells, place = runs(key)
        n = np.bincount(place)
    start = np.concatenate([[0], np.cumsum(np.bincount(cells // max(values, 1), minlength=units))])
    data = n.astype(np.float64), cells % max(values, 1), start
    return sparse.csr_array(data, shape=(units, values))
