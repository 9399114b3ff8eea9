"""Beta-binomial dispersion against other tools and a slow twin; invariances and degenerate data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from annotations.statistics.betabinomial import Dispersion, dispersion

from .data import close, expected, s1


def codes(found: Dispersion) -> set[str]:
    return {caution.code for caution in found.warnings}


def units(seed, count=40, rho=0.15, slope=0.8):
    rng = np.random.default_rng(seed)
    x, n = rng.normal(size=count), rng.integers(5, 30, count)
    mean, size = special.expit(-0.4 + slope * x), 1 / rho - 1
    return rng.binomial(n, rng.beta(mean * size, (1 - mean) * size)), n, x


def test_dispersion_agrees_with_another_tool_on_the_golden_cells():
    data = s1()
    wanted = expected("oracle")["s1_synth"]["beta_binomial_participant_by_proxy_cells (rel 1e-5)"]
    cells, place = np.unique(data.participant * 10 + data.proxy.astype(int), return_inverse=True)
    found = dispersion(np.bincount(place, data.fail), np.bincount(place), cells % 10)
    assert found.n_units == wanted["ncell"]
    assert close(found.intercept, wanted["a"], 1e-5)
    assert close(found.slope, wanted["b"], 1e-5)
    assert close(found.rho, wanted["rho"], 1e-5)
    assert close(found.log_likelihood, wanted["logLik"], 1e-5)
    assert close(found.intercept_se, wanted["se_ab_logitrho"][0], 1e-5)
    assert close(found.slope_se, wanted["se_ab_logitrho"][1], 1e-5)
    assert found.p_value < 1e-6


def test_dispersion_equals_the_slow_twin():
    k, n, x = units(1)

    def loss(theta):
        mean, size = special.expit(theta[0] + theta[1] * x), math.exp(-theta[2])
        return -sum(stats.betabinom.logpmf(k, n, mean * size, (1 - mean) * size))

    best = optimize.minimize(loss, [0, 0, -2], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10})
    found = dispersion(k, n, x)
    assert math.isclose(found.intercept, best.x[0], rel_tol=1e-4)
    assert math.isclose(found.slope, best.x[1], rel_tol=1e-4)
    assert math.isclose(found.rho, special.expit(best.x[2]), rel_tol=1e-4)
    assert math.isclose(found.log_likelihood, -best.fun, rel_tol=1e-8)
    drop = 0.5 * special.ndtri(0.975) ** 2
    for end in (found.interval.low, found.interval.high):
        held = optimize.minimize(lambda b, end=end: loss([*b, special.logit(end)]), [0, 0], method="BFGS")
        assert math.isclose(held.fun - best.fun, drop, rel_tol=1e-3)


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_dispersion_ignores_order_and_follows_scales(seed):
    rng = np.random.default_rng(seed)
    k, n, x = units(seed % 99)
    found, order = dispersion(k, n, x), rng.permutation(n.size)
    moved = dispersion(k[order], n[order], 5 - 2 * x[order])
    turned = dispersion(n - k, n, x)
    assert np.allclose([moved.rho, -2 * moved.slope], [found.rho, found.slope], rtol=1e-4, atol=1e-6)
    assert np.allclose([turned.rho, -turned.slope], [found.rho, found.slope], rtol=1e-4, atol=1e-6)
    assert math.isclose(turned.log_likelihood, found.log_likelihood, rel_tol=1e-8)
    assert found.interval.low <= found.rho <= found.interval.high


def test_dispersion_of_binomial_counts_is_nought_and_said():
    found = dispersion([5, 5, 5, 5, 4, 6], [10] * 6)
    assert (found.rho, found.interval.low, found.p_value) == (0.0, 0.0, 1.0)
    assert 0 < found.interval.high < 0.3
    assert codes(found) == {"no_dispersion"}
    assert found.log_likelihood == found.log_likelihood_binomial


def test_dispersion_with_a_floor_and_a_ceiling():
    k, n, x = units(2)
    near = dispersion(k, n, x, floor=1e-9, ceiling=1 - 1e-9)
    assert math.isclose(near.rho, dispersion(k, n, x).rho, rel_tol=1e-3)
    assert dispersion(k, n, x, ceiling=0.98).slope > near.slope


@pytest.mark.parametrize(
    ("k", "n", "x", "code"),
    [
        ([], [], None, "no_data"),
        ([0, 0], [0, 0], None, "no_data"),
        ([1, 2], [3, 3], [np.nan, np.nan], "no_data"),
        ([1, 0, 1], [1, 1, 1], None, "no_repeats"),
        ([1], [3], None, "no_repeats"),
        ([0, 0], [3, 4], None, "constant_outcome"),
        ([3, 4], [3, 4], None, "constant_outcome"),
        ([1, 2], [3, 4], [7, 7], "one_level"),
        ([0, 0, 4, 4], [4, 4, 4, 4], [1, 2, 3, 4], "no_maximum"),
    ],
)
def test_dispersion_degenerate(k, n, x, code):
    found = dispersion(k, n, x)
    assert codes(found) == {code}
    assert math.isnan(found.rho)
    assert math.isnan(found.log_likelihood)


def test_dispersion_of_all_or_nothing_is_large():
    found = dispersion([0, 9, 0, 9, 9, 0], [9] * 6)
    assert found.rho > 0.9 or found.warnings


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2)), max_size=8), st.booleans()
)
def test_dispersion_of_any_small_data_gives_numbers_or_reasons(rows, with_metric):
    k, more, x = (np.array([row[place] for row in rows], float) for place in range(3))
    found = dispersion(k, k + more, x if with_metric else None)
    assert math.isfinite(found.rho) or found.warnings
    assert math.isfinite(found.interval.high) or found.warnings


def test_dispersion_refuses_bad_input():
    with pytest.raises(ValueError, match="every k"):
        dispersion([3], [2])
    with pytest.raises(ValueError, match="floor < ceiling"):
        dispersion([1], [2], floor=1.0)
    with pytest.raises(ValueError, match="x has"):
        dispersion([1], [2], [1, 2])
