"""Item values: recovery of what was simulated, what must hold, and degenerate domains."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from annotations.statistics.calibration import calibrate
from annotations.statistics.itemvalues import ItemValues, item_values
from annotations.statistics.quadrature import ItemData, evidence, posterior
from annotations.statistics.shrinkage import shrink_failures, shrink_ratings
from annotations.statistics.tally import tally

from .data import s1


def expit(eta):
    return 1 / (1 + np.exp(-eta))


def simulated(seed=1, items=1500, tau=0.7, each=12, seen=0.6):
    """Items with metric 0-9, some of them unseen; truth on 0-100."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 10, items).astype(float)
    share = expit(-2.5 + 0.5 * x + rng.normal(0, tau, items))
    n = np.where(rng.random(items) < seen, each, 0)
    return x, n, rng.binomial(n, share), 100 * share


def codes(values: ItemValues) -> set[str]:
    return {caution.code for caution in values.warnings}


@pytest.mark.parametrize(
    "noise, n, mean", [(None, 7, 3 / 7), (None, 300, 1.0), (None, 0, 0.0), (0.02, 9, 0.4)]
)
def test_posterior_equals_plain_integration(noise, n, mean):
    data = ItemData(np.array([float(n)]), np.array([mean]), noise, 0.1, 0.9)
    centre, tau = 0.4, 0.8
    found = posterior(data, np.array([centre]), tau)

    def density(z):
        value = 0.1 + 0.8 * expit(centre + tau * z)
        if noise is None:
            log = n * mean * math.log(value) + n * (1 - mean) * math.log(1 - value)
        else:
            log = -0.5 * n * (mean - value) ** 2 / noise
        return math.exp(log) * stats.norm.pdf(z)

    def integral(f):
        return integrate.quad(
            lambda z: f(z) * density(z), -12, 12, epsabs=0, epsrel=1e-11, limit=400, points=[0.0, 3.0]
        )[0]

    mass = integral(lambda z: 1.0)
    held = evidence(data, np.array([centre]), tau)
    assert math.isclose(held.log_marginal[0], math.log(mass), rel_tol=1e-5, abs_tol=1e-6)
    # Found again from a start nearby, and from one far away.
    for start in (held.mode + 0.01, held.mode - 2):
        assert math.isclose(
            evidence(data, np.array([centre]), tau, start).mode[0], held.mode[0], abs_tol=1e-4
        )
    expected = integral(lambda z: 0.1 + 0.8 * expit(centre + tau * z)) / mass
    assert math.isclose(found.expected[0], expected, rel_tol=1e-5)
    middle = integral(lambda z: centre + tau * z) / mass
    assert math.isclose(found.eta_mean[0], middle, rel_tol=1e-4, abs_tol=1e-5)


def test_item_values_recover_the_simulated_curve():
    x, n, k, _ = simulated()
    values = item_values(x, n, k)
    assert abs(values.slope - 0.5) < 0.05
    assert abs(values.location - 5) < 0.3
    assert abs(values.tau - 0.7) < 0.1


def test_item_values_intervals_cover():
    x, n, k, truth = simulated(items=3000)
    values = item_values(x, n, k)
    inside = (values.low <= truth) & (truth <= values.high)
    for seen in (n > 0, n == 0):
        error = math.sqrt(0.95 * 0.05 / seen.sum())
        assert abs(inside[seen].mean() - 0.95) < 4 * error + 0.005


def test_item_values_own_responses_come_nearer_than_the_metric():
    x, n, k, truth = simulated()
    values = item_values(x, n, k)
    error = np.abs(values.difficulty - truth)
    assert set(values.source[n > 0]) == {"both"}
    assert set(values.source[n == 0]) == {"metric"}
    assert error[n > 0].mean() < error[n == 0].mean()
    width = values.high - values.low
    assert width[(n == 0) & (x == 5)].min() > width[(n > 0) & (x == 5)].max()


def test_item_values_of_ratings():
    data = s1()
    n = np.bincount(data.item)
    total, squares = np.bincount(data.item, data.rating), np.bincount(data.item, data.rating**2)
    values = item_values(data.metric, n, total, squares, target="rated")
    assert set(values.source) == {"both"}
    assert np.all((values.low <= values.difficulty) & (values.difficulty <= values.high))
    assert np.corrcoef(values.difficulty, total / n)[0, 1] > 0.99
    fit = calibrate(tally(data.participant, data.item, data.rating, data.metric), target="rated")
    assert abs(values.location - fit.location) < 0.2
    wider = item_values(
        data.metric, n, total, squares, target="rated", curve_covariance=4 * fit.robust.participant.covariance
    )
    assert np.all(wider.high - wider.low >= values.high - values.low - 1e-9)


def test_item_values_stay_between_floor_and_ceiling():
    x, n, k, _ = simulated(items=200)
    values = item_values(x, n, k, floor=0.05, ceiling=0.75)
    assert values.low.min() >= 5
    assert values.high.max() <= 75


