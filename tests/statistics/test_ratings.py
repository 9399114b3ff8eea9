"""Variance components of ratings, intraclass correlations and split halves, against dense twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.splithalf import split_half
from annotations.statistics.variancecomponents import VarianceComponents, variance_components

from .data import close, expected, s1


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, people=15, items=10, each=6, sds=(1.0, 2.0, 1.0)):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    item = np.concatenate([rng.permutation(items)[:each] for _ in range(people)])
    rating = 50 + rng.normal(0, sds[0], people)[person] + rng.normal(0, sds[1], items)[item]
    return person, item, rating + rng.normal(0, sds[2], person.size)


def same(first: VarianceComponents, second: VarianceComponents, scale=1.0) -> bool:
    pairs = [
        (getattr(first, name), getattr(second, name) / scale**2)
        for name in ("participant", "item", "residual")
    ]
    pairs += [(first.icc_mean, second.icc_mean), (first.icc_single, second.icc_single), (first.k, second.k)]
    return bool(np.allclose(*zip(*pairs, strict=True), rtol=1e-4, atol=1e-6, equal_nan=True))


def test_variance_components_golden():
    data = s1()
    wanted = expected()["s1_synth"]["variance_components_rating_reml (rel 1e-4)"]
    found = variance_components(data.participant, data.item, data.rating * 100)
    assert close(found.participant, wanted["var"]["participant"], 1e-5)
    assert close(found.item, wanted["var"]["item"], 1e-5)
    assert close(found.residual, wanted["var"]["Residual"], 1e-5)
    assert close(found.mean, wanted["mean"])
    assert close(found.criterion, wanted["REML"])
    assert found.warnings == ()


def test_variance_components_of_balanced_ratings_are_those_of_the_mean_squares():
    """Shrout and Fleiss's table: ICC(2,1) = .29, ICC(2,4) = .62."""
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    x = np.array(table, dtype=float)
    item, person = (a.ravel() for a in np.indices(x.shape))
    found = variance_components(person, item, x.ravel())
    n, k = x.shape
    rows = k * np.sum((x.mean(1) - x.mean()) ** 2) / (n - 1)
    columns = n * np.sum((x.mean(0) - x.mean()) ** 2) / (k - 1)
    rest = np.sum((x - x.mean(1)[:, None] - x.mean(0) + x.mean()) ** 2) / ((n - 1) * (k - 1))
    assert close(found.residual, rest, 1e-5)
    assert close(found.item, (rows - rest) / k, 1e-5)
    assert close(found.participant, (columns - rest) / n, 1e-5)
    assert close(found.icc_single, (rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n), 1e-5)
    assert close(found.icc_mean, (rows - rest) / (rows + (columns - rest) / n), 1e-5)
    assert found.k == k
    assert "low_reliability" in codes(found)
    assert found.icc_mean_interval.low < found.icc_mean < found.icc_mean_interval.high


def test_variance_components_criterion_equals_the_dense_one_and_is_a_minimum():
    person, item, y = world(1)
    found = variance_components(person, item, y)

    def criterion(people, items, rest):
        v = people * (person[:, None] == person) + items * (item[:, None] == item) + rest * np.eye(y.size)
        inverse, one = np.linalg.inv(v), np.ones(y.size)
        known = one @ inverse @ one
        mean = one @ inverse @ y / known
        quadratic = (y - mean) @ inverse @ (y - mean)
        constant = (y.size - 1) * math.log(2 * math.pi)
        return np.linalg.slogdet(v)[1] + math.log(known) + quadratic + constant, mean, known**-0.5

    at = found.participant, found.item, found.residual
    best, mean, mean_se = criterion(*at)
    assert close(found.criterion, best)
    assert close(found.mean, mean)
    assert close(found.mean_se, mean_se)
    for place in range(3):
        for factor in (0.97, 1.03):
            moved = [v * (factor if place == i else 1) for i, v in enumerate(at)]
            assert criterion(*moved)[0] > best


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_variance_components_ignore_order_labels_and_unit(seed):
    rng = np.random.default_rng(seed)
    person, item, y = world(seed % 99)
    order, labels = rng.permutation(y.size), rng.permutation(50)
    found = variance_components(person, item, y)
    assert same(found, variance_components(labels[person][order], labels[item][order], y[order]))
    assert same(found, variance_components(person, item, 7 - 3 * y), 3.0)
    missing = variance_components(np.r_[person, 3], np.r_[item, 77], np.r_[y, np.nan])
    assert same(found, missing)
    assert missing.n_missing == 1


