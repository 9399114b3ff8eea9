"""Leaving answers out and taking them in again: with a reason, on record, and no counter moves."""

from __future__ import annotations

import pytest

from annotations.analysis.runs import stamp_of
from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from annotations.people.models import Participant
from annotations.responses import excluding
from annotations.responses.declared import apply_declared
from annotations.responses.erasure import erase_participant
from annotations.responses.excluding import (
    Decided,
    exclude_people,
    exclude_responses,
    readmit_people,
    readmit_responses,
)
from annotations.responses.models import Exclusion, PersonDecision, Response
from annotations.studies.models import Batch, Unit
from tests.participation.kit import Walker

WHY = {"reason": "a parent helped", "actor": "alice@example.org"}


@pytest.fixture
def ann(judged):
    walker = Walker(judged, "ann")
    walker.submit(walker.unit())
    walker.submit(walker.unit())
    return walker


@pytest.fixture
def bob(judged, ann):
    walker = Walker(judged, "bob")
    walker.submit(walker.unit())
    return walker


def scored():
    return sorted(Response.objects.scored().values_list("participant__key", flat=True))


def counters():
    places = list(Batch.objects.values_list("running", "completed"))
    return places, sorted(Unit.objects.values_list("pk", "filled", "answered"))


def pks(key):
    return list(Response.objects.filter(participant__key=key).order_by("pk").values_list("pk", flat=True))


def person(key):
    return Participant.objects.get(key=key).pk


def entries():
    rows = AuditEntry.objects.filter(action__regex="excluded|readmitted").order_by("pk")
    return list(rows.values_list("action", "details__participant", "details__answers"))


def test_one_answer_goes_and_comes_back(judged, bob):
    before = counters()
    one = pks("ann")[:1]
    assert exclude_responses(study=judged, responses=one, **WHY) == Decided(1, 1)
    assert scored() == ["ann", "bob"]
    assert exclude_responses(study=judged, responses=one, **WHY) == Decided(0, 0)
    assert readmit_responses(study=judged, responses=one, **WHY) == Decided(1, 1)
    assert readmit_responses(study=judged, responses=one, **WHY) == Decided(0, 0)
    assert scored() == ["ann", "ann", "bob"]
    assert counters() == before
    row = Exclusion.objects.get()
    assert (row.reason, row.decided_by, row.rule) == (WHY["reason"], WHY["actor"], "")
    assert (row.revoked_by, row.revoked_reason) == (WHY["actor"], WHY["reason"])
    assert entries() == [("answers excluded", "ann", 1), ("answers readmitted", "ann", 1)]


def test_in_bulk_each_person_has_an_entry(judged, bob):
    done = exclude_responses(study=judged, responses=pks("ann") + pks("bob"), **WHY)
    assert (done, scored()) == (Decided(2, 3), [])
    assert entries() == [("answers excluded", "ann", 2), ("answers excluded", "bob", 1)]


def test_many_pieces_are_as_one(judged, bob, monkeypatch):
    monkeypatch.setattr(excluding, "ANSWERS_AT_ONCE", 1)
    told = []
    done = exclude_responses(study=judged, responses=pks("ann") + pks("bob"), tell=told.append, **WHY)
    assert done == Decided(2, 3)
    assert told == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]


def test_a_person_goes_with_what_is_still_to_come(judged, ann):
    before = stamp_of(judged)
    assert exclude_people(study=judged, people=[person("ann")], **WHY) == Decided(1, 2)
    assert exclude_people(study=judged, people=[person("ann")], **WHY) == Decided(0, 0)
    assert stamp_of(judged) != before
    ann.submit(ann.unit())
    assert scored() == ["ann"]
    assert apply_declared(judged).excluded == 1
    assert scored() == []
    assert set(Exclusion.objects.values_list("reason", "decided_by")) == {(WHY["reason"], WHY["actor"])}
    assert readmit_people(study=judged, people=[person("ann")], **WHY) == Decided(1, 3)
    apply_declared(judged)
    assert scored() == ["ann"] * 3
    assert list(PersonDecision.objects.order_by("pk").values_list("excluded", flat=True)) == [True, False]


def test_an_answer_taken_in_again_stays_in_though_the_person_is_out(judged, ann):
    exclude_people(study=judged, people=[person("ann")], **WHY)
    readmit_responses(study=judged, responses=pks("ann")[:1], **WHY)
    apply_declared(judged)
    assert scored() == ["ann"]
    assert exclude_people(study=judged, people=[person("ann")], **WHY) == Decided(1, 1)
    assert scored() == []


def test_a_correction_of_what_was_left_out_stays_out(make):
    study = make(protocol="supervision", settings={"corrections": {"allowed": True}})
    from annotations.responses.answers import Answer
    from annotations.responses.recording import correct_response

    ann = Walker(study, "ann")
    response = ann.submit(ann.unit())
    exclude_responses(study=study, responses=[response.pk], **WHY)
    once = correct_response(response=response, answer=Answer(verdict="unsure", confidence=1.0))
    correct_response(response=once, answer=Answer(verdict="avoidant", confidence=1.0))
    assert scored() == ["ann"]
    apply_declared(study)
    assert scored() == []


@pytest.mark.parametrize("reason", ["", "  ", "ab", "x" * 501, "bell \x07 rings"])
def test_a_reason_has_to_tell_something(judged, ann, reason):
    for act in (exclude_responses, readmit_responses):
        with pytest.raises(Refusal, match="reason"):
            act(study=judged, responses=pks("ann"), reason=reason, actor="a")
    for act in (exclude_people, readmit_people):
        with pytest.raises(Refusal, match="reason"):
            act(study=judged, people=[person("ann")], reason=reason, actor="a")
    assert not Exclusion.objects.exists()


def test_answers_and_people_of_another_study_stay_as_they_are(make, judged, bob):
    other = make("other", protocol="supervision", settings={"collection": "other"})
    assert exclude_responses(study=other, responses=pks("ann"), **WHY) == Decided()
    assert exclude_people(study=other, people=[person("bob")], **WHY) == Decided()
    assert len(scored()) == 3


def test_erasure_takes_what_was_decided_along(judged, ann):
    exclude_people(study=judged, people=[person("ann")], **WHY)
    readmit_responses(study=judged, responses=pks("ann")[:1], **WHY)
    erase_participant(participant=Participant.objects.get(key="ann"), actor="test")
    assert not Exclusion.objects.exists()
    assert not PersonDecision.objects.exists()
    assert entries() == [("person excluded", None, None), ("answers readmitted", None, None)]