def test_item_values_without_metric_shrink_to_the_domain():
    rng = np.random.default_rng(4)
    share = rng.beta(2, 3, 400)
    n = np.full(400, 8)
    k = rng.binomial(n, share)
    values = item_values(np.full(400, np.nan), n, k)
    assert set(values.source) == {"failures"}
    raw = 100 * k / n
    assert np.mean((values.difficulty - 100 * share) ** 2) < np.mean((raw - 100 * share) ** 2)
    inside = (values.low <= 100 * share) & (100 * share <= values.high)
    assert abs(inside.mean() - 0.95) < 0.045


def test_item_values_ratings_without_metric():
    rng = np.random.default_rng(5)
    truth = rng.normal(0.5, 0.12, 300)
    y = truth[:, None] + rng.normal(0, 0.2, (300, 6))
    y = np.clip(y, 0, 1)
    values = item_values(np.full(300, np.nan), np.full(300, 6), y.sum(1), (y * y).sum(1), target="rated")
    assert set(values.source) == {"ratings"}
    inside = (values.low <= 100 * truth) & (100 * truth <= values.high)
    assert abs(inside.mean() - 0.95) < 0.05


def test_shrink_failures_equals_the_published_posterior_mean():
    """At the fitted prior the value is (k + alpha) / (n + alpha + beta), with low rho all are pooled."""
    n = np.full(50, 10.0)
    alike = shrink_failures(np.full(50, 4.0), n, 0.95)
    assert np.allclose(alike.value, 0.4, atol=1e-3)
    assert alike.spread < 0.02
    pooled = stats.norm.ppf(0.975) * math.sqrt(0.4 * 0.6 / 500)
    assert alike.high[0] - 0.4 > pooled
    apart = shrink_failures(np.repeat([0.0, 10.0], 25), n, 0.95)
    assert apart.spread > 0.5


def test_shrink_ratings_without_noise_keeps_the_means():
    mean = np.array([0.2, 0.4, 0.9])
    found = shrink_ratings(mean, np.full(3, 1e9), 1e-4, 0.95)
    assert np.allclose(found.value, mean, atol=1e-6)


@pytest.mark.parametrize("failed", [0, 10])
def test_item_values_nobody_or_all_failed_say_so(failed):
    values = item_values([1, 2, 3, 4], [10, 10, 10, 0], [failed, failed, failed, 0])
    assert "separation" in codes(values)
    assert np.all(np.isfinite(values.difficulty))
    assert np.all(np.abs(values.difficulty - 10 * failed) < 50)


def test_item_values_one_level_is_not_extrapolated():
    values = item_values([2, 2, 5], [10, 10, 0], [3, 6, 0])
    assert values.source.tolist() == ["failures", "failures", ""]
    assert {"no_curve", "no_value"} <= codes(values)
    assert math.isnan(values.difficulty[2])


def test_item_values_one_item():
    values = item_values([np.nan], [10], [3])
    assert "one_item" in codes(values)
    assert values.low[0] < 20
    assert values.high[0] > 45
    rated = item_values([np.nan], [4], [1.2], [0.4], target="rated")
    assert rated.high[0] - rated.low[0] > 2 * 1.9 * 100 * math.sqrt((0.4 - 0.36) / 3 / 4)


def test_item_values_of_nothing():
    for x in ([], [np.nan, np.nan], [1.0, 2.0]):
        zeros = np.zeros(len(x))
        values = item_values(x, zeros, zeros)
        assert np.isnan(values.difficulty).all()
        assert set(values.source) <= {""}


def test_item_values_one_response_each_say_that_the_spread_is_not_seen():
    x, _, _, _ = simulated(items=60)
    k = (np.arange(60) % 3 == 0).astype(float)
    assert "spread_not_seen" in codes(item_values(x, np.ones(60), k))
    rated = item_values(x, np.ones(60), k * 0.8, k * 0.64, target="rated")
    assert {"spread_not_seen", "no_residual"} <= codes(rated)


def test_item_values_refuse_bad_input():
    with pytest.raises(ValueError, match="between 0 and its n"):
        item_values([1], [2], [3])
    with pytest.raises(ValueError, match="sum of squares"):
        item_values([1], [2], [1], target="rated")
    with pytest.raises(ValueError, match="shape"):
        item_values([1, 2], [2, 2], [1, 0], curve_covariance=[1, 2])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_item_values_ignore_the_order_of_items(seed):
    rng = np.random.default_rng(seed)
    x, n = rng.integers(0, 6, 40).astype(float), rng.integers(0, 9, 40)
    k, order = rng.binomial(n, 0.4), rng.permutation(40)
    first, second = item_values(x, n, k), item_values(x[order], n[order], k[order])
    assert np.allclose(first.difficulty[order], second.difficulty, atol=1e-4, equal_nan=True)
    assert np.allclose(first.high[order], second.high, atol=1e-2, equal_nan=True)
    good = ~np.isnan(first.low)
    assert np.all(first.low[good] <= first.difficulty[good])
    assert np.all(first.difficulty[good] <= first.high[good])
