"""The supervision table against a slow twin that counts row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins
from annotations.statistics.judgements import GRADES, VERDICTS, Grouping, crossed, everything, judgements
from annotations.statistics.rates import wilson
from annotations.statistics.supervision import supervision_table

from .data import close, expected, s2
from .test_twoway import slow_twin


def random_study(seed, responses=150, outputs=30, people=8):
    rng = np.random.default_rng(seed)
    difficulty = np.where(rng.random(outputs) < 0.2, np.nan, rng.integers(0, 12, outputs) * 8.0)
    output = rng.integers(0, outputs, responses)
    data = judgements(
        output, rng.integers(0, people, responses), rng.integers(0, 4, responses),
        grade=rng.integers(-1, 3, outputs), weight=rng.uniform(0.5, 2, responses),
        item=rng.integers(0, outputs // 2, outputs),
    )  # fmt: skip
    domain = Grouping("domain", ("a", "b", "c"), "outputs", rng.integers(-1, 3, outputs))
    system = Grouping("system", ("s", "t"), "outputs", rng.integers(0, 2, outputs))
    arm = Grouping("condition", ("x", "y"), "responses", rng.integers(-1, 2, responses))
    bins = equal_bins(difficulty, 3)
    return data, bins, (everything(outputs), domain, system, arm, crossed(domain, system))


def label(grouping, row):
    return None if grouping.codes[row] < 0 else grouping.labels[grouping.codes[row]]


def slow_cell(data, bins, grouping, value, name):
    """Outputs and responses of one cell, found by looking at each."""
    code = {None: None, "missing": 0}.get(name, name)
    outputs, responses = set(), []
    for o in range(data.grade.size):
        inside = code is None or bins.code[o] == code
        if inside and grouping.of == "outputs" and label(grouping, o) == value:
            outputs.add(o)
    for r in range(data.output.size):
        o = int(data.output[r])
        inside = code is None or bins.code[o] == code
        mine = label(grouping, o if grouping.of == "outputs" else r) == value
        if inside and mine:
            responses.append(r)
            outputs.add(o)
    return outputs, responses


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_supervision_table_equals_the_slow_twin(seed):
    data, bins, groupings = random_study(seed)
    table = supervision_table(data, bins, groupings)
    by_name = {g.name: g for g in groupings}
    cells = {}
    for row in table.rows:
        cells.setdefault((row.group, row.value, row.bin), []).append(row)
    for (group, value, name), rows in cells.items():
        outputs, responses = slow_cell(data, bins, by_name[group], value, name)
        assert len(rows) == 12
        assert len(outputs) > 0
        for row in rows:
            assert row.n_outputs == len(outputs)
            assert row.n_participants == len({int(data.participant[r]) for r in responses})
            own = [r for r in responses if data.grade[data.output[r]] == GRADES.index(row.grade)]
            hit = np.array([data.verdict[r] == VERDICTS.index(row.verdict) for r in own], dtype=float)
            assert (row.n, row.total) == (hit.sum(), len(own))
            if own:
                wanted = slow_twin(data.participant[own], data.cluster[own], hit, data.weight[own])
                got = (row.rate, row.low, row.high, row.n_eff)
                assert np.allclose(got, wanted, rtol=1e-7, atol=1e-9, equal_nan=True)
            else:
                assert math.isnan(row.rate)
    for grouping in groupings:
        for value in grouping.labels:
            for name in [None, "missing", *range(1, bins.n.size + 1)]:
                if (grouping.name, value, name) not in cells:
                    assert not slow_cell(data, bins, grouping, value, name)[0]


def test_supervision_table_rows_stand_in_order():
    data, bins, groupings = random_study(3)
    rows = supervision_table(data, bins, groupings).rows
    first = [row.bin for row in rows[::12] if row.group == "all"]
    assert first == [None, *range(1, bins.n.size + 1), "missing"]
    assert [row.group for row in rows[::12]] == sorted(
        (row.group for row in rows[::12]), key=[g.name for g in groupings].index
    )
    assert {row.value for row in rows if row.group == "all"} == {""}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_supervision_table_bins_add_up_to_all(seed):
    data, bins, groupings = random_study(seed)
    rows = supervision_table(data, bins, groupings).rows
    for key in {(r.group, r.value, r.grade, r.verdict) for r in rows}:
        own = [r for r in rows if (r.group, r.value, r.grade, r.verdict) == key]
        together = next(r for r in own if r.bin is None)
        assert together.n == sum(r.n for r in own if r.bin is not None)
        assert together.total == sum(r.total for r in own if r.bin is not None)
        assert together.n_outputs == sum(r.n_outputs for r in own if r.bin is not None)


def test_supervision_table_golden_slips_by_level():
    data = s2()
    wanted = expected()["s2_synth"]["slip = verdict correct among truth I"]
    study = judgements(data.output, data.participant, data.verdict, grade=data.grade)
    bins = equal_bins(data.metric, data.metric.size)
    assert bins.n.size == 10
    rows = supervision_table(study, bins, (everything(data.grade.size),)).rows
    slips = {row.bin: row for row in rows if (row.grade, row.verdict) == ("incorrect", "correct")}
    assert (slips[None].n, slips[None].total) == (wanted["k"], wanted["n"])
    assert close(slips[None].rate, wanted["estimate"])
    for level, golden in wanted["by proxy level: k, n, wilson"].items():
        row = slips[int(level) + 1]
        assert (row.n, row.total, row.difficulty_low) == (golden["k"], golden["n"], float(level))
        shown = wilson([row.n], [row.total])
        assert close(shown.low[0], golden["wilson"][0])
        assert close(shown.high[0], golden["wilson"][1])


def test_supervision_table_ungraded_outputs_count_but_enter_no_rate():
    study = judgements([0, 0, 1], [0, 1, 0], [0, 2, 0], grade=[2, -1])
    table = supervision_table(study, equal_bins([10, 20], 1), (everything(2),))
    assert {row.n_outputs for row in table.rows} == {2}
    assert sum(row.n for row in table.rows if row.bin is None) == 2
    assert "ungraded" in {caution.code for caution in table.warnings}


def test_supervision_table_without_responses_keeps_its_zeros():
    study = judgements(*([np.array([], int)] * 3), grade=[2, 0])
    table = supervision_table(study, equal_bins([10, np.nan], 1), (everything(2),))
    assert [row.bin for row in table.rows[::12]] == [None, 1, "missing"]
    assert {(row.n, row.total) for row in table.rows} == {(0, 0)}
    assert all(math.isnan(row.rate) for row in table.rows)
    assert "no_responses" in {caution.code for caution in table.warnings}


def test_supervision_table_without_any_difficulty():
    study = judgements([0, 1], [0, 1], [0, 0], grade=[2, 2])
    table = supervision_table(study, equal_bins([np.nan, np.nan], 4), (everything(2),))
    assert [row.bin for row in table.rows[::12]] == [None, "missing"]


def test_judgements_refuse_codes_out_of_range():
    with pytest.raises(ValueError, match="grade entry"):
        judgements([1], [0], [0], grade=[2])
    with pytest.raises(ValueError, match="too large"):
        judgements([0], [0], [4], grade=[2])


def test_supervision_table_refuses_a_grouping_of_the_wrong_size():
    study = judgements([0], [0], [0], grade=[2])
    with pytest.raises(ValueError, match="grouping all"):
        supervision_table(study, equal_bins([10], 1), (everything(2),))
