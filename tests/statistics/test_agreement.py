"""Krippendorff's alpha against published values, a pair-by-pair twin, and its bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.agreement import METRICS, alpha_counts, krippendorff
from annotations.statistics.agreementbootstrap import alpha_bootstrap
from annotations.statistics.draws import participant_weights

from .data import close, columns, expected, s1, s2

WORLDS = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 8), st.integers(1, 5))


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, size, people, kinds):
    """Nobody judges a unit twice; values agree with the unit's own in half of the cases."""
    rng = np.random.default_rng(seed)
    cells = rng.permutation(people * 15)[:size]
    person, unit = cells // 15, cells % 15
    guess = rng.integers(0, kinds, cells.size)
    return unit, person, np.where(rng.random(cells.size) < 0.5, unit % kinds, guess).astype(float)


def delta(metric, one, other, n):
    if metric == "nominal":
        return float(one != other)
    if metric == "interval":
        return (one - other) ** 2
    if metric == "ratio":
        return ((one - other) / (one + other)) ** 2 if one + other else 0.0
    low, high = min(one, other), max(one, other)
    between = sum(count for value, count in n.items() if low <= value <= high)
    return (between - (n[one] + n[other]) / 2) ** 2


def slow_twin(metric, unit, value, person=None, drawn=None):
    """Every pair of judgements, as the definition has it; `drawn` says how often each person counts."""
    v = np.ones(unit.size) if drawn is None else drawn[person]
    groups = {u: np.flatnonzero(unit == u) for u in np.unique(unit)}
    pairs = {u: v[i].sum() ** 2 - (v[i] ** 2).sum() for u, i in groups.items()}
    groups = {u: i for u, i in groups.items() if pairs[u] > 0}
    n: dict[float, float] = {}
    for index in groups.values():
        for i in index:
            n[value[i]] = n.get(value[i], 0.0) + v[i]
    n = {value: count for value, count in n.items() if count}
    if len(n) < 2:
        return math.nan
    within = 0.0
    for u, index in groups.items():
        m = v[index].sum()
        for i in index:
            for j in index:
                if i != j and v[i] * v[j] > 0:
                    within += v[i] * v[j] * delta(metric, value[i], value[j], n) * m / pairs[u]
    total = sum(n.values())
    over_all = sum(n[c] * n[k] * delta(metric, c, k, n) for c in n for k in n)
    return 1 - (total - 1) * within / over_all


def published():
    table = columns("krippendorff_2011.csv")
    names = [name for name in table if name != "observer"]
    rows = [(j, i, float(table[u][i])) for j, u in enumerate(names) for i in range(4) if table[u][i]]
    return alpha_counts(*(np.array(part) for part in zip(*rows, strict=True)))


@pytest.mark.parametrize("metric", METRICS)
def test_krippendorff_published_example(metric):
    found = krippendorff(published(), metric=metric)
    assert close(found.alpha, expected()["krippendorff_2011"][metric])
    assert (found.n, found.units, found.participants, found.n_single) == (40, 11, 4, 1)
    assert codes(found) == {"single_judgements"}


def test_krippendorff_golden():
    first, second, wanted = s1(), s2(), expected()["s1_synth"]
    ratings = alpha_counts(first.item, first.participant, first.rating * 100)
    failures = alpha_counts(first.item, first.participant, first.fail)
    verdicts = alpha_counts(second.output, second.participant, second.verdict)
    assert close(krippendorff(ratings, metric="interval").alpha, wanted["krippendorff_rating_interval"])
    assert close(krippendorff(ratings, metric="ordinal").alpha, wanted["krippendorff_rating_ordinal"])
    assert close(krippendorff(failures).alpha, wanted["krippendorff_fail_nominal"])
    assert close(krippendorff(verdicts).alpha, expected()["s2_synth"]["krippendorff_verdict_nominal"])


@pytest.mark.parametrize("metric", METRICS)
@given(WORLDS)
@settings(max_examples=30)
def test_krippendorff_equals_the_slow_twin(metric, parts):
    unit, person, value = world(*parts)
    wanted = slow_twin(metric, unit, value)
    assert np.isclose(
        krippendorff(alpha_counts(unit, person, value), metric=metric).alpha, wanted, equal_nan=True
    )


@pytest.mark.parametrize("metric", METRICS)
@given(WORLDS)
@settings(max_examples=15)
def test_krippendorff_ignores_order_labels_and_unit_of_measurement(metric, parts):
    unit, person, value = world(*parts)
    rng = np.random.default_rng(parts[0])
    order, names = rng.permutation(unit.size), rng.permutation(40)
    turned = {"nominal": names[value.astype(int)], "ordinal": -(value**3), "interval": 7 - 3 * value}
    other = turned.get(metric, 4 * value)
    found = krippendorff(alpha_counts(unit, person, value), metric=metric)
    again = krippendorff(alpha_counts(names[unit][order], names[person][order], other[order]), metric=metric)
    assert np.isclose(found.alpha, again.alpha, equal_nan=True)
    missing = alpha_counts(np.r_[unit, 0], np.r_[person, 39], np.r_[value, np.nan])
    assert missing.n_missing == 1
    assert np.isclose(found.alpha, krippendorff(missing, metric=metric).alpha, equal_nan=True)


