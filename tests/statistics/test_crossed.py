"""Crossed random effects: the kernels against dense twins, the golden fits, invariances, degenerate data."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from annotations.statistics import crossedfit
from annotations.statistics.crossedeffects import CrossedEffects, crossed_effects
from annotations.statistics.crossing import Blocks, invert, pairs_of, solve
from annotations.statistics.laplace import laplace, pooled_rows
from annotations.statistics.population import averaged, population_curve

from .data import close, expected, s1, s2

REL = 2e-5
NAME = "crossed_random_effects_laplace (rel 2e-5)"


def world(seed, people=12, items=9, per_person=6, slope=0.6, sds=(0.8, 0.6)):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), per_person)
    item = np.concatenate([rng.permutation(items)[:per_person] for _ in range(people)])
    x = rng.normal(size=items)
    eta = -0.3 + slope * x[item] + rng.normal(0, sds[0], people)[person] + rng.normal(0, sds[1], items)[item]
    y = (rng.random(eta.size) < special.expit(eta)).astype(float)
    return person, item, y, x[item]


def codes(fit: CrossedEffects) -> set[str]:
    return {caution.code for caution in fit.warnings}


def same(first: CrossedEffects, second: CrossedEffects, rel=1e-4) -> bool:
    pairs = [(first.participants.sd, second.participants.sd), (first.items.sd, second.items.sd)]
    pairs += [(first.log_likelihood, second.log_likelihood)]
    alike = np.allclose([a for a, _ in pairs], [b for _, b in pairs], rtol=rel, atol=1e-4, equal_nan=True)
    return bool(
        alike
        and np.allclose(first.fixed, second.fixed, rtol=rel, atol=1e-4, equal_nan=True)
        and np.allclose(first.fixed_se, second.fixed_se, rtol=10 * rel, atol=1e-4, equal_nan=True)
    )


def slips():
    data = s2()
    judged = data.grade[data.output] == 2
    return (
        data.participant[judged],
        data.output[judged],
        (data.verdict[judged] == 0).astype(float),
        data.proxy[judged],
    )


def assert_golden(fit, wanted, item):
    for place in (0, 1):
        assert close(fit.fixed[place], wanted["fixef"][place], REL)
        assert close(fit.fixed_se[place], wanted["se_glmmTMB"][place], REL)
    assert close(fit.participants.sd, wanted["sd"]["participant"], REL)
    assert close(fit.items.sd, wanted["sd"][item], REL)
    assert close(fit.log_likelihood, wanted["logLik"], REL)
    assert fit.warnings == ()


def test_crossed_effects_golden_failures():
    data = s1()
    fit = crossed_effects(data.participant, data.item, data.fail, data.proxy)
    assert_golden(fit, expected()["s1_synth"][NAME], "item")


def test_crossed_effects_golden_slips():
    wanted = expected()["s2_synth"]["slip = verdict correct among truth I"][NAME]
    assert_golden(crossed_effects(*slips()), wanted, "output")


@pytest.mark.parametrize("full", [False, True])
@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 9), st.integers(1, 40))
def test_invert_and_solve_equal_the_dense_inverse(full, seed, a, c, rows):
    rng = np.random.default_rng(seed)
    pairs, _ = pairs_of(rng.integers(0, a, rows), rng.integers(0, c, rows), a, c)
    pairs = replace(pairs, full=full)
    cross = rng.uniform(0.1, 1, pairs.first.size)
    blocks = Blocks(
        1 + np.bincount(pairs.first, cross, a), 1 + np.bincount(pairs.second, cross, c), cross * 0.9
    )
    h = np.diag(np.concatenate([blocks.first, blocks.second]))
    h[pairs.first, a + pairs.second] = blocks.cross
    h[a + pairs.second, pairs.first] = blocks.cross
    wanted, found = np.linalg.inv(h), invert(pairs, blocks)
    assert found is not None
    assert np.allclose(found.first, np.diag(wanted)[:a])
    assert np.allclose(found.second, np.diag(wanted)[a:])
    assert np.allclose(found.cross, wanted[pairs.first, a + pairs.second])
    assert math.isclose(found.log_det, np.linalg.slogdet(h)[1], rel_tol=1e-9, abs_tol=1e-12)
    right = rng.normal(size=a + c)
    assert np.allclose(np.concatenate(solve(pairs, blocks, right[:a], right[a:])), wanted @ right)


def test_invert_refuses_what_is_not_positive_definite():
    pairs, _ = pairs_of(np.array([0]), np.array([0]), 1, 1)
    assert invert(pairs, Blocks(np.ones(1), np.ones(1), np.array([2.0]))) is None
    assert invert(pairs, Blocks(np.ones(1), -np.ones(1), np.array([0.1]))) is None


def dense_laplace(person, item, design, y, theta, ends):
    """Minus the log likelihood with the effects' mode from a general minimiser and the whole Hessian."""
    people, items = person.max() + 1, item.max() + 1
    z = np.zeros((y.size, people + items))
    z[np.arange(y.size), person], z[np.arange(y.size), people + item] = theta[-2], theta[-1]

    def loss(b):
        p = ends[0] + (ends[1] - ends[0]) * special.expit(design @ theta[:-2] + z @ b)
        return 0.5 * b @ b - np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))

    b = optimize.minimize(loss, np.zeros(z.shape[1]), method="BFGS", options={"gtol": 1e-7}).x
    eta, step = design @ theta[:-2] + z @ b, 1e-4

    def row(eta):
        p = ends[0] + (ends[1] - ends[0]) * special.expit(eta)
        return -(y * np.log(p) + (1 - y) * np.log(1 - p))

    weight = (row(eta + step) - 2 * row(eta) + row(eta - step)) / step**2
    return loss(b) + 0.5 * np.linalg.slogdet(np.eye(b.size) + z.T @ (z * weight[:, None]))[1]


