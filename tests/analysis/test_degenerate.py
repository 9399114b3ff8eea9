"""Data from which little can be learned: the job is done and says so, and never breaks."""

from __future__ import annotations

import math

import pytest

from annotations.analysis.runs import latest_run
from annotations.core.models import Job
from annotations.studies.services import open_study
from tests.analysis.bundles import analyse, defined, item, load, write_bundle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
PEOPLE = [f"p{number}" for number in range(6)]


def sane(value):
    """Nothing that JSON or a CSV reader would stumble over."""
    return not isinstance(value, float) or math.isfinite(value)


def done(study, kind):
    job = analyse(study)
    assert (job.state, job.error) == (Job.DONE, "")
    run = latest_run(study, kind)
    for table in run.tables.all():
        assert all(sane(value) for row in table.rows for value in row.values())
    for figure in run.figures.all():
        assert figure.svg.startswith("<svg")
    return run


def rated(tmp_path, *, metrics=(1, 2, 3), people=PEOPLE, answer=lambda person, at: {}, **domain):
    items = [item(f"i{at}", metric) for at, metric in enumerate(metrics)]
    responses = [
        {
            "participant_id": person, "item_id": f"i{at}", "answer": "7", "answer_correct": "", "difficulty": "",
            "dont_know": "", **answer(number, at),
        }
        for number, person in enumerate(people)
        for at in range(len(metrics))
    ]  # fmt: skip
    folder = write_bundle(
        tmp_path / "s", defined("difficulty", domain=domain), items=items, responses=responses
    )
    return load(folder)


def varied(number, at):
    return {"answer_correct": int((number + at) % 3 > 0), "difficulty": 10 * at + 5 * number}


S1 = {
    "nobody failed": {"answer": lambda number, at: {"answer_correct": 1}},
    "all failed": {"answer": lambda number, at: {"answer_correct": 0}},
    "nobody knew": {"answer": lambda number, at: {"answer": "", "dont_know": 1}},
    "one person": {"people": ["p0"], "answer": varied},
    "one item": {"metrics": (1,), "answer": varied},
    "one answer": {"metrics": (1,), "people": ["p0"], "answer": varied},
    "constant metric": {"metrics": (4, 4, 4), "answer": varied},
    "missing metric": {"metrics": ("", "", ""), "answer": varied},
    "missing metric, nobody failed": {
        "metrics": ("", ""),
        "answer": lambda number, at: {"answer_correct": 1},
    },
    "one metric missing": {"metrics": (1, "", 3), "answer": varied},
    "zero and negative on a log scale": {
        "metrics": (0, -1, 10, 100),
        "answer": varied,
        "metric_transform": "log10",
    },
    "all rate 0": {"answer": lambda number, at: {"difficulty": 0}},
    "all rate 100": {"answer": lambda number, at: {"difficulty": 100}},
    "all rate the same": {"answer": lambda number, at: {"difficulty": 40}},
    "answers unmarked": {"answer": lambda number, at: {}},
    "huge metric": {"metrics": (1, 1e12, -1e12), "answer": varied},
    "chance of 1": {"answer": varied, "guess": 0.99},
    "perfectly separated": {
        "metrics": (1, 2, 3, 4),
        "answer": lambda number, at: {"answer_correct": int(at < 2)},
    },
}


@pytest.mark.parametrize("case", S1)
def test_calibration(tmp_path, case):
    run = done(rated(tmp_path, **S1[case]), "calibration")
    assert run.warnings or case in ("one metric missing", "chance of 1", "huge metric")
    rows = run.rows("difficulty")
    assert len(rows) == len(S1[case].get("metrics", (1, 2, 3)))
    for row in rows:
        if row["difficulty_low"] is not None:
            assert 0 <= row["difficulty_low"] <= row["difficulty"] <= row["difficulty_high"] <= 100


