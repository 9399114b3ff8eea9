"""The measures that are one formula each, beside slow and obvious versions of themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from annotations.statistics import cellsums
from annotations.statistics.bins import equal_bins, fixed_bins
from annotations.statistics.clusters import places_of, repeated, repeats
from annotations.statistics.companions import supervision_rates
from annotations.statistics.correlation import kendall, spearman
from annotations.statistics.influence import two_way_spread
from annotations.statistics.isotonic import isotonic
from annotations.statistics.judgements import Grouping
from annotations.statistics.metric import metric_rank
from annotations.statistics.rates import clopper_pearson, wilson
from annotations.statistics.saferegion import safe_regions
from annotations.statistics.supervision import supervision_table
from annotations.statistics.supervisiontables import supervision_tables

from .test_supervision import random_study

VALUES = st.lists(st.integers(0, 12), min_size=1, max_size=40)
PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=30)


def mid_ranks(values):
    return np.array([sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2 for x in values])


@given(VALUES, st.integers(1, 8))
def test_equal_bins_equal_cuts_moved_one_by_one(values, bins):
    ordered, cuts = sorted(values), set()
    for k in range(1, bins):
        cut = k * len(values) // bins
        if not 0 < cut < len(values):
            continue
        low = next(at for at, value in enumerate(ordered) if value == ordered[cut])
        high = low + ordered.count(ordered[cut])
        cuts.add(low if cut - low <= high - cut else high)
    starts = [0, *sorted(cut for cut in cuts if 0 < cut < len(values))]
    wanted = [sum(ordered.index(value) >= start for start in starts) for value in values]
    found = equal_bins(values, bins)
    assert found.code.tolist() == wanted
    for code in range(1, max(wanted) + 1):
        own = [value for value, one in zip(values, wanted, strict=True) if one == code]
        assert (found.low[code - 1], found.high[code - 1], found.n[code - 1]) == (
            min(own),
            max(own),
            len(own),
        )


@given(VALUES, st.lists(st.integers(1, 11), min_size=1, max_size=4, unique=True))
def test_fixed_bins_equal_a_count_of_edges(values, edges):
    full = [sum(value >= edge for edge in edges) for value in values]
    names = {code: at + 1 for at, code in enumerate(sorted(set(full)))}
    assert fixed_bins(values, sorted(edges)).code.tolist() == [names[code] for code in full]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9)), min_size=1, max_size=9), st.booleans())
def test_isotonic_equals_the_largest_least_mean(rows, rising):
    """Barlow et al. 1972: at each level the greatest over its starts of the least mean over its ends."""
    k, n = np.array(rows, dtype=float).T
    total = np.minimum(k, n)
    y, w = (total, n) if rising else (total[::-1], n[::-1])
    span = range(y.size)
    means = [[y[s : e + 1].sum() / w[s : e + 1].sum() if s <= e else math.nan for e in span] for s in span]
    wanted = [max(min(means[s][e] for e in span[i:]) for s in span[: i + 1]) for i in span]
    found = isotonic(np.arange(y.size), total, n, increasing=rising)
    assert np.allclose(found.estimate, wanted if rising else wanted[::-1])


@given(VALUES)
def test_metric_rank_equals_counted_ranks(values):
    assert np.allclose(metric_rank(values).values, 100 * (mid_ranks(values) - 0.5) / len(values))


@given(PAIRS)
def test_correlations_equal_their_definitions(pairs):
    x, y = (np.array(part) for part in zip(*pairs, strict=True))
    signs = np.sign(x[:, None] - x) * np.sign(y[:, None] - y)
    untied = [np.sum(one[:, None] != one) for one in (x, y)]
    if not all(untied):
        assert math.isnan(kendall(x, y).estimate)
        return
    assert math.isclose(kendall(x, y).estimate, signs.sum() / math.sqrt(math.prod(untied)), abs_tol=1e-12)
    ranks = np.corrcoef(mid_ranks(x), mid_ranks(y))[0, 1]
    assert math.isclose(spearman(x, y).estimate, ranks, abs_tol=1e-9)


@given(st.integers(0, 30), st.integers(1, 30), st.floats(0.5, 0.99))
def test_closed_intervals_equal_the_tests_that_they_invert(k, more, level):
    n = k + more
    z = special.ndtri(0.5 + level / 2)
    shown, exact = wilson([k], [n], level=level), clopper_pearson([k], [n], level=level)

    def apart(p):
        return (k / n - p) ** 2 - z * z * p * (1 - p) / n

    def tail(p, upper):
        held = range(k, n + 1) if upper else range(k + 1)
        return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in held) - (1 - level) / 2

    assert math.isclose(shown.high[0], optimize.brentq(apart, k / n + 1e-9, 1), abs_tol=1e-9)
    assert math.isclose(exact.high[0], optimize.brentq(tail, k / n, 1, args=(False,)), abs_tol=1e-9)
    if k:
        assert math.isclose(shown.low[0], optimize.brentq(apart, 0, k / n - 1e-9), abs_tol=1e-9)
        assert math.isclose(exact.low[0], optimize.brentq(tail, 0, k / n, args=(True,)), abs_tol=1e-9)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_two_way_spread_equals_sums_cluster_by_cluster(seed):
    rng = np.random.default_rng(seed)
    people, things, pull = rng.integers(0, 6, 40), rng.integers(0, 8, 40), rng.normal(size=40)
    cell = rng.integers(-1, 2, 40)
    found = two_way_spread(places_of(cell, people, things, repeats(people, things), 2), pull)
    for at in range(2):
        own = cell == at
        parts = []
        for codes in (people, things, people * 8 + things):
            sums = [pull[own & (codes == one)].sum() for one in np.unique(codes[own])]
            parts.append(np.sum(np.square(sums)) * len(sums) / (len(sums) - 1))
        wanted = max(parts[0] + parts[1] - parts[2], parts[0], parts[1])
        assert math.isclose(found.variance[at], wanted, rel_tol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=20), st.booleans())
def test_repeated_pairs_equal_a_count(pairs, far):
    first = np.array([p for p, _ in pairs], dtype=np.int64)
    second = np.array([o for _, o in pairs], dtype=np.int64) + 30_000_000 * far
    rows, code = repeated(first, second)
    assert rows.tolist() == [at for at, pair in enumerate(pairs) if pairs.count(pair) > 1]
    met = [pairs[row] for row in rows]
    assert all(
        (a == b) == (p == q) for a, p in zip(code, met, strict=True) for b, q in zip(code, met, strict=True)
    )


@pytest.mark.parametrize("numbers, spare", [(1, 100_000), (500, -10_000), (16_000_000, -10_000)])
def test_cells_gathered_in_blocks_or_by_sorting_are_the_same(monkeypatch, numbers, spare):
    """Whichever way the sums are laid out: block by block of cells, or only the clusters that are met."""
    for seed in range(2):
        data, bins, groupings = random_study(seed)
        whole = supervision_tables(data, bins, groupings)
        with monkeypatch.context() as patch:
            patch.setattr(cellsums, "_NUMBERS", numbers)
            patch.setattr(cellsums, "_SPARE", spare)
            other = supervision_tables(data, bins, groupings)
        for one, two in zip(whole.table.rows, other.table.rows, strict=True):
            assert (one.n, one.total, one.n_participants) == (two.n, two.total, two.n_participants)
            assert np.allclose([one.rate, one.low, one.high], [two.rate, two.low, two.high], equal_nan=True)
        for one, two in zip(whole.rates.rows, other.rates.rows, strict=True):
            assert np.allclose([one.n, one.low, one.high], [two.n, two.low, two.high], equal_nan=True)


def test_tables_of_one_gathering_are_those_found_apart():
    data, bins, groupings = random_study(5)
    items = np.arange(data.grade.size) // 2
    found = supervision_tables(
        data, bins, groupings, item=items, thresholds=(0.2,), level=0.9, rho_output=0.2
    )
    more = {"level": 0.9, "rho_output": 0.2}
    assert repr(found.table) == repr(supervision_table(data, bins, groupings, **more))
    assert repr(found.rates) == repr(supervision_rates(data, bins, groupings, **more))
    regions = safe_regions(data, bins, groupings, item=items, thresholds=(0.2,), rho_output=0.2)
    assert repr(found.regions) == repr(regions)


def test_a_grouping_without_a_value_has_no_rows():
    data, bins, _ = random_study(2)
    nothing = Grouping("system", (), "outputs", np.full(data.grade.size, -1))
    found = supervision_tables(data, bins, (nothing,))
    assert (found.table.rows, found.rates.rows, found.regions.rows) == ((), (), ())
