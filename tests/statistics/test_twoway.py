"""Two-way intervals against a slow twin, on degenerate cells, and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from annotations.statistics.twoway import CLOPPER_PEARSON, LOGIT_T, NO_INTERVAL, CellRates, rates_by_cell

from .data import close, expected, s2


def one_cell(people, outputs, y, weight=None, **more) -> CellRates:
    """Outcome 1 of a single cell, y being 0 or 1."""
    cell = np.zeros(len(y), dtype=int)
    return rates_by_cell(cell, people, outputs, y, weight, n_cells=1, n_outcomes=2, **more)


def slow_twin(people, outputs, y, w, rho_p=0.1, rho_o=0.1, level=0.95):
    """STATISTICS 2.2 word for word, one response at a time."""
    n, rate = len(y), sum(w * y) / sum(w)
    errors = w * (y - rate)

    def part(keys):
        groups = {}
        for key, error in zip(keys, errors, strict=True):
            groups[key] = groups.get(key, 0.0) + error
        g = len(groups)
        return g, (sum(v * v for v in groups.values()) / sum(w) ** 2 * g / (g - 1) if g > 1 else math.nan)

    (p, v_p), (o, v_o) = part(people), part(outputs)
    _, v_po = part(list(zip(people, outputs, strict=True)))
    if min(p, o) < 2:
        return rate, math.nan, math.nan, math.nan
    v = max(v_p + v_o - v_po, v_p, v_o)
    if v < 1e-14:
        n_eff = n / (1 + (n / p - 1) * rho_p + (n / o - 1) * rho_o)
        v = rate * (1 - rate) / n_eff
    else:
        n_eff = min(n, rate * (1 - rate) / v)
    k = sum(y)
    if min(k, n - k) < 10:
        a, b = rate * n_eff, n_eff - rate * n_eff
        tail = (1 - level) / 2
        low = stats.beta.ppf(tail, a, b + 1) if k else 0.0
        high = stats.beta.ppf(1 - tail, a + 1, b) if k < n else 1.0
        return rate, low, high, n_eff
    half = stats.t.ppf(0.5 + level / 2, min(p, o) - 1) * math.sqrt(v) / (rate * (1 - rate))
    middle = math.log(rate / (1 - rate))
    return rate, 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-middle - half)), n_eff


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 160), st.integers(1, 12), st.integers(1, 12), st.booleans())
def test_rates_by_cell_equals_the_slow_twin(seed, size, n_people, n_outputs, weighted):
    rng = np.random.default_rng(seed)
    cell, outcome = rng.integers(-1, 3, size), rng.integers(0, 4, size)
    people, outputs = rng.integers(0, n_people, size), rng.integers(0, n_outputs, size)
    weight = rng.uniform(0.2, 3, size) if weighted else np.ones(size)
    found = rates_by_cell(cell, people, outputs, outcome, weight, n_cells=3, n_outcomes=4)
    for c in range(3):
        own = cell == c
        assert found.total[c] == own.sum()
        assert found.participants[c] == np.unique(people[own]).size
        for j in range(4):
            if not own.any():
                assert math.isnan(found.rate[c, j])
                continue
            y = (outcome[own] == j).astype(float)
            wanted = slow_twin(people[own], outputs[own], y, weight[own])
            got = [found.rate[c, j], found.low[c, j], found.high[c, j], found.n_eff[c, j]]
            assert np.allclose(got, wanted, rtol=1e-7, atol=1e-9, equal_nan=True)
            assert found.n[c, j] == y.sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_rates_by_cell_ignores_order_and_labels(seed):
    rng = np.random.default_rng(seed)
    people, outputs, y = rng.integers(0, 9, 120), rng.integers(0, 15, 120), rng.integers(0, 2, 120)
    order, names = rng.permutation(120), rng.permutation(40)
    first = one_cell(people, outputs, y)
    second = one_cell(names[people][order], names[outputs][order], y[order])
    for name in ("rate", "low", "high", "n_eff"):
        assert np.allclose(getattr(first, name), getattr(second, name), rtol=1e-9)


def test_rates_by_cell_duplicated_responses_add_no_information():
    rng = np.random.default_rng(5)
    people, outputs, y = rng.integers(0, 9, 200), rng.integers(0, 15, 200), rng.integers(0, 2, 200)
    once, twice = one_cell(people, outputs, y), one_cell(*(np.tile(a, 2) for a in (people, outputs, y)))
    assert np.allclose(once.low, twice.low)
    assert np.allclose(once.variance, twice.variance)


def test_rates_by_cell_weights_of_any_scale_agree():
    rng = np.random.default_rng(6)
    people, outputs, y = rng.integers(0, 9, 200), rng.integers(0, 15, 200), rng.integers(0, 2, 200)
    weight = rng.uniform(1, 5, 200)
    one, many = one_cell(people, outputs, y, weight), one_cell(people, outputs, y, weight * 1e6)
    assert np.allclose(one.high, many.high)


def test_rates_by_cell_slip_golden_estimate():
    data = s2()
    wanted = expected()["s2_synth"]["slip = verdict correct among truth I"]
    judged = data.grade[data.output] == 2
    found = rates_by_cell(
        np.zeros(judged.sum(), int),
        data.participant[judged],
        data.output[judged],
        data.verdict[judged],
        n_cells=1,
        n_outcomes=4,
    )
    assert (found.n[0, 0], found.total[0]) == (wanted["k"], wanted["n"])
    assert found.participants[0] == wanted["clusters (participants)"]
    assert close(found.rate[0, 0], wanted["estimate"])


def test_rates_by_cell_participants_only_matches_the_survey_package():
    """Where every response has an output of its own, V is the larger of V_P and V_O = V_PO."""
    data = s2()
    wanted = expected()["s2_synth"]["slip = verdict correct among truth I"]
    judged = data.grade[data.output] == 2
    people, y = data.participant[judged], (data.verdict[judged] == 0).astype(int)
    found = one_cell(people, np.arange(people.size), y)
    assert close(math.sqrt(found.variance[0, 1]), wanted["linearised_se"])
    design = found.variance[0, 1] / (found.rate[0, 1] * (1 - found.rate[0, 1]) / (people.size - 1))
    assert close(design, wanted["design_effect"])
    survey = expected("oracle")["s2_synth slip, survey::svyciprop"]["logit"]
    assert close(found.low[0, 1], survey[0], 1e-4)
    assert close(found.high[0, 1], survey[1], 1e-4)


def test_rates_by_cell_never_an_event_uses_the_planned_effect():
    people, outputs = np.repeat(np.arange(10), 6), np.tile(np.arange(6), 10)
    found = one_cell(people, outputs, np.zeros(60, int))
    assert found.rate[0, 1] == 0
    assert math.isclose(found.n_eff[0, 1], 60 / (1 + 5 * 0.1 + 9 * 0.1))
    assert found.how[0, 1] == CLOPPER_PEARSON
    assert math.isclose(found.high[0, 1], stats.beta.ppf(0.975, 1, found.n_eff[0, 1]))


def test_rates_by_cell_no_spread_between_clusters_is_no_zero_width():
    """Every person and every output has the same share of events, so V is 0."""
    people, outputs = (a.ravel() for a in np.indices((8, 8)))
    found = one_cell(people, outputs, (people + outputs) % 2)
    assert found.how[0, 1] == LOGIT_T
    assert found.high[0, 1] - found.low[0, 1] > 0.1


@pytest.mark.parametrize("people, outputs", [([0] * 6, range(6)), (range(6), [0] * 6)])
def test_rates_by_cell_one_cluster_has_no_interval(people, outputs):
    found = one_cell(np.array(people), np.array(outputs), np.array([0, 1, 0, 1, 1, 1]))
    assert math.isclose(found.rate[0, 1], 4 / 6)
    assert np.isnan([found.low[0, 1], found.high[0, 1], found.n_eff[0, 1]]).all()
    assert found.how[0, 1] == NO_INTERVAL
    assert [caution.code for caution in found.warnings] == ["too_few_clusters"]


def test_rates_by_cell_without_responses():
    none = np.array([], int)
    found = rates_by_cell(none, none, none, none, n_cells=2, n_outcomes=4)
    assert np.isnan(found.rate).all()
    assert [caution.code for caution in found.warnings] == ["no_responses"]


def test_rates_by_cell_refuses_bad_input():
    with pytest.raises(ValueError, match="above 0"):
        one_cell(np.array([0, 1]), np.array([0, 1]), np.array([0, 1]), [1.0, 0.0])
    with pytest.raises(ValueError, match="integer codes"):
        one_cell(np.array([0.5, 1]), np.array([0, 1]), np.array([0, 1]))


def test_rates_by_cell_coverage_at_80_people():
    """p = .3, 10 judgements a person, overlap 3, effects of people and outputs; 2,000 cohorts at once,
    each a cell. Monte Carlo error of a coverage of .95 is .005."""
    rng = np.random.default_rng(20240925)
    cohorts, people, each, overlap = 2000, 80, 10, 3
    outputs = people * each // overlap
    intercept, sd_p, sd_o = -0.95, 0.6, 0.6
    size = outputs * overlap
    output = np.tile(np.repeat(np.arange(outputs), overlap), (cohorts, 1))
    person = np.argsort(rng.random((cohorts, size)), axis=1) % people
    effect_p, effect_o = rng.normal(0, sd_p, (cohorts, people)), rng.normal(0, sd_o, (cohorts, outputs))
    eta = intercept + np.take_along_axis(effect_p, person, 1) + np.take_along_axis(effect_o, output, 1)
    y = (rng.random(eta.shape) < 1 / (1 + np.exp(-eta))).astype(int)
    cell = np.repeat(np.arange(cohorts), size)
    found = rates_by_cell(cell, person.ravel(), output.ravel(), y.ravel(), n_cells=cohorts, n_outcomes=2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    curve = 1 / (1 + np.exp(-(intercept + math.hypot(sd_p, sd_o) * nodes)))
    truth = float(weights @ curve / weights.sum())
    coverage = np.mean((found.low[:, 1] <= truth) & (truth <= found.high[:, 1]))
    error = math.sqrt(0.95 * 0.05 / cohorts)
    assert 0.93 - 2 * error <= coverage <= 0.97 + 2 * error