@pytest.mark.parametrize("ends", [(0.0, 1.0), (0.05, 0.9)])
def test_laplace_value_and_gradient_equal_the_dense_twin(ends):
    person, item, y, x = world(1)
    design = np.column_stack([np.ones(y.size), x])
    rows = pooled_rows(person, item, design, y, 1 - y, (12, 9), ends)
    theta = np.array([-0.2, 0.5, 0.7, 0.4])
    start = np.zeros(12), np.zeros(9)
    found = laplace(rows, theta, start)
    assert found is not None
    assert math.isclose(found.value, dense_laplace(person, item, design, y, theta, ends), rel_tol=1e-6)
    for place, unit in enumerate(np.eye(4) * 1e-5):
        up, down = laplace(rows, theta + unit, start), laplace(rows, theta - unit, start)
        assert math.isclose(found.gradient[place], (up.value - down.value) / 2e-5, rel_tol=1e-5, abs_tol=1e-6)


def test_laplace_roughly_has_the_gradient_of_its_rough_value():
    person, item, y, x = world(1)
    rows = pooled_rows(person, item, np.column_stack([np.ones(y.size), x]), y, 1 - y, (12, 9), (0.0, 1.0))
    theta, start = np.array([-0.2, 0.5, 0.7, 0.4]), (np.zeros(12), np.zeros(9))
    found, exact = laplace(rows, theta, start, roughly=True), laplace(rows, theta, start)
    assert 0 < abs(found.value - exact.value) < 0.5
    for place, unit in enumerate(np.eye(4) * 1e-5):
        up, down = (laplace(rows, theta + e, start, roughly=True) for e in (unit, -unit))
        assert math.isclose(found.gradient[place], (up.value - down.value) / 2e-5, rel_tol=1e-5, abs_tol=1e-6)


def test_crossed_effects_ends_at_the_same_place_after_a_rough_search(monkeypatch):
    person, item, y, x = world(12, people=30, items=20, per_person=10)
    fit = crossed_effects(person, item, y, x)
    monkeypatch.setattr(crossedfit, "_LARGE", 0)
    other = crossed_effects(person, item, y, x)
    assert same(fit, other, 1e-5)
    assert other.evaluations < fit.evaluations


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_crossed_effects_ignores_order_labels_and_the_names_of_the_two_kinds(seed):
    rng = np.random.default_rng(seed)
    person, item, y, x = world(seed % 50, people=20, items=15, per_person=8)
    fit = crossed_effects(person, item, y, x)
    order, labels = rng.permutation(y.size), rng.permutation(60)
    other = crossed_effects(labels[person][order], labels[item][order], y[order], x[order])
    assert same(fit, other)
    turned = crossed_effects(item, person, y, x)
    assert same(fit, replace(turned, participants=turned.items, items=turned.participants))
    back = other.participants.effect[np.searchsorted(other.participants.code, labels[fit.participants.code])]
    assert np.allclose(fit.participants.effect, back, atol=1e-3, equal_nan=True)


