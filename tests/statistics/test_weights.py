"""Responses that weigh differently, where allocation was not uniform: Hajek means and robust errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins
from annotations.statistics.bootstrap import bootstrap
from annotations.statistics.calibration import calibrate
from annotations.statistics.candidates import compare_candidates
from annotations.statistics.freedends import free_ends
from annotations.statistics.judgements import Grouping, everything, judgements
from annotations.statistics.resampling import levels_of, sample_curves
from annotations.statistics.supervision import supervision_table
from annotations.statistics.tally import tally

from .data import s1, s2


def weighted_rows(seed, size=300):
    rng = np.random.default_rng(seed)
    people, items = rng.integers(0, 12, size), rng.integers(0, 10, size)
    y = (rng.random(size) < 0.1 + 0.08 * items).astype(float)
    return people, items, y, rng.integers(1, 4, size)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["level", "item"]))
def test_a_weight_of_two_is_as_two_responses(seed, unit):
    people, items, y, weight = weighted_rows(seed)
    x = np.arange(10.0) // 2
    one = tally(people, items, y, x, weight=weight, unit=unit)
    again = tally(*(np.repeat(a, weight) for a in (people, items, y)), x, unit=unit)
    scale = one.n.sum() / again.n.sum()
    for name in ("n", "total", "squares"):
        assert np.allclose(getattr(one, name), scale * getattr(again, name))
    first, second = calibrate(one), calibrate(again)
    assert math.isclose(first.slope, second.slope, rel_tol=1e-7)
    factor = (first.n_responses - 1) / (first.n_responses - 2)
    factor /= (second.n_responses - 1) / (second.n_responses - 2)
    found, wanted = (fit.robust.participant.covariance for fit in (first, second))
    assert np.allclose(found, factor * wanted, rtol=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
def test_the_scale_of_weights_does_not_matter(seed, scale):
    people, items, y, weight = weighted_rows(seed)
    one, two = (tally(people, items, y, np.arange(10.0), weight=w) for w in (weight, scale * weight))
    assert np.allclose(one.n, two.n)
    assert np.allclose(one.meat, two.meat)
    assert math.isclose(one.n_eff, two.n_eff)
    assert math.isclose(one.n_eff, weight.sum() ** 2 / (weight**2).sum())
    equal = tally(people, items, y, np.arange(10.0), weight=np.full(y.size, scale))
    assert math.isclose(equal.n_eff, y.size)
    assert math.isclose(calibrate(equal).slope, calibrate(tally(people, items, y, np.arange(10.0))).slope)


def test_twoway_errors_of_weighted_responses_equal_a_slow_twin():
    """Scores of single responses, weight by weight."""
    people, items, y, weight = weighted_rows(4)
    x = np.arange(10.0)
    fit = calibrate(tally(people, items, y, x, weight=weight))
    w = weight / weight.mean()
    f = 1 / (1 + np.exp(-fit.intercept - fit.slope * x[items]))
    design = np.column_stack([np.ones(y.size), x[items]])
    score = (w * (y - f))[:, None] * design
    bread = np.linalg.inv(design.T @ (design * (w * f * (1 - f))[:, None]))
    meat = np.zeros((2, 2))
    for codes, sign in ((people, 1), (items, 1), (np.arange(y.size), -1)):
        sums = np.stack([score[codes == code].sum(axis=0) for code in np.unique(codes)])
        meat += sign * sums.T @ sums * len(sums) / (len(sums) - 1)
    wanted = bread @ meat @ bread * (y.size - 1) / (y.size - 2)
    assert np.allclose(fit.robust.twoway.covariance, wanted, rtol=1e-5)


def test_resamples_and_freed_ends_take_weights():
    people, items, y, weight = weighted_rows(6, 900)
    x = np.arange(10.0)
    counts = tally(people, items, y, x, weight=weight)
    again = tally(*(np.repeat(a, weight) for a in (people, items, y)), x)
    first, second = (levels_of(one) for one in (counts, again))
    one, two = (
        bootstrap(levels, sample_curves(levels, seed=2, count=50)).slope for levels in (first, second)
    )
    assert math.isclose(one.low, two.low, rel_tol=1e-5)
    ends = [free_ends(one, free=["floor"]).floor.estimate for one in (counts, again)]
    assert math.isclose(ends[0], ends[1], abs_tol=1e-6)


def test_candidates_take_weights():
    people, items, y, weight = weighted_rows(8)
    x = np.arange(10.0)
    one = compare_candidates(people, items, y, y, [x], weight=weight, group=people % 2)
    twice = [np.repeat(a, weight) for a in (people, items, y)]
    again = compare_candidates(*twice, twice[2], [x], group=twice[0] % 2)
    for first, second in zip(one.rows, again.rows, strict=True):
        for target in ("failure", "rated"):
            found, wanted = getattr(first, target), getattr(second, target)
            assert math.isclose(found.spearman.estimate, wanted.spearman.estimate)
            # The constant is drawn to the middle by half a response, which weighs more among fewer.
            assert math.isclose(found.held_out_gain, wanted.held_out_gain, abs_tol=1e-3)
            assert math.isclose(found.held_out_loss, wanted.held_out_loss, rel_tol=1e-6)
            assert found.n_responses < wanted.n_responses


def test_weights_undo_an_unequal_allocation():
    """Each response of the golden data is kept the more often, the worse the rater; weights repair that."""
    data = s1()
    rng = np.random.default_rng(3)
    chance = np.where(data.fail > 0, 0.9, 0.2)
    kept = rng.random(data.fail.size) < chance
    rows = (data.participant[kept], data.item[kept], data.fail[kept], data.metric)
    whole = calibrate(tally(data.participant, data.item, data.fail, data.metric)).location
    plain = calibrate(tally(*rows)).location
    repaired = calibrate(tally(*rows, weight=1 / chance[kept]))
    assert abs(repaired.location - whole) < 0.35 < abs(plain - whole)
    assert repaired.location_interval.low < whole < repaired.location_interval.high
    assert "weighted" in {note.code for note in repaired.warnings}


def test_weights_of_nobody_and_bad_ones():
    none = tally([], [], [], [], weight=[])
    assert (none.n_responses, none.n_eff) == (0, 0.0)
    assert math.isnan(calibrate(none).slope)
    for bad in ([0.0], [-1.0], [math.nan], [1.0, 1.0]):
        with pytest.raises(ValueError, match="weight"):
            tally([0], [0], [1.0], [1.0], weight=bad)


def test_missing_outcomes_take_their_weights_along():
    one = tally([0, 0, 1], [0, 1, 1], [1.0, math.nan, 0.0], [1.0, 2.0], weight=[2.0, 50.0, 6.0])
    assert one.n.tolist() == [0.5, 1.5]


def test_a_table_with_and_without_exclusions():
    """An excluded response has no group in a second grouping of responses: both tables in one pass."""
    data = s2()
    excluded = data.participant % 4 == 0
    weight = np.where(data.participant % 2 == 0, 2.0, 1.0)
    kept = Grouping("kept", ("",), "responses", np.where(excluded, -1, 0))
    judged = judgements(data.output, data.participant, data.verdict, grade=data.grade, weight=weight)
    bins = equal_bins(data.metric * 10, 3)
    both = supervision_table(judged, bins, (everything(data.grade.size), kept)).rows
    rest = ~excluded
    alone = judgements(
        data.output[rest], data.participant[rest], data.verdict[rest], grade=data.grade, weight=weight[rest]
    )
    wanted = supervision_table(alone, bins, (everything(data.grade.size),)).rows
    found = [row for row in both if row.group == "kept"]
    assert len(both) == 2 * len(wanted)
    for row, other in zip(found, wanted, strict=True):
        assert (row.bin, row.grade, row.verdict, row.n, row.total) == (
            other.bin, other.grade, other.verdict, other.n, other.total,
        )  # fmt: skip
        assert np.allclose([row.rate, row.low, row.n_eff], [other.rate, other.low, other.n_eff])
