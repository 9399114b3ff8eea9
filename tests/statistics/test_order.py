"""Isotonic regression, rank correlations and the metric's own axis."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.statistics.correlation import kendall, spearman
from annotations.statistics.isotonic import isotonic
from annotations.statistics.metric import metric_rank, transform_metric

from .data import close, expected, s1

GOLDEN_ITEMS = expected()["s1_synth"][
    "items: spearman proxy-rating, spearman rating-failure, kendall proxy-rating"
]


def item_means():
    data = s1()
    n = np.bincount(data.item)
    return np.bincount(data.item, data.rating) / n, np.bincount(data.item, data.fail) / n


def test_isotonic_golden_slips():
    slip = expected()["s2_synth"]["slip = verdict correct among truth I"]
    levels = slip["by proxy level: k, n, wilson"]
    found = isotonic(
        [int(v) for v in levels], [v["k"] for v in levels.values()], [v["n"] for v in levels.values()]
    )
    assert all(close(a, b) for a, b in zip(found.estimate, slip["isotonic over proxy 0..9"], strict=True))
    assert found.blocks == 7


def test_isotonic_degenerate():
    assert isotonic([], [], []).warnings[0].code == "no_data"
    assert isotonic([1, 1], [1, 2], [4, 4]).warnings[0].code == "one_level"
    assert isotonic([1, 1], [1, 2], [4, 4]).estimate.tolist() == [0.375]
    with pytest.raises(ValueError, match="negative"):
        isotonic([1], [1], [-1])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(0, 20)), min_size=1))
def test_isotonic_rises_and_keeps_the_total(rows):
    x, k, more = np.array(rows, dtype=float).T
    found = isotonic(x, k, k + more)
    assert (np.diff(found.estimate) >= -1e-12).all()
    assert math.isclose(float(found.estimate @ found.n), float(k[k + more > 0].sum()), abs_tol=1e-8)


def test_spearman_golden_trials_and_items():
    data = s1()
    rating, failure = item_means()
    assert close(
        spearman(data.proxy, data.rating).estimate, expected()["s1_synth"]["spearman_proxy_rating_trials"]
    )
    assert close(spearman(data.metric, rating).estimate, GOLDEN_ITEMS[0])
    assert close(spearman(rating, failure).estimate, GOLDEN_ITEMS[1])


def test_kendall_golden_items_is_of_rating_and_failure():
    """The golden value is labelled `kendall proxy-rating`, yet it is tau-b of rating and failure to all
    13 digits; tau-b of proxy and rating is .9421, which counting concordant pairs by hand confirms."""
    rating, failure = item_means()
    assert close(kendall(rating, failure).estimate, GOLDEN_ITEMS[2])
    metric = s1().metric
    signs = np.sign(metric[:, None] - metric) * np.sign(rating[:, None] - rating)
    untied = np.sum(metric[:, None] != metric)
    assert close(kendall(metric, rating).estimate, signs.sum() / np.sqrt(40 * 39 * untied))


@pytest.mark.parametrize("measure", [spearman, kendall])
@pytest.mark.parametrize("x, y, code", [([1], [2], "too_few"), ([1, 1, 1], [1, 2, 3], "constant")])
def test_correlation_degenerate(measure, x, y, code):
    found = measure(x, y)
    assert math.isnan(found.estimate)
    assert [caution.code for caution in found.warnings] == [code]


def test_correlation_counts_missing_pairs():
    found = spearman([1, 2, np.nan, 4, 5, 3], [1, 3, 2, 4, 5, 2])
    assert (found.n, found.n_missing) == (5, 1)
    assert found.warnings == ()
    assert found.interval.low < found.estimate < found.interval.high


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=40))
def test_spearman_reversed_metric_changes_sign(pairs):
    x, y = np.array(pairs, dtype=float).T
    assert np.isclose(spearman(x, y).estimate, -spearman(-x, y).estimate, equal_nan=True)


def test_metric_rank_is_mid_rank():
    found = metric_rank([3, np.nan, 1, 3])
    assert np.allclose(found.values, [200 / 3, np.nan, 50 / 3, 200 / 3], equal_nan=True)
    assert found.n_missing == 1


def test_metric_rank_degenerate():
    assert metric_rank([2, 2]).values.tolist() == [50, 50]
    assert metric_rank([2, 2]).warnings[0].code == "constant"
    assert metric_rank([np.nan]).warnings[0].code == "no_metric"


def test_transform_metric():
    found = transform_metric([0, 10, np.nan, np.inf], "log10")
    assert np.array_equal(found.values, [np.nan, 1, np.nan, np.nan], equal_nan=True)
    assert [caution.code for caution in found.warnings] == ["no_logarithm"]
    with pytest.raises(ValueError, match="ln"):
        transform_metric([1], "ln")
