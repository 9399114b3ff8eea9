"""Difficulty without one's own help: slow refits, and a flat slip rate that same people bend."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins
from annotations.statistics.companions import supervision_rates
from annotations.statistics.itemvalues import item_values
from annotations.statistics.judgements import everything, judgements
from annotations.statistics.leaveout import leave_out_values, response_bins

from .test_bootstrap import responses


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_leave_out_values_equal_item_values_without_the_fold(seed, rated):
    person, item, y, x = responses(seed, people=12, rated=rated)
    x[0] = np.nan
    target = "rated" if rated else "failure"
    found = leave_out_values(person, item, y, x, target=target, folds=4)
    assert not found.exact
    assert found.fold.tolist() == [0, 1, 2, 3] * 3
    for code in (0, 5):
        others = person % 4 != code % 4
        sums = [np.bincount(item[others], w, x.size) for w in (None, y[others], y[others] ** 2)]
        wanted = item_values(x, *sums, target=target).difficulty
        assert np.allclose(
            found.of(np.full(x.size, code), np.arange(x.size)), wanted, rtol=1e-6, equal_nan=True
        )


def test_leave_out_values_own_answers_do_not_move_the_own_axis():
    person, item, y, x = responses(2, people=12)
    one = leave_out_values(person, item, y, x, folds=5)
    turned = np.where(person == 3, 1 - y, y)
    two = leave_out_values(person, item, turned, x, folds=5)
    items = np.arange(x.size)
    apart = [
        float(
            np.max(np.abs(one.of(np.full(items.size, who), items) - two.of(np.full(items.size, who), items)))
        )
        for who in (3, 4)
    ]
    assert apart[0] < 1e-6, "the same optimum, found from another start"
    assert apart[1] > 0.1


def test_leave_out_values_few_people_are_left_out_one_by_one():
    person, item, y, x = responses(2, people=3, each=30)
    found = leave_out_values(person, item, y, x, folds=10)
    assert found.exact
    assert found.difficulty.shape == (4, x.size)
    assert found.helped([0, 2, 3, 99]).tolist() == [True, True, False, False]
    whole = item_values(x, *(np.bincount(item, w, x.size) for w in (None, y, y * y))).difficulty
    assert np.allclose(found.of(np.full(x.size, 99), np.arange(x.size)), whole, rtol=1e-9)


def test_leave_out_values_ignore_order():
    person, item, y, x = responses(3)
    order = np.random.default_rng(0).permutation(y.size)
    one, two = (
        leave_out_values(*rows, x, folds=3)
        for rows in ((person, item, y), (person[order], item[order], y[order]))
    )
    assert np.allclose(one.difficulty, two.difficulty, rtol=1e-9)


def test_leave_out_values_without_responses():
    found = leave_out_values([], [], [], [1.0, 2.0])
    assert np.isnan(found.of([4], [1])).all()


def test_leave_out_values_one_person_has_no_axis_but_strangers_do():
    found = leave_out_values([0, 0, 0], [0, 1, 2], [0.0, 1.0, 1.0], [np.nan] * 3)
    assert np.isnan(found.of([0], [0])).all()
    assert np.isfinite(found.of([1], [0])).all()
    assert {"one_participant", "no_value_left_out"} <= {caution.code for caution in found.warnings}


def test_response_bins_follow_the_cuts_of_the_outputs():
    difficulty = np.array([3.0, 8.0, 20.0, 30.0, 70.0, np.nan])
    bins = equal_bins(difficulty, 3)
    assert np.array_equal(response_bins(bins, difficulty), bins.code)
    assert response_bins(bins, [-5, 5.4, 5.6, 1000]).tolist() == [1, 1, 2, 3]
    assert response_bins(equal_bins([np.nan], 2), [4.0]).tolist() == [0]


def test_leave_out_refuses_bad_input():
    with pytest.raises(ValueError, match="two folds"):
        leave_out_values([0], [0], [0], [1.0], folds=1)


def same_judges(seed, items, judges=3):
    """Three people rate every item and judge its output, which is wrong. Whoever finds an item easy
    looks less closely or more; over items the slip rate is flat in their true difficulty."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 15, (items, judges))
    rating = np.clip(rng.normal(50, 12, items)[:, None] + own, 0, 100) / 100
    slip = rng.random(own.shape) < np.clip(0.34 + 0.0105 * own, 0, 1)
    person, item = np.tile(np.arange(judges), items), np.repeat(np.arange(items), judges)
    return person, item, rating.ravel(), np.where(slip.ravel(), 0, 2)


def test_leave_out_makes_a_flat_slip_rate_flat_again():
    items = 6000
    person, item, rating, verdict = same_judges(20240925, items)
    axis = leave_out_values(person, item, rating, np.full(items, np.nan), target="rated")
    assert axis.exact
    data = judgements(item, person, verdict, grade=np.full(items, 2))
    bins = equal_bins(axis.difficulty[-1], 5)
    own = response_bins(bins, axis.of(person, item))

    def slips(**more):
        rows = supervision_rates(data, bins, (everything(items),), **more).rows
        return [row.rate for row in rows if row.measure == "slip_through" and row.bin is not None]

    bent, flat = slips(), slips(response_bin=own)
    error = math.sqrt(0.34 * 0.66 / (3 * items / 5))
    assert bent == sorted(bent)
    assert bent[0] < 0.28
    assert bent[-1] > 0.40
    assert max(abs(rate - 0.34) for rate in flat) < 4 * error
