"""The calibration method `mixed`: its two curves, their intervals, degenerate data, and coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from annotations.statistics.mixedcurve import MixedCurve, mixed_curve
from annotations.statistics.population import averaged

from .data import close, expected, s1


def codes(fit: MixedCurve) -> set[str]:
    return {caution.code for caution in fit.warnings}


def failures() -> MixedCurve:
    data = s1()
    return mixed_curve(data.participant, data.item, data.fail, data.metric)


def test_mixed_curve_is_the_golden_crossed_model():
    wanted = expected()["s1_synth"]["crossed_random_effects_laplace (rel 2e-5)"]
    fit = failures()
    assert close(fit.intercept, wanted["fixef"][0], 2e-5)
    assert close(fit.slope, wanted["fixef"][1], 2e-5)
    assert close(fit.participant_sd, wanted["sd"]["participant"], 2e-5)
    assert close(fit.item_sd, wanted["sd"]["item"], 2e-5)
    assert close(fit.location, -wanted["fixef"][0] / wanted["fixef"][1], 2e-5)
    assert (fit.n_responses, fit.n_excluded, fit.warnings) == (1416, 0, ())


def test_mixed_curve_marginal_slope_is_the_steepness_at_the_location():
    fit = failures()
    width = 1e-3
    down, middle, up = fit.at([fit.location - width, fit.location, fit.location + width]).marginal
    assert math.isclose(middle, 0.5, abs_tol=1e-9)
    assert math.isclose((up - down) / (2 * width) * 4, fit.marginal_slope, rel_tol=1e-5)
    assert fit.marginal_slope < fit.slope
    plain = expected()["s1_synth"]["binomial_logistic_fail_on_proxy"]
    assert abs(fit.marginal_slope - plain["coef"]["proxy"]) < 2 * plain["se_twoway_HC1"]["proxy"]


def test_mixed_curve_delta_intervals_equal_numerical_ones():
    fit = failures()
    effects = fit.effects
    point = np.array([*effects.fixed, fit.participant_sd, fit.item_sd])

    def marginal(theta):
        return theta[1] * 4 * averaged(np.zeros(1), math.hypot(theta[2], theta[3])).by_eta[0]

    gradient = np.array([(marginal(point + e) - marginal(point - e)) / 2e-5 for e in np.eye(4) * 1e-5])
    se = math.sqrt(gradient @ effects.covariance @ gradient)
    interval = fit.marginal_slope_interval
    t = special.stdtrit(min(fit.n_participants, fit.n_items) - 1, 0.975)
    assert math.isclose(interval.high - interval.low, 2 * t * se, rel_tol=1e-4)


def test_mixed_curve_of_a_reversed_or_stretched_metric():
    data, fit = s1(), failures()
    other = mixed_curve(data.participant, data.item, data.fail, 30 - 2 * data.metric)
    assert close(other.location, 30 - 2 * fit.location, 1e-4)
    assert close(other.slope, -fit.slope / 2, 1e-4)
    assert close(other.marginal_slope, -fit.marginal_slope / 2, 1e-4)
    assert close(other.location_interval.low, 30 - 2 * fit.location_interval.high, 1e-3)


def test_mixed_curve_with_a_ceiling_for_guessing():
    data = s1()
    fit = mixed_curve(data.participant, data.item, data.fail, data.metric, ceiling=0.95)
    assert fit.slope > failures().slope
    assert math.isclose(fit.at([fit.location]).marginal[0], 0.475, abs_tol=1e-9)


def test_mixed_curve_of_ratings_weighs_them_by_their_dispersion():
    data = s1()
    fit = mixed_curve(data.participant, data.item, data.rating, data.metric, target="rated")
    plain = expected()["s1_synth"]["fractional_logit_rating"]
    assert 0.01 < fit.dispersion < 0.1
    assert math.isnan(fit.effects.log_likelihood)
    assert abs(fit.marginal_slope - plain["coef"]["proxy"]) < 0.05
    assert fit.participant_sd > 0
    width = fit.slope_interval.high - fit.slope_interval.low
    assert width < failures().slope_interval.high - failures().slope_interval.low


def test_mixed_curve_of_people_who_rated_once_has_no_spread_of_people():
    data = s1()
    fit = mixed_curve(np.arange(1416), data.item, data.rating, data.metric, target="rated")
    assert "no_repeats_participant" in codes(fit)
    assert fit.participant_sd == 0
    assert np.isfinite([fit.slope, fit.slope_interval.low, fit.dispersion]).all()


def test_mixed_curve_degenerate_data():
    data = s1()
    flat = mixed_curve(data.participant, data.item, data.fail, np.ones(data.metric.size))
    assert "one_level" in codes(flat)
    assert flat.slope == 0
    assert math.isnan(flat.location)
    assert np.allclose(flat.at([0.0, 5.0]).marginal, data.fail.mean(), atol=0.05)
    nobody = mixed_curve(data.participant, data.item, 0 * data.fail, data.metric)
    assert "constant_outcome" in codes(nobody)
    assert np.isnan(nobody.at([1.0]).marginal).all()
    missing = mixed_curve(data.participant, data.item, data.fail, np.full(data.metric.size, np.nan))
    assert {"no_data", "missing"} <= codes(missing)
    assert missing.n_excluded == data.fail.size
    steep = mixed_curve(data.participant, data.item, (data.proxy > 4) * 1.0, data.metric)
    assert "no_maximum" in codes(steep)
    assert math.isnan(steep.location)
    same = mixed_curve(data.participant, data.item, data.metric[data.item] / 10, data.metric, target="rated")
    assert math.isfinite(same.slope) or same.warnings
    noise = np.random.default_rng(1).permutation(data.fail)
    assert "flat_slope" in codes(mixed_curve(data.participant, data.item, noise, data.metric))


def test_mixed_curve_refuses_bad_input():
    with pytest.raises(ValueError, match="metric entry"):
        mixed_curve([0], [3], [1.0], [1.0])
    with pytest.raises(ValueError, match="between 0 and 1"):
        mixed_curve([0], [0], [2.0], [1.0])
    with pytest.raises(ValueError, match="unknown target"):
        mixed_curve([0], [0], [1.0], [1.0], target="anything")


def covered(cohorts: int) -> tuple[float, float]:
    """Shares of cohorts (80 people, 40 items, 20 each) whose intervals hold the typical slope and the
    location."""
    rng = np.random.default_rng(20240926)
    person = np.repeat(np.arange(80), 20)
    slope = location = 0
    for _ in range(cohorts):
        item = np.argsort(rng.random((80, 40)), axis=1)[:, :20].ravel()
        metric = rng.permutation(np.linspace(0, 9, 40))
        eta = 0.6 * (metric[item] - 5) + rng.normal(0, 0.8, 80)[person] + rng.normal(0, 0.5, 40)[item]
        fit = mixed_curve(person, item, (rng.random(1600) < special.expit(eta)) * 1.0, metric)
        slope += fit.slope_interval.low <= 0.6 <= fit.slope_interval.high
        location += fit.location_interval.low <= 5 <= fit.location_interval.high
    return slope / cohorts, location / cohorts


def assert_covers(cohorts: int) -> None:
    error = math.sqrt(0.95 * 0.05 / cohorts)
    for share in covered(cohorts):
        assert 0.93 - 2 * error <= share <= 0.97 + 2 * error


def test_mixed_curve_intervals_cover():
    assert_covers(30)


@pytest.mark.proof
def test_mixed_curve_intervals_cover_at_full_size():
    assert_covers(2000)
