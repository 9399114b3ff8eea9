"""Floor and ceiling found from the data, against R (bbmle), a general optimiser, and degenerate data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from annotations.statistics.calibration import calibrate
from annotations.statistics.endsfit import climb
from annotations.statistics.freedends import FreedEnds, free_ends
from annotations.statistics.logistic import Counts
from annotations.statistics.tally import Tally, tally

from .data import close, columns, expected, s1

FREED = expected()["psy_guess_lapse_synth (x, k of n)"]
FOUR = "four free (logit part a+b*x; P = g + (1-g-l)*logistic)"


def spread_out(x, k, n) -> Tally:
    """Counts as single responses, each of a participant of its own."""
    x, k, n = (np.asarray(values) for values in (x, k, n))
    item = np.repeat(np.arange(x.size), n)
    y = np.concatenate([np.arange(all_) < hits for hits, all_ in zip(k, n, strict=True)]).astype(float)
    return tally(np.arange(y.size), item, y, x.astype(float))


def golden() -> Tally:
    table = columns("psy_guess_lapse_synth.csv")
    return spread_out(*(table[name].astype(int) for name in "xkn"))


def codes(found: FreedEnds) -> list[str]:
    return [note.code for note in found.warnings]


@pytest.mark.parametrize(
    "name, given_",
    [
        (FOUR, {}),
        ("g fixed .06", {"free": ["ceiling"], "floor": 0.06}),
        ("l fixed .09", {"free": ["floor"], "ceiling": 0.91}),
    ],
)
def test_golden_curves_with_freed_ends(name, given_):
    found, wanted = free_ends(golden(), **given_), FREED[name]
    ends = found.floor.estimate, 1 - found.ceiling.estimate
    assert close(found.intercept, wanted["coef"]["a"])
    assert close(found.slope, wanted["coef"]["b"])
    assert close(ends[0], wanted["coef"]["g"])
    assert close(ends[1], wanted["coef"]["l"])
    assert close(found.log_likelihood_grouped, wanted["logLik"])
    assert codes(found) == []


def test_golden_errors_and_profiles():
    wanted = expected("oracle")["psy_guess_lapse_synth four free, full"]
    found = free_ends(golden())
    errors = [math.sqrt(found.covariance[i, i]) for i in range(4)]
    assert all(close(a, b, 1e-5) for a, b in zip(errors, wanted["se"], strict=True))
    assert close(found.ceiling.se, wanted["se"][3], 1e-5)
    assert close(found.location, wanted["x50"])
    low, high = wanted["profile_ci"]["lo"], wanted["profile_ci"]["hi"]
    # The other tool reads its ends off a spline through a few refits.
    assert close(found.floor.profile.low, low[2], 1e-3)
    assert close(found.floor.profile.high, high[2], 1e-3)
    assert close(1 - found.ceiling.profile.high, low[3], 1e-3)
    assert close(1 - found.ceiling.profile.low, high[3], 1e-3)
    half = math.sqrt(found.robust[2, 2]) * special.stdtrit(found.n_participants - 1, 0.975)
    assert close(found.floor.robust.low, found.floor.estimate - half)


def test_an_end_may_leave_its_bound_again():
    table = columns("psy_guess_lapse_synth.csv")
    x, k, n = (table[name].astype(float) for name in "xkn")
    start = np.array([-4.0, 0.8, 0.0, 0.0])
    found = climb(Counts(x, k, n, 0.0, 1.0), start, np.array([True, True]))
    assert close(found.theta[2], FREED[FOUR]["coef"]["g"])
    assert close(found.theta[3], FREED[FOUR]["coef"]["l"])


def test_profile_ends_lose_half_a_chi_square_quantile():
    data = golden()
    found = free_ends(data)
    for value in (found.floor.profile.low, found.floor.profile.high):
        held = free_ends(data, free=["ceiling"], floor=value)
        lost = found.log_likelihood - held.log_likelihood
        assert close(lost, special.chdtri(1, 0.05) / 2, 1e-4)


@pytest.mark.parametrize("target", ["failure", "rated"])
def test_nothing_freed_is_the_fixed_calibration(target):
    data = s1()
    outcome = data.fail if target == "failure" else data.rating
    counts = tally(data.participant, data.item, outcome, data.metric)
    free = free_ends(counts, target=target, free=(), floor=0.02, ceiling=0.98)
    fixed = calibrate(counts, target=target, floor=0.02, ceiling=0.98)
    assert close(free.intercept, fixed.intercept)
    assert close(free.slope, fixed.slope)
    assert close(free.location, fixed.location)
    assert close(free.log_likelihood, fixed.quality.log_likelihood)
    assert not free.floor.free
    assert math.isnan(free.floor.profile.low)
    if target == "failure":
        wanted = expected()["s1_synth"]["fixed_floor_and_lapse_0.02"]
        assert close(free.intercept, wanted["a"])
        assert close(free.log_likelihood_grouped, wanted["logLik"])


def test_robust_errors_are_those_of_the_calibration():
    """Where its information is the expected one, which without ends is also the observed one."""
    data = s1()
    counts = tally(data.participant, data.item, data.fail, data.metric)
    free, fixed = free_ends(counts, free=()), calibrate(counts)
    assert np.allclose(free.robust[:2, :2], fixed.robust.participant.covariance, rtol=1e-6)
    assert np.allclose(free.covariance[:2, :2], fixed.covariance, rtol=1e-6)
    assert close(free.location_interval.low, fixed.location_interval.low)


def likelihood(theta, x, k, n):
    a, b, g, lapse = theta
    f = np.clip(g + (1 - g - lapse) * special.expit(a + b * x), 1e-12, 1 - 1e-12)
    return float(np.sum(special.xlogy(k, f) + special.xlogy(n - k, 1 - f)))


def counts_of(seed, slope=1.0, ends=(0.1, 0.9), n=60):
    rng = np.random.default_rng(seed)
    x = np.arange(12.0)
    f = ends[0] + (ends[1] - ends[0]) * special.expit(slope * (x - 5.5))
    return x, rng.binomial(n, f), np.full(12, n)


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.4, 1.0, -0.8]))
def test_no_general_optimiser_finds_more(seed, slope):
    x, k, n = counts_of(seed, slope)
    found = free_ends(spread_out(x, k, n))
    best = -math.inf
    for start in ((0.05, 0.05), (0.2, 0.2)):
        first = [-5.5 * slope, slope, *start]
        bounds = [(-200, 200), (-40, 40), (0, 0.45), (0, 0.45)]
        tried = optimize.minimize(lambda t: -likelihood(t, x, k, n), first, bounds=bounds, method="L-BFGS-B")
        best = max(best, -tried.fun)
    assert found.log_likelihood >= best - 1e-5
    theta = found.intercept, found.slope, found.floor.estimate, 1 - found.ceiling.estimate
    assert math.isclose(found.log_likelihood, likelihood(theta, x, k, n), rel_tol=1e-9)


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_turning_metric_or_outcome_round_turns_the_curve_round(seed):
    x, k, n = counts_of(seed)
    found, turned = free_ends(spread_out(x, k, n)), free_ends(spread_out(100 - 10 * x, k, n))
    other = free_ends(spread_out(x, n - k, n))
    assert math.isclose(found.log_likelihood, turned.log_likelihood, rel_tol=1e-9)
    assert math.isclose(found.slope, -10 * turned.slope, rel_tol=1e-4)
    assert math.isclose(found.floor.estimate, turned.floor.estimate, abs_tol=1e-6)
    assert math.isclose(found.floor.estimate, 1 - other.ceiling.estimate, abs_tol=1e-6)
    assert math.isclose(found.floor.profile.high, 1 - other.ceiling.profile.low, abs_tol=1e-5)


def test_labels_and_order_of_responses_do_not_matter():
    data, rng = s1(), np.random.default_rng(1)
    order, names = rng.permutation(data.item.size), rng.permutation(500)
    one = free_ends(tally(data.participant, data.item, data.fail, data.metric))
    two = free_ends(tally(names[data.participant][order], data.item[order], data.fail[order], data.metric))
    assert np.allclose(one.robust, two.robust)
    assert math.isclose(one.floor.estimate, two.floor.estimate, abs_tol=1e-9)


def test_an_end_that_is_not_there_lies_on_its_bound():
    x = np.arange(10.0)
    n = np.full(10, 2000)
    k = np.round(n * special.expit(1.3 * (x - 4.5))).astype(int)
    k[0], k[9] = 0, 2000
    found = free_ends(spread_out(x, k, n))
    assert (found.floor.estimate, found.ceiling.estimate) == (0.0, 1.0)
    assert found.floor.on_bound
    assert found.ceiling.on_bound
    assert (found.floor.profile.low, found.ceiling.profile.high) == (0.0, 1.0)
    assert 0 < found.floor.profile.high < 0.01
    assert math.isnan(found.floor.se)
    assert np.isfinite(found.covariance).all()
    assert codes(found) == ["on_bound", "on_bound"]


def test_an_end_beyond_the_metrics_seen_is_not_identified():
    x, k, n = counts_of(3, slope=0.5, n=40)
    upper = x >= 5
    found = free_ends(spread_out(x[upper], k[upper], n[upper]))
    assert not found.floor.identified
    assert "not_identified" in codes(found)


def test_a_step_between_two_levels_is_said_to_be_one():
    k = np.array([10, 10, 10, 10, 90, 90, 90, 90])
    found = free_ends(spread_out(np.arange(8), k, np.full(8, 100)))
    assert math.isclose(found.floor.estimate, 0.1, abs_tol=1e-3)
    assert math.isclose(found.ceiling.estimate, 0.9, abs_tol=1e-3)
    assert "steep" in codes(found)


@pytest.mark.parametrize(
    "x, k, n, code",
    [
        ([], [], [], "no_data"),
        ([1, 2, 3], [1, 2, 3], [4, 4, 4], "few_levels"),
        ([1, 1, 1, 1], [1, 2, 3, 4], [5, 5, 5, 5], "few_levels"),
        (range(6), [0] * 6, [5] * 6, "nobody_failed"),
        (range(6), [5] * 6, [5] * 6, "all_failed"),
        (range(6), [0, 0, 0, 5, 5, 5], [5] * 6, "separation"),
    ],
)
def test_without_a_curve_there_are_reasons(x, k, n, code):
    found = free_ends(spread_out(list(x), k, n) if len(x) else tally([], [], [], []))
    assert codes(found) == [code]
    assert math.isnan(found.slope + found.floor.estimate + found.location)
    assert np.isnan(found.covariance).all()
    assert not found.floor.identified


def test_a_flat_curve_has_no_ends_to_find():
    found = free_ends(spread_out(np.arange(8), np.full(8, 20), np.full(8, 40)))
    assert not (found.floor.identified and found.ceiling.identified)


def test_one_participant_has_no_interval_over_people():
    x, k, n = counts_of(5)
    table = spread_out(x, k, n)
    item = np.repeat(np.arange(12), n)
    y = np.concatenate([np.arange(60) < hits for hits in k]).astype(float)
    found = free_ends(tally(np.zeros(y.size, int), item, y, x))
    assert math.isnan(found.floor.robust.low)
    assert math.isnan(found.location_interval.low)
    assert math.isclose(found.floor.estimate, free_ends(table).floor.estimate)


def test_ratings_get_no_profile():
    data = s1()
    found = free_ends(tally(data.participant, data.item, data.rating, data.metric), target="rated")
    assert math.isnan(found.floor.profile.low)
    assert math.isnan(found.log_likelihood_grouped)
    assert found.floor.on_bound or found.floor.robust.low <= found.floor.estimate <= found.floor.robust.high


def test_malformed_input_is_refused():
    with pytest.raises(ValueError, match="free"):
        free_ends(golden(), free=["lapse"])
    with pytest.raises(ValueError, match="floor < ceiling"):
        free_ends(golden(), floor=0.9, ceiling=0.5)


def coverage(cohorts: int) -> tuple[float, float]:
    """How often the profiles hold the floor and the ceiling of 40 people, 36 items each."""
    rng = np.random.default_rng(9)
    x = np.arange(12.0)
    f = 0.12 + 0.76 * special.expit(1.1 * (x - 5.5))
    held = np.zeros(2)
    for _ in range(cohorts):
        found = free_ends(spread_out(x, rng.binomial(120, f), np.full(12, 120)))
        for at, (end, truth) in enumerate(((found.floor, 0.12), (found.ceiling, 0.88))):
            held[at] += end.profile.low <= truth <= end.profile.high
    return tuple(held / cohorts)


def check_coverage(cohorts):
    error = math.sqrt(0.95 * 0.05 / cohorts)
    for share in coverage(cohorts):
        assert 0.93 - 2 * error <= share <= 0.97 + 2 * error


def test_coverage_of_profiles():
    check_coverage(20)


@pytest.mark.proof
def test_coverage_of_profiles_in_full():
    check_coverage(2000)
