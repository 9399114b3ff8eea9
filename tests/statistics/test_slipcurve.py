"""The slip curve against refits of copied people, and how often its band holds the whole curve."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.curvefit import fit_curve
from annotations.statistics.draws import participant_weights
from annotations.statistics.judgements import judgements
from annotations.statistics.logistic import Counts
from annotations.statistics.resampling import join_samples, sample_curves
from annotations.statistics.slipcurve import slip_counts, slip_curve

POINTS = np.linspace(5, 95, 19)


def study(seed, people=40, each=12, outputs=60, slope=0.03, spread=0.5):
    rng = np.random.default_rng(seed)
    difficulty = np.round(rng.uniform(0, 100, outputs))
    person = np.repeat(np.arange(people), each)
    output = rng.integers(0, outputs, person.size)
    eta = -1 + slope * (difficulty[output] - 50) + rng.normal(0, spread, people)[person]
    verdict = np.where(rng.random(eta.size) < 1 / (1 + np.exp(-eta)), 0, 2)
    return judgements(output, person, verdict, grade=rng.choice([0, 2, 2, -1], outputs)), difficulty


def curve_of(data, difficulty, *, seed=3, resamples=50):
    counts = slip_counts(data, np.asarray(difficulty)[data.output])
    return slip_curve(counts, sample_curves(counts.levels, seed=seed, count=resamples), POINTS)


def plain_fit(x, y, w=None):
    levels, place = np.unique(x, return_inverse=True)
    k, n = np.bincount(place, y * (1 if w is None else w)), np.bincount(place, w)
    z = (levels - 50) / 30
    theta = fit_curve(Counts(z, k, n.astype(float), 0.0, 1.0), "failure", "likelihood", False)[0].theta
    return theta[0] - theta[1] * 50 / 30, theta[1] / 30


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_slip_curve_equals_the_slow_twin(seed):
    """People drawn one by one, their verdicts copied, every curve fitted apart, the band from its words."""
    data, difficulty = study(seed)
    found = curve_of(data, difficulty, seed=seed, resamples=30)
    judged = data.grade[data.output] == 2
    x, y, person = (
        difficulty[data.output][judged],
        (data.verdict == 0)[judged].astype(float),
        data.participant[judged],
    )
    a, b = plain_fit(x, y)
    assert np.allclose((found.intercept, found.slope), (a, b), rtol=1e-6, atol=1e-9)
    names, curves = np.unique(person), []
    for times in participant_weights(names.size, seed, 0, 30).astype(int):
        rows = np.concatenate([np.flatnonzero(person == name) for name in np.repeat(names, times)])
        one = plain_fit(x[rows], y[rows])
        curves.append(one[0] + one[1] * POINTS)
    apart = np.array(curves) - (a + b * POINTS)
    se = apart.std(axis=0, ddof=1)
    critical = np.quantile(np.max(np.abs(apart) / se, axis=1), 0.95)
    assert math.isclose(found.critical, critical, rel_tol=1e-5)
    assert np.allclose(found.high, 1 / (1 + np.exp(-(a + b * POINTS + critical * se))), rtol=1e-5)


def test_slip_curve_same_numbers_whatever_the_parts():
    data, difficulty = study(1)
    counts = slip_counts(data, difficulty[data.output])
    whole = slip_curve(counts, sample_curves(counts.levels, seed=3, count=50), POINTS)
    parts = [sample_curves(counts.levels, seed=3, first=at, count=10) for at in (30, 0, 40, 10, 20)]
    assert np.allclose(slip_curve(counts, join_samples(parts), POINTS).low, whole.low, rtol=1e-9)
    assert (
        slip_curve(counts, sample_curves(counts.levels, seed=4, count=50), POINTS).critical != whole.critical
    )


def test_slip_curve_ignores_order_and_scale_of_weights():
    data, difficulty = study(2)
    order = np.random.default_rng(0).permutation(data.output.size)
    other = judgements(data.output[order], data.participant[order] * 2, data.verdict[order], grade=data.grade)
    heavy = judgements(
        data.output, data.participant, data.verdict, grade=data.grade, weight=np.full(order.size, 3.0)
    )
    one, two, three = (curve_of(d, difficulty, resamples=40) for d in (data, other, heavy))
    assert np.allclose(one.low, two.low, rtol=1e-9)
    assert np.allclose(one.high, three.high, rtol=1e-6)


def test_slip_counts_need_a_difficulty_for_every_response():
    data, difficulty = study(3)
    with pytest.raises(ValueError, match="difficulty has 60 values where 480 are needed"):
        slip_counts(data, difficulty)


def test_slip_counts_put_many_levels_together_without_moving_the_curve():
    data, _ = study(4, people=200, outputs=4000)
    difficulty = np.random.default_rng(0).uniform(0, 100, 4000)
    counts = slip_counts(data, difficulty[data.output])
    assert counts.levels.x.size <= 512
    assert np.all(np.diff(counts.levels.x) > 0)
    found = curve_of(data, difficulty, resamples=20)
    judged = data.grade[data.output] == 2
    a, b = plain_fit(difficulty[data.output][judged], (data.verdict == 0)[judged].astype(float))
    assert np.allclose(found.intercept + found.slope * POINTS, a + b * POINTS, atol=2e-3)


def test_slip_curve_band_is_wider_than_a_pointwise_one_and_isotonic_follows():
    found = curve_of(*study(5), resamples=400)
    assert 1.96 < found.critical < 3.2
    assert found.isotonic.increasing
    assert found.slope_interval.low < found.slope < found.slope_interval.high
    assert not curve_of(*study(5, slope=-0.03)).isotonic.increasing


def test_slip_curve_degenerate_data_say_so():
    none = judgements([0, 1], [0, 1], [0, 2], grade=[0, 0])
    empty = curve_of(none, [np.nan, 5.0])
    assert np.isnan(empty.rate).all()
    assert [c.code for c in empty.warnings] == ["no_data"]
    never = judgements(
        np.tile(np.arange(4), 3), np.repeat(np.arange(3), 4), np.full(12, 2), grade=np.full(4, 2)
    )
    spotted = curve_of(never, [10, 20, 30, np.nan], resamples=20)
    codes = {c.code for c in spotted.warnings}
    assert {"separation", "separated_resamples", "few_participants", "missing_difficulty"} == codes
    assert np.all(spotted.rate < 0.2)
    alone = judgements([0, 1, 0, 1], [0, 0, 0, 0], [0, 2, 2, 0], grade=[2, 2])
    single = curve_of(alone, [10, 20], resamples=20)
    assert np.isnan(single.low).all()
    assert np.isnan(curve_of(*study(6), resamples=0).high).all()
    assert "too_few_clusters" in {c.code for c in single.warnings}


def coverage(cohorts, resamples):
    """Share of cohorts whose band holds the marginal curve at all points."""
    nodes, weight = np.polynomial.hermite_e.hermegauss(40)
    eta = -1 + 0.03 * (POINTS[:, None] - 50) + 0.5 * nodes
    truth = (1 / (1 + np.exp(-eta))) @ (weight / weight.sum())
    held = []
    for seed in range(cohorts):
        data, difficulty = study(seed, people=80, each=10, outputs=200)
        found = curve_of(data, difficulty, seed=seed, resamples=resamples)
        held.append(bool(np.all((found.low <= truth) & (truth <= found.high))))
    return float(np.mean(held))


def test_slip_curve_band_holds_the_curve():
    found = coverage(cohorts=100, resamples=200)
    assert abs(found - 0.95) <= 0.03 + 2 * math.sqrt(0.95 * 0.05 / 100)


@pytest.mark.proof
def test_slip_curve_band_holds_the_curve_at_full_size():
    found, error = coverage(cohorts=2000, resamples=500), math.sqrt(0.95 * 0.05 / 2000)
    print(f"simultaneous band: coverage {found:.4f}, Monte Carlo error {error:.4f}")
    assert 0.93 - 2 * error <= found <= 0.97 + 2 * error
