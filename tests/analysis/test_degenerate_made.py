"""The whole of each analysis, figures asked for included, on data from which little can be learned: numbers
with a reason where there are none, and no warning of numpy's."""

from __future__ import annotations

import math

import pytest

from annotations.analysis.findings import compute_all
from annotations.calibration import compute as calibration
from annotations.reliability import compute as reliability
from annotations.supervision import compute as supervision
from annotations.supervision.raters import rater_rows
from tests.analysis.made import made

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
NAN = float("nan")
DOMAINS = [{"name": "synth", "metric": "steps"}]
METHODS = {
    "likelihood": {}, "mixed": {"method": "mixed"}, "isotonic": {"method": "isotonic"},
    "free ends": {"free_ends": ["floor", "ceiling"]},
}  # fmt: skip
REASONS = {
    "calibration": ("location", "warnings"), "answer_reliability": ("estimate", "note"),
    "metric_candidates": ("spearman", "note"), "slips_against": ("estimate", "note"),
    "slip_effects": ("estimate", "note"), "severity": ("estimate", "note"), "agreement": ("alpha", "note"),
    "wrong_grades": ("slip", "note"),
}  # fmt: skip


def findings(module, data, given=None):
    found = compute_all(module, data, given or {}, resamples=20, seed=1)
    module.draw(found, data.definition)
    for name, rows in found.tables.items():
        for row in rows:
            assert all(math.isfinite(cell) for cell in row.values() if isinstance(cell, float))
            if name in REASONS:
                value, reason = REASONS[name]
                assert row[value] is not None or row[reason] or row.get("n") == 0, (name, row)
    return found


def varied(person, at):
    return {
        "failed": float((person + at) % 3 == 0), "difficulty": 10.0 * at + 5 * person,
        "declined": float((person + at) % 6 == 0),
    }  # fmt: skip


def rated(metrics=(1, 2, 3), people=6, answer=varied, **analysis):
    return made(
        {"title": "t", "protocol": "difficulty", "domains": DOMAINS, "analysis": analysis},
        items=[{"metric": metric} for metric in metrics],
        people=[{}] * people,
        responses=[
            {"person": person, "item": at, **answer(person, at)}
            for person in range(people)
            for at in range(len(metrics))
        ],
    )


S1 = {
    "nobody failed": {"answer": lambda person, at: {"failed": 0.0}},
    "all failed": {"answer": lambda person, at: {"failed": 1.0, "declined": 1.0}},
    "one person": {"people": 1},
    "one item": {"metrics": (1,)},
    "one answer": {"metrics": (1,), "people": 1},
    "constant metric": {"metrics": (4, 4, 4)},
    "missing metric": {"metrics": (NAN, NAN, NAN)},
    "one metric missing": {"metrics": (1, NAN, 3)},
    "reversed metric": {"metrics": (3, 2, 1)},
    "huge metric": {"metrics": (1, 1e12, -1e12)},
    "all rate 0": {"answer": lambda person, at: {"difficulty": 0.0}},
    "all rate 100": {"answer": lambda person, at: {"difficulty": 100.0}},
    "all rate the same": {"answer": lambda person, at: {"difficulty": 40.0}},
    "answers unmarked": {"answer": lambda person, at: {}},
    "perfectly separated": {"metrics": (1, 2, 3, 4), "answer": lambda person, at: {"failed": float(at > 1)}},
    "nobody answered": {"people": 0},
}


@pytest.mark.parametrize("case", S1)
def test_calibration_by_every_method(case):
    for method, settings in METHODS.items():
        found = findings(calibration, rated(**S1[case], **settings))
        assert found.tables["calibration"], method
        rows = found.tables["difficulty"]
        for row in rows:
            if row["difficulty_low"] is not None:
                assert 0 <= row["difficulty_low"] <= row["difficulty"] <= row["difficulty_high"] <= 100


