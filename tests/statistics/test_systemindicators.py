"""The indicators of systems against a slow twin, sample by sample, and their invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins
from annotations.statistics.itemsums import item_sums
from annotations.statistics.reliability import reliability
from annotations.statistics.systemcounts import system_counts
from annotations.statistics.systemindicators import BIN_MEASURES, INDICATORS, layout_of, values_in

from . import systems as slow

WEIGHTS = [None, (1.0, 2.5, 0.5), (0.1, 0.2, 0.3), (1.0, 0.0, 2.0), (0.0, 3.0, 0.0)]


def layout_and_order(data, x, bins, guess=0.0, folds=3):
    order = np.argsort(x, kind="stable")
    sums = item_sums(data.only(order), x[order])
    return layout_of(sums, x[order], bins.code[order], bins.n.size, data.weight, folds, guess), order


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weight", WEIGHTS)
def test_values_equal_the_slow_twin(seed, weight):
    """Items drawn several times, ties and gaps of difficulty, missing outputs, repeats, weights of 0."""
    rng = np.random.default_rng(seed)
    n = 45 if seed else 33
    data = slow.simulated(rng, n, 2, 3, missing=0.2 * (seed % 2), weight=weight, repeats=1 + seed % 2)
    x = np.round(np.sort(rng.uniform(0, 100, n)), -1 if seed > 1 else 3)
    x[rng.random(n) < 0.05] = np.nan
    bins = equal_bins(x, 4)
    guess = 0.25 * (seed % 2)
    layout, order = layout_and_order(data, x, bins, guess)
    drawn = np.stack([np.ones(n), np.bincount(rng.integers(0, n, n), minlength=n)], axis=1)
    found = values_in(layout, drawn)
    for b in range(drawn.shape[1]):
        times = drawn[:, b].astype(int)
        sample = np.repeat(order, times).tolist()
        repeats = dict(zip(order.tolist(), times.tolist(), strict=True))
        for s in range(2):
            wanted = slow.indicators(data, s, sample, x, guess)
            got = dict(zip(INDICATORS, found.overall[s, :, b], strict=True))
            for name in INDICATORS:
                assert np.isclose(got[name], wanted[name], rtol=1e-9, atol=1e-10, equal_nan=True), name
            for place in range(bins.n.size):
                members = [i for i in order.tolist() if bins.code[i] == place + 1]
                own = [i for i in sample if bins.code[i] == place + 1]
                check_bin(data, s, own, members, repeats, x, found.bins[s, place, :, b])
            check_templates(data, s, sample, found.template[s, :, b])


def check_bin(data, system, sample, members, repeats, x, found):
    wanted = slow.indicators(data, system, sample, x)
    wanted["best_less_mean"] = slow.best_less_mean(data, system, members, repeats, 3)
    for name, value in zip(BIN_MEASURES, found, strict=True):
        assert np.isclose(value, wanted[name], rtol=1e-9, atol=1e-10, equal_nan=True), name


def check_templates(data, system, sample, found):
    counts = data.counts[system, sample].sum(axis=0)
    for template, value in enumerate(found):
        n = counts[template].sum()
        wanted = counts[template, slow.CORRECT] / n if n else math.nan
        assert np.isclose(value, wanted, equal_nan=True)


def table(data, x, **more):
    return reliability(data, x, equal_bins(x, 4), seed=3, resamples=40, **more)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_item_codes_and_order_of_rows_do_not_matter(seed):
    """The resamples follow the difficulty, so that even the intervals stay."""
    rng = np.random.default_rng(seed)
    n, size = 40, 300
    item, system, template = rng.integers(0, n, size), rng.integers(0, 2, size), rng.integers(0, 3, size)
    grade = rng.integers(-1, 3, size)
    x = rng.permutation(np.linspace(1, 99, n))
    names, order = rng.permutation(n), rng.permutation(size)
    moved = np.empty(n)
    moved[names] = x
    one = system_counts(item, system, template, grade, n_items=n, n_systems=2, weight=[1, 2, 3])
    two = system_counts(
        names[item][order], 1 - system[order], template[order], grade[order],
        n_items=n, n_systems=2, weight=[2, 4, 6],
    )  # fmt: skip
    first, second = table(one, x), table(two, moved)
    for part in ("overall", "by_bin", "by_template", "easiest"):
        for end in ("estimate", "low", "high"):
            pair = (getattr(getattr(found, part), end) for found in (first, second))
            a, b = pair
            assert np.allclose(a, b[::-1], rtol=1e-9, atol=1e-12, equal_nan=True)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_repeating_every_output_changes_nothing(seed):
    data = slow.simulated(np.random.default_rng(seed))
    x = np.linspace(5, 95, 40)
    again = type(data)(3 * data.counts, data.weight, data.n_ungraded, data.warnings)
    one, two = table(data, x), table(again, x)
    assert np.allclose(one.overall.low, two.overall.low, equal_nan=True)
    assert np.allclose(one.by_bin.estimate, two.by_bin.estimate, equal_nan=True)
    assert (two.n_outputs == 3 * one.n_outputs).all()


def test_a_reversed_axis_turns_the_predictability_round():
    data = slow.simulated(np.random.default_rng(4))
    x = np.linspace(5, 95, 40)
    one, two = table(data, x).overall.estimate, table(data, 100 - x).overall.estimate
    rho, auc = INDICATORS.index("spearman"), INDICATORS.index("auc")
    assert np.allclose(one[:, rho], -two[:, rho])
    assert np.allclose(one[:, auc], 1 - two[:, auc])
    assert np.allclose(one[:, :4], two[:, :4])


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_swapping_correct_and_incorrect_swaps_the_parts_of_stability(seed):
    data = slow.simulated(np.random.default_rng(seed))
    data.counts[..., slow.INCORRECT] += data.counts[..., slow.AVOIDANT]
    data.counts[..., slow.AVOIDANT] = 0
    other = type(data)(data.counts[..., ::-1].copy(), data.weight, data.n_ungraded, data.warnings)
    x = np.linspace(5, 95, 40)
    one, two = (dict(zip(INDICATORS, table(d, x).overall.estimate[0], strict=True)) for d in (data, other))
    assert math.isclose(one["stability_in_correctness"], two["stability_out_correctness"])
    assert math.isclose(one["stability_correctness"], two["stability_correctness"])
    assert math.isclose(one["correctness"], 1 - two["correctness"])


def test_templates_that_agree_have_stability_one_and_independent_ones_half():
    rng = np.random.default_rng(8)
    n = 4000
    item, template = (a.ravel() for a in np.indices((n, 2)))
    same = np.repeat(2 * rng.integers(0, 2, n), 2)
    apart = 2 * rng.integers(0, 2, 2 * n)
    values = []
    for grade in (same, apart):
        data = system_counts(item, item * 0, template, grade, n_items=n, n_systems=1)
        x = np.linspace(0, 100, n)
        found = reliability(data, x, equal_bins(x), seed=1, resamples=0).overall.estimate[0]
        values.append(found[INDICATORS.index("stability_correctness")])
    assert math.isclose(values[0], 1.0)
    assert abs(values[1] - 0.5) < 0.03