def judged(
    tmp_path, *, grades=("incorrect", "correct", "avoidant"), metrics=(1, 2, 3), people=PEOPLE, verdict
):
    items = [item(f"i{at}", metric) for at, metric in enumerate(metrics)]
    outputs = [
        {"output_id": f"o{at}", "item_id": f"i{at}", "system": "one", "text": "x", "grade": grade}
        for at, grade in enumerate(grades)
    ]
    responses = [
        {"participant_id": person, "output_id": f"o{at}", "verdict": verdict(number, at)}
        for number, person in enumerate(people)
        for at in range(len(grades))
    ]
    folder = write_bundle(
        tmp_path / "s",
        defined("supervision"),
        items=items, systems=[{"system": "one"}], outputs=outputs, responses=responses,
    )  # fmt: skip
    return load(folder)


def any_verdict(number, at):
    return ("correct", "avoidant", "incorrect", "unsure")[(number + at) % 4]


S2 = {
    "no incorrect outputs": {"grades": ("correct", "correct", "avoidant"), "verdict": any_verdict},
    "no grades": {"grades": ("", "", ""), "verdict": any_verdict},
    "all unsure": {"verdict": lambda number, at: "unsure"},
    "all slip": {"verdict": lambda number, at: "correct"},
    "no slip": {"verdict": lambda number, at: "incorrect"},
    "one person": {"people": ["p0"], "verdict": any_verdict},
    "one output": {"grades": ("incorrect",), "metrics": (1,), "verdict": any_verdict},
    "constant metric": {"metrics": (4, 4, 4), "verdict": any_verdict},
    "missing metric": {"metrics": ("", "", ""), "verdict": any_verdict},
}


@pytest.mark.parametrize("case", S2)
def test_supervision(tmp_path, case):
    run = done(judged(tmp_path, **S2[case]), "supervision")
    assert run.warnings
    for row in run.rows("supervision"):
        assert (row["rate"] is None) == (row["total"] == 0)
        if row["low"] is not None:
            assert 0 <= row["low"] <= row["rate"] <= row["high"] <= 1


@pytest.mark.parametrize("protocol, kind", [("difficulty", "calibration"), ("supervision", "supervision")])
def test_nobody_answered(tmp_path, protocol, kind):
    tables = {"items": [item("i1", 1), item("i2", 2)]}
    if protocol == "supervision":
        tables["systems"] = [{"system": "one"}]
        tables["outputs"] = [
            {"output_id": f"o{at}", "item_id": f"i{at}", "system": "one", "text": "x", "grade": "incorrect"}
            for at in (1, 2)
        ]
    definition = defined(protocol, batches=[{"name": "main", "participants": 2}])
    study = open_study(study=load(write_bundle(tmp_path / "s", definition, **tables)), actor="tests")
    run = done(study, kind)
    assert run.warnings
    assert run.summary["n_responses"] == 0


def test_both_protocols_at_once_bin_by_their_own_calibration(tmp_path):
    """The calibration first, then its axis; each judgement by a difficulty that its own person left alone."""
    items = [item(f"i{at}", at) for at in range(6)]
    outputs = [
        {"output_id": f"o{at}", "item_id": f"i{at}", "system": "one", "text": "x", "grade": "incorrect"}
        for at in range(6)
    ]
    responses = [
        {"participant_id": person, "item_id": f"i{at}", "output_id": "", "answer": "1",
         "answer_correct": int((number + at) % 3 > 0), "difficulty": 15 * at, "verdict": ""}
        for number, person in enumerate(PEOPLE) for at in range(6)
    ] + [
        {"participant_id": person, "item_id": "", "output_id": f"o{at}", "answer": "",
         "answer_correct": "", "difficulty": "", "verdict": any_verdict(number, at)}
        for number, person in enumerate(PEOPLE) for at in range(6)
    ]  # fmt: skip
    study = load(
        write_bundle(
            tmp_path / "s",
            defined("both"),
            items=items, systems=[{"system": "one"}], outputs=outputs, responses=responses,
        )
    )  # fmt: skip
    run = done(study, "supervision")
    assert run.summary["axis"] == "own"
    assert any("did not contribute" in warning for warning in run.warnings)
    assert run.summary["same_people"] is False
    own = {row["item_id"]: row["difficulty"] for row in latest_run(study, "calibration").rows("difficulty")}
    limits = [row["difficulty_low"] for row in run.rows("supervision") if row["bin"] == 1]
    assert limits[0] == min(own.values())
