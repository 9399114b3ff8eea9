"""Tabs of one person that answer one step at one moment: the answers of one of them are stored, and no mix."""

from __future__ import annotations

import pytest

from annotations.participation import flow
from annotations.participation.passage import RealPassage
from annotations.participation.steps.base import ELSEWHERE, NEXT
from annotations.responses.models import StepAnswer
from tests.concurrency.threads import at_once
from tests.participation.kit import Walker, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
TABS = 6
NAMES = [f"q{tab}" for tab in range(TABS)]


@pytest.fixture
def ann(tmp_path):
    questions = [
        {"name": name, "kind": "text", "per": "person", "required": False, "text": {"en": name}}
        for name in NAMES
    ]
    steps = [{"kind": kind} for kind in ("consent", "questionnaire", "units", "exit")]
    steps[1]["questions"] = NAMES
    study = make_study(tmp_path, settings={"steps": steps, "questions": questions})
    return Walker(study, "ann", until="entry")


def answer_at_once(ann):
    """Each tab answers another question, so that no constraint sees to it."""
    passages = [RealPassage(ann.enrolment) for _tab in NAMES]
    return at_once(
        [
            lambda one=one, name=name: flow.take_step(one, {"step": "questionnaire", name: "mine"}).then
            for one, name in zip(passages, NAMES, strict=True)
        ]
    )


def test_one_of_many_tabs_is_stored(ann):
    ends = answer_at_once(ann)
    assert sorted(ends) == [ELSEWHERE] * (TABS - 1) + [NEXT]
    assert StepAnswer.objects.get().question == NAMES[ends.index(NEXT)]
    assert ann.enrolment.step == "units"


def test_without_the_lock_tabs_mix(ann, monkeypatch):
    monkeypatch.setattr(RealPassage, "_comes_now", lambda self, spec, answers: True)
    answer_at_once(ann)
    assert StepAnswer.objects.count() > 1
