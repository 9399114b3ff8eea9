"""The calibration on data that give no curve, or not a whole one; and what must not change it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.calibration import Calibration, calibrate
from annotations.statistics.curve import curve
from annotations.statistics.tally import Tally, tally

from .data import s1

METHODS = ["likelihood", "least_squares"]
TARGETS = ["failure", "rated"]


def grid(outcomes: list[list[float]], metric: list[float]) -> Tally:
    """One row of outcomes a participant, one column an item."""
    y = np.array(outcomes, dtype=float)
    people, items = np.indices(y.shape)
    return tally(people.ravel(), items.ravel(), y.ravel(), metric)


def codes(fit: Calibration) -> set[str]:
    return {caution.code for caution in fit.warnings}


def finite_or_nan(fit: Calibration) -> bool:
    """No infinity anywhere among the numbers."""
    numbers = [v for v in dataclasses.asdict(fit).values() if isinstance(v, float)]
    return not any(math.isinf(v) for v in numbers)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", TARGETS)
def test_calibrate_nobody_failed(method, target):
    fit = calibrate(grid([[0, 0, 0], [0, 0, 0]], [1, 2, 5]), method=method, target=target)
    assert {"nobody_failed", "separation"} <= codes(fit)
    assert math.isnan(fit.location)
    assert math.isnan(fit.location_interval.low)
    assert finite_or_nan(fit)
    assert curve(fit, [2.0]).difficulty[0] < 50


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", TARGETS)
def test_calibrate_all_failed(method, target):
    fit = calibrate(grid([[1, 1, 1], [1, 1, 1]], [1, 2, 5]), method=method, target=target)
    assert {"all_failed", "separation"} <= codes(fit)
    assert math.isnan(fit.location)
    assert finite_or_nan(fit)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", TARGETS)
def test_calibrate_separated_gives_a_finite_slope(method, target):
    fit = calibrate(grid([[0, 0, 1, 1]] * 5, [1, 2, 3, 4]), method=method, target=target)
    assert "separation" in codes(fit)
    assert fit.penalised
    assert 0 < fit.slope < 50
    assert abs(fit.location - 2.5) < 1e-4


def test_calibrate_separated_downwards():
    fit = calibrate(grid([[1, 1, 0, 0]] * 5, [1, 2, 3, 4]))
    assert fit.slope < 0
    assert abs(fit.location - 2.5) < 1e-4


def test_calibrate_jeffreys_equals_half_a_response_on_each_side():
    """With two levels the model is saturated, and the Jeffreys fit is (k + 1/2) / (n + 1) exactly."""
    fit = calibrate(grid([[0, 1]] * 7, [0, 1]))
    assert abs(fit.intercept - math.log(0.5 / 7.5)) < 1e-8
    assert abs(fit.slope + 2 * math.log(0.5 / 7.5)) < 1e-8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", TARGETS)
def test_calibrate_one_level_is_flat(method, target):
    fit = calibrate(grid([[0, 1], [1, 1]], [3, 3]), method=method, target=target)
    assert {"one_level", "no_location"} <= codes(fit)
    assert fit.slope == 0
    assert math.isnan(fit.location)
    assert math.isnan(fit.slope_interval.low)
    assert abs(curve(fit, [3.0]).difficulty[0] - 70) < 1e-9


@pytest.mark.parametrize("method", METHODS)
def test_calibrate_flat_has_no_location(method):
    fit = calibrate(grid([[0, 1], [1, 0]], [1, 2]), method=method)
    assert "no_location" in codes(fit)
    assert math.isnan(fit.location)
    assert abs(fit.slope) < 1e-8


def test_calibrate_one_participant_has_no_interval():
    fit = calibrate(grid([[0, 1, 0, 1, 1]], [1, 2, 3, 4, 5]))
    assert "one_participant" in codes(fit)
    assert math.isnan(fit.slope_interval.low)
    assert math.isnan(fit.robust.participant.slope_se)
    assert fit.robust.item.slope_se > 0
    assert fit.slope_se > 0


def test_calibrate_without_responses():
    fit = calibrate(tally(np.array([], int), np.array([], int), [], [1.0]))
    assert "no_data" in codes(fit)
    assert math.isnan(fit.slope)
    assert fit.n_responses == 0


def test_calibrate_leaves_out_and_counts_missing():
    whole = grid([[0, 1, 0, 1], [0, 0, 1, 1]], [1, 2, 3, math.nan])
    fit = calibrate(whole)
    assert fit.n_excluded == 2
    assert "missing_metric" in codes(fit)
    same = calibrate(grid([[0, 1, 0], [0, 0, 1]], [1, 2, 3]))
    assert fit.slope == same.slope


def test_calibrate_negative_slope():
    fit = calibrate(grid([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]], [1, 2, 3, 4]))
    assert fit.slope < 0
    assert math.isfinite(fit.location)


def test_calibrate_large_metric_keeps_precision():
    data = s1()
    near = calibrate(tally(data.participant, data.item, data.fail, data.metric))
    far = calibrate(tally(data.participant, data.item, data.fail, data.metric * 1e6 + 1e9))
    assert abs(far.location - (near.location * 1e6 + 1e9)) < 1
    assert abs(far.slope * 1e6 / near.slope - 1) < 1e-8


@pytest.mark.parametrize("bad", [{"floor": 0.5, "ceiling": 0.5}, {"floor": -0.1}, {"level": 1.0}])
def test_calibrate_refuses_impossible_ends(bad):
    with pytest.raises(ValueError):
        calibrate(grid([[0, 1], [1, 0]], [1, 2]), **bad)


def test_tally_refuses_percentages():
    with pytest.raises(ValueError, match="between 0 and 1"):
        tally([0], [0], [55.0], [1.0])


def test_sandwich_matches_a_slow_twin():
    data = s1()
    fit = calibrate(
        tally(data.participant, data.item, data.rating, data.metric), target="rated", method="least_squares"
    )
    value = 1 / (1 + np.exp(-(fit.intercept + fit.slope * data.proxy)))
    jacobian = (value * (1 - value))[:, None] * np.column_stack([np.ones(data.proxy.size), data.proxy])
    n = np.array([np.sum(data.proxy == x) for x in data.proxy])
    bread = np.linalg.inv(jacobian.T @ (jacobian / n[:, None]))
    meat = np.zeros((2, 2))
    for person in range(60):
        own = data.participant == person
        score = ((data.rating - value) / n)[own] @ jacobian[own]
        meat += np.outer(score, score)
    wanted = bread @ meat @ bread * 60 / 59 * 1415 / 1414
    assert np.allclose(fit.robust.participant.covariance, wanted, rtol=1e-8)


def test_curve_band_holds_the_curve_and_widens_outside():
    data = s1()
    fit = calibrate(tally(data.participant, data.item, data.fail, data.metric), ceiling=0.98)
    band = curve(fit, [0, 5, 9, 20])
    assert np.all((band.low < band.difficulty) & (band.difficulty < band.high))
    assert band.high.max() < 98
    assert [caution.code for caution in band.warnings] == ["extrapolated"]


outcomes = st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=4, max_size=4), min_size=3, max_size=8)


@settings(max_examples=60, deadline=None)
@given(outcomes, st.randoms(use_true_random=False), st.sampled_from(METHODS))
def test_calibrate_ignores_order_and_labels(rows, random, method):
    y = np.array(rows)
    people, items = (a.ravel() for a in np.indices(y.shape))
    metric = np.array([1.0, 2.0, 4.0, 5.0])
    labels = np.array(random.sample(range(50), y.shape[0]))
    order = np.array(random.sample(range(y.size), y.size))
    first = calibrate(tally(people, items, y.ravel(), metric), method=method)
    second = calibrate(tally(labels[people][order], items[order], y.ravel()[order], metric), method=method)
    assert np.allclose([first.intercept, first.slope], [second.intercept, second.slope], rtol=1e-6, atol=1e-8)
    assert np.allclose(
        first.robust.participant.covariance,
        second.robust.participant.covariance,
        rtol=1e-5,
        atol=1e-9,
        equal_nan=True,
    )
    assert codes(first) == codes(second)
    assert finite_or_nan(first)


@settings(max_examples=40, deadline=None)
@given(outcomes)
def test_calibrate_duplicated_people_keep_the_curve(rows):
    y = np.array(rows)
    metric = np.array([1.0, 2.0, 4.0, 5.0])
    once, twice = (calibrate(grid(r.tolist(), metric)) for r in (y, np.vstack([y, y])))
    if not once.penalised:
        assert np.allclose([once.intercept, once.slope], [twice.intercept, twice.slope], rtol=1e-6, atol=1e-8)
        assert math.isclose(twice.slope_se * math.sqrt(2), once.slope_se, rel_tol=1e-5)


@settings(max_examples=40, deadline=None)
@given(outcomes)
def test_calibrate_reversed_metric_reverses_the_slope(rows):
    up = calibrate(grid(rows, [1.0, 2.0, 4.0, 5.0]))
    down = calibrate(grid(rows, [-1.0, -2.0, -4.0, -5.0]))
    assert math.isclose(up.slope, -down.slope, rel_tol=1e-6, abs_tol=1e-8)
    assert math.isclose(up.intercept, down.intercept, rel_tol=1e-6, abs_tol=1e-8)


@settings(max_examples=60, deadline=None)
@given(
    outcomes,
    st.sampled_from([0.0, 0.2]),
    st.sampled_from([1.0, 0.75, 0.5]),
    st.sampled_from(METHODS),
    st.sampled_from(TARGETS),
)
def test_calibrate_always_settles(rows, floor, ceiling, method, target):
    fit = calibrate(
        grid(rows, [1.0, 2.0, 4.0, 5.0]), floor=floor, ceiling=ceiling, method=method, target=target
    )
    assert finite_or_nan(fit)
    assert math.isfinite(fit.slope)
    assert "not_converged" not in codes(fit)
