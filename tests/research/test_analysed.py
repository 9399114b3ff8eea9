"""The results page of analyses made in memory: every part of it on data that tell something, and none that breaks or
shows a number nobody could read on data that tell nothing."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotations.analysis.findings import compute_all
from annotations.calibration import compute as calibration
from annotations.supervision import compute as supervision
from tests.analysis.made import made
from tests.analysis.test_degenerate_made import S1, S2, judged, rated
from tests.research import rows

UNREADABLE = re.compile(r"(?<![\w-])(?:nan|-?inf|None|NaN)(?![\w-])")


@pytest.fixture
def shown(study, alice, as_user):
    """The text of the results page once these analyses are stored as the study's runs."""
    rows.add_answers(study)

    def show(**data):
        for kind, module in (("calibration", calibration), ("supervision", supervision)):
            if kind in data:
                found = compute_all(module, data[kind], {}, resamples=20, seed=1)
                rows.make_run(study, kind, found.tables, summary=found.summary, params={"resamples": 20})
        response = as_user(alice).get(reverse("research:results", args=[study.slug]))
        assert response.status_code == 200
        return re.sub(r"<svg.*?</svg>|<[^>]*>", " ", response.content.decode(), flags=re.DOTALL)

    return show


def telling(person, at):
    """Harder outputs slip more often, other people at other times; the last person is a machine."""
    return 0 if (5 * person + 3 * at) % 11 < 1 + at // 2 else 2


def everything_of_supervision():
    people = [{}] * 12 + [{"kind": "ai", "name": "judge"}]
    return made(
        {"title": "t", "protocol": "supervision", "domains": [{"name": "synth", "metric": "steps"}],
         "analysis": {"bins": 3}},
        items=[{"metric": at} for at in range(12)],
        people=people,
        outputs=[
            {"item": at, "grade": (2, 0, 2, 2, 0, 1, 2, 0, 2, 2, 2, -1)[at], "severity": 1.0 + at % 3}
            for at in range(12)
        ],
        responses=[
            {"person": person, "output": at, "verdict": telling(person, at), "position": float(at),
             "confidence": 10.0 * ((person + at) % 10), "reason": "fast" if person == 11 else ""}
            for person in range(13)
            for at in range(12)
        ],
    )  # fmt: skip


def test_every_part_of_a_telling_supervision_is_shown(shown):
    content = shown(supervision=everything_of_supervision())
    for part in (
        "With and without what is excluded", "If systems answered only up to a difficulty", "If some grades were wrong",
        "What slips go with", "Slips by severity", "Machine supervisors", "Krippendorff\u2019s alpha",
        "Outputs without a grade", "people let",
    ):  # fmt: skip
        assert part in content, part
    assert "some machines" not in content
    assert not UNREADABLE.findall(content)


def test_every_part_of_telling_ratings_is_shown(shown):
    content = shown(calibration=rated(metrics=tuple(range(8)), people=6))
    for part in (
        "How well the metric tells difficulty", "How reliable ratings and answers are", "What people decline",
        "Items by the Rasch model",
    ):  # fmt: skip
        assert part in content, part
    assert not UNREADABLE.findall(content)


@pytest.mark.parametrize("case", S1)
def test_calibrations_that_tell_nothing_are_shown(shown, case):
    content = shown(calibration=rated(**S1[case]))
    assert "Calibration by domain" in content
    assert not UNREADABLE.findall(content)


@pytest.mark.parametrize("case", S2)
def test_supervisions_that_tell_nothing_are_shown(shown, case):
    content = shown(supervision=judged(**S2[case]))
    assert "wrong answer" in content
    assert not UNREADABLE.findall(content)
