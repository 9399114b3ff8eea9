"""The bootstrap of a calibration against refits of copied responses, and whatever cuts it into blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from annotations.statistics.accelerated import accelerated_interval, curves_left_out
from annotations.statistics.batchfit import Problem, fit_batch
from annotations.statistics.bootstrap import bootstrap, expanded_interval
from annotations.statistics.calibration import calibrate
from annotations.statistics.curvefit import fit_curve
from annotations.statistics.draws import participant_weights
from annotations.statistics.logistic import Counts
from annotations.statistics.resampling import (
    batches,
    fit_levels,
    join_samples,
    levels_of,
    sample_curves,
)
from annotations.statistics.tally import tally


def responses(seed, people=15, items=10, each=8, rated=False, slope=0.8):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 6, items).astype(float)
    person = np.repeat(np.arange(people), each)
    item = rng.integers(0, items, person.size)
    p = 1 / (1 + np.exp(-(slope * (x[item] - 2.5) + rng.normal(0, 0.7, people)[person])))
    y = np.clip(p + rng.normal(0, 0.15, p.size), 0, 1) if rated else (rng.random(p.size) < p).astype(float)
    return person, item, y, x


def slow_resample(person, item, y, x, weights, **more):
    """The responses of every drawn participant copied, each copy a person of its own."""
    rows, names = [], []
    for code, times in zip(np.unique(person), weights.astype(int), strict=True):
        for _ in range(times):
            own = np.flatnonzero(person == code)
            rows.extend(own)
            names.extend([len(names)] * own.size)
    return calibrate(tally(np.array(names), item[rows], y[rows], x), **more)


def found_for(data, seed, count, points=(), **curve):
    levels = levels_of(tally(*data))
    return bootstrap(levels, sample_curves(levels, seed=seed, count=count, **curve), points=points)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["failure", "rated"]), st.sampled_from([1.0, 0.75]))
def test_resampled_curves_equal_refits_of_copied_responses(seed, target, ceiling):
    data = responses(seed, rated=target == "rated")
    top = ceiling if target == "failure" else 1.0
    sample = sample_curves(levels_of(tally(*data)), seed=seed, first=4, count=4, target=target, ceiling=top)
    weights = participant_weights(15, seed, 4, 4)
    for row in range(4):
        slow = slow_resample(*data, weights[row], target=target, ceiling=top)
        if slow.penalised:
            continue
        assert np.allclose(sample.theta[row], (slow.intercept, slow.slope), rtol=1e-6, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.booleans())
def test_fit_batch_equals_the_single_fits(seed, most, rated):
    """Few responses a level, so that many rows are separated, steep or flat."""
    assert fits_that_differ(seed, most, 1.0, rated) == []


@pytest.mark.parametrize("ceiling", [0.8, 0.5])
def test_fit_batch_equals_the_single_fits_below_a_ceiling(ceiling):
    """There the likelihood may have several peaks: where the two end on different ones, not on a lower one."""
    differ = [fits_that_differ(seed, 1 + seed % 6, ceiling, seed % 2 == 1) for seed in range(10)]
    assert [row for rows in differ for row in rows if not row] == []


def fits_that_differ(seed, most, ceiling, rated):
    """For each row whose batch fit is not the single one: whether its likelihood is the higher of the two."""
    rng = np.random.default_rng(seed)
    z = np.sort(rng.normal(0, 1, 5))
    n = rng.integers(0, most + 1, (8, 5)).astype(float)
    n[:, 2] += 1
    k = rng.uniform(0, 1, n.shape) * n if rated else rng.binomial(n.astype(int), 0.4).astype(float)
    target = "rated" if rated else "failure"
    found = fit_batch(Problem(z, k, n, 0.0, ceiling), np.array([0.3, 0.5]), target)
    differ = []
    for row in range(8):
        there = n[row] > 0
        if there.sum() < 2:
            assert found.flat[row]
            assert found.theta[row, 1] == 0
            continue
        counts = Counts(z[there], k[row][there], n[row][there], 0.0, ceiling)
        single, penalised, _ = fit_curve(counts, target, "likelihood", False)
        if not (single.converged and found.settled[row]):
            continue
        same = np.allclose(found.theta[row], single.theta, rtol=1e-4, atol=1e-5)
        if not same or found.penalised[row] != penalised:
            differ.append(likelihood(counts, found.theta[row]) > likelihood(counts, single.theta))
    return differ


def likelihood(counts, theta):
    p = counts.ceiling / (1 + np.exp(-(theta[0] + theta[1] * counts.x)))
    return float((counts.k * np.log(p) + (counts.n - counts.k) * np.log1p(-p)).sum())


def test_bootstrap_same_numbers_whatever_the_parts():
    levels = levels_of(tally(*responses(3)))
    whole = sample_curves(levels, seed=9, count=60)
    parts = [sample_curves(levels, seed=9, first=15 * at, count=15) for at in (2, 0, 3, 1)]
    one, two = (bootstrap(levels, sample, points=[0.0, 3.0]) for sample in (whole, join_samples(parts)))
    assert np.allclose(one.location.low, two.location.low, rtol=1e-9)
    assert np.allclose(one.low, two.low, rtol=1e-9)
    assert one.resamples == two.resamples == 60
    assert join_samples(parts).penalised == whole.penalised
    assert np.array_equal(join_samples(parts).theta, join_samples(parts[::-1]).theta)
    assert sample_curves(levels, seed=10, count=1).theta[0, 1] != whole.theta[0, 1]


def test_bootstrap_band_is_that_of_the_resampled_curves():
    data = responses(4)
    levels = levels_of(tally(*data))
    sample = sample_curves(levels, seed=1, count=80, ceiling=0.8)
    found = bootstrap(levels, sample, points=[2.0], ceiling=0.8)
    at_two = 100 * 0.8 / (1 + np.exp(-(sample.theta[:, 0] + 2 * sample.theta[:, 1])))
    assert np.allclose((found.low[0], found.high[0]), np.quantile(at_two, [0.025, 0.975]))
    location = -sample.theta[:, 0] / sample.theta[:, 1]
    assert np.allclose((found.location.low, found.location.high), np.quantile(location, [0.025, 0.975]))


def test_batches_cover_every_resample_once():
    assert [(at, n) for at, n in batches(10, 7, 2_000_000)] == [(10, 2), (12, 2), (14, 2), (16, 1)]
    assert list(batches(0, 3, 10**9)) == [(0, 1), (1, 1), (2, 1)]


def test_bootstrap_ignores_names_and_order_of_responses():
    """Names that keep the order of participants, items in any order, rows in any order."""
    person, item, y, x = responses(6)
    rng = np.random.default_rng(1)
    order, names = rng.permutation(y.size), rng.permutation(x.size)
    renamed = np.zeros(x.size)
    renamed[names] = x
    one = found_for((person, item, y, x), 2, 20)
    two = found_for((3 * person[order] + 5, names[item][order], y[order], renamed), 2, 20)
    assert np.allclose((one.slope.low, one.slope.high), (two.slope.low, two.slope.high), rtol=1e-9)
    assert np.isclose(one.location.low, two.location.low, rtol=1e-9, equal_nan=True)


def test_bootstrap_duplicated_responses_change_nothing():
    person, item, y, x = responses(6, people=40)
    one = found_for((person, item, y, x), 2, 20)
    two = found_for((*(np.tile(a, 2) for a in (person, item, y)), x), 2, 20)
    assert np.allclose((one.slope.low, one.slope.high), (two.slope.low, two.slope.high), rtol=1e-7)


def test_bootstrap_metric_reversed_mirrors():
    person, item, y, x = responses(6, people=40)
    one, two = found_for((person, item, y, x), 2, 20), found_for((person, item, y, -x), 2, 20)
    assert np.allclose((one.location.low, one.location.high), (-two.location.high, -two.location.low))


@pytest.mark.parametrize("ceiling", [1.0, 0.8])
def test_curves_left_out_are_near_refits_without_each_person(ceiling):
    person, item, y, x = responses(5, people=40)
    levels = levels_of(tally(person, item, y, x))
    theta, _ = fit_levels(levels, target="failure", floor=0.0, ceiling=ceiling)
    found = levels.back(curves_left_out(levels, theta, floor=0.0, ceiling=ceiling))
    fits = [
        calibrate(tally(person[person != one], item[person != one], y[person != one], x), ceiling=ceiling)
        for one in range(40)
    ]
    slow = np.array([(fit.intercept, fit.slope) for fit in fits])
    whole = levels.back(theta[None, :])
    assert np.allclose(found - whole, slow - whole, atol=0.15 * np.abs(slow - whole).max(axis=0))


def test_accelerated_interval_is_efron_s():
    """By its formula, step by step; where nothing is skewed or off the middle, the expanded percentiles."""
    rng = np.random.default_rng(3)
    people, drawn = rng.exponential(1, 30), rng.gamma(30, 1 / 30, 4000)
    found = accelerated_interval(drawn, 1.02, [np.delete(people, one).mean() for one in range(30)])
    pull = people - people.mean()
    skew = np.sum(pull**3) / (6 * np.sum(pull**2) ** 1.5)
    bias = stats.norm.ppf(np.mean(drawn < 1.02))
    z = np.sqrt(30 / 29) * stats.t.ppf(0.025, 29)
    at = [stats.norm.cdf(bias + (bias + end) / (1 - skew * (bias + end))) for end in (z, -z)]
    assert np.allclose((found.low, found.high), np.quantile(drawn, at))
    even = accelerated_interval(np.arange(-500.0, 501), 0.0, [-1.0, 1.0] * 10)
    plain = expanded_interval(np.arange(-500.0, 501), 0.95, 20)
    assert np.allclose((even.low, even.high), (plain.low, plain.high))


def test_accelerated_interval_has_a_reason_to_be_missing():
    for drawn, estimate, left in (([], 1.0, [1.0, 2.0]), ([1.0], np.nan, [1.0, 2.0]), ([1.0], 1.0, [1.0])):
        assert np.isnan(accelerated_interval(drawn, estimate, left).low)
    alike = accelerated_interval([1.0, 2.0, 3.0], 9.0, [1.0, 1.0])
    assert 1 <= alike.low <= alike.high <= 3


def test_bootstrap_agrees_with_the_sandwich():
    data = responses(8, people=150, items=40, each=10)
    fit, found = calibrate(tally(*data)), found_for(data, 1, 1000, points=[2.5])
    for name in ("slope", "location"):
        robust, drawn = getattr(fit, f"{name}_interval"), getattr(found, name)
        assert drawn.low < getattr(fit, name) < drawn.high
        assert np.isclose(drawn.high - drawn.low, robust.high - robust.low, rtol=0.15)
    assert found.low[0] < 50 < found.high[0] or abs(found.low[0] - 50) < 10


def test_bootstrap_without_data_people_or_resamples_has_no_interval():
    nothing = found_for(([], [], [], [1.0]), 1, 5, points=[1.0])
    alone = found_for(responses(1, people=1), 1, 5, points=[1.0])
    none = found_for(responses(1), 1, 0, points=[1.0])
    for found in (nothing, alone, none):
        assert np.isnan([found.slope.low, found.location.high, found.low[0], found.high[0]]).all()
    assert "too_few_clusters" in {caution.code for caution in alone.warnings}


def test_bootstrap_one_level_is_flat_and_has_no_location():
    data = ([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [0, 1, 1, 1, 0, 1], [3.0, 3.0])
    found = found_for(data, 1, 10)
    assert (found.slope.low, found.slope.high, found.n_without_location) == (0.0, 0.0, 10)
    assert {caution.code for caution in found.warnings} == {"no_location", "separation"}


def test_join_samples_refuses_gaps_and_strangers():
    levels = levels_of(tally(*responses(3)))
    first, third = (sample_curves(levels, seed=1, first=at, count=5) for at in (0, 10))
    with pytest.raises(ValueError, match="resample 5 is missing"):
        join_samples([first, third])
    with pytest.raises(ValueError, match="there twice"):
        join_samples([first, first])
    with pytest.raises(ValueError, match="not of one seed"):
        join_samples([first, sample_curves(levels, seed=2, first=5, count=5)])
    with pytest.raises(ValueError, match="no resamples"):
        join_samples([])