def test_crossed_effects_reversed_scales_reverse_the_curve():
    person, item, y, x = world(2, people=30, items=20, per_person=10)
    fit = crossed_effects(person, item, y, x)
    turned = crossed_effects(person, item, 1 - y, x)
    assert same(fit, replace(turned, fixed=-turned.fixed))
    metric = crossed_effects(person, item, y, 5 - 100 * x)
    assert close(metric.fixed[1], -fit.fixed[1] / 100, 1e-4)
    assert close(metric.fixed[0], fit.fixed[0] + 5 * fit.fixed[1] / 100, 1e-4)
    assert close(metric.log_likelihood, fit.log_likelihood)


def test_crossed_effects_counts_equal_single_responses_and_weights_only_compare():
    person, item, y, x = world(3, people=20, items=10, per_person=10)
    person, item, x = np.tile(person, 3), np.tile(item, 3), np.tile(x, 3)
    y = np.concatenate([y, 1 - y[::-1], y])
    single = crossed_effects(person, item, y, x)
    key, place = np.unique(person * 10 + item, return_inverse=True)
    first = np.unique(place, return_index=True)[1]
    hits, trials = np.bincount(place, y), np.bincount(place)
    grouped = crossed_effects(key // 10, key % 10, hits, x[first], trials=trials)
    assert same(single, grouped)
    assert same(single, crossed_effects(person, item, y, x, weight=np.full(y.size, 40.0)))
    weight = np.where(y > 0, 3.0, 1.0)
    assert crossed_effects(person, item, y, x, weight=weight).fixed[0] > single.fixed[0]


def test_crossed_effects_dispersion_makes_a_row_count_as_more_or_less():
    person, item, y, x = world(11, people=20, items=10, per_person=10)
    share = 0.2 + 0.6 * y
    found = crossed_effects(person, item, share, x, dispersion=0.25)
    assert math.isnan(found.log_likelihood)
    assert same(
        replace(found, log_likelihood=0.0),
        replace(crossed_effects(person, item, 4 * share, x, trials=np.full(y.size, 4.0)), log_likelihood=0.0),
    )
    once = crossed_effects(np.arange(y.size), item, share, x, dispersion=0.25)
    assert once.participants.sd == 0
    with pytest.raises(ValueError, match="dispersion"):
        crossed_effects(person, item, y, x, dispersion=0.0)


def test_crossed_effects_several_covariates_beside_an_intercept_alone():
    person, item, y, x = world(4, people=40, items=20, per_person=12)
    noise = np.random.default_rng(4).normal(size=y.size)
    fit = crossed_effects(person, item, y, np.column_stack([x, noise]))
    alone = crossed_effects(person, item, y)
    assert fit.fixed.size == 3
    assert abs(fit.fixed[2]) < 4 * fit.fixed_se[2]
    assert fit.log_likelihood > alone.log_likelihood
    assert alone.items.sd > fit.items.sd


def test_crossed_effects_floor_and_ceiling_nearly_at_the_ends_change_little():
    person, item, y, x = world(5, people=40, items=20, per_person=12)
    fit = crossed_effects(person, item, y, x)
    near = crossed_effects(person, item, y, x, floor=1e-9, ceiling=1 - 1e-9)
    assert same(fit, near, 1e-3)
    steeper = crossed_effects(person, item, y, x, ceiling=0.9)
    assert steeper.fixed[1] > fit.fixed[1]


def test_crossed_effects_no_spread_is_estimated_at_nought_and_said():
    rng = np.random.default_rng(6)
    person, item = np.repeat(np.arange(30), 20), np.tile(np.arange(20), 30)
    y = np.concatenate([rng.permutation(np.arange(20) % 2) for _ in range(30)])
    fit = crossed_effects(person, item, y)
    assert "no_spread_participant" in codes(fit)
    assert fit.participants.sd < 1e-4
    assert np.isfinite(fit.fixed_se).all()


def test_crossed_effects_without_anything_to_fit():
    none = np.array([], dtype=int)
    person, item, y, _x = world(7)
    assert codes(crossed_effects(none, none, none)) == {"no_data"}
    assert "constant_outcome" in codes(crossed_effects(person, item, np.ones(y.size)))
    assert "constant_outcome" in codes(crossed_effects(person, item, np.zeros(y.size)))
    assert "collinear" in codes(crossed_effects(person, item, y, np.full(y.size, 3.0)))
    lost = crossed_effects(person, item, y, np.full(y.size, np.nan))
    assert codes(lost) == {"no_data", "missing"}
    assert lost.n_excluded == y.size
    for fit in (lost, crossed_effects(person, item, np.ones(y.size))):
        assert np.isnan(fit.fixed).all()
        assert math.isnan(fit.log_likelihood)


def test_crossed_effects_a_covariate_that_parts_the_outcomes_has_no_maximum():
    person, item, _, x = world(8)
    fit = crossed_effects(person, item, (x > 0) * 1.0, x)
    assert "no_maximum" in codes(fit)
    assert np.isnan(fit.fixed).all()


def test_crossed_effects_one_of_a_kind_or_nobody_twice_holds_the_spread():
    person, item, y, x = world(9, people=30, items=9, per_person=6)
    alone = crossed_effects(np.zeros(y.size, int), item, y, x)
    assert "one_participant" in codes(alone)
    assert alone.participants.sd == 0
    assert np.isfinite(alone.fixed).all()
    assert np.isnan(alone.low).all()
    one_item = crossed_effects(person, np.zeros(y.size, int), y)
    assert "one_item" in codes(one_item)
    assert one_item.items.sd == 0
    once = crossed_effects(np.arange(y.size), item, y, x)
    assert "no_repeats_participant" in codes(once)
    assert np.isfinite(once.low).all()
    assert "few_items" in codes(once)


@settings(max_examples=25)
@given(st.data())
def test_crossed_effects_any_small_data_gives_numbers_or_reasons(data):
    size = data.draw(st.integers(0, 14))
    few = st.lists(st.integers(0, 3), min_size=size, max_size=size)
    person, item, y, x = (np.array(data.draw(few), dtype=int) for _ in range(4))
    fit = crossed_effects(person, item, np.minimum(y, 1), x)
    assert np.isfinite(fit.fixed).all() or fit.warnings
    assert np.isfinite(fit.fixed_se).all() or fit.warnings


def test_crossed_effects_refuses_bad_input():
    with pytest.raises(ValueError, match="outcome must lie"):
        crossed_effects([0, 1], [0, 1], [0, 2])
    with pytest.raises(ValueError, match="covariates"):
        crossed_effects([0, 1], [0, 1], [0, 1], [[1.0]])
    with pytest.raises(ValueError, match="item has"):
        crossed_effects([0, 1], [0], [0, 1])
    with pytest.raises(ValueError, match="floor < ceiling"):
        crossed_effects([0, 1], [0, 1], [0, 1], floor=1.0)
    with pytest.raises(ValueError, match="above 0"):
        crossed_effects([0, 1], [0, 1], [0, 1], weight=[1.0, -1.0])


@pytest.mark.parametrize("sd", [0.0, 0.5, 3.0, 10.0])
def test_averaged_equals_a_fine_sum(sd):
    z = np.linspace(-12, 12, 200_001)
    density = np.exp(-0.5 * z * z) / np.sum(np.exp(-0.5 * z * z))
    for eta in (-4.0, 0.0, 1.5):
        found, part = averaged(np.array([eta]), sd), special.expit(eta + sd * z)
        assert math.isclose(found.value[0], part @ density, rel_tol=1e-7)
        assert math.isclose(found.by_eta[0], (part * (1 - part)) @ density, rel_tol=1e-6)
        assert math.isclose(found.by_sd[0], (part * (1 - part) * z) @ density, rel_tol=1e-6, abs_tol=1e-9)


def test_population_curve_is_flatter_than_the_typical_one():
    data = s1()
    fit = crossed_effects(data.participant, data.item, data.fail, data.proxy)
    found = population_curve(fit, [0.0, -fit.fixed[0] / fit.fixed[1], 9.0])
    assert np.allclose(found.marginal[1], 0.5)
    assert found.marginal[0] > found.typical[0]
    assert found.marginal[2] < found.typical[2]
    assert np.all((found.marginal_low < found.marginal) & (found.marginal < found.marginal_high))
    share = [np.mean(data.fail[data.proxy == x]) for x in (0, 9)]
    assert np.allclose(found.marginal[[0, 2]], share, atol=0.08)
    with pytest.raises(ValueError, match="columns"):
        population_curve(fit, np.ones((2, 3)))
