"""The safe region: the rule's own numbers, a slow twin, and how often it certifies at the threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from annotations.statistics.bins import equal_bins
from annotations.statistics.judgements import Grouping, everything, judgements
from annotations.statistics.regionbounds import upper_bound
from annotations.statistics.saferegion import safe_regions

from .test_supervision import random_study, slow_cell


def slow_bound(people, things, hit, weight, confidence, rho=0.1):
    """STATISTICS 2.4 word for word: the upper bound, and that of zero events; 1 below two clusters."""
    n = len(hit)
    p, o = len(set(people)), len(set(things))
    if min(p, o) < 2:
        return 1.0, 1.0
    rate = sum(weight * hit) / sum(weight)
    error = weight * (hit - rate)

    def part(keys):
        groups = {}
        for key, e in zip(keys, error, strict=True):
            groups[key] = groups.get(key, 0.0) + e
        return sum(v * v for v in groups.values()) / sum(weight) ** 2 * len(groups) / (len(groups) - 1)

    v_p, v_o, v_po = part(people), part(things), part(list(zip(people, things, strict=True)))
    v = max(v_p + v_o - v_po, v_p, v_o)
    plan = 1 + (n / p - 1) * rho + (n / o - 1) * rho
    deff = plan if v < 1e-14 else max(1.0, n * v / (rate * (1 - rate)))
    if hit.sum() < 5:
        deff = max(deff, plan)
    star = min(n, n / deff * (stats.norm.ppf(confidence) / stats.t.ppf(confidence, min(p, o) - 1)) ** 2)
    k = rate * star
    return (stats.beta.ppf(confidence, k + 1, star - k) if k < star else 1.0), stats.beta.ppf(
        confidence, 1, star
    )


def slow_walk(data, bins, grouping, value, measure, threshold, item):
    last = 0
    for b in range(1, bins.n.size + 1):
        outputs, responses = slow_cell(data, bins, grouping, value, b)
        if not outputs and not last:
            continue
        grade = data.grade[data.output]
        judged = [r for r in responses if grade[r] == 2]
        graded = [r for r in responses if grade[r] >= 0]
        own = sorted(o for o in outputs if data.grade[o] >= 0)
        sets = {
            "slip": (judged, [data.verdict[r] == 0 for r in judged]),
            "slip_through": (graded, [grade[r] == 2 and data.verdict[r] == 0 for r in graded]),
        }

        def bound(name, confidence, sets=sets, own=own):
            if name == "model_error":
                hit = np.array([data.grade[o] == 2 for o in own], float)
                return slow_bound(own, [int(item[o]) for o in own], hit, np.ones(len(own)), confidence)
            rows, hit = sets[name]
            people, things = data.participant[rows].tolist(), data.cluster[rows].tolist()
            return slow_bound(people, things, np.array(hit, float), data.weight[rows], confidence)

        if measure == "either":
            found = [bound("model_error", 0.975), bound("slip", 0.975)]
        else:
            found = [bound(measure, 0.95)]
        if any(up < threshold for up, _ in found):
            last = b
            continue
        status = "none" if all(zero < threshold for _, zero in found) else "not_measured"
        return ("region", bins.high[last - 1]) if last else (status, math.nan)
    return ("region", bins.high[last - 1]) if last else ("not_measured", math.nan)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_safe_regions_equals_the_slow_twin(seed):
    data, bins, groupings = random_study(seed, responses=400, outputs=60, people=20)
    item = np.arange(60)
    item[data.output] = data.cluster
    regions = safe_regions(data, bins, groupings, thresholds=(0.2, 0.4, 0.6, 0.9), item=item)
    by_name = {g.name: g for g in groupings}
    for row in regions.rows:
        status, limit = slow_walk(data, bins, by_name[row.group], row.value, row.measure, row.threshold, item)
        assert (row.status, row.reason != "") == (status, True)
        assert np.array_equal(row.limit_difficulty, limit, equal_nan=True)


@pytest.mark.parametrize(
    "confidence, needed", [(0.95, {0.05: 59, 0.1: 29, 0.2: 14}), (0.975, {0.05: 72, 0.1: 36, 0.2: 17})]
)
def test_upper_bound_how_many_without_an_event_show_a_rate_below(confidence, needed):
    for threshold, n in needed.items():
        enough, short = upper_bound(np.zeros(2), np.array([n, n - 1.0]), confidence)
        assert enough < threshold <= short


def spotted(n, slips=0, n_correct=0):
    """`n` incorrect outputs, each judged once by a person of its own; the first `slips` are accepted."""
    verdict = np.full(n + n_correct, 2)
    verdict[:slips] = 0
    grade = np.r_[np.full(n, 2), np.zeros(n_correct, int)]
    return judgements(np.arange(n + n_correct), np.arange(n + n_correct), verdict, grade=grade)


def region(data, threshold, measure="slip", bins=1, **more):
    size = data.grade.size
    cut = equal_bins(np.arange(size), bins)
    rows = safe_regions(data, cut, (everything(size),), thresholds=(threshold,), **more).rows
    return next(row for row in rows if row.measure == measure)


def smallest_measured(threshold, **more):
    return next(n for n in range(2, 200) if region(spotted(n), threshold, **more).status == "region")


def test_safe_region_needs_more_than_59_because_people_are_few():
    """With independent outputs and n people the t factor asks for a little more than 59, 29, 14."""
    assert [smallest_measured(t) for t in (0.05, 0.1, 0.2)] == [61, 31, 16]
    for threshold, n in ((0.05, 59), (0.1, 29), (0.2, 14)):
        row = region(spotted(n), threshold)
        assert row.status == "not_measured"
        assert "even without any slips" in row.reason
        assert math.isnan(row.from_difficulty)


def test_safe_region_says_none_where_slips_were_measured_and_are_many():
    row = region(spotted(200, slips=30), 0.1)
    assert row.status == "none"
    assert "30 slips in 200 judgements" in row.reason
    assert math.isnan(row.limit_difficulty)


def test_safe_region_ends_at_the_last_bin_before_the_first_failure():
    """Four bins of 100: no slips, no slips, many, none; the walk stops at the third."""
    verdict = np.full(400, 2)
    verdict[200:240] = 0
    data = judgements(np.arange(400), np.arange(400), verdict, grade=np.full(400, 2))
    row = region(data, 0.1, bins=4)
    assert (row.status, row.from_difficulty, row.limit_difficulty) == ("region", 0.0, 199.0)
    assert "Bin 3" in row.reason


def test_safe_region_stops_at_a_bin_that_is_not_measured():
    """The second of three bins holds correct outputs only, so no slip can be seen in it."""
    grade = np.repeat([2, 0, 2], 100)
    data = judgements(np.arange(300), np.arange(300), np.full(300, 2), grade=grade)
    row = region(data, 0.1, bins=3)
    assert (row.status, row.limit_difficulty) == ("region", 99.0)
    assert "no judgements of incorrect outputs" in row.reason
    assert region(data, 0.1, "slip_through", bins=3).limit_difficulty == 299.0


def test_safe_region_either_takes_a_model_without_errors_or_people_who_spot_them():
    """Easy: the model does not err. Then: it errs always, and people spot it."""
    grade = np.repeat([0, 2], 100)
    data = judgements(np.arange(200), np.arange(200), np.full(200, 2), grade=grade)
    assert region(data, 0.1, "slip", bins=2).status == "not_measured"
    assert region(data, 0.1, "model_error", bins=2).limit_difficulty == 99.0
    assert region(data, 0.1, "either", bins=2).limit_difficulty == 199.0


def test_safe_region_either_is_tested_at_97_5_per_cent():
    sizes = {n: region(spotted(n), 0.1, "either").status for n in (36, 38, 40)}
    assert sizes == {36: "not_measured", 38: "region", 40: "region"}
    assert region(spotted(36), 0.1).status == "region"


def test_safe_region_few_events_take_the_planned_design_effect():
    """10 people, 20 outputs each: 200 spotted errors count as 200 / 2.9, less the t factor."""
    data = judgements(np.arange(200), np.repeat(np.arange(10), 20), np.full(200, 2), grade=np.full(200, 2))
    assert region(data, 0.05).status == "not_measured"
    assert region(data, 0.1).status == "region"
    assert region(data, 0.05, rho_participant=0.0).status == "region"


def test_safe_region_two_people_measure_nothing_small():
    data = judgements(np.arange(400), np.arange(400) % 2, np.full(400, 2), grade=np.full(400, 2))
    assert region(data, 0.2).status == "not_measured"


def test_safe_region_passes_over_bins_before_a_groups_first_output():
    hard = Grouping("domain", ("hard", "none"), "outputs", np.repeat([-1, 0], 100))
    data = judgements(np.arange(200), np.arange(200), np.full(200, 2), grade=np.full(200, 2))
    rows = safe_regions(data, equal_bins(np.arange(200), 2), (hard,), thresholds=(0.1,)).rows
    assert (rows[0].from_difficulty, rows[0].limit_difficulty) == (100.0, 199.0)
    assert (rows[4].value, rows[4].status) == ("none", "not_measured")


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_safe_regions_ignore_order_and_labels(seed):
    data, bins, groupings = random_study(seed, responses=400, outputs=60, people=20)
    rng = np.random.default_rng(seed)
    order, people = rng.permutation(400), rng.permutation(30)
    item = np.arange(60)
    item[data.output] = data.cluster
    other = judgements(
        data.output[order],
        people[data.participant][order],
        data.verdict[order],
        grade=data.grade,
        weight=data.weight[order],
        item=item,
    )
    kept = tuple(g for g in groupings if g.of == "outputs")
    names = rng.permutation(80)
    one = safe_regions(data, bins, kept, thresholds=(0.3, 0.6), item=item).rows
    two = safe_regions(other, bins, kept, thresholds=(0.3, 0.6), item=names[item]).rows
    assert [(r.status, r.value, r.measure) for r in one] == [(r.status, r.value, r.measure) for r in two]


def test_safe_regions_duplicated_data_certify_no_more():
    data = spotted(40)
    twice = judgements(
        *(np.tile(a, 2) for a in (data.output, data.participant, data.verdict)), grade=data.grade
    )
    assert region(twice, 0.05, rho_participant=1.0, rho_output=0.0).status == "not_measured"


def test_safe_regions_refuse_thresholds_in_per_cent():
    with pytest.raises(ValueError, match="between 0 and 1"):
        region(spotted(5), 5)


def certified_at_the_threshold(cohorts, rate, people, each, overlap, spread, seed):
    """Share of simulated studies that certify a region although slips are as frequent as the threshold.

    Cohorts are groups of one table; one bin, since a region needs its first. `spread` is the logit sd of
    people and of outputs.
    """
    rng = np.random.default_rng(seed)
    nodes, weight = np.polynomial.hermite_e.hermegauss(60)
    weight = weight / weight.sum()
    middle = optimize.brentq(
        lambda a: weight @ (1 / (1 + np.exp(-(a + math.sqrt(2) * spread * nodes)))) - rate, -12, 6
    )
    size = people * each
    outputs = size // overlap
    output = np.tile(np.repeat(np.arange(outputs), overlap), (cohorts, 1))
    person = np.argsort(rng.random((cohorts, outputs * overlap)), axis=1) % people
    eta = middle + np.take_along_axis(rng.normal(0, spread, (cohorts, people)), person, 1)
    eta += np.take_along_axis(rng.normal(0, spread, (cohorts, outputs)), output, 1)
    slip = rng.random(eta.shape) < 1 / (1 + np.exp(-eta))
    cohort = np.arange(cohorts)[:, None]
    data = judgements(
        (output + cohort * outputs).ravel(),
        (person + cohort * people).ravel(),
        np.where(slip, 0, 2).ravel(),
        grade=np.full(cohorts * outputs, 2),
    )
    every = Grouping(
        "domain", tuple(map(str, range(cohorts))), "outputs", np.repeat(np.arange(cohorts), outputs)
    )
    bins = equal_bins(np.full(cohorts * outputs, 10.0), 1)
    rows = safe_regions(data, bins, (every,), thresholds=(rate,)).rows
    return float(np.mean([row.status == "region" for row in rows if row.measure == "slip"]))


SETTINGS = [
    (0.05, 80, 10, 3, 0.0), (0.05, 80, 10, 3, 0.6), (0.1, 80, 10, 3, 0.6), (0.2, 80, 10, 3, 0.6),
    (0.2, 20, 10, 3, 0.6), (0.1, 300, 10, 3, 0.6), (0.1, 80, 10, 3, 1.0),
]  # fmt: skip
FEW_WHO_DIFFER_MUCH = [(0.1, 40, 20, 2, 1.0), (0.05, 40, 20, 2, 1.0)]
"""Forty people who differ by a logit sd of 1, 20 judgements each: the design effect is itself uncertain."""


def check_certified(setting, cohorts, most=0.05):
    found = certified_at_the_threshold(cohorts, *setting, seed=20240925)
    error = math.sqrt(most * (1 - most) / cohorts)
    print(f"{setting}: certified {100 * found:.2f} % of {cohorts}, Monte Carlo error {100 * error:.2f} %")
    assert found <= most + 2 * error


@pytest.mark.parametrize("setting", SETTINGS[1:5])
def test_safe_region_certifies_at_most_one_time_in_twenty_at_the_threshold(setting):
    check_certified(setting, cohorts=300)


@pytest.mark.proof
@pytest.mark.parametrize("setting", SETTINGS)
def test_safe_region_certifies_at_most_one_time_in_twenty_at_full_size(setting):
    check_certified(setting, cohorts=2000)


@pytest.mark.proof
@pytest.mark.parametrize("setting", FEW_WHO_DIFFER_MUCH)
def test_safe_region_certifies_a_little_too_often_where_few_people_differ_much(setting):
    """A known excess, held in sight: 6.1 and 5.7 % in 6,000 studies each, where 5 % is the aim."""
    check_certified(setting, cohorts=2000, most=0.065)