def test_variance_components_k_is_the_harmonic_mean():
    person, item, y = world(2)
    keep = (item > 2) | (person < 4)
    found = variance_components(person[keep], item[keep], y[keep])
    counts = np.bincount(item[keep])
    assert close(found.k, counts.size / np.sum(1 / counts[counts > 0]))
    noise = (found.participant + found.residual) / found.k
    assert close(found.icc_mean, found.item / (found.item + noise))


def test_variance_components_no_spread_is_nought_and_said():
    found = variance_components(*world(3, people=40, items=20, each=10, sds=(0.0, 0.0, 1.0)))
    assert codes(found) & {"no_spread_participant", "no_spread_item"} or found.icc_mean < 0.5
    assert "low_reliability" in codes(found)


@pytest.mark.parametrize(
    ("person", "item", "rating", "code"),
    [
        ([], [], [], "no_data"),
        ([0, 1], [0, 1], [np.nan, np.nan], "no_data"),
        ([0, 0, 0], [0, 1, 2], [1, 2, 3], "one_participant"),
        ([0, 1, 2], [0, 0, 0], [1, 2, 3], "one_item"),
        ([0, 1, 0, 1], [0, 0, 1, 1], [5, 5, 5, 5], "constant"),
        ([0, 0, 1, 1], [0, 1, 2, 3], [1, 2, 3, 4], "no_repeats_item"),
        ([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1], [1, 2, 3, 3, 4, 5], "no_residual"),
    ],
)
def test_variance_components_degenerate(person, item, rating, code):
    found = variance_components(np.array(person, int), np.array(item, int), np.array(rating, float))
    assert code in codes(found)
    assert math.isnan(found.icc_mean)
    assert math.isnan(found.item)


def test_variance_components_of_people_who_rate_once():
    _, item, y = world(4)
    found = variance_components(np.arange(y.size), item, y)
    assert "no_repeats_participant" in codes(found)
    assert found.participant == 0
    assert 0 < found.icc_mean < 1


@settings(max_examples=25)
@given(st.data())
def test_ratings_of_any_small_data_give_numbers_or_reasons(data):
    size = data.draw(st.integers(0, 14))
    person, item, y = (
        np.array(data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), int) for _ in range(3)
    )
    found = variance_components(person, item, y)
    assert math.isfinite(found.icc_mean) or found.warnings
    halves = split_half(person, item, y, seed=1, count=20)
    assert math.isfinite(halves.reliability) or halves.warnings


def test_split_half_equals_the_slow_twin():
    person, item, y = world(5)
    found = split_half(person, item, y, seed=9, count=30)
    rng = np.random.default_rng(9)
    keys = rng.random((30, 15))
    rs = []
    for key in keys:
        first = np.isin(person, np.flatnonzero(np.argsort(key) < 7))
        means = [
            (y[first & (item == i)].mean(), y[~first & (item == i)].mean())
            for i in range(10)
            if (first & (item == i)).any() and (~first & (item == i)).any()
        ]
        if len(means) > 2:
            rs.append(np.corrcoef(np.array(means).T)[0, 1])
    assert close(found.r, float(np.mean(rs)))
    assert close(found.reliability, 2 * found.r / (1 + found.r))
    assert found.splits == len(rs)


def test_split_half_agrees_with_the_intraclass_correlation():
    person, item, y = world(6, people=60, items=40, each=30, sds=(0.0, 1.0, 3.0))
    found = split_half(person, item, y, seed=1, count=200)
    assert abs(found.reliability - variance_components(person, item, y).icc_mean) < 0.05
    assert found.spread.low < found.reliability < found.spread.high


def test_split_half_is_seeded_and_cautions():
    person, item, y = world(7, sds=(0.0, 0.3, 3.0))
    found = split_half(person, item, y, seed=1, count=50)
    assert found == split_half(person, item, y, seed=1, count=50)
    assert "low_reliability" in codes(found)
    none = np.array([], int)
    assert codes(split_half(none, none, none, seed=1)) == {"one_participant"}
    assert codes(split_half(person, item * 0, y, seed=1)) == {"few_items"}
    assert codes(split_half(person, item, y * 0, seed=1, count=5)) == {"no_split"}
    with pytest.raises(ValueError, match="count"):
        split_half(person, item, y, seed=1, count=0)
