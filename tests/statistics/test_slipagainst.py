"""Slips against a covariate: golden slope, a dense twin, invariances, degenerate data, coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.bins import equal_bins
from annotations.statistics.judgements import judgements
from annotations.statistics.slipagainst import slip_against
from annotations.statistics.stratalogistic import fit_strata

from .data import close, expected, s2


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, size=300, people=15, outputs=25, slope=0.8):
    rng = np.random.default_rng(seed)
    person, output, x = rng.integers(0, people, size), rng.integers(0, outputs, size), rng.normal(3, 2, size)
    hard = rng.uniform(0, 100, outputs)
    chance = 1 / (1 + np.exp(-(slope * (x - 3) / 2 + hard[output] / 50 - 1)))
    verdict = np.where(rng.random(size) < chance, 0, rng.integers(1, 4, size))
    return person, output, verdict, x, hard


def dense_twin(event, x, stratum, weight):
    """Newton on an intercept for every stratum and the slope; influences from the inverse information."""
    design = np.column_stack([np.eye(stratum.max() + 1)[stratum], x])
    theta = np.zeros(design.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-design @ theta))
        information = design.T @ (design * (weight * p * (1 - p))[:, None])
        theta += np.linalg.solve(information, design.T @ (weight * (event - p)))
    p = 1 / (1 + np.exp(-design @ theta))
    information = design.T @ (design * (weight * p * (1 - p))[:, None])
    return theta[-1], (design * (weight * (event - p))[:, None]) @ np.linalg.inv(information)[-1]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.booleans())
def test_fit_strata_equals_the_dense_twin(seed, strata, whole):
    rng = np.random.default_rng(seed)
    x = rng.normal(5, 2, 150)
    x = np.round(x) if whole else x
    stratum, weight = rng.integers(0, strata, 150), rng.uniform(0.5, 2, 150)
    event = rng.random(150) < 1 / (1 + np.exp(-(0.3 * x - 1.5 + 0.2 * stratum)))
    slope, influence = dense_twin(event, x, np.unique(stratum, return_inverse=True)[1], weight)
    found = fit_strata(event, x, stratum, weight)
    assert close(found.slope, slope)
    assert np.allclose(found.influence, influence, atol=1e-8)


def test_slip_against_golden_slope_and_error():
    data = s2()
    wanted = expected()["s2_synth"]["slip = verdict correct among truth I"]["logistic on proxy"]
    found = slip_against(
        judgements(data.output, data.participant, data.verdict, grade=data.grade), data.proxy
    )
    assert close(found.slope.estimate, wanted["coef"]["proxy"])
    assert found.n == 1191
    own = data.grade[data.output] == 2
    fit = fit_strata(data.verdict[own] == 0, data.proxy[own], np.zeros(own.sum(), int), np.ones(own.sum()))
    sums = np.bincount(data.participant[own], fit.influence)
    sums = sums[np.bincount(data.participant[own]) > 0]
    variance = np.sum(sums**2) * sums.size / (sums.size - 1) * 1190 / 1189
    assert close(math.sqrt(variance), wanted["se participant HC1"]["proxy"])


def test_slip_against_two_values_gives_the_log_odds_ratio():
    rng = np.random.default_rng(2)
    person, output = rng.integers(0, 20, 400), rng.integers(0, 30, 400)
    knew = rng.integers(0, 2, 400)
    verdict = np.where(rng.random(400) < 0.5 - 0.3 * knew, 0, 2)
    found = slip_against(judgements(output, person, verdict, grade=np.full(30, 2)), knew)
    assert found.value_low.tolist() == found.value_high.tolist() == [0, 1]
    assert found.slips.tolist() == [np.sum((verdict == 0) & (knew == v)) for v in (0, 1)]
    odds = found.rate / (1 - found.rate)
    assert close(found.slope.estimate, math.log(odds[1] / odds[0]))
    assert found.slope.interval.high < 0
    assert np.all((found.low < found.rate) & (found.rate < found.high))


def test_slip_against_adjusts_for_difficulty():
    """Late positions hold hard outputs: all of the slope is theirs."""
    rng = np.random.default_rng(3)
    person, output = (a.ravel() for a in np.indices((60, 40)))
    hard = np.linspace(0, 100, 40)
    position = hard[output] / 10 + rng.normal(0, 2, output.size)
    verdict = np.where(rng.random(output.size) < 1 / (1 + np.exp(2 - hard[output] / 25)), 0, 2)
    data = judgements(output, person, verdict, grade=np.full(40, 2))
    found = slip_against(data, position, difficulty=hard[output], bins=20)
    assert found.slope.interval.low > 0.1
    assert abs(found.adjusted.estimate) < 0.06
    assert found.adjusted.strata >= 18
    assert math.isnan(slip_against(data, position).adjusted.estimate)
    assert codes(slip_against(data, position)) == set()


def test_slip_against_cuts_numbers_into_equal_groups():
    person, output, verdict, x, _ = world(4)
    found = slip_against(judgements(output, person, verdict, grade=np.full(25, 2)), x, groups=4)
    assert found.total.tolist() == [75] * 4
    code = equal_bins(x, 4).code
    assert found.slips.tolist() == [np.sum((verdict == 0) & (code == g)) for g in (1, 2, 3, 4)]


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_slip_against_ignores_order_labels_and_unit(seed):
    person, output, verdict, x, hard = world(seed)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(x.size), rng.permutation(40)
    grade = np.full(25, 2)
    first = slip_against(judgements(output, person, verdict, grade=grade), x, difficulty=hard[output])
    moved = judgements(output[order], names[person][order], verdict[order], grade=grade)
    second = slip_against(moved, 10 - 4 * x[order], difficulty=hard[output][order])
    assert np.allclose(first.slope.estimate, -4 * second.slope.estimate)
    assert np.allclose(first.adjusted.se, 4 * second.adjusted.se)
    assert np.allclose(first.rate, second.rate[::-1])


def test_slip_against_leaves_out_what_is_missing_and_says_so():
    person, output, verdict, x, hard = world(5)
    x[:7] = np.nan
    difficulty = hard[output]
    difficulty[7:10] = np.nan
    found = slip_against(judgements(output, person, verdict, grade=np.full(25, 2)), x, difficulty=difficulty)
    assert (found.n, found.n_missing, found.n_without_difficulty) == (293, 7, 3)
    assert codes(found) == {"missing_covariate", "missing_difficulty"}


@pytest.mark.parametrize(
    ("verdict", "x", "code"),
    [
        ([], [], "no_data"),
        ([0, 2, 0, 2], [np.nan] * 4, "no_data"),
        ([0, 2, 0, 2], [1, 1, 1, 1], "constant"),
        ([0, 0, 0, 0], [1, 2, 3, 4], "separation"),
        ([2, 2, 3, 1], [1, 2, 3, 4], "separation"),
        ([0, 0, 2, 2], [1, 2, 3, 4], "separation"),
    ],
)
def test_slip_against_degenerate(verdict, x, code):
    n = len(verdict)
    data = judgements(np.arange(n) % 2, np.arange(n) // 2, np.array(verdict, int), grade=[2, 2])
    found = slip_against(data, np.array(x, float), difficulty=np.zeros(n))
    assert code in codes(found)
    assert math.isnan(found.slope.estimate)
    assert math.isnan(found.adjusted.estimate)


def test_slip_against_one_person_has_no_interval():
    data = judgements([0, 1, 2, 3], [0, 0, 0, 0], [0, 2, 2, 0], grade=[2] * 4)
    found = slip_against(data, [1.0, 2.0, 3.0, 4.0])
    assert math.isfinite(found.slope.estimate)
    assert math.isnan(found.slope.se)
    assert "too_few_clusters" in codes(found)


def test_slip_against_no_incorrect_output():
    assert "no_data" in codes(slip_against(judgements([0, 1], [0, 1], [0, 2], grade=[0, 1]), [1, 2]))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 25))
def test_slip_against_of_any_small_data_gives_numbers_or_reasons(seed, size):
    rng = np.random.default_rng(seed)
    output = rng.integers(0, 4, size)
    data = judgements(
        output, rng.integers(0, 3, size), rng.integers(0, 4, size), grade=rng.integers(-1, 3, 4)
    )
    x = rng.integers(0, 4, size).astype(float)
    found = slip_against(data, x, difficulty=rng.integers(0, 3, size).astype(float), groups=2, bins=2)
    for slope in (found.slope, found.adjusted):
        assert math.isfinite(slope.se) or found.warnings


def test_slip_against_refuses_bad_input():
    data = judgements([0, 1], [0, 1], [0, 2], grade=[2, 2])
    with pytest.raises(ValueError, match="covariate"):
        slip_against(data, [1.0])
    with pytest.raises(ValueError, match="difficulty"):
        slip_against(data, [1.0, 2.0], difficulty=[1.0])
    with pytest.raises(ValueError, match="groups"):
        slip_against(data, [1.0, 2.0], groups=0)


def covered(cohorts: int) -> float:
    """Coverage of the adjusted slope at 80 people, 10 verdicts each, 3 an output; people differ. The
    truth is the slope of very many verdicts, found from the same curve without effects of people,
    shrunk as its average over them is (Zeger, Liang & Albert 1988)."""
    sd, slope = 0.6, 1.0
    truth = slope / math.sqrt(1 + (16 * math.sqrt(3) / (15 * math.pi)) ** 2 * 2 * sd**2)
    hits = 0
    for seed in range(cohorts):
        rng = np.random.default_rng(seed)
        outputs, people = 267, 80
        output = np.repeat(np.arange(outputs), 3)
        person = np.argsort(rng.random(output.size)) % people
        x = rng.normal(0, 1, output.size)
        eta = rng.normal(0, sd, people)[person] + rng.normal(0, sd, outputs)[output] - 0.8 + slope * x
        verdict = np.where(rng.random(output.size) < 1 / (1 + np.exp(-eta)), 0, 2)
        data = judgements(output, person, verdict, grade=np.full(outputs, 2))
        found = slip_against(data, x).slope.interval
        hits += found.low <= truth <= found.high
    return hits / cohorts


def test_slip_against_covers():
    assert covered(150) >= 0.93 - 0.035


@pytest.mark.proof
def test_slip_against_covers_at_full_size():
    assert 0.93 - 0.01 <= covered(2000) <= 0.97 + 0.01


def test_slip_against_duplicated_verdicts_add_no_information():
    person, output, verdict, x, _ = world(9)
    once = slip_against(judgements(output, person, verdict, grade=np.full(25, 2)), x)
    person, output, verdict, x = (np.tile(a, 2) for a in (person, output, verdict, x))
    twice = slip_against(judgements(output, person, verdict, grade=np.full(25, 2)), x)
    assert close(once.slope.estimate, twice.slope.estimate)
    factor = math.sqrt((299 / 298) / (599 / 598))
    assert close(once.slope.se, factor * twice.slope.se)
