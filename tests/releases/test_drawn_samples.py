"""A batch that took a larger share of some strata than of others: its answers weigh 1 / that share."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.core.management import call_command

from annotations.analysis.runs import latest_run
from annotations.responses.answers import Answer
from annotations.responses.models import Response
from annotations.responses.recording import correct_response
from annotations.studies.models import Study, Unit
from annotations.studies.services import close_study
from tests.participation.kit import Walker, make_study
from tests.releases.test_designs_released import bytes_of


@pytest.fixture
def judged(db, tmp_path) -> Study:
    """Of the incorrect outputs one of three of system s0 and one of two of s1; all are accepted of s0, none of s1."""
    study = make_study(
        tmp_path, protocol="supervision", strata=["grade", "system"], units={"sample": 5},
        participants=4, overlap=4, units_per_participant=5,
        settings={"analysis": {"resamples": 0, "bins": 2}, "corrections": {"allowed": True}},
    )  # fmt: skip
    for number in range(4):
        ann = Walker(study, f"p{number}")
        while (unit := ann.stand().assignment) is not None:
            verdict = "correct" if unit.unit.output.system.key == "s0" else "incorrect"
            response = ann.submit(unit, verdict=verdict)
            if (
                number == 0
                and verdict == "correct"
                and not Response.objects.exclude(supersedes=None).exists()
            ):
                correct_response(response=response, answer=Answer(verdict=verdict, confidence=60.0))
    close_study(study=study, actor="test")
    return study


def slip_of(study: Study) -> float:
    call_command("analyse", study.slug)
    run = latest_run(study, "supervision")
    assert any("weigh 1 / the probability" in said for said in run.warnings)
    (whole,) = [
        row
        for row in run.rows("supervision")
        if (row["group"], row["bin"], row["grade"], row["verdict"]) == ("all", None, "incorrect", "correct")
    ]
    return whole["rate"]


def expected() -> float:
    """Accepted among incorrect outputs, each answer weighed by hand."""
    judged = Response.objects.standing().filter(output__grades__grade="incorrect")
    weighed = [(1 / one.assignment.unit.drawing_probability, one.verdict == "correct") for one in judged]
    found = sum(weight for weight, accepted in weighed if accepted) / sum(weight for weight, _ in weighed)
    assert found != pytest.approx(sum(accepted for _, accepted in weighed) / len(weighed))
    return found


def column(folder: Path, name: str) -> list[str]:
    with (folder / "responses.csv").open(newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def test_slip_is_the_mean_weighted_by_what_was_drawn(judged):
    shares = Unit.objects.values_list("output__system__key", "drawing_probability")
    assert {(key, round(share, 3)) for key, share in shares} == {("s0", 0.333), ("s1", 0.5)}
    assert slip_of(judged) == pytest.approx(expected())


def test_shares_travel_with_the_release(judged, tmp_path):
    weighed = slip_of(judged)
    call_command("release", judged.slug, out=tmp_path / "one")
    assert set(column(tmp_path / "one", "drawing_probability")) == {"0.3333333333", "0.5"}
    call_command("verify_release", str(tmp_path / "one"))
    call_command("load_bundle", str(tmp_path / "one"), slug="again")
    assert slip_of(Study.objects.get(slug="again")) == weighed
    call_command("release", "again", out=tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_share_that_is_none_weighs_nothing(judged):
    """A bundle may bring a column of that name with anything in it."""
    for response, text in zip(Response.objects.all(), ["", "none", "0", "-1", "7", "nan"], strict=False):
        response.meta["drawing_probability"] = text
        response.save()
    assert 0 < slip_of(judged) < 1
