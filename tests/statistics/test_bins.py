from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins, fixed_bins


def test_equal_bins_without_ties_are_equal():
    found = equal_bins(np.arange(100.0)[::-1], 10)
    assert found.n.tolist() == [10] * 10
    assert found.code[-1] == 1
    assert found.low[0] == 0
    assert found.high[0] == 9


def test_equal_bins_cut_at_floor():
    assert equal_bins(np.arange(10.0), 4).n.tolist() == [2, 3, 2, 3]


@pytest.mark.parametrize(
    "values, sizes",
    [
        ([1, 2, 2, 2, 2, 2, 3, 4], [6, 2]),  # cut at 4 in a tie from 1 to 6: the upper end is nearer
        ([1, 2, 3, 4, 4, 4], [3, 3]),
        ([1, 1, 2, 2, 2, 2, 3, 3], [2, 6]),  # as far up as down: the lower end
        ([2, 2, 2, 2], [4]),
    ],
)
def test_equal_bins_move_a_cut_off_a_tie(values, sizes):
    assert equal_bins(values, 2).n.tolist() == sizes


def test_equal_bins_say_how_many_remain():
    found = equal_bins([1, 1, 1, 2], 10)
    assert found.n.tolist() == [3, 1]
    assert "2 of 10" in found.warnings[0].text


def test_equal_bins_missing_and_empty():
    found = equal_bins([np.nan, 3, 1], 2)
    assert found.code.tolist() == [0, 2, 1]
    assert found.n_missing == 1
    none = equal_bins([np.nan], 2)
    assert none.n.size == 0
    assert none.warnings[0].code == "no_difficulty"


def test_fixed_bins_drop_empty_ones():
    found = fixed_bins([5, 80, np.nan, 25], [25, 50, 75])
    assert found.code.tolist() == [1, 3, 0, 2]
    assert found.low.tolist() == [5, 25, 80]


@pytest.mark.parametrize("edges", [[5, 5], [7, 3], [np.nan]])
def test_fixed_bins_refuse_edges_that_do_not_rise(edges):
    with pytest.raises(ValueError, match="rise"):
        fixed_bins([1.0], edges)


@given(st.lists(st.one_of(st.integers(0, 8).map(float), st.just(np.nan)), max_size=60), st.integers(1, 12))
def test_equal_bins_never_part_a_tie_and_keep_order(values, bins):
    found = equal_bins(values, bins)
    code, difficulty = found.code, np.array(values, dtype=float)
    assert ((code == 0) == np.isnan(difficulty)).all()
    assert found.n.sum() == (code > 0).sum()
    assert found.n.size <= bins
    assert (found.n > 0).all()
    order = np.argsort(difficulty)
    assert (np.diff(code[order][: (code > 0).sum()]) >= 0).all()
    for value in np.unique(difficulty[code > 0]):
        assert np.unique(code[difficulty == value]).size == 1
    assert (found.high[:-1] < found.low[1:]).all()
