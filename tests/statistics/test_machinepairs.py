"""Machines beside people, pairs of them, and slips weighed by severity, against slow twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.judgements import judgements
from annotations.statistics.machinepairs import machine_pairs
from annotations.statistics.severity import severity_slip
from annotations.statistics.twoway import rates_by_cell

from .data import close


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, size=200, people=10, outputs=20):
    """Codes 0 and 1 are machines, which may judge an output again."""
    rng = np.random.default_rng(seed)
    person, output = rng.integers(0, people, size), rng.integers(0, outputs, size)
    grade, verdict = rng.integers(-1, 3, outputs), rng.integers(0, 4, size)
    return person, output, verdict, grade, rng.uniform(0.5, 2, size)


def slow_pairs(person, output, verdict, grade, machine, machines):
    """Slips and incorrect, turned away and correct, by each rule."""
    found = {rule: [0, 0, 0, 0] for rule in ("people", "machine", "both", "either")}

    def count(rule, grade_here, accepts):
        if grade_here == 2:
            found[rule][0] += accepts
            found[rule][1] += 1
        elif grade_here == 0:
            found[rule][2] += not accepts
            found[rule][3] += 1

    people = [i for i in range(person.size) if person[i] not in machines]
    own = [i for i in range(person.size) if person[i] == machine]
    for i in people:
        if output[i] in output[own]:
            count("people", grade[output[i]], verdict[i] == 0)
        for j in own:
            if output[i] == output[j]:
                count("both", grade[output[i]], verdict[i] == 0 and verdict[j] == 0)
                count("either", grade[output[i]], verdict[i] == 0 or verdict[j] == 0)
    for j in own:
        if output[j] in output[people]:
            count("machine", grade[output[j]], verdict[j] == 0)
    return found


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_machine_pairs_equal_the_slow_twin(seed):
    person, output, verdict, grade, _ = world(seed)
    found = machine_pairs(judgements(output, person, verdict, grade=grade), [0, 1])
    for machine in (0, 1):
        wanted = slow_pairs(person, output, verdict, grade, machine, (0, 1))
        for row in found.rows:
            if row.machine == machine:
                assert [row.slips, row.incorrect, row.turned_away, row.correct] == wanted[row.rule]
                assert math.isnan(row.slip_low) or row.slip_low <= row.slip <= row.slip_high


def test_machine_pairs_rates_and_intervals():
    rng = np.random.default_rng(1)
    outputs, people = (a.ravel() for a in np.indices((60, 12)))
    hard = rng.random(60)
    accepts = rng.random(outputs.size) < hard[outputs]
    machine_accepts = hard > 0.5
    verdict = np.where(np.where(people == 11, machine_accepts[outputs], accepts), 0, 2)
    grade = 2 * (np.arange(60) % 2)
    rows = {
        row.rule: row for row in machine_pairs(judgements(outputs, people, verdict, grade=grade), [11]).rows
    }
    assert rows["both"].slip < rows["people"].slip < rows["either"].slip
    assert rows["both"].slip > rows["both"].expected_slip + 0.1
    assert rows["both"].turned_away_rate > rows["people"].turned_away_rate
    assert close(rows["both"].expected_slip, rows["people"].slip * rows["machine"].slip)
    own = (people < 11) & (grade[outputs] == 2)
    both = ((verdict == 0) & machine_accepts[outputs])[own].astype(int)
    wanted = rates_by_cell(np.zeros(own.sum(), int), people[own], outputs[own], both, n_cells=1, n_outcomes=2)
    assert close(rows["both"].slip_low, wanted.low[0, 1])
    assert rows["machine"].slip_low < rows["machine"].slip < rows["machine"].slip_high
    assert (rows["people"].participants, rows["machine"].participants) == (11, 1)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_machine_pairs_ignore_order_and_labels_of_people(seed):
    person, output, verdict, grade, weight = world(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(person.size)
    names = np.r_[0, 1, 2 + rng.permutation(30)]
    first = machine_pairs(judgements(output, person, verdict, grade=grade, weight=weight), [0])
    moved = judgements(
        output[order], names[person][order], verdict[order], grade=grade, weight=weight[order] * 3
    )
    second = machine_pairs(moved, [0])
    for one, other in zip(first.rows, second.rows, strict=True):
        assert np.allclose(
            [one.slip, one.slip_low, one.turned_away_high], [other.slip, other.slip_low, other.turned_away_high],
            equal_nan=True,
        )  # fmt: skip


def test_machine_pairs_degenerate():
    none = np.array([], int)
    assert codes(machine_pairs(judgements(none, none, none, grade=[2]), [])) == {"no_machine"}
    assert codes(machine_pairs(judgements(none, none, none, grade=[2]), [0])) == {"no_common_outputs"}
    apart = judgements([0, 1], [0, 1], [0, 0], grade=[2, 2])
    assert codes(machine_pairs(apart, [0])) == {"no_common_outputs"}
    alone = machine_pairs(judgements([0, 0], [0, 1], [0, 0], grade=[2]), [0])
    assert codes(alone) == {"no_correct", "too_few_clusters"}
    assert alone.rows[2].slip == 1
    assert math.isnan(alone.rows[2].slip_low)
    right = machine_pairs(judgements([0, 0], [0, 1], [0, 0], grade=[0]), [0])
    assert codes(right) == {"no_incorrect"}
    assert math.isnan(right.rows[0].slip)
    with pytest.raises(ValueError, match="machines"):
        machine_pairs(apart, [0.5])


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_severity_slip_equals_the_slow_twin(seed):
    person, output, verdict, grade, weight = world(seed)
    rng = np.random.default_rng(seed)
    harm = rng.choice([np.nan, 0, 1, 2, 5], grade.size)
    found = severity_slip(judgements(output, person, verdict, grade=grade, weight=weight), harm)
    own = np.flatnonzero((grade[output] == 2) & (harm[output] > 0))
    slip, w, s = verdict[own] == 0, weight[own], harm[output[own]]
    assert found.n == own.size
    assert found.n_missing == np.sum((grade[output] == 2) & np.isnan(harm[output]))
    assert found.n_harmless == np.sum((grade[output] == 2) & (harm[output] == 0))
    if not own.size:
        assert "no_responses" in codes(found)
        return
    assert close(found.rate, np.sum(w * s * slip) / np.sum(w * s))
    assert close(found.plain, np.sum(w * slip) / np.sum(w))
    if slip.any():
        assert close(found.passed, np.sum((w * s)[slip]) / np.sum(w[slip]))
    if math.isfinite(found.interval.low):
        assert found.interval.low <= found.rate <= found.interval.high


def test_severity_slip_difference_and_unit():
    rng = np.random.default_rng(2)
    outputs, people = (a.ravel() for a in np.indices((60, 30)))
    harm = rng.uniform(1, 5, 60)
    verdict = np.where(rng.random(outputs.size) < harm[outputs] / 6, 0, 2)
    data = judgements(outputs, people, verdict, grade=np.full(60, 2))
    found = severity_slip(data, harm)
    assert found.difference_interval.low > 0
    assert found.passed > found.caught
    assert codes(found) == set()
    again = severity_slip(data, harm * 1000)
    assert np.allclose(
        [found.rate, found.interval.low, found.difference_interval.high],
        [again.rate, again.interval.low, again.difference_interval.high],
    )
    errors = (verdict == 0) - found.rate
    influence = harm[outputs] * errors / np.sum(harm[outputs])
    influence -= ((verdict == 0) - found.plain) / verdict.size

    def part(code):
        sums = np.bincount(code, influence)
        return np.sum(sums**2) * sums.size / (sums.size - 1)

    parts = part(people), part(outputs), part(np.arange(people.size))
    variance = max(parts[0] + parts[1] - parts[2], parts[0], parts[1])
    half = found.difference_interval.high - found.difference
    assert close((half / 2.0452296421327034) ** 2, variance)


def test_severity_slip_degenerate():
    same = severity_slip(judgements([0, 1, 0, 1], [0, 0, 1, 1], [0, 2, 2, 0], grade=[2, 2]), [3, 3])
    assert codes(same) == {"constant"}
    assert same.rate == same.plain
    assert same.difference == 0
    none = np.array([], int)
    empty = severity_slip(judgements(none, none, none, grade=[2]), [1.0])
    assert codes(empty) == {"no_responses"}
    assert math.isnan(empty.rate)
    one = severity_slip(judgements([0], [0], [0], grade=[2]), [1.0])
    assert codes(one) >= {"too_few_clusters", "one_outcome"}
    assert math.isnan(one.caught)
    with pytest.raises(ValueError, match="severity"):
        severity_slip(judgements([0], [0], [0], grade=[2]), [-1.0])
