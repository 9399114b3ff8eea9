"""The companion rates against a slow twin that looks at every response."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins
from annotations.statistics.companions import MEASURES, supervision_rates
from annotations.statistics.judgements import Grouping, everything, judgements
from annotations.statistics.supervision import supervision_table

from .test_supervision import random_study, slow_cell
from .test_twoway import slow_twin

COUNTED = {
    "committed_slip": lambda grade, verdict: grade == 2 and verdict in (0, 2),
    "slip_through": lambda grade, verdict: grade >= 0,
    "residual_error": lambda grade, verdict: grade >= 0 and verdict == 0,
    "false_rejection": lambda grade, verdict: grade == 0,
    "missed_avoidance": lambda grade, verdict: grade == 1,
}
EVENT = {
    "committed_slip": lambda grade, verdict: verdict == 0,
    "slip_through": lambda grade, verdict: grade == 2 and verdict == 0,
    "residual_error": lambda grade, verdict: grade == 2,
    "false_rejection": lambda grade, verdict: verdict == 2,
    "missed_avoidance": lambda grade, verdict: verdict == 0,
}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_supervision_rates_equals_the_slow_twin(seed):
    data, bins, groupings = random_study(seed)
    by_name = {g.name: g for g in groupings}
    for row in supervision_rates(data, bins, groupings).rows:
        outputs, responses = slow_cell(data, bins, by_name[row.group], row.value, row.bin)
        assert (row.n_outputs, row.n_participants) == (
            len(outputs),
            len({int(data.participant[r]) for r in responses}),
        )
        said = {r: (int(data.grade[data.output[r]]), int(data.verdict[r])) for r in responses}
        own = [r for r in responses if COUNTED[row.measure](*said[r])]
        hit = np.array([EVENT[row.measure](*said[r]) for r in own], dtype=float)
        assert (row.n, row.total) == (hit.sum(), len(own))
        graded = [r for r in responses if said[r][0] >= 0]
        if graded:
            share = sum(data.weight[r] for r in graded if said[r][0] == 2) / sum(
                data.weight[r] for r in graded
            )
            assert math.isclose(row.incorrect_share, share, abs_tol=1e-12)
        if own:
            wanted = slow_twin(data.participant[own], data.cluster[own], hit, data.weight[own])
            got = (row.rate, row.low, row.high, row.n_eff)
            assert np.allclose(got, wanted, rtol=1e-7, atol=1e-9, equal_nan=True)
        else:
            assert math.isnan(row.rate)


def test_supervision_rates_share_their_cells_and_two_measures_with_the_table():
    data, bins, groupings = random_study(8)
    rates, table = (
        supervision_rates(data, bins, groupings).rows,
        supervision_table(data, bins, groupings).rows,
    )
    assert [astuple(r)[:7] for r in rates[::5]] == [astuple(r)[:7] for r in table[::12]]
    assert [r.measure for r in rates[:5]] == [m.name for m in MEASURES]
    for measure, grade, verdict in (
        ("false_rejection", "correct", "incorrect"),
        ("missed_avoidance", "avoidant", "correct"),
    ):
        one = [astuple(r)[8:14] for r in rates if r.measure == measure]
        two = [astuple(r)[9:] for r in table if (r.grade, r.verdict) == (grade, verdict)]
        assert np.allclose(one, two, rtol=1e-12, equal_nan=True)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_supervision_rates_slip_through_is_slips_times_incorrect_outputs(seed):
    data, bins, groupings = random_study(seed)
    slips = {
        (r.group, r.value, r.bin): r.rate
        for r in supervision_table(data, bins, groupings).rows
        if (r.grade, r.verdict) == ("incorrect", "correct")
    }
    for row in supervision_rates(data, bins, groupings).rows:
        slip = slips[row.group, row.value, row.bin]
        if row.measure == "slip_through" and not math.isnan(slip):
            assert math.isclose(row.rate, slip * row.incorrect_share, abs_tol=1e-12)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_supervision_rates_ignore_order_and_labels(seed):
    data, bins, groupings = random_study(seed)
    rng = np.random.default_rng(seed)
    order, people = rng.permutation(data.output.size), rng.permutation(50)
    item = np.zeros(data.grade.size, int)
    item[data.output] = data.cluster
    other = judgements(
        data.output[order], people[data.participant][order], data.verdict[order],
        grade=data.grade, weight=data.weight[order], item=rng.permutation(60)[item],
    )  # fmt: skip
    moved = [g if g.of == "outputs" else Grouping(g.name, g.labels, g.of, g.codes[order]) for g in groupings]
    for first, second in zip(
        supervision_rates(data, bins, groupings).rows,
        supervision_rates(other, bins, tuple(moved)).rows,
        strict=True,
    ):
        assert astuple(first)[:10] == astuple(second)[:10] or math.isnan(first.difficulty_low)
        assert np.allclose(astuple(first)[10:], astuple(second)[10:], rtol=1e-9, equal_nan=True)


def test_supervision_rates_duplicated_responses_add_no_information():
    data, bins, groupings = random_study(4, responses=600)
    twice = judgements(
        *(np.tile(a, 2) for a in (data.output, data.participant, data.verdict)),
        grade=data.grade,
        weight=np.tile(data.weight, 2),
    )
    once = judgements(data.output, data.participant, data.verdict, grade=data.grade, weight=data.weight)
    one = supervision_rates(once, bins, groupings[:1]).rows[1]
    two = supervision_rates(twice, bins, groupings[:1]).rows[1]
    assert (two.n, two.total) == (2 * one.n, 2 * one.total)
    assert np.allclose((one.rate, one.low, one.high, one.n_eff), (two.rate, two.low, two.high, two.n_eff))


def test_supervision_rates_bin_by_response():
    """Two responses to one output in different bins; the output is counted in its own."""
    data = judgements([0, 0, 1, 1], [0, 1, 0, 1], [0, 2, 0, 0], grade=[2, 2])
    bins = equal_bins([10, 90], 2)
    assert bins.code.tolist() == [1, 2]
    rows = supervision_rates(data, bins, (everything(2),), response_bin=[1, 2, 2, 2]).rows
    through = {row.bin: (row.n, row.total, row.n_outputs) for row in rows if row.measure == "slip_through"}
    assert through == {None: (3, 4, 2), 1: (1, 1, 1), 2: (2, 3, 1)}


def test_supervision_rates_without_responses():
    data = judgements(*([np.array([], int)] * 3), grade=[2, -1])
    table = supervision_rates(data, equal_bins([10, 20], 1), (everything(2),))
    assert all(math.isnan(row.rate) and math.isnan(row.incorrect_share) for row in table.rows)
    assert [c.code for c in table.warnings] == ["no_responses", "ungraded"]


def test_supervision_rates_refuse_a_bin_that_does_not_exist():
    data = judgements([0], [0], [0], grade=[2])
    with pytest.raises(ValueError, match="does not exist"):
        supervision_rates(data, equal_bins([10], 1), (everything(1),), response_bin=[2])
