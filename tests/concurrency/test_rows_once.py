"""What the database refuses to hold twice, behind the swaps: a row once more, and with the one difference allowed."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction

from annotations.core.models import Job
from annotations.participation.flow import enter
from annotations.people.identities import Arrival, entry_key_of
from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Identity, Invitation, Participant, ProviderEvent
from annotations.responses.answers import Answer
from annotations.responses.models import Exclusion
from annotations.responses.recording import correct_response
from annotations.studies.models import StudyVersion, Unit
from tests.participation.kit import Walker, make_study

NEW = "another"


@pytest.fixture
def study(db, tmp_path):
    return make_study(tmp_path, settings={"corrections": {"allowed": True}})


@pytest.fixture
def ann(study):
    return Walker(study, "ann")


@pytest.fixture
def ben(study):
    return Walker(study, "ben")


@pytest.fixture
def known(study):
    """Somebody whom a provider sent."""
    arrival = Arrival("prolific", "5f", {"SESSION_ID": "s"})
    enrolment = enter(study=study, entry_key=entry_key_of(study, arrival), arrival=arrival).enrolment
    return Identity.objects.get(participant=enrolment.participant_id)


def once_more(row, **changes):
    copy = type(row)._base_manager.get(pk=row.pk)
    copy.pk = uuid.uuid4() if isinstance(row, Job) else None
    for name, value in changes.items():
        setattr(copy, name, value)
    with transaction.atomic():
        copy.save(force_insert=True)


def assert_once(row, *, with_other, **changes):
    """Refused with the changes alone, taken with one more: so it was for that one."""
    with pytest.raises(IntegrityError):
        once_more(row, **changes)
    once_more(row, **changes, **with_other)


def test_one_unit_stands_at_a_position(ann):
    lease = ann.unit()
    other = Unit.objects.exclude(item=lease.item_id)[0]
    changes = {"unit": other, "item": other.item, "state": "released", "submission_key": NEW}
    assert_once(lease, **changes, with_other={"position": 99})


def test_key_of_a_form_is_of_one_assignment(ann):
    lease = ann.unit()
    other = Unit.objects.exclude(item=lease.item_id)[0]
    changes = {"unit": other, "item": other.item, "state": "released", "position": 99}
    assert_once(lease, **changes, with_other={"submission_key": NEW})


def test_assignment_has_one_answer(ann, ben):
    answer = ann.submit(ann.unit())
    assert_once(answer, submission_key=NEW, with_other={"assignment": ben.unit()})


def test_answer_is_corrected_once(ann, ben):
    corrected = correct_response(response=ann.submit(ann.unit()), answer=Answer(answer="5"))
    other = ben.submit(ben.unit())
    assert_once(corrected, submission_key=NEW, with_other={"supersedes": other})


@pytest.mark.parametrize("key", ["entry_key", "token_hash"])
def test_form_of_consent_and_session_are_of_one_enrolment(ann, key):
    keys = {"entry_key": NEW, "token_hash": NEW}
    apart = keys.pop(key)
    assert_once(Enrolment.objects.get(), **keys, with_other={key: apart})


def test_pseudonym_is_of_one_participant(ann):
    assert_once(Participant.objects.get(), with_other={"key": NEW})


def test_identity_is_of_one_participant(ann, known):
    other = ann.entry.enrolment.participant
    assert_once(known, participant=other, with_other={"digest": NEW})


def test_participant_has_one_identity(ann, known):
    assert_once(known, digest=NEW, with_other={"participant": ann.entry.enrolment.participant})


def test_message_is_acted_on_once(known):
    event = ProviderEvent.objects.create(identity=known, digest="first")
    assert_once(event, with_other={"digest": NEW})


def test_number_is_of_one_invitation(study):
    make_invitations(study=study, count=1, actor="test")
    assert_once(Invitation.objects.get(), token_hash=NEW, with_other={"number": 99})


def test_number_is_of_one_version(study):
    assert_once(StudyVersion.objects.get(), with_other={"number": 99})


def test_answer_is_left_out_once(ann):
    exclusion = Exclusion.objects.create(
        response=ann.submit(ann.unit()), reason="late", decided_by="ada", revoked_at=None
    )
    assert_once(exclusion, with_other={"revoked_at": exclusion.decided_at})


def test_work_under_way_is_one_job(db):
    job = Job.objects.create(kind="tests", key="a")
    assert_once(job, with_other={"state": Job.DONE})


def test_part_is_one_row(db):
    whole = Job.objects.create(kind="tests", key="a")
    part = Job.objects.create(kind="tests", key="b", parent=whole, stage=1, part=1)
    assert_once(part, with_other={"part": 2})
