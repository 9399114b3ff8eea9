"""An amendment makes a day an earlier one and it is carried out; a backup from before knows only of the later."""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy

import pytest
from django.db import transaction

from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Identity, Invitation, Participant
from annotations.responses.messages import write_message
from annotations.responses.models import Message, Response
from annotations.responses.restored import erase_again
from annotations.responses.retention import carry_out_retention
from annotations.studies.models import Study
from annotations.studies.services import amend_study
from tests.participation.kit import RATED, Visitor
from tests.participation.providers.kit import Sent, prolific_query
from tests.security.days import ANSWERS, IDENTITIES, day, days_later, kept

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()


@contextmanager
def undone_by_a_restore():
    """What the block does is undone in the database, and stays beside it: a backup from before is put back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def amend_to(days):
    study = Study.objects.get()
    definition = deepcopy(study.definition)
    definition["retention"] |= {what: day(after) for what, after in days.items()}
    amend_study(study=study, definition=definition, actor="test")


def test_identities_that_an_earlier_day_took_do_not_come_back(recruit):
    recruit("prolific", settings=kept(1000, 2000), participants=5)
    ann = Sent(prolific_query(1))
    ann.begin()
    ann.answer_unit()
    with undone_by_a_restore():
        amend_to({IDENTITIES: 2})
        with days_later(3):
            assert carry_out_retention() == 1
    assert Identity.objects.exists()
    assert erase_again() == 1
    assert not Identity.objects.exists()
    assert Response.objects.count() == 1


def test_ways_in_of_whom_no_provider_knows_do_not_come_back(make):
    make(settings=kept(1000, 2000))
    ann = Visitor()
    ann.begin()
    with undone_by_a_restore():
        amend_to({IDENTITIES: 2})
        with days_later(3):
            assert carry_out_retention() == 1
    assert ann.get().step == "units"
    assert erase_again() == 1
    assert ann.get().step == "no-session"
    assert Enrolment.objects.count() == 1
    assert erase_again() == 0


def test_study_whose_answers_went_on_an_earlier_day_stays_over(recruit):
    study = recruit("invitation", settings=kept(1000, 2000))
    make_invitations(study=study, count=2, actor="test")
    write_message(study=study, participant=None, submission_key="k" * 30, text="Who am I?")
    with undone_by_a_restore():
        amend_to({IDENTITIES: 1, ANSWERS: 2})
        with days_later(3):
            carry_out_retention()
    assert Message.objects.exists()
    assert Study.objects.get().state == Study.OPEN
    erase_again()
    assert not Message.objects.exists()
    assert not Invitation.objects.exists()
    assert Study.objects.get().state == Study.CLOSED


def test_people_whom_a_restore_does_not_concern_stay(make):
    make(settings=kept(1000, 2000), participants=5)
    ann = Visitor()
    ann.begin()
    with undone_by_a_restore():
        amend_to({IDENTITIES: 2})
        with days_later(3):
            carry_out_retention()
    bea = Visitor()
    bea.begin()
    bea.send(**RATED)
    erase_again()
    assert bea.get().step == "units"
    assert Participant.objects.count() == 2
