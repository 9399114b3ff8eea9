"""d', criterion and areas against published values and slow twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from annotations.statistics.detection import detection
from annotations.statistics.judgements import judgements
from annotations.statistics.signaldetection import signal_detection

from .data import close, expected, s2


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, people=12, outputs=20, size=150):
    """Grades -1 to 2, all verdicts, some pairs judged again."""
    rng = np.random.default_rng(seed)
    person, output = rng.integers(0, people, size), rng.integers(0, outputs, size)
    grade, verdict = rng.integers(-1, 3, outputs), rng.integers(0, 4, size)
    verdict = np.where((rng.random(size) < 0.4) & (grade[output] >= 0), grade[output], verdict)
    return person, output, verdict, grade, rng.uniform(0.3, 3, size)


def slow_variance(influence, person, output):
    """STATISTICS 2.2, one response at a time."""

    def part(keys):
        sums = {}
        for key, value in zip(keys, influence, strict=True):
            sums[key] = sums.get(key, 0.0) + value
        g = len(sums)
        return g, sum(v * v for v in sums.values()) * g / (g - 1) if g > 1 else math.nan

    (p, v_p), (o, v_o) = part(person), part(output)
    v_po = part(list(zip(person, output, strict=True)))[1]
    return p, o, max(v_p + v_o - v_po, v_p, v_o) if min(p, o) > 1 else math.nan


def slow_dprime(person, output, verdict, grade, weight):
    own = np.isin(grade, [0, 2]) & np.isin(verdict, [0, 2])
    person, output, verdict, grade, weight = (a[own] for a in (person, output, verdict, grade, weight))
    said, parts, influence, alone = verdict == 2, [], np.zeros(verdict.size), 0.0
    for kind, sign in ((grade == 2, 1), (grade == 0, -1)):
        n = kind.sum()
        if not n:
            return math.nan, math.nan, math.nan
        share = np.sum(weight[kind] * said[kind]) / np.sum(weight[kind])
        rate = (share * n + 0.5) / (n + 1)
        height = stats.norm.pdf(stats.norm.ppf(rate))
        influence[kind] = sign * weight[kind] * (said[kind] - share) / np.sum(weight[kind]) / height
        alone += rate * (1 - rate) / ((n + 1) * height**2)
        parts.append(stats.norm.ppf(rate))
    p, o, variance = slow_variance(influence, person, output)
    if p == 1 and o > 1:
        half = stats.norm.ppf(0.975) * math.sqrt(alone)
    else:
        half = (
            stats.t.ppf(0.975, min(p, o) - 1) * math.sqrt(max(variance, alone)) if min(p, o) > 1 else math.nan
        )
    return parts[0] - parts[1], half, -(parts[0] + parts[1]) / 2


def slow_area(verdict, grade, weight):
    order = {0: 0, 3: 1, 2: 2}
    won = total = 0.0
    for i in np.flatnonzero((grade == 2) & (verdict != 1)):
        for j in np.flatnonzero((grade == 0) & (verdict != 1)):
            one, other = order[verdict[i]], order[verdict[j]]
            won += weight[i] * weight[j] * ((one > other) + (one == other) / 2)
            total += weight[i] * weight[j]
    return won / total if total else math.nan


def test_detection_golden():
    name = "signal_detection (log-linear): dprime, c"
    for row in expected()[name]:
        found = detection([row["hits"]], [row["misses"]], [row["fa"]], [row["cr"]])
        assert close(found.dprime[0], row["dprime"])
        assert abs(found.criterion[0] - row["c"]) <= 1e-6 * abs(row["c"]) + 1e-11
    for row in expected("oracle")["signal_detection, full"]:
        found = detection([row["hits"]], [row["misses"]], [row["fa"]], [row["cr"]])
        assert close(found.dprime_se[0] ** 2, row["var_d"])
        assert close(found.hit_rate[0], row["H"])
        assert close(found.false_alarm_rate[0], row["F"])


def test_detection_without_trials_and_bad_counts():
    found = detection([3, 0], [2, 0], [1, 5], [4, 5])
    assert np.isnan(found.dprime).tolist() == [False, True]
    assert math.isnan(found.criterion_low[1])
    assert codes(found) == {"no_trials"}
    with pytest.raises(ValueError, match="hits"):
        detection([-1], [2], [1], [4])


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 12))
def test_signal_detection_equals_the_slow_twins(seed, weighted, people):
    person, output, verdict, grade, weight = world(seed, people=people)
    weight = weight if weighted else np.ones(verdict.size)
    cell = np.random.default_rng(seed).integers(-1, 3, verdict.size)
    found = signal_detection(judgements(output, person, verdict, grade=grade, weight=weight), cell, n_cells=3)
    for c in range(3):
        own = cell == c
        parts = [a[own] for a in (person, output, verdict, grade[output], weight)]
        dprime, half, criterion = slow_dprime(*parts)
        assert np.isclose(found.dprime.estimate[c], dprime, equal_nan=True)
        assert np.isclose(found.dprime.high[c] - found.dprime.estimate[c], half, equal_nan=True)
        assert np.isclose(found.criterion.estimate[c], criterion, equal_nan=True)
        area = slow_area(parts[2], parts[3], parts[4])
        assert np.isclose(found.area.estimate[c], area, equal_nan=True)
        assert found.n_other[c] == np.isin(parts[3], [-1, 1]).sum()
        left_out = found.avoidant_signal[c] + found.avoidant_noise[c]
        assert left_out == np.sum((parts[2] == 1) & np.isin(parts[3], [0, 2]))
    for bounds in (found.dprime, found.criterion, found.area):
        there = ~np.isnan(bounds.low)
        assert np.all(bounds.low[there] <= bounds.high[there])


def test_signal_detection_area_interval_equals_the_slow_twin():
    person, output, verdict, grade, weight = world(3, size=400)
    found = signal_detection(judgements(output, person, verdict, grade=grade, weight=weight))
    own = np.isin(grade[output], [0, 2]) & (verdict != 1)
    person, output, verdict, weight = person[own], output[own], verdict[own], weight[own]
    signal = grade[output] == 2
    score = np.array([0, -1, 2, 1])[verdict]
    area = found.area.estimate[0]
    influence = np.zeros(score.size)
    for i in range(score.size):
        others = signal != signal[i]
        above = (score[i] > score[others]) + (score[i] == score[others]) / 2
        placed = np.sum(weight[others] * (above if signal[i] else 1 - above)) / np.sum(weight[others])
        influence[i] = weight[i] * (placed - area) / np.sum(weight[signal == signal[i]])
    p, o, variance = slow_variance(influence, person, output)
    half = stats.t.ppf(0.975, min(p, o) - 1) * math.sqrt(variance) / (area * (1 - area))
    assert close(found.area.low[0], special.expit(special.logit(area) - half))


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_signal_detection_ignores_order_and_labels(seed):
    person, output, verdict, grade, weight = world(seed)
    rng = np.random.default_rng(seed)
    order, names, places = rng.permutation(verdict.size), rng.permutation(30), rng.permutation(20)
    moved = np.empty_like(grade)
    moved[places] = grade
    first = signal_detection(judgements(output, person, verdict, grade=grade, weight=weight))
    second = signal_detection(
        judgements(
            places[output][order], names[person][order], verdict[order], grade=moved, weight=weight[order] * 7
        )
    )
    for name in ("dprime", "criterion", "area"):
        one, other = getattr(first, name), getattr(second, name)
        assert np.allclose([one.estimate, one.low], [other.estimate, other.low], equal_nan=True)


def test_signal_detection_reversed_verdicts_turn_d_and_area_around():
    person, output, verdict, grade, _ = world(5)
    turned = np.array([2, 1, 0, 3])[verdict]
    first = signal_detection(judgements(output, person, verdict, grade=grade))
    second = signal_detection(judgements(output, person, turned, grade=grade))
    assert np.allclose(first.dprime.estimate, -second.dprime.estimate)
    assert np.allclose(first.area.estimate, 1 - second.area.estimate)
    assert np.allclose(first.criterion.estimate, -second.criterion.estimate)


def test_signal_detection_golden_data_pooled_and_per_rater():
    data = s2()
    told = judgements(data.output, data.participant, data.verdict, grade=data.grade)
    pooled = signal_detection(told)
    assert pooled.misses.item() == 553
    assert pooled.dprime.low[0] < pooled.dprime.estimate[0] < pooled.dprime.high[0]
    assert pooled.warnings == ()
    raters = signal_detection(told, data.participant, n_cells=80)
    assert raters.misses.sum() == 553
    assert codes(raters) >= {"single_participant"}
    one = detection(
        *(getattr(raters, n)[:1] for n in ("hits", "misses", "false_alarms", "correct_rejections"))
    )
    assert close(one.dprime_low[0], raters.dprime.low[0])


def test_signal_detection_perfect_judges_get_no_zero_width():
    person, output = (a.ravel() for a in np.indices((6, 10)))
    grade = 2 * (np.arange(10) % 2)
    found = signal_detection(judgements(output, person, grade[output], grade=grade))
    assert found.area.estimate[0] == 1
    assert 0.8 < found.area.low[0] < 0.999
    assert found.dprime.low[0] < found.dprime.estimate[0] < found.dprime.high[0]


@pytest.mark.parametrize(
    ("verdict", "grade", "code"),
    [
        ([], [], "no_responses"),
        ([0, 2, 3], [2, 2, 2], "no_trials"),
        ([3, 3, 1], [2, 0, 2], "no_trials"),
        ([0, 2, 0], [-1, 1, -1], "no_trials"),
    ],
)
def test_signal_detection_degenerate(verdict, grade, code):
    n = len(verdict)
    rows = np.arange(n)
    found = signal_detection(judgements(rows, rows, np.array(verdict, int), grade=np.array(grade, int)))
    assert code in codes(found)
    assert np.isnan(found.dprime.estimate).all()
    assert np.isnan(found.criterion.low).all()


def test_signal_detection_one_output_of_each_kind():
    found = signal_detection(judgements([0, 1, 0, 1], [0, 0, 1, 1], [2, 0, 2, 2], grade=[2, 0]))
    assert math.isfinite(found.dprime.low[0])
    only = signal_detection(judgements([0, 1], [0, 1], [2, 0], grade=[2, 0]), [0, 0])
    assert math.isfinite(only.dprime.estimate[0])
    with pytest.raises(ValueError, match="cell"):
        signal_detection(judgements([0, 1], [0, 1], [2, 0], grade=[2, 0]), [0, 1])


def covered(cohorts: int) -> tuple[float, float]:
    """Coverage of d' and area: 60 people, 80 outputs, each judged by 8; people and outputs of unlike
    strength. The truths are those of the pooled rates."""
    rng = np.random.default_rng(11)
    outputs, each, people = 80, 8, 60
    grade = 2 * (np.arange(outputs) % 2)
    output = np.tile(np.repeat(np.arange(outputs), each), (cohorts, 1))
    person = np.argsort(rng.random((cohorts, outputs * each)), axis=1) % people
    lean, pull = rng.normal(0, 0.5, (cohorts, people)), rng.normal(0, 0.5, (cohorts, outputs))
    seen = np.where(grade[output] == 2, 0.7, -0.7) + np.take_along_axis(lean, person, 1)
    seen += np.take_along_axis(pull, output, 1) + rng.normal(0, 1, seen.shape)
    verdict = np.where(seen > 0.3, 2, np.where(seen < -0.3, 0, 3))
    sd = math.sqrt(1.5)
    high, low = (stats.norm.cdf((0.7 - cut) / sd) for cut in (-0.3, 0.3))
    hit, false = low / (low + 1 - high), (1 - high) / (low + 1 - high)
    dprime = stats.norm.ppf(hit) - stats.norm.ppf(false)
    signal, noise = np.array([1 - high, high - low, low]), np.array([low, high - low, 1 - high])
    area = signal @ (np.cumsum(noise) - noise / 2)
    cell = np.repeat(np.arange(cohorts), output.shape[1])
    data = judgements(
        (output + outputs * np.arange(cohorts)[:, None]).ravel(), person.ravel(), verdict.ravel(),
        grade=np.tile(grade, cohorts),
    )  # fmt: skip
    found = signal_detection(data, cell, n_cells=cohorts)
    return tuple(
        float(np.mean((bounds.low <= truth) & (truth <= bounds.high)))
        for bounds, truth in ((found.dprime, dprime), (found.area, area))
    )


def test_signal_detection_covers():
    for coverage in covered(300):
        assert 0.93 - 0.025 <= coverage <= 0.97 + 0.025


@pytest.mark.proof
def test_signal_detection_covers_at_full_size():
    for coverage in covered(4000):
        assert 0.93 - 0.007 <= coverage <= 0.97 + 0.007
