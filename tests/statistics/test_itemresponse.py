"""Rasch and 2PL models against other tools, slow twins and simulated truth; degenerate data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from annotations.statistics.itemresponse import ItemResponse, item_response
from annotations.statistics.latentability import (
    answers_of,
    expect,
    nodes_for,
    observed_information,
    slopes,
)

from .data import close, columns, expected

REL = 2e-5


def codes(fit: ItemResponse) -> set[str]:
    return {caution.code for caution in fit.warnings}


def lsat6():
    table = columns("lsat6_patterns.csv")
    patterns = np.stack([table[f"Item_{j}"].astype(int) for j in range(1, 6)], axis=1)
    right = np.repeat(patterns, table["Freq"].astype(int), axis=0)
    person, item = (a.ravel() for a in np.indices(right.shape))
    return person, item, right.ravel()


def world(seed, people=250, items=8, each=6, slope=None, sd=1.0):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    item = np.concatenate([rng.permutation(items)[:each] for _ in range(people)])
    slope = np.ones(items) if slope is None else slope
    intercept = np.linspace(-1.5, 1.5, items)
    eta = slope[item] * rng.normal(0, sd, people)[person] + intercept[item]
    return person, item, (rng.random(eta.size) < special.expit(eta)) * 1, intercept


def test_2pl_golden():
    wanted = expected()["lsat6"]["2PL (mirt = ltm = TAM; 2e-5)"]
    fit = item_response(*lsat6(), model="2pl")
    assert all(close(found, a, REL) for found, a in zip(fit.slope, wanted["a"], strict=True))
    assert all(close(found, d, REL) for found, d in zip(fit.intercept, wanted["d"], strict=True))
    assert close(fit.log_likelihood, wanted["logLik"])
    assert (fit.n_patterns, fit.variance, fit.warnings) == (30, 1.0, ())


def test_rasch_golden():
    """The other tool stopped a little short of the maximum: to 2e-5, and no higher a likelihood."""
    wanted = expected()["lsat6"]["Rasch, variance free"]
    fit = item_response(*lsat6())
    assert all(close(found, d, REL) for found, d in zip(fit.intercept, wanted["d"], strict=True))
    assert close(fit.variance, wanted["variance"], REL)
    assert close(fit.log_likelihood, wanted["logLik"])
    person, item, right = lsat6()
    answers, nodes = answers_of(person, item, right * 1.0, 1000, 5), nodes_for(60)
    theirs = expect(answers, np.full(5, wanted["variance"] ** 0.5), np.array(wanted["d"]), nodes)
    assert theirs.log_likelihood < fit.log_likelihood + 1e-8


def slow_log_likelihood(person, item, right, a, d):
    z = np.linspace(-8, 8, 801)
    weight = np.exp(-0.5 * z * z) / np.sum(np.exp(-0.5 * z * z))
    total = 0.0
    for p in np.unique(person):
        chance = np.ones(z.size)
        for i, y in zip(item[person == p], right[person == p], strict=True):
            share = special.expit(a[i] * z + d[i])
            chance = chance * (share if y else 1 - share)
        total += math.log(weight @ chance)
    return total


def test_expect_slopes_and_information_equal_slow_twins():
    person, item, right, _ = world(1, people=40, items=5, each=3)
    answers, nodes = answers_of(person, item, right * 1.0, 40, 5), nodes_for(20)
    a, d = np.array([0.5, 1.0, 1.5, -0.3, 0.9]), np.linspace(-1, 1, 5)
    at = expect(answers, a, d, nodes)
    assert answers.people.size < 40
    assert close(at.log_likelihood, slow_log_likelihood(person, item, right, a, d))

    def gradient(theta):
        return np.concatenate(
            slopes(expect(answers, theta[:5], theta[5:], nodes), theta[:5], theta[5:], nodes)
        )

    theta, step = np.concatenate([a, d]), 1e-5
    value = [
        (
            slow_log_likelihood(person, item, right, *np.split(theta + e, 2))
            - slow_log_likelihood(person, item, right, *np.split(theta - e, 2))
        )
        / 2e-4
        for e in np.eye(10) * 1e-4
    ]
    assert np.allclose(gradient(theta), value, rtol=1e-4, atol=1e-5)
    hessian = np.array([(gradient(theta + e) - gradient(theta - e)) / (2 * step) for e in np.eye(10) * step])
    assert np.allclose(observed_information(answers, at, a, d, nodes), -hessian, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", ["rasch", "2pl"])
@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_item_response_ignores_order_and_labels(model, seed):
    rng = np.random.default_rng(seed)
    person, item, right, _ = world(seed % 99)
    order, labels = rng.permutation(right.size), rng.permutation(400)
    fit = item_response(person, item, right, model=model)
    other = item_response(labels[person][order], labels[item][order], right[order], model=model)
    place = np.searchsorted(other.item, labels[fit.item])
    assert np.allclose(fit.intercept, other.intercept[place], atol=1e-3)
    assert np.allclose(fit.slope, other.slope[place], atol=2e-3)
    assert math.isclose(fit.log_likelihood, other.log_likelihood, rel_tol=1e-7)
    where = np.searchsorted(other.participant, labels[fit.participant])
    assert np.allclose(fit.ability, other.ability[where], atol=2e-3)


@pytest.mark.parametrize("model", ["rasch", "2pl"])
def test_item_response_of_reversed_answers_is_reversed(model):
    person, item, right, _ = world(2)
    fit, other = (item_response(person, item, y, model=model) for y in (right, 1 - right))
    assert np.allclose(fit.intercept, -other.intercept, atol=1e-3)
    assert np.allclose(fit.ability, -other.ability, atol=1e-3)
    assert np.allclose(fit.slope, other.slope, atol=2e-3)
    assert np.allclose(fit.difficulty_se, other.difficulty_se, rtol=1e-2)


def test_item_response_missing_answers_are_left_out():
    person, item, right, _ = world(3)
    fit = item_response(person, item, right)
    other = item_response(np.r_[person, 7, 8], np.r_[item, 0, 1], np.r_[right, np.nan, np.nan])
    assert np.allclose(fit.intercept, other.intercept)
    assert other.n_missing == 2
    assert codes(other) == {"missing"}


def test_item_response_duplicated_people_halve_the_variance():
    person, item, right = lsat6()
    once = item_response(person, item, right, model="2pl")
    twice = item_response(np.r_[person, person + 1000], np.r_[item, item], np.r_[right, right], model="2pl")
    assert np.allclose(once.slope, twice.slope, rtol=1e-4)
    assert np.allclose(once.slope_se, twice.slope_se * math.sqrt(2), rtol=1e-4)
    assert twice.n_patterns == once.n_patterns


def test_2pl_difficulty_error_is_the_delta_method():
    person, item, right, _ = world(4)
    fit = item_response(person, item, right, model="2pl")
    assert np.allclose(fit.difficulty, -fit.intercept / fit.slope)
    assert np.all(fit.difficulty_se > 0.5 * fit.intercept_se / np.abs(fit.slope))
    assert codes(fit) == set()


def test_a_reversed_item_has_a_negative_slope():
    person, item, right, _ = world(5, people=600, items=8, each=8, slope=np.array([1.0] * 7 + [-1.0]))
    fit = item_response(person, item, right, model="2pl")
    assert fit.slope[7] < -0.4
    assert np.all(fit.slope[:7] > 0.4)


def test_weak_priors_hold_few_people_and_constant_items():
    person, item, right, _ = world(6, people=30)
    right = np.where(item == 0, 1, right)
    few = item_response(person, item, right, model="2pl")
    assert {"weak_prior", "constant_items"} <= codes(few)
    assert np.isfinite(few.intercept).all()
    assert few.intercept[0] > few.intercept[1:].max()
    person, item, right, _ = world(6)
    right = np.where(item == 0, 1, right)
    many = item_response(person, item, right)
    assert codes(many) == {"constant_items"}
    assert np.isfinite(many.intercept_se).all()


@pytest.mark.parametrize("model", ["rasch", "2pl"])
def test_item_response_degenerate(model):
    none = np.array([], int)
    assert codes(item_response(none, none, none, model=model)) == {"no_data"}
    once = item_response(np.arange(5), np.arange(5) % 2, [0, 1, 1, 0, 1], model=model)
    assert codes(once) == {"no_repeats"}
    assert np.isnan(once.intercept).all()
    same = item_response([0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1], model=model)
    assert codes(same) == {"constant_outcome"}
    one = item_response([4, 4, 4], [0, 1, 2], [1, 0, 1], model=model)
    assert "weak_prior" in codes(one)
    assert np.isfinite(one.intercept).all()


def test_rasch_without_spread_says_so():
    rng = np.random.default_rng(7)
    person, item = np.repeat(np.arange(300), 10), np.tile(np.arange(10), 300)
    right = np.concatenate([rng.permutation(np.arange(10) % 2) for _ in range(300)])
    fit = item_response(person, item, right)
    assert "no_spread" in codes(fit)
    assert fit.variance < 0.01


@settings(max_examples=15)
@given(st.data())
def test_item_response_of_any_small_data_gives_numbers_or_reasons(data):
    size = data.draw(st.integers(0, 12))
    person, item, right = (
        np.array(data.draw(st.lists(st.integers(0, most), min_size=size, max_size=size)), int)
        for most in (3, 3, 1)
    )
    for model in ("rasch", "2pl"):
        fit = item_response(person, item, right, model=model)
        assert np.isfinite(fit.intercept).all() or fit.warnings
        assert np.isfinite(fit.intercept_se).all() or fit.warnings


def test_item_response_refuses_bad_input():
    with pytest.raises(ValueError, match="0, 1 or nan"):
        item_response([0, 1], [0, 1], [0.5, 1])
    with pytest.raises(ValueError, match="unknown model"):
        item_response([0, 1], [0, 1], [0, 1], model="3pl")


def assert_covers(cohorts: int) -> None:
    """Intervals of two standard errors around Rasch intercepts, 250 people with 6 of 8 items each."""
    inside = []
    for seed in range(cohorts):
        person, item, right, truth = world(1000 + seed)
        fit = item_response(person, item, right)
        inside.append(np.abs(fit.intercept - truth) < special.ndtri(0.975) * fit.intercept_se)
    error = math.sqrt(0.95 * 0.05 / cohorts)
    assert 0.93 - 2 * error <= np.mean(inside) <= 0.97 + 2 * error


def test_rasch_errors_cover():
    assert_covers(20)


@pytest.mark.proof
def test_rasch_errors_cover_at_full_size():
    assert_covers(1000)
