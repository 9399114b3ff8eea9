"""What a supervision computes beside the contract's tables, on studies made in memory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotations.analysis.findings import compute_all
from annotations.analysis.tables import TABLE_COLUMNS
from annotations.statistics.judgements import judgements
from annotations.statistics.severity import severity_slip
from annotations.supervision import compute
from annotations.supervision.raters import rater_rows
from tests.analysis.made import crowd, made


def found(data, resamples=20):
    findings = compute_all(compute, data, {}, resamples=resamples, seed=3)
    for name, rows in findings.tables.items():
        for row in rows:
            assert tuple(row) == TABLE_COLUMNS[name]
            assert not any(isinstance(cell, float) and not math.isfinite(cell) for cell in row.values())
    return findings


def slip_of(rows, scope, rule="", value=""):
    (row,) = (
        row
        for row in rows
        if (row["scope"], row["rule"], row["value"], row["bin"], row["measure"])
        == (scope, rule, value, None, "slip")
    )
    return row


@pytest.fixture(scope="module")
def rich():
    data = crowd(
        protocol="supervision", machines=2, excluded=6, ungraded=4, exclusions=[{"name": "fast_people"}]
    )
    return data, found(data)


def test_slips_stand_with_and_without_what_is_excluded(rich):
    data, findings = rich
    rows = findings.tables["supervision_sensitivity"]
    counted, everything = slip_of(rows, "counted"), slip_of(rows, "with_excluded")
    (headline,) = (
        row
        for row in findings.tables["supervision"]
        if row["group"] == "all" and row["bin"] is None
        and (row["grade"], row["verdict"]) == ("incorrect", "correct")
    )  # fmt: skip
    for name in ("n", "total", "rate", "low", "high"):
        assert counted[name] == headline[name]
    wrong = data.outputs["grade"].to_numpy()[data.whole.responses["output"]] == 2
    assert everything["total"] == np.count_nonzero(wrong) > counted["total"]
    assert everything["n_participants"] == 40
    rules = data.whole.responses["reason"] != "odd"
    assert slip_of(rows, "without_rules")["total"] == np.count_nonzero(wrong & rules)
    assert slip_of(rows, "put_back", "fast_people")["total"] == slip_of(rows, "without_rules")["total"]
    assert {row["value"] for row in rows} == {"", "novices", "experts"}
    assert any("are excluded; the results with them" in one for one in findings.warnings)


def test_without_exclusions_there_is_nothing_to_compare():
    findings = found(crowd(protocol="supervision", people=12, rich=False))
    assert "supervision_sensitivity" not in findings.tables
    assert not any("excluded" in one for one in findings.warnings)


def test_a_machine_is_a_row_of_its_own_and_in_no_rate(rich):
    data, findings = rich
    rows = findings.tables["machine_supervisors"]
    assert [row["machine"] for row in rows] == ["machine-0"] * 8 + ["machine-1"] * 8
    alone = next(row for row in rows if (row["accepts"], row["measure"]) == ("machine", "slip"))
    theirs = data.machines.responses
    mine = theirs["person"] == data.machines.people["name"].tolist().index("machine-0")
    wrong = data.outputs["grade"].to_numpy()[theirs["output"]] == 2
    people = set(data.responses["output"])
    both = mine & wrong & theirs["output"].isin(people)
    assert (alone["n"], alone["total"]) == (int((both & (theirs["verdict"] == 0)).sum()), int(both.sum()))
    assert findings.summary["participants_by_kind"] == {"human": 34}


def test_grades_are_inferred_only_where_there_are_none_and_enter_no_rate(rich):
    data, findings = rich
    rows = findings.tables["inferred_grades"]
    assert {row["output_id"] for row in rows} <= set(data.outputs["key"][data.outputs["grade"] < 0])
    assert rows
    assert all(
        abs(sum(row[f"p_{grade}"] for grade in ("correct", "avoidant", "incorrect")) - 1) < 1e-5
        for row in rows
    )
    assert any("an illusion they share passes for the truth" in one for one in findings.warnings)


def test_severity_is_that_of_the_outputs(rich):
    data, findings = rich
    responses, outputs = data.responses, data.outputs
    kernel = severity_slip(
        judgements(
            responses["output"], responses["person"], responses["verdict"], grade=outputs["grade"]
        ),
        outputs["severity"],
    )  # fmt: skip
    by = {row["quantity"]: row for row in findings.tables["severity"] if row["group"] == "all"}
    assert by["weighted_slip"]["estimate"] == pytest.approx(kernel.rate)
    assert by["plain_slip"]["total"] == kernel.n


def test_covariates_are_those_that_were_recorded(rich):
    findings = rich[1]
    names = {row["covariate"] for row in findings.tables["slips_against"]}
    assert names == {
        "own_answer_right", "own_rating", "confidence", "position", "seconds", "trust_before",
    }  # fmt: skip
    plain = found(crowd(protocol="supervision", people=12, rich=False))
    assert "slips_against" not in plain.tables
    assert "severity" not in plain.tables


def test_wrong_grades_use_the_first_gradings_and_the_audit(rich):
    data, findings = rich
    (audited,) = (
        row for row in findings.tables["wrong_grades"] if (row["part"], row["outputs"]) == ("audited", "all")
    )
    outputs = data.outputs
    assert audited["total"] == int((outputs["regraded"] & (outputs["first"] == 2)).sum())


def test_confidence_gives_meta_d_prime_and_nobody_asked_gives_none(rich):
    quantities = {row["quantity"] for row in rich[1].tables["telling_apart"]}
    assert {"confidence_area", "meta_dprime", "meta_ratio"} <= quantities
    plain = found(crowd(protocol="supervision", people=12, rich=False))
    assert "meta_dprime" not in {row["quantity"] for row in plain.tables["telling_apart"]}


def test_raters_are_everybody_whether_they_count_or_not(rich):
    data = rich[0]
    rows = rater_rows(data)
    assert len(rows) == 42
    assert [rows[pk]["excluded"] for pk in (0, 1, 6)] == [1, 1, 0]
    assert rows[0]["reason"] == "fast_people: quick"
    assert rows[41]["kind"] == "ai"
    assert rows[41]["n_responses"] == 12


def test_checks_are_counted_apart():
    data = made(
        {"title": "t", "protocol": "supervision", "domains": [{"name": "synth"}]},
        items=[{"metric": 1}],
        people=[{}, {}],
        outputs=[{"item": 0, "grade": 2}],
        responses=[{"person": 0, "output": 0, "verdict": 0}],
        checks=[{"person": 0, "passed": True}, {"person": 0, "passed": False}, {"person": 1, "passed": True}],
    )
    rows = rater_rows(data)
    assert [(rows[at]["checks_passed"], rows[at]["checks_failed"]) for at in (0, 1)] == [(1, 1), (1, 0)]
    assert [rows[at]["n_responses"] for at in (0, 1)] == [1, 0]
    assert rows[0]["d_prime"] is None


def judged(probability, batch="", strategy=None):
    """Two of three verdicts on an output that is always shown slip, none on one that is shown rarely."""
    responses = [
        {"person": at, "output": at % 2, "verdict": 0 if at % 2 == 0 and at % 3 else 2, "batch": batch,
         "probability": probability[at % 2]}
        for at in range(24)
    ]  # fmt: skip
    return made(
        {"title": "t", "protocol": "supervision", "domains": [{"name": "synth"}],
         "batches": [{"name": "main", "participants": 30}]},
        items=[{"metric": 1}, {"metric": 2}], people=[{}] * 24,
        outputs=[{"item": 0, "grade": 2}, {"item": 1, "grade": 2}], responses=responses,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("batch", "weighted"), [("", True), ("main", False)], ids=["collected elsewhere", "least filled"]
)
def test_answers_weigh_by_their_probability_where_allocation_was_not_uniform(batch, weighted):
    findings = found(judged((0.8, 0.2), batch))
    (row,) = (
        row
        for row in findings.tables["supervision"]
        if row["group"] == "all" and row["bin"] is None
        and (row["grade"], row["verdict"]) == ("incorrect", "correct")
    )  # fmt: skip
    slips = row["n"] / 12
    expected = (slips / 0.8) / (1 / 0.8 + 1 / 0.2) if weighted else slips / 2
    assert row["rate"] == pytest.approx(expected)
    assert any("weigh 1 / the probability" in one for one in findings.warnings) == weighted
