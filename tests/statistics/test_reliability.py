"""Reliability of systems: published kernel values, intervals, scale, contrasts and degenerate data."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins
from annotations.statistics.concordance import concordance
from annotations.statistics.percentiles import percentiles
from annotations.statistics.reliability import Reliability, reliability
from annotations.statistics.scale import raw_and_shaped, scale_of, slopes_of
from annotations.statistics.systemcounts import system_counts
from annotations.statistics.systemindicators import INDICATORS

from . import systems as slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "gsm8k-supervision"
KERNEL = {
    "6b_finetuning": (0.0921, 0.0914, 0.2168),
    "6b_verification": (0.0788, 0.0777, 0.3904),
    "175b_finetuning": (0.0761, 0.0755, 0.3472),
    "175b_verification": (0.0751, 0.0741, 0.5625),
}
"""Concordance on the items with marks, on all items, and accuracy (STATISTICS 3)."""


def codes(found) -> set[str]:
    return {note.code for note in found.warnings}


def value(found: Reliability, name: str, system: int = 0) -> float:
    return float(found.overall.estimate[system, INDICATORS.index(name)])


def rows(name):
    with (EXAMPLE / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def gsm8k():
    items = {row["item_id"]: place for place, row in enumerate(rows("items.csv"))}
    metric = np.array([float(row["metric"] or "nan") for row in rows("items.csv")])
    names = list(KERNEL)
    outputs = rows("outputs.csv")
    item = [items[row["item_id"]] for row in outputs]
    system = [names.index(row["system"]) for row in outputs]
    grade = [slow.GRADES.index(row["grade"]) for row in outputs]
    template = np.zeros(len(outputs), int)
    return system_counts(item, system, template, grade, n_items=1319, n_systems=4), metric


@pytest.mark.parametrize("place, name", list(enumerate(KERNEL)))
def test_concordance_of_published_solutions(gsm8k, place, name):
    data, steps = gsm8k
    correct = data.counts[place, :, 0, slow.CORRECT]
    marked, everything = concordance(steps, correct), concordance(np.nan_to_num(steps), correct)
    assert (marked.n, marked.n_missing) == (1301, 18)
    wanted = KERNEL[name]
    found = marked.concordance, everything.concordance, correct.mean()
    assert tuple(round(float(one), 4) for one in found) == wanted


def test_reliability_of_published_solutions(gsm8k):
    data, steps = gsm8k
    x = 10 * steps
    found = reliability(data, x, equal_bins(x), seed=1, resamples=200, pairs=[(0, 1), (2, 3)])
    rates = [round(value(found, "correctness", s), 4) for s in range(4)]
    assert rates == [wanted[2] for wanted in KERNEL.values()]
    concordances = [round(value(found, "concordance_correctness", s), 4) for s in range(4)]
    assert concordances == [wanted[0] for wanted in KERNEL.values()]
    assert (found.overall.low[:, 0] < found.overall.estimate[:, 0]).all()
    assert (found.contrasts[0].difference.low[0], found.contrasts[0].n_items) > (0.1, 1318)
    assert {"one_template", "missing_difficulty"} <= codes(found)
    assert np.isnan(found.by_bin.estimate[..., 5]).all()


def test_concordance_of_steps_flat_and_reversed_curves():
    x = np.arange(90.0)
    step = concordance(x, x < 30)
    assert (step.concordance, step.spread, step.generality) == (1.0, 0.0, math.inf)
    flat = concordance(x, np.full(90, 0.3))
    assert math.isclose(flat.excess, 0.0, abs_tol=1e-12)
    assert math.isclose(flat.concordance, 1 / (1 + 30 * math.sqrt(0.3 * 0.7)))
    reversed_ = concordance(x, x >= 60)
    assert (reversed_.spread, reversed_.generality) == (20.0, 0.05)
    assert reversed_.excess < 0


def test_concordance_without_a_value():
    few = concordance(range(29), [1.0, 0.0] * 14 + [1.0])
    assert math.isnan(few.concordance)
    assert np.isnan(few.psi).all()
    assert codes(few) == {"few_items"}
    for share in (0.0, 1.0):
        found = concordance(range(60), [share] * 60)
        assert math.isnan(found.concordance)
        assert math.isnan(found.flat)
        assert codes(found) == {"constant"}
    assert codes(concordance([], [])) == {"few_items"}
    assert concordance(range(30), [1.0] * 20 + [0.0] * 10).concordance == 1.0


def test_concordance_takes_off_what_guessing_gives():
    """At a chance of one in four, a third of the wrong answers were as many lucky ones."""
    x = np.arange(120.0)
    correct = np.where(x < 60, 1.0, 0.25)
    found = concordance(x, correct, guess=0.25)
    assert np.allclose(found.psi, np.repeat([1.0, 0.0], 15))
    assert found.concordance == 1.0
    shy = concordance(x, correct, np.zeros(120), guess=0.25)
    assert np.allclose(shy.psi, np.repeat([1.0, 0.25], 15))


@given(st.integers(0, 2**32 - 1), st.integers(30, 80))
def test_concordance_ignores_order_and_the_scale_of_difficulty(seed, n):
    rng = np.random.default_rng(seed)
    x, c = rng.integers(0, 12, n).astype(float), rng.integers(0, 2, n).astype(float)
    order = rng.permutation(n)
    one, two = concordance(x, c), concordance(np.exp(x[order]), c[order])
    assert np.allclose([one.concordance, one.flat], [two.concordance, two.flat], equal_nan=True)


def test_a_rate_that_cannot_vary_has_an_exact_interval():
    item = np.arange(40)
    data = system_counts(item, item * 0, item * 0, item * 0, n_items=40, n_systems=1)
    found = reliability(data, item + 1.0, equal_bins(item, 2), seed=1, resamples=50)
    assert (found.overall.estimate[0, 0], found.overall.high[0, 0]) == (1.0, 1.0)
    assert math.isclose(found.overall.low[0, 0], 0.025 ** (1 / 40))
    assert math.isclose(found.easiest.high[0, 1], 1 - 0.025 ** (1 / 20))
    assert found.easiest.estimate.tolist() == [[1.0, 0.0]]
    assert math.isnan(value(found, "ultracrepidarianism"))
    assert {"no_ultracrepidarianism", "no_auc", "no_spearman", "no_concordance_correctness"} <= codes(found)


def test_one_item_has_values_and_no_intervals():
    data = system_counts([0, 0], [0, 0], [0, 1], [0, 2], n_items=1, n_systems=1)
    found = reliability(data, [50.0], equal_bins([50.0]), seed=1, resamples=20)
    assert value(found, "correctness") == 0.5
    assert np.isnan(found.overall.low).all()
    assert {"one_item", "no_resamples", "fewer_bins", "no_spearman"} <= codes(found)


@pytest.mark.parametrize("n_items", [0, 5])
def test_without_graded_outputs_everything_is_nan(n_items):
    none = np.arange(n_items)
    data = system_counts(none, none * 0, none * 0, none * 0 - 1, n_items=n_items, n_systems=2)
    x = np.linspace(10, 90, n_items)
    found = reliability(data, x, equal_bins(x), seed=1, resamples=20, pairs=[(0, 1)])
    assert np.isnan(found.overall.estimate).all()
    assert np.isnan(found.easiest.estimate).all()
    assert found.contrasts[0].n_items == 0
    assert {"no_items", "no_correctness"} <= codes(found)
    assert found.n_outputs.tolist() == [0, 0]


def test_items_without_difficulty_count_for_the_rates_alone():
    data = slow.simulated(np.random.default_rng(1), 40, 1, 2)
    x = np.full(40, np.nan)
    found = reliability(data, x, equal_bins(x), seed=1, resamples=20)
    assert 0 < value(found, "correctness") < 1
    assert 0 < value(found, "stability_correctness") < 1
    assert math.isnan(value(found, "auc"))
    assert found.by_bin.estimate.shape == (1, 0, 6)
    assert {"missing_difficulty", "no_brier", "no_auc"} <= codes(found)


def test_a_template_without_weight_counts_nowhere_but_in_its_own_row():
    rng = np.random.default_rng(2)
    data = slow.simulated(rng, 40, 1, 2, weight=(1.0, 0.0))
    x = np.linspace(1, 99, 40)
    found = reliability(data, x, equal_bins(x), seed=1, resamples=20)
    assert math.isclose(value(found, "correctness"), found.by_template.estimate[0, 0])
    assert math.isnan(value(found, "stability_correctness"))
    assert np.isnan(found.by_bin.estimate[..., 5]).all()
    nothing = type(data)(data.counts, np.zeros(2), data.n_ungraded, ())
    assert np.isnan(reliability(nothing, x, equal_bins(x), seed=1, resamples=9).overall.estimate).all()


def test_contrasts_use_the_items_of_both_and_pair_them():
    rng = np.random.default_rng(3)
    data = slow.simulated(rng, 60, 3, 2, missing=0.0)
    data.counts[1] = data.counts[0]
    data.counts[2, :20] = 0
    x = np.linspace(1, 99, 60)
    found = reliability(data, x, equal_bins(x), seed=1, resamples=60, pairs=[(0, 1), (0, 2)])
    same, other = found.contrasts
    assert np.nanmax(np.abs(same.difference.estimate)) == 0.0
    assert np.isnan(same.difference.low).all()
    assert "no_spread" in codes(found)
    assert (same.n_items, other.n_items) == (60, 40)
    kept = reliability(
        data.only(np.arange(20, 60)), x[20:], equal_bins(x[20:]), seed=1, resamples=0
    ).overall.estimate
    assert np.allclose(other.difference.estimate, kept[2] - kept[0], equal_nan=True)
    assert found.overall.estimate.shape == (3, len(INDICATORS))


def test_slopes_within_families():
    sizes = [1e9, 1e10, 1e11, 7e9, 7e9, math.nan]
    scale = scale_of([0, 0, 0, 1, 1, -1], sizes, [math.nan] * 6)
    data = slow.simulated(np.random.default_rng(5), 50, 6, 1)
    x = np.linspace(1, 99, 50)
    found = reliability(data, x, equal_bins(x), seed=1, resamples=80, scale=scale)
    assert [(s.family, s.against, s.n_systems) for s in found.slopes] == [
        (0, "parameters", 3), (0, "flop", 0), (1, "parameters", 2), (1, "flop", 0),
    ]  # fmt: skip
    ultra = found.overall.estimate[:3, INDICATORS.index("ultracrepidarianism")]
    first = found.slopes[0]
    assert math.isclose(first.slope, np.polyfit([9, 10, 11], ultra, 1)[0])
    assert first.low < first.slope < first.high
    assert math.isnan(found.slopes[2].slope)
    assert "one_size" in codes(found)


@given(st.integers(0, 2**32 - 1))
def test_slopes_equal_least_squares_on_what_is_there(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, 5).astype(float), rng.random((5, 3))
    x[rng.random(5) < 0.2] = np.nan
    y[rng.random((5, 3)) < 0.2] = np.nan
    for column, found in zip(y.T, slopes_of(x, y), strict=True):
        there = np.isfinite(x) & np.isfinite(column)
        if np.unique(x[there]).size < 2:
            assert math.isnan(found)
        else:
            assert math.isclose(found, np.polyfit(x[there], column[there], 1)[0], abs_tol=1e-9)


def test_raw_and_shaped_systems_are_paired_by_size():
    shaped = [False, True, True, False, True, None]
    assert raw_and_shaped([0, 0, 0, 1, 1, 1], shaped, [7, 7, 13, math.nan, 70, 7]) == ((0, 1), (3, 4))
    assert raw_and_shaped([0, 0, 0], [False, False, True], [7, 13, math.nan]) == ()
    assert raw_and_shaped([-1, -1], [False, True], [7, 7]) == ()


def test_resamples_depend_on_the_seed_alone():
    data = slow.simulated(np.random.default_rng(6))
    x = np.linspace(1, 99, 40)
    one, two, other = (
        reliability(data, x, equal_bins(x), seed=seed, resamples=50).overall.low for seed in (1, 1, 2)
    )
    assert np.array_equal(one, two, equal_nan=True)
    assert not np.array_equal(one, other, equal_nan=True)


@given(st.lists(st.one_of(st.floats(-5, 5), st.just(math.nan)), min_size=1, max_size=30))
def test_percentiles_equal_numpy(values):
    array = np.array(values)
    found = percentiles(np.array([0.5]), array[None], 0.9)
    there = array[~np.isnan(array)]
    assert found.lost[0] == array.size - there.size
    if there.size and np.ptp(there) > 1e-9:
        assert np.allclose([found.low[0], found.high[0]], np.quantile(there, [0.05, 0.95]))
    else:
        assert math.isnan(found.low[0])


def test_malformed_input_is_refused():
    for wrong in (
        {"item": [2]}, {"system": [1]}, {"template": [-1]}, {"grade": [3]}, {"weight": [-1.0]},
        {"weight": [math.inf]}, {"grade": [0.5]}, {"template": [1], "weight": [1.0]}, {"n_systems": 0},
    ):  # fmt: skip
        given_ = {"item": [0], "system": [0], "template": [0], "grade": [0], "n_items": 2, "n_systems": 1}
        with pytest.raises(ValueError):
            system_counts(**(given_ | wrong))
    data = slow.simulated(np.random.default_rng(7), 4, 1, 1)
    x = np.arange(4.0)
    scale = scale_of([0, 0], [1.0, 2.0], [1.0, 2.0])
    for wrong in (
        {"guess": 1.0}, {"level": 0}, {"seed": -1}, {"resamples": -1}, {"folds": 1}, {"pairs": [(0, 1)]},
        {"scale": scale}, {"difficulty": x[:3]}, {"difficulty": x + 99}, {"bins": equal_bins(x[:3])},
        {"difficulty": x * np.nan},
    ):  # fmt: skip
        given_ = {"difficulty": x, "bins": equal_bins(x), "seed": 1, "resamples": 3}
        with pytest.raises(ValueError):
            reliability(data, **(given_ | wrong))
    with pytest.raises(ValueError, match="above 0"):
        scale_of([0], [0.0], [1.0])
    with pytest.raises(ValueError, match="shares"):
        concordance([1.0], [1.5])


def coverage(cohorts: int, resamples: int) -> dict[str, float]:
    """How often the intervals hold the value of 40,000 items like the sample's 150."""
    rng = np.random.default_rng(12)

    def table(n, draws):
        x = rng.uniform(0, 100, n)
        item, template = (a.ravel() for a in np.indices((n, 3)))
        chance = 1 / (1 + np.exp((x - 50) / 12 + rng.normal(0, 1, n)))
        grade = 2 * (rng.random(item.size) > chance[item])
        data = system_counts(item, item * 0, template, grade, n_items=n, n_systems=1)
        return reliability(data, x, equal_bins(x, 2), seed=1, resamples=draws)

    truth = table(40_000, 0).overall.estimate[0]
    held = np.zeros(len(INDICATORS))
    for _ in range(cohorts):
        found = table(150, resamples).overall
        held += (found.low[0] <= truth) & (truth <= found.high[0])
    return dict(zip(INDICATORS, held / cohorts, strict=True))


COVERED = ("correctness", "spearman", "auc", "brier", "stability_correctness", "stability_in_correctness")


def check_coverage(found, cohorts, lowest):
    error = math.sqrt(0.95 * 0.05 / cohorts)
    for name in COVERED:
        assert lowest - 2 * error <= found[name] <= 0.97 + 2 * error, name


def test_coverage_of_the_intervals_over_items():
    check_coverage(coverage(60, 200), 60, 0.92)


@pytest.mark.proof
def test_coverage_of_the_intervals_over_items_in_full():
    check_coverage(coverage(2000, 1000), 2000, 0.93)
