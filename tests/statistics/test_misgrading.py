"""Wrong grades taken off the slip rate: the documented example, solved equations, simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.judgements import judgements
from annotations.statistics.misgrading import Audit, misgrading

from .data import close


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def world(seed, *, slip=0.2, accepted=0.9, m=0.2, q=0.02, outputs=400, people=40, each=8):
    """Grades that are wrong at rates m (of those graded incorrect) and q, and verdicts on the truth."""
    rng = np.random.default_rng(seed)
    grade = np.where(np.arange(outputs) % 4 == 0, 2, 0)
    wrong = rng.random(outputs) < np.where(grade == 2, m, q)
    truth = np.where(wrong, 2 - grade, grade)
    output = np.repeat(np.arange(outputs), each)
    person = np.argsort(rng.random(output.size)) % people
    lean = rng.normal(0, 0.05, people)[person]
    chance = np.where(truth[output] == 2, slip, accepted) + lean
    verdict = np.where(rng.random(output.size) < chance, 0, 2)
    return judgements(output, person, verdict, grade=grade), truth


def test_misgrading_the_example_of_rare_errors():
    """1 % misgrading at 2 % true errors turns a slip of .05 into .35."""
    outputs, people = (a.ravel() for a in np.indices((10_000, 20)))
    truth = np.where(np.arange(10_000) < 200, 2, 0)
    grade = np.where((np.arange(10_000) >= 200) & (np.arange(10_000) < 298), 2, truth)
    verdict = np.where(people < np.where(truth[outputs] == 2, 1, 19), 0, 2)
    found = misgrading(
        judgements(outputs, people, verdict, grade=grade),
        Audit(298, 98, 50, 0),
        threshold=0.1,
        rates=[0.0, 0.01],
    )
    assert round(found.observed, 2) == 0.35
    assert np.allclose(found.slip, [found.observed, 0.05])
    assert close(found.share[1], 98 / 298)
    assert close(found.corrected, 0.05)
    assert found.safe is False
    assert 0.008 < found.tipping_rate < 0.01


@settings(max_examples=50)
@given(
    st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 0.9), st.integers(0, 20), st.integers(0, 9)
)
def test_misgrading_solves_the_mixture(a_wrong, a_right, threshold, overturned, other):
    """The corrected rates, mixed by the shares, give the observed acceptances again."""
    k_wrong, k_right = round(100 * a_wrong), round(100 * a_right)
    outputs, people = (a.ravel() for a in np.indices((2, 100)))
    verdict = np.where(people < np.where(outputs == 0, k_wrong, k_right), 0, 2)
    data = judgements(outputs, people, verdict, grade=[2, 0])
    audit = Audit(50, overturned, 50, other)
    found = misgrading(data, audit, threshold=threshold, rates=[0.0, 0.1])
    m, q = overturned / 50, other / 50
    slip, _ = np.linalg.solve([[1 - m, m], [q, 1 - q]], [k_wrong / 100, k_right / 100])
    assert np.isclose(found.corrected, np.clip(slip, 0, 1))
    assert ("out_of_range" in codes(found)) == (slip < -1e-9 or slip > 1 + 1e-9)
    if math.isfinite(found.tipping_share):
        at_tip = misgrading(data, audit, threshold=threshold, rates=[found.tipping_rate])
        assert np.isclose(at_tip.slip[0], threshold)
        assert np.isclose(at_tip.share[0], found.tipping_share)
    else:
        grid = misgrading(data, audit, threshold=threshold, rates=np.linspace(0, 0.99, 400)).slip
        grid = grid[np.isfinite(grid)]
        assert grid.size == 0 or np.all(grid >= threshold - 1e-9) or np.all(grid <= threshold + 1e-9)


def test_misgrading_interval_covers_the_true_slip():
    hits = 0
    for seed in range(120):
        data, truth = world(seed)
        rng = np.random.default_rng(seed + 1000)
        looks = [rng.permutation(np.flatnonzero(data.grade == g))[:60] for g in (2, 0)]
        audit = Audit(60, int(np.sum(truth[looks[0]] == 0)), 60, int(np.sum(truth[looks[1]] == 2)))
        found = misgrading(data, audit, threshold=0.1).corrected_interval
        hits += found.low <= 0.2 <= found.high
    assert hits / 120 >= 0.9


def test_misgrading_weights_relabelling_and_part_of_the_outputs():
    data, _ = world(1)
    rng = np.random.default_rng(0)
    order, names = rng.permutation(data.output.size), rng.permutation(60)
    moved = judgements(
        data.output[order], names[data.participant][order], data.verdict[order], grade=data.grade,
        weight=np.full(order.size, 4.0),
    )  # fmt: skip
    audit = Audit(60, 9, 60, 1)
    first, second = (misgrading(d, audit, threshold=0.3) for d in (data, moved))
    assert close(first.corrected, second.corrected)
    assert close(first.corrected_interval.high, second.corrected_interval.high)
    easy = np.arange(data.grade.size) < 100
    part = misgrading(data, audit, threshold=0.3, among=easy)
    own = easy[data.output] & (data.grade[data.output] == 2)
    assert close(part.observed, float(np.mean(data.verdict[own] == 0)))


def test_misgrading_more_audit_narrows():
    data, _ = world(2)
    few, many = (
        misgrading(data, Audit(n, n // 5, n, 0), threshold=0.3).corrected_interval for n in (20, 2000)
    )
    assert many.high - many.low < few.high - few.low


def test_misgrading_safe_and_never_tipping():
    data, _ = world(3, slip=0.6)
    found = misgrading(data, Audit(500, 5), threshold=0.2)
    assert found.safe is True
    assert codes(found) == {"no_audit_of_correct"}
    low = misgrading(world(3, slip=0.05, m=0.0, accepted=0.9)[0], Audit(50, 1, 50, 0), threshold=0.5)
    assert codes(low) == {"never_tips"}
    assert math.isnan(low.tipping_rate)
    assert low.safe is True


def test_misgrading_degenerate():
    none = np.array([], int)
    empty = misgrading(judgements(none, none, none, grade=[2, 0]), Audit(), threshold=0.1)
    assert codes(empty) == {"no_data", "no_audit", "no_audit_of_correct"}
    assert math.isnan(empty.observed)
    assert np.isnan(empty.slip).all()
    assert empty.safe is None
    wrong_only = misgrading(judgements([0, 0], [0, 1], [0, 2], grade=[2]), Audit(5, 1), threshold=0.1)
    assert codes(wrong_only) == {"no_correct", "no_audit_of_correct"}
    assert wrong_only.safe is None
    all_overturned = misgrading(world(4)[0], Audit(5, 5, 5, 0), threshold=0.1)
    assert math.isnan(all_overturned.corrected)
    assert "all_overturned" in codes(all_overturned)
    alone = misgrading(judgements([0, 1], [0, 0], [0, 0], grade=[2, 0]), Audit(5, 1, 5, 0), threshold=0.1)
    assert math.isnan(alone.corrected_interval.low)
    assert "too_few_clusters" in codes(alone)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"threshold": 0}, "threshold"),
        ({"rates": [1.0]}, "rates"),
        ({"audit": Audit(3, 4)}, "audit"),
        ({"among": [True]}, "among"),
    ],
)
def test_misgrading_refuses_bad_input(change, match):
    good = {"audit": Audit(), "threshold": 0.1}
    with pytest.raises(ValueError, match=match):
        misgrading(judgements([0], [0], [0], grade=[2, 0]), **{**good, **change})
