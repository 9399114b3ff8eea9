"""Coverage and risks up to a difficulty, against a slow twin, by simulation, on degenerate data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.cumulative import Ordered, resampled
from annotations.statistics.draws import participant_weights
from annotations.statistics.judgements import judgements
from annotations.statistics.rejectoption import RejectOption, reject_option
from annotations.statistics.twoway import rates_by_cell


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, people=12, outputs=60, each=4):
    """Everybody judges an output once; grades -1 to 2; some difficulties unknown, some equal."""
    rng = np.random.default_rng(seed)
    output = np.repeat(np.arange(outputs), each)
    person = np.concatenate([rng.permutation(people)[:each] for _ in range(outputs)])
    grade = rng.choice([-1, 0, 1, 2], outputs, p=[0.1, 0.3, 0.1, 0.5])
    hard = np.where(rng.random(outputs) < 0.1, np.nan, np.round(rng.uniform(0, 100, outputs), -1))
    verdict = rng.choice([0, 1, 2, 3], output.size, p=[0.5, 0.1, 0.3, 0.1])
    return person, output, verdict, grade, hard, rng.uniform(0.5, 2, output.size)


POINTS = np.array([-5.0, 10.0, 30.0, 31.0, 70.0, 100.0])


def same(first: RejectOption, second: RejectOption) -> bool:
    names = ("rate", "low", "high", "events", "n")
    pairs = [
        (getattr(getattr(first, risk), name), getattr(getattr(second, risk), name))
        for risk in ("before", "after")
        for name in names
    ]
    return all(np.allclose(one, other, equal_nan=True) for one, other in pairs)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_reject_option_equals_the_slow_twin(seed, weighted):
    person, output, verdict, grade, hard, weight = world(seed)
    weight = weight if weighted else np.ones(output.size)
    item = np.arange(grade.size) // 2
    data = judgements(output, person, verdict, grade=grade, weight=weight, item=item)
    found = reject_option(data, hard, POINTS, seed=1, count=20, item=item)
    assert found.n_outputs == np.sum(~np.isnan(hard))
    for place, point in enumerate(POINTS):
        below = hard <= point
        assert np.isclose(found.coverage[place], below.sum() / found.n_outputs)
        cell = np.where(below & (grade >= 0), 0, -1)
        before = rates_by_cell(
            cell, np.arange(grade.size), item, (grade == 2).astype(int), n_cells=1, n_outcomes=2
        )
        own = below[output] & (grade[output] >= 0)
        passed = ((grade[output] == 2) & (verdict == 0)).astype(int)
        after = rates_by_cell(np.where(own, 0, -1), person, output, passed, weight, n_cells=1, n_outcomes=2)
        clustered = rates_by_cell(
            np.where(own, 0, -1), person, item[output], passed, weight, n_cells=1, n_outcomes=2
        )
        assert np.isclose(found.after.rate[place], after.rate[0, 1], equal_nan=True)
        assert (found.after.events[place], found.after.n[place]) == (after.n[0, 1], after.total[0])
        if not np.any(np.bincount(person * 99 + item[output]) > 1):
            assert np.isclose(found.after.low[place], clustered.low[0, 1], equal_nan=True)
        for name in ("rate", "low", "high"):
            wanted = getattr(before, name)[0, 1]
            assert np.isclose(getattr(found.before, name)[place], wanted, equal_nan=True)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_reject_option_intervals_after_supervision_equal_the_slow_twin(seed):
    person, output, verdict, grade, hard, weight = world(seed)
    data = judgements(output, person, verdict, grade=grade, weight=weight)
    found = reject_option(data, hard, POINTS, seed=1, count=2)
    for place, point in enumerate(POINTS):
        own = (hard[output] <= point) & (grade[output] >= 0)
        passed = ((grade[output] == 2) & (verdict == 0)).astype(int)
        wanted = rates_by_cell(np.where(own, 0, -1), person, output, passed, weight, n_cells=1, n_outcomes=2)
        for name in ("rate", "low", "high"):
            assert np.isclose(getattr(found.after, name)[place], getattr(wanted, name)[0, 1], equal_nan=True)


def test_resampled_equals_the_slow_twin():
    person, output, verdict, grade, hard, weight = world(2)
    order = np.argsort(hard)
    place = np.argsort(order)
    passed = (grade[output] == 2) & (verdict == 0)
    last = np.array([0, 10, 45])
    drawn = resampled(Ordered(place[output], passed, weight, person, output // 2), last, seed=4, count=3)
    people = participant_weights(12, 4, 0, 3)
    others = participant_weights(30, 4, 1 << 40, 3)
    for b in range(3):
        total = weight * people[b][person] * others[b][output // 2]
        for k, end in enumerate(last):
            own = place[output] < end
            wanted = np.sum((total * passed)[own]) / np.sum(total[own]) if own.any() else math.nan
            assert np.isclose(drawn[b, k], wanted, equal_nan=True)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_reject_option_ignores_order_labels_and_a_scale_of_difficulty(seed):
    person, output, verdict, grade, hard, weight = world(seed)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(output.size), rng.permutation(40)
    first = reject_option(
        judgements(output, person, verdict, grade=grade, weight=weight), hard, POINTS, seed=1, count=2
    )
    moved = judgements(
        output[order], names[person][order], verdict[order], grade=grade, weight=7 * weight[order]
    )
    assert same(first, reject_option(moved, hard / 5, POINTS / 5, seed=1, count=2))


def test_reject_option_band_is_seeded_and_wider():
    person, output, verdict, grade, hard, _ = world(3)
    data = judgements(output, person, verdict, grade=grade)
    found, again = (reject_option(data, hard, POINTS, seed=5, count=150) for _ in range(2))
    assert np.array_equal(found.after.band_low, again.after.band_low, equal_nan=True)
    for risk in (found.before, found.after):
        there = ~np.isnan(risk.low)
        assert there[1:].all()
        assert risk.critical > 1.96
        assert np.all(risk.band_low[there] <= risk.low[there])
        assert np.all(risk.band_high[there] >= risk.high[there])
    assert found.after.rate[-1] <= found.before.rate[-1]


@pytest.mark.parametrize("difficulty", [[np.nan] * 4, [1.0, 2.0, 3.0, 4.0]])
def test_reject_option_without_responses(difficulty):
    none = np.array([], int)
    found = reject_option(
        judgements(none, none, none, grade=[2, 0, -1, 1]), difficulty, [2.0, 5.0], seed=1, count=10
    )
    assert codes(found) & {"no_difficulty", "no_responses"}
    assert np.isnan(found.after.rate).all()
    assert np.isnan(found.after.band_high).all()


def test_reject_option_degenerate():
    none = np.array([], int)
    empty = reject_option(judgements(none, none, none, grade=none), [], [50.0], seed=1, count=10)
    assert codes(empty) >= {"no_difficulty"}
    assert np.isnan(empty.coverage).all()
    assert reject_option(judgements([0], [0], [0], grade=[2]), [5.0], [], seed=1).after.rate.size == 0
    one = reject_option(judgements([0], [0], [0], grade=[2]), [5.0], [50.0], seed=1, count=10)
    assert codes(one) == {"too_few_clusters"}
    assert one.after.rate[0] == 1
    people, outputs = (a.ravel() for a in np.indices((10, 20)))
    caught = judgements(outputs, people, np.full(200, 2), grade=np.full(20, 2))
    found = reject_option(caught, np.arange(20.0), [9.0, 19.0], seed=1, count=50)
    assert found.after.rate.tolist() == [0, 0]
    assert np.all(found.after.high > 0.005)
    assert found.before.rate.tolist() == [1, 1]
    assert found.after.critical == pytest.approx(2.2414, abs=1e-4)
    assert np.all(found.after.band_high > found.after.high)
    assert codes(found) == set()


def test_reject_option_refuses_bad_input():
    data = judgements([0], [0], [0], grade=[2])
    with pytest.raises(ValueError, match="points"):
        reject_option(data, [5.0], [3.0, 1.0], seed=1)
    with pytest.raises(ValueError, match="difficulty"):
        reject_option(data, [5.0, 1.0], [3.0], seed=1)
    with pytest.raises(ValueError, match="item"):
        reject_option(data, [5.0], [3.0], seed=1, item=[0, 1])
    with pytest.raises(ValueError, match="seed"):
        reject_option(data, [5.0], [3.0], seed=-1)


def covered(cohorts: int) -> tuple[float, float]:
    """How often the interval at half-way, and the whole band after supervision, hold the truth: 60 people,
    150 outputs judged by 4 each; chances on the logit scale with effects of both."""
    points = np.arange(20.0, 101, 20)
    grid = (np.arange(4000) + 0.5) / 40
    nodes, masses = np.polynomial.hermite_e.hermegauss(40)
    sd, masses = math.hypot(0.5, 0.5), masses / masses.sum()
    slip = 1 / (1 + np.exp(-(grid[:, None] / 40 - 1.5 + sd * nodes))) @ masses
    wrong = 0.2 + grid / 200
    truth = np.array([np.mean((slip * wrong)[grid <= p]) for p in points])
    single = whole = 0
    for seed in range(cohorts):
        rng = np.random.default_rng(seed)
        hard = rng.uniform(0, 100, 150)
        grade = np.where(rng.random(150) < 0.2 + hard / 200, 2, 0)
        output = np.repeat(np.arange(150), 4)
        person = np.argsort(rng.random(600)) % 60
        eta = hard[output] / 40 - 1.5 + rng.normal(0, 0.5, 60)[person] + rng.normal(0, 0.5, 150)[output]
        verdict = np.where(rng.random(600) < 1 / (1 + np.exp(-eta)), 0, 2)
        found = reject_option(
            judgements(output, person, verdict, grade=grade), hard, points, seed=seed, count=200
        )
        inside = (found.after.low <= truth) & (truth <= found.after.high)
        single += inside[2]
        whole += np.all((found.after.band_low <= truth) & (truth <= found.after.band_high))
    return single / cohorts, whole / cohorts


def test_reject_option_covers():
    single, whole = covered(80)
    assert single >= 0.93 - 0.05
    assert whole >= 0.93 - 0.05


@pytest.mark.proof
def test_reject_option_covers_at_full_size():
    single, whole = covered(2000)
    assert 0.93 - 0.01 <= single <= 0.97 + 0.01
    assert whole >= 0.93 - 0.01
