from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.statistics.rates import clopper_pearson, wilson

from .data import close, expected


@pytest.mark.parametrize("case", expected()["rates: wilson and clopper_pearson"])
@pytest.mark.parametrize("measure", [wilson, clopper_pearson])
def test_rates_golden(case, measure):
    found = measure([case["x"]], [case["n"]])
    low, high = case[measure.__name__]
    assert close(found.low[0], low)
    assert close(found.high[0], high)


@given(st.floats(0, 1), st.floats(0.1, 1e5))
def test_clopper_pearson_holds_fractional_rates(rate, n):
    found = clopper_pearson([rate * n], [n])
    assert 0 <= found.low[0] <= found.rate[0] + 1e-9
    assert found.rate[0] - 1e-9 <= found.high[0] <= 1


def test_rates_without_trials_are_nan():
    for measure in (wilson, clopper_pearson):
        found = measure([0, 1], [0, 2])
        assert np.isnan([found.rate[0], found.low[0], found.high[0]]).all()
        assert np.isfinite([found.low[1], found.high[1]]).all()
        assert [caution.code for caution in found.warnings] == ["no_trials"]


def test_rates_refuse_more_events_than_trials():
    with pytest.raises(ValueError, match="between 0 and its n"):
        wilson([3], [2])
