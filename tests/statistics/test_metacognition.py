"""Confidence: own quantiles, the combined area, and meta-d' against a plain search and simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from annotations.statistics.judgements import judgements
from annotations.statistics.metacognition import metacognition, own_quantiles
from annotations.statistics.metadprime import fit_meta

from .data import close


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, people=40, outputs=60, dprime=1.5, noise=0.0, lean=0.2):
    """Equal variances; confidence is the distance from the criterion, blurred by `noise`."""
    rng = np.random.default_rng(seed)
    person, output = (a.ravel() for a in np.indices((people, outputs)))
    grade = 2 * (np.arange(outputs) % 2)
    seen = rng.normal(dprime * (grade[output] / 2 - 0.5)) - lean
    sure = np.abs(seen + noise * rng.normal(size=seen.size))
    return judgements(output, person, 2 * (seen > 0), grade=grade), sure


def slow_fit(counts, dprime, criterion):
    """The likelihood cell by cell, searched without derivatives."""
    levels, phi = counts.shape[2], special.ndtr

    def loss(theta):
        meta, likelihood = theta[0], 0.0
        cut = meta * criterion / dprime
        up = cut + np.r_[0, np.cumsum(np.exp(theta[1:levels])), np.inf]
        down = cut - np.r_[0, np.cumsum(np.exp(theta[levels:])), np.inf]
        for signal in (0, 1):
            mean = (signal - 0.5) * meta
            for k in range(levels):
                said_signal = (phi(up[k + 1] - mean) - phi(up[k] - mean)) / phi(mean - cut)
                said_noise = (phi(down[k] - mean) - phi(down[k + 1] - mean)) / phi(cut - mean)
                likelihood += counts[signal, 1, k] * math.log(max(said_signal, 1e-300))
                likelihood += counts[signal, 0, k] * math.log(max(said_noise, 1e-300))
        return -likelihood

    start = np.r_[dprime, np.full(2 * levels - 2, -0.7)]
    options = {"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-9, "fatol": 1e-11, "adaptive": True}
    first = optimize.minimize(loss, start, method="Nelder-Mead", options=options)
    return optimize.minimize(loss, first.x, method="Nelder-Mead", options=options)


@pytest.mark.parametrize("seed", range(2))
def test_fit_meta_equals_the_plain_search(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(5, 60, (2, 2, 3)) + 1 / 6
    counts[1, 1] *= [1, 2, 4]
    counts[0, 0] *= [1, 2, 3]
    dprime, criterion = 1.2, 0.1 + 0.2 * seed
    found = fit_meta(counts[None], np.array([dprime]), np.array([criterion]))
    wanted = slow_fit(counts, dprime, criterion)
    assert found.settled[0]
    assert close(found.log_likelihood[0], -wanted.fun, 1e-9)
    assert np.allclose(found.theta[0], wanted.x, atol=1e-3)


def test_fit_meta_rows_do_not_touch_each_other():
    rng = np.random.default_rng(3)
    counts = rng.integers(1, 40, (5, 2, 2, 4)) + 0.125
    dprime, criterion = rng.uniform(0.3, 2, 5), rng.normal(0, 0.3, 5)
    together = fit_meta(counts, dprime, criterion)
    for row in range(5):
        alone = fit_meta(counts[row : row + 1], dprime[row : row + 1], criterion[row : row + 1])
        assert np.allclose(together.theta[row], alone.theta[0], atol=1e-5)


def test_meta_dprime_of_an_ideal_observer_is_dprime():
    found = metacognition(*world(1, people=150, outputs=200), seed=1, count=200)
    assert abs(found.ratio - 1) < 0.05
    assert found.ratio_interval.low < 1 < found.ratio_interval.high
    assert abs(found.dprime - 1.5) < 0.05
    assert abs(found.criterion - 0.2) < 0.05
    assert found.area > stats.norm.cdf(1.5 / math.sqrt(2)) - 0.02
    assert found.warnings == ()


def test_meta_dprime_falls_with_blurred_confidence():
    ratios = [
        metacognition(*world(2, people=100, outputs=100, noise=n), seed=1, count=50).ratio
        for n in (0, 1, 3, 1000)
    ]
    assert ratios == sorted(ratios, reverse=True)
    assert abs(ratios[-1]) < 0.1


def test_metacognition_area_equals_all_pairs():
    data, sure = world(4, people=8, outputs=20)
    found = metacognition(data, sure, seed=1, count=10)
    step, _ = own_quantiles(data.participant, sure, 4)
    score = np.where(data.verdict == 2, 4 + step, 3 - step)
    signal = data.grade[data.output] == 2
    apart = score[signal][:, None] - score[~signal]
    assert close(found.area, float(np.mean((apart > 0) + (apart == 0) / 2)))
    assert found.counts.sum() == data.output.size


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 5))
def test_own_quantiles_equal_the_slow_twin(seed, size, people):
    rng = np.random.default_rng(seed)
    person, value = rng.integers(0, people, size), rng.integers(0, 7, size).astype(float)
    person = np.unique(person, return_inverse=True)[1]
    found, varied = own_quantiles(person, value, 4)
    for i in range(size):
        own = value[person == person[i]]
        share = (np.sum(own < value[i]) + np.sum(own == value[i]) / 2) / own.size
        assert found[i] == min(int(4 * share), 3)
    for p in range(person.max() + 1):
        assert varied[p] == (np.unique(value[person == p]).size > 1)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_metacognition_ignores_order_labels_and_the_scale_of_confidence(seed):
    data, sure = world(seed % 40, people=15, outputs=30, noise=0.5)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(sure.size), rng.permutation(99)
    moved = judgements(
        data.output[order], names[data.participant][order], data.verdict[order], grade=data.grade
    )
    first = metacognition(data, sure, seed=1, count=0)
    second = metacognition(moved, np.exp(sure)[order] * 10 - 3, seed=1, count=0)
    for name in ("area", "dprime", "criterion", "meta_dprime", "ratio"):
        assert np.isclose(getattr(first, name), getattr(second, name), rtol=1e-6)
    assert np.isclose(first.area_interval.low, second.area_interval.low)


def test_metacognition_is_seeded():
    data, sure = world(6)
    one, other = (metacognition(data, sure, seed=3, count=60) for _ in range(2))
    assert one.ratio_interval == other.ratio_interval
    assert one.ratio_interval != metacognition(data, sure, seed=4, count=60).ratio_interval


def test_metacognition_leaves_out_who_is_always_equally_sure():
    data, sure = world(7)
    sure[data.participant < 5] = 3.0
    sure[-4:] = np.nan
    found = metacognition(data, sure, seed=1, count=20)
    assert (found.n_constant, found.participants, found.n_without_confidence) == (5, 35, 4)
    assert codes(found) == {"constant_confidence", "missing_confidence"}


def test_metacognition_degenerate():
    data, sure = world(8)
    none = np.array([], int)
    empty = metacognition(judgements(none, none, none, grade=[0, 2]), [], seed=1, count=5)
    assert codes(empty) == {"no_data"}
    assert math.isnan(empty.meta_dprime)
    same = metacognition(data, np.ones(sure.size), seed=1, count=5)
    assert codes(same) == {"no_data", "constant_confidence"}
    one_kind = judgements(data.output, data.participant, data.verdict, grade=np.full(60, 2))
    assert "no_trials" in codes(metacognition(one_kind, sure, seed=1, count=5))
    blind = metacognition(*world(9, dprime=0.0), seed=1, count=5)
    assert "no_sensitivity" in codes(blind)
    assert math.isnan(blind.ratio)
    alone = metacognition(*world(10, people=1), seed=1, count=5)
    assert "too_few_clusters" in codes(alone)
    assert math.isnan(alone.ratio_interval.low)
    with pytest.raises(ValueError, match="seed"):
        metacognition(data, sure, seed=-1)
    with pytest.raises(ValueError, match="confidence"):
        metacognition(data, sure[:3], seed=1)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_metacognition_of_any_small_data_gives_numbers_or_reasons(seed, size):
    rng = np.random.default_rng(seed)
    data = judgements(
        rng.integers(0, 6, size),
        rng.integers(0, 3, size),
        rng.integers(0, 4, size),
        grade=rng.integers(-1, 3, 6),
    )
    found = metacognition(data, rng.integers(0, 3, size), seed=1, count=20)
    assert math.isfinite(found.ratio) or found.warnings
    assert math.isfinite(found.area) or found.warnings


def covered(cohorts: int) -> float:
    """How often the interval of the ratio holds 1, its value for ideal observers; 40 raters."""
    hits = 0
    for seed in range(cohorts):
        found = metacognition(*world(seed), seed=seed, count=200).ratio_interval
        hits += found.low <= 1 <= found.high
    return hits / cohorts


def test_meta_dprime_ratio_covers():
    # Three Monte Carlo errors of 40 cohorts below.
    assert covered(40) >= 0.93 - 3 * 0.04


@pytest.mark.proof
def test_meta_dprime_ratio_covers_at_full_size():
    assert 0.93 - 0.01 <= covered(2000) <= 0.97