def test_krippendorff_of_many_distinct_values_takes_the_sparse_way():
    """A table of units by values would be too large; as many more units would not change the sums."""
    rng = np.random.default_rng(4)
    unit, person = np.repeat(np.arange(400), 3), np.tile(np.arange(3), 400)
    value = rng.normal(50, 1, 400)[unit] + rng.normal(0, 1, unit.size)
    gathered = alpha_counts(unit, person, value)
    assert gathered.counts.shape == (400, 1200)
    table = value.reshape(400, 3)
    within = sum(np.sum((table - table[:, [k]]) ** 2) for k in range(3)) / 2
    over_all = 2 * value.size**2 * np.var(value)
    wanted = 1 - (value.size - 1) * within / over_all
    assert close(krippendorff(gathered, metric="interval").alpha, wanted)
    small = slice(0, 90)
    part = alpha_counts(unit[small], person[small], value[small])
    for metric in METRICS:
        wanted = slow_twin(metric, unit[small], value[small])
        assert close(krippendorff(part, metric=metric).alpha, wanted)


def test_krippendorff_perfect_and_opposite():
    unit, person = np.repeat(np.arange(50), 2), np.tile([0, 1], 50)
    for metric in METRICS:
        assert krippendorff(alpha_counts(unit, person, unit % 3), metric=metric).alpha == 1
        assert krippendorff(alpha_counts(unit, person, person), metric=metric).alpha < 0


@pytest.mark.parametrize(
    ("unit", "person", "value", "code"),
    [
        ([], [], [], "no_pairs"),
        ([0, 1], [0, 1], [np.nan, np.nan], "no_pairs"),
        ([0, 1, 2], [0, 0, 0], [1, 2, 3], "no_pairs"),
        ([0, 0, 1, 1], [0, 1, 0, 1], [2, 2, 2, 2], "constant"),
    ],
)
@pytest.mark.parametrize("metric", METRICS)
def test_krippendorff_degenerate(metric, unit, person, value, code):
    gathered = alpha_counts(np.array(unit, int), np.array(person, int), np.array(value, float))
    assert math.isnan(krippendorff(gathered, metric=metric).alpha)
    assert code in codes(krippendorff(gathered, metric=metric))
    for over in ("units", "participants"):
        drawn = alpha_bootstrap(gathered, metric=metric, over=over, seed=1, count=5)
        assert math.isnan(drawn.interval.low)
        assert code in codes(drawn)


def test_krippendorff_says_who_judged_twice():
    found = krippendorff(alpha_counts([0, 0, 0, 1, 1], [0, 0, 1, 0, 1], [1, 1, 2, 2, 2]))
    assert codes(found) == {"repeated_judgements"}


def test_krippendorff_refuses_bad_input():
    gathered = alpha_counts([0, 0], [0, 1], [-1.0, 1.0])
    with pytest.raises(ValueError, match="ratio"):
        krippendorff(gathered, metric="ratio")
    with pytest.raises(ValueError, match="metric"):
        krippendorff(gathered, metric="cubic")
    with pytest.raises(ValueError, match="value"):
        alpha_counts([0, 0], [0, 1], [1.0, math.inf])
    with pytest.raises(ValueError, match="over"):
        alpha_bootstrap(gathered, over="items", seed=1)
    with pytest.raises(ValueError, match="seed"):
        alpha_bootstrap(gathered, seed=-1)


@pytest.mark.parametrize("metric", METRICS)
def test_alpha_bootstrap_equals_the_slow_twin(metric):
    unit, person, value = world(8, 50, 7, 4)
    gathered = alpha_counts(unit, person, value)
    keep = np.bincount(unit, minlength=15)[unit] > 1
    unit, person, value = unit[keep], person[keep], value[keep]
    found = alpha_bootstrap(gathered, metric=metric, over="participants", seed=3, count=6)
    weights = participant_weights(gathered.participants, 3, 0, 6)
    wanted = [slow_twin(metric, unit, value, gathered.participant, w) for w in weights]
    assert np.allclose(found.alphas, wanted, equal_nan=True)
    found = alpha_bootstrap(gathered, metric=metric, over="units", seed=3, count=6)
    for alpha, weight in zip(
        found.alphas, participant_weights(gathered.counts.shape[0], 3, 0, 6), strict=True
    ):
        drawn = np.repeat(np.arange(weight.size), weight.astype(int))
        rows = [np.flatnonzero(gathered.unit == u) for u in drawn]
        copies = np.repeat(np.arange(drawn.size), [len(r) for r in rows])
        assert np.isclose(alpha, slow_twin(metric, copies, value[np.concatenate(rows)]))


def test_alpha_bootstrap_is_seeded_and_cautions():
    gathered = published()
    one, other = (alpha_bootstrap(gathered, seed=5, count=100) for _ in range(2))
    assert one.interval == other.interval
    assert "few_clusters" in codes(alpha_bootstrap(gathered, over="participants", seed=5, count=10))
    assert math.isnan(alpha_bootstrap(gathered, seed=1, count=0).interval.low)


def covered(cohorts: int, over: str) -> float:
    """How often the interval holds alpha. Three kinds; people say the true one with a chance of their
    own, 2/3 on average, and else guess, so that 7/9 are right and two people agree in 51 of 81 cases."""
    truth = (51 / 81 - 1 / 3) / (2 / 3)
    hits = 0
    for seed in range(cohorts):
        rng = np.random.default_rng(seed)
        care = rng.beta(4, 2, 40)
        person = np.argsort(rng.random((200, 40)), axis=1)[:, :4].ravel()
        unit = np.repeat(np.arange(200), 4)
        right = rng.random(unit.size) < care[person]
        gathered = alpha_counts(unit, person, np.where(right, unit % 3, rng.integers(0, 3, unit.size)))
        found = alpha_bootstrap(gathered, over=over, seed=seed, count=200).interval
        hits += found.low <= truth <= found.high
    return hits / cohorts


def test_alpha_bootstrap_over_participants_covers():
    assert covered(60, "participants") > 0.85


@pytest.mark.proof
def test_alpha_bootstrap_over_participants_covers_at_full_size():
    assert 0.92 <= covered(2000, "participants") <= 0.97
