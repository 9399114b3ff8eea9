"""Candidate metrics side by side: golden correlations, a slow twin of the held-out fits, degenerate data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.calibration import calibrate
from annotations.statistics.candidates import Candidates, compare_candidates
from annotations.statistics.isotonic import isotonic
from annotations.statistics.tally import tally

from .data import close, expected, s1


def golden(**more) -> Candidates:
    """The metric of the golden data, its square root, one that is noise, and a constant."""
    data = s1()
    noise = np.random.default_rng(2).normal(size=data.metric.size)
    metrics = [data.metric, np.sqrt(data.metric), noise, np.ones(data.metric.size)]
    return compare_candidates(data.participant, data.item, data.fail, data.rating, metrics, **more)


def codes(found) -> set[str]:
    return {note.code for note in found.warnings}


def test_golden_correlations_and_curve():
    data = s1()
    row = golden().rows[0]
    wanted = expected()["s1_synth"][
        "items: spearman proxy-rating, spearman rating-failure, kendall proxy-rating"
    ]
    assert close(row.rated.spearman.estimate, wanted[0])
    logistic = expected()["s1_synth"]["binomial_logistic_fail_on_proxy"]
    assert close(row.failure.slope, logistic["coef"]["proxy"])
    assert close(row.failure.location, logistic["x50"])
    assert (row.failure.n_items, row.failure.n_responses) == (data.metric.size, data.fail.size)
    by_item = calibrate(tally(data.participant, data.item, data.fail, data.metric, unit="item"))
    assert close(row.failure.deviance, by_item.quality.deviance)
    assert row.failure.degrees_of_freedom == data.metric.size - 2


def test_a_metric_that_tells_more_stands_out():
    first, root, noise, constant = golden().rows
    for target in ("failure", "rated"):
        good, other, useless, flat = (getattr(row, target) for row in (first, root, noise, constant))
        assert good.held_out_gain > 0.05 > abs(useless.held_out_gain)
        assert good.held_out_rmse < other.held_out_rmse < useless.held_out_rmse
        assert good.deviance < useless.deviance
        assert good.isotonic_distance < other.isotonic_distance
        assert abs(flat.held_out_gain) < 0.01
        assert codes(flat.spearman) == {"constant"}
        assert "one_level" in codes(flat)


@pytest.mark.parametrize("target", ["failure", "rated"])
def test_held_out_equals_fits_one_by_one(target):
    data = s1()
    outcome = data.fail if target == "failure" else data.rating
    floor, ceiling = (0.01, 0.97) if target == "failure" else (0.0, 1.0)
    found = getattr(golden(folds=4, floor=0.01, ceiling=0.97).rows[1], target)
    x = np.sqrt(data.metric)
    fold = np.arange(x.size) % 4
    lost = errors = blind = 0.0
    for left in range(4):
        inside = fold[data.item] != left
        fit = calibrate(
            tally(data.participant[inside], data.item[inside], outcome[inside], x),
            target=target, floor=floor, ceiling=ceiling,
        )  # fmt: skip
        mean = (outcome[inside].sum() + 0.5) / (inside.sum() + 1)
        for item in np.flatnonzero(fold == left):
            y = outcome[data.item == item]
            f = floor + (ceiling - floor) / (1 + math.exp(-fit.intercept - fit.slope * x[item]))
            lost -= float(np.sum(y * math.log(f) + (1 - y) * math.log(1 - f)))
            blind -= float(np.sum(y * math.log(mean) + (1 - y) * math.log(1 - mean)))
            errors += y.size * (y.mean() - f) ** 2
    assert math.isclose(found.held_out_loss, lost / outcome.size, rel_tol=1e-7)
    assert math.isclose(found.held_out_rmse, math.sqrt(errors / outcome.size), rel_tol=1e-7)
    assert math.isclose(found.held_out_gain, 1 - lost / blind, rel_tol=1e-6)


def test_isotonic_distance_is_that_of_the_responses():
    data = s1()
    fit = calibrate(tally(data.participant, data.item, data.fail, data.metric))
    steps = isotonic(data.proxy, data.fail, np.ones(data.fail.size))
    at = dict(zip(steps.x, steps.estimate, strict=True))
    apart = [at[x] - 1 / (1 + math.exp(-fit.intercept - fit.slope * x)) for x in data.proxy]
    assert math.isclose(golden().rows[0].failure.isotonic_distance, math.sqrt(np.mean(np.square(apart))))


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_people_order_scale_and_direction_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    people, items, y = rng.integers(0, 9, 200), rng.integers(0, 14, 200), rng.random(200)
    x = rng.integers(0, 6, 14).astype(float)
    order, names = rng.permutation(200), rng.permutation(30)
    one = compare_candidates(people, items, y > 0.5, y, [x])
    two = compare_candidates(names[people][order], items[order], (y > 0.5)[order], y[order], [100 - 7 * x])
    for target in ("failure", "rated"):
        first, second = getattr(one.rows[0], target), getattr(two.rows[0], target)
        for name in ("deviance", "held_out_loss", "held_out_rmse", "held_out_gain", "isotonic_distance"):
            assert math.isclose(getattr(first, name), getattr(second, name), rel_tol=1e-6, abs_tol=1e-9)
        assert np.isclose(first.spearman.estimate, -second.spearman.estimate, equal_nan=True)
        assert np.isclose(first.kendall.estimate, -second.kendall.estimate, equal_nan=True)


def test_populations_have_rows_of_their_own():
    data = s1()
    group = np.where(data.participant % 3 == 0, -1, data.participant % 3 - 1)
    found = golden(group=group)
    assert [(row.group, row.metric) for row in found.rows[3:6]] == [(None, 3), (0, 0), (0, 1)]
    own = group == 1
    alone = compare_candidates(
        data.participant[own], data.item[own], data.fail[own], data.rating[own], [data.metric]
    ).rows[0]
    second = found.rows[8]
    assert (second.group, second.metric) == (1, 0)
    assert math.isclose(second.failure.held_out_loss, alone.failure.held_out_loss, rel_tol=1e-9)
    assert second.rated.n_responses == own.sum()


def test_candidates_are_compared_on_the_items_of_all():
    data = s1()
    holes = np.where(np.arange(data.metric.size) < 5, np.nan, data.metric)
    nothing = np.full(data.metric.size, np.nan)
    found = compare_candidates(
        data.participant, data.item, data.fail, data.rating, [data.metric, holes, nothing]
    )
    assert found.n_items == data.metric.size - 5
    first, second, third = found.rows
    assert first.failure.held_out_loss == second.failure.held_out_loss
    assert (first.n_missing, second.n_missing, third.n_missing) == (0, 5, data.metric.size)
    assert third.failure is None
    assert codes(found) == {"no_metric", "missing_metric"}


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_nobody_or_everybody_failing_gives_reasons(outcome):
    people, items = np.repeat(np.arange(4), 6), np.tile(np.arange(6), 4)
    y = np.full(24, outcome)
    row = compare_candidates(people, items, y, y, [np.arange(6)]).rows[0]
    assert {"nobody_failed", "all_failed"} & codes(row.failure)
    assert codes(row.failure.spearman) == {"constant"}
    assert math.isnan(row.rated.location)
    assert 0 <= row.failure.held_out_loss < 0.5


def test_one_item_and_none():
    one = compare_candidates([0, 1], [0, 0], [0, 1], [np.nan] * 2, [[3.0]]).rows[0]
    assert one.rated is None
    assert math.isnan(one.failure.held_out_loss)
    assert "one_item" in codes(one.failure)
    none = compare_candidates([], [], [], [], [[], []])
    assert [row.failure for row in none.rows] == [None, None]
    assert codes(none) == {"no_metric"}
    apart = compare_candidates([0, 0], [0, 1], [0, 1], [0, 1], [[1, np.nan], [np.nan, 1]])
    assert "no_common_item" in codes(apart)
    assert apart.rows[0].failure is None


def test_malformed_input_is_refused():
    for wrong in (
        {"folds": 1}, {"metrics": []}, {"metrics": [[1.0]]}, {"metrics": [[1.0, 2.0], [1.0]]},
        {"failure": [2.0, 0.0]}, {"group": [0]}, {"participant": [0]},
    ):  # fmt: skip
        given_ = {"participant": [0, 1], "item": [0, 1], "failure": [0, 1], "rated": [0, 1]}
        with pytest.raises(ValueError):
            compare_candidates(**(given_ | {"metrics": [[1.0, 2.0]]} | wrong))