def judged(grades=(2, 0, 1), metrics=(1, 2, 3), people=6, verdict=lambda at: at % 4, more=None, **outputs):
    return made(
        {"title": "t", "protocol": "supervision", "domains": DOMAINS, "analysis": {"bins": 3}},
        items=[{"metric": metric} for metric in metrics],
        people=[{}] * people,
        outputs=[{"item": at, "grade": grade, **outputs} for at, grade in enumerate(grades)],
        responses=[
            {"person": person, "output": at, "verdict": verdict(person + at), **(more or {})}
            for person in range(people)
            for at in range(len(grades))
        ],
    )


S2 = {
    "no incorrect output": {"grades": (0, 0, 1)},
    "avoidant alone": {"grades": (1, 1, 1)},
    "no grades": {"grades": (-1, -1, -1)},
    "no grades, all agree": {"grades": (-1, -1, -1), "verdict": lambda at: 0},
    "one ungraded, all unsure": {"grades": (-1, 0, 2), "verdict": lambda at: 3},
    "all unsure": {"verdict": lambda at: 3},
    "all slip": {"verdict": lambda at: 0},
    "no slip": {"verdict": lambda at: 2},
    "one person": {"people": 1},
    "one output": {"grades": (2,), "metrics": (1,)},
    "constant metric": {"metrics": (4, 4, 4)},
    "missing metric": {"metrics": (NAN, NAN, NAN)},
    "empty bins": {"metrics": (1, 1, 3)},
    "constant covariates": {"more": {"confidence": 50.0, "position": 0.0, "milliseconds": 0.0}},
    "harmless": {"severity": 0.0},
    "negative severity": {"severity": -1.0},
    "all regraded": {"regraded": True, "first": 2},
    "all excluded": {"more": {"reason": "odd"}},
    "nobody answered": {"people": 0},
}


@pytest.mark.parametrize("case", S2)
def test_supervision_and_reliability(case):
    data = judged(**S2[case])
    found = findings(supervision, data)
    assert found.warnings
    assert len(rater_rows(data)) == S2[case].get("people", 6)
    findings(reliability, data)


def test_freed_ends_are_found_where_the_data_tell_them_and_fixed_with_a_reason_where_not():
    def some_always_fail(person, at):
        return {"failed": float(person < (4, 4, 5, 11, 25, 35, 36, 36)[at]), "difficulty": NAN}

    metrics = tuple(range(8))
    settings = {"difficulty_target": "failure", "resamples": 0}
    free = findings(
        calibration, rated(metrics, 40, some_always_fail, free_ends=["floor", "ceiling"], **settings)
    )
    row = next(row for row in free.tables["calibration"] if row["method"] == "likelihood")
    assert (round(row["floor"], 2), round(row["ceiling"], 2)) == (0.1, 0.91)
    kinds = {(one["quantity"], one["interval"]) for one in free.tables["calibration_intervals"]}
    assert {("floor", "profile_likelihood"), ("ceiling", "sandwich_participants")} <= kinds
    fixed = findings(calibration, rated(metrics, 40, some_always_fail, **settings))
    row = next(row for row in fixed.tables["calibration"] if row["method"] == "likelihood")
    assert (row["floor"], row["ceiling"]) == (0.0, 1.0)
    few = findings(calibration, rated((1, 2), 9, free_ends=["floor", "ceiling"], **settings))
    assert any("do not tell them: they are fixed" in one for one in few.warnings)


@pytest.mark.parametrize("method", ["mixed", "isotonic"])
def test_the_chosen_method_gives_the_curve_that_is_shown(method):
    found = findings(calibration, rated(tuple(range(8)), 6, method=method))
    curves = {row["method"] for row in found.tables["calibration_curve"]}
    assert curves == ({"mixed", "mixed_typical", "isotonic"} if method == "mixed" else {"isotonic"})
    assert found.tables["calibration"][0]["method"] == method
    assert found.params["method"] == method
