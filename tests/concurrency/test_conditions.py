"""Twelve people come at one moment: the arms are balanced, because each waits for the one before."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from annotations.people import conditions, enrolling, places
from annotations.people.models import Enrolment
from tests.concurrency.threads import PATIENCE, at_once
from tests.participation.kit import assert_balanced, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PEOPLE, ROUNDS = 12, 3


@pytest.fixture
def study(tmp_path):
    arms = [{"name": name} for name in ("a", "b", "c")]
    settings = {"conditions": arms}
    return make_study(tmp_path, protocol="supervision", participants=PEOPLE * ROUNDS, settings=settings)


def come(study, turn):
    def act(number):
        key = f"p{turn}-{number}"
        return enrolling.enrol(study=study, entry_key=key.ljust(32, "-"), key=key).enrolment.condition

    return at_once([lambda number=number: act(number) for number in range(PEOPLE)])


def test_arms_are_balanced_among_people_who_come_at_once(study):
    for turn in range(ROUNDS):
        came = come(study, turn)
        assert Counter(came) == dict.fromkeys("abc", PEOPLE // 3)
    assert Enrolment.objects.count() == PEOPLE * ROUNDS
    assert_balanced()


def test_arms_are_not_balanced_with_the_guard_off(study, monkeypatch):
    """The control: a place that is taken without locking the batch, and everybody counts at one moment."""
    gate = threading.Barrier(PEOPLE)

    def choose(*args):
        arm = conditions.choose_condition(*args)
        gate.wait(PATIENCE)
        return arm

    monkeypatch.setattr(places, "take_place", lambda batch_id: True)
    monkeypatch.setattr(enrolling, "choose_condition", choose)
    came = Counter(come(study, 0))
    assert sum(came.values()) == PEOPLE
    assert max(came.values()) - min(came[arm] for arm in "abc") > 1
