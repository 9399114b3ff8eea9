"""An answer is corrected while another tab ends the passage, after which a debrief may tell what was wrong."""

from __future__ import annotations

import pytest

from annotations.allocation.services import finish
from annotations.people.models import Enrolment
from annotations.responses import recording
from annotations.responses.answers import Answer
from annotations.responses.models import Response
from annotations.responses.recording import correct_response
from tests.concurrency.threads import at_once
from tests.concurrency.waiting import Meanwhile
from tests.participation.kit import Walker, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def state():
    return Enrolment.objects.get().state


@pytest.fixture
def correct_while_the_passage_ends(tmp_path, monkeypatch):
    """The state that others see after it was asked and before the correction is stored."""
    ann = Walker(make_study(tmp_path, settings={"corrections": {"allowed": True}}), "ann")
    response = ann.submit(ann.unit())

    def correct(check):
        seen, ending = [], Meanwhile(lambda one=ann.enrolment: finish(enrolment=one))

        def check_then_end(enrolment):
            check(enrolment)
            ending.begin()
            seen.extend(at_once([state]))

        monkeypatch.setattr(recording, "_check_still_blind", check_then_end)
        correct_response(response=response, answer=Answer(answer="5", dont_know=False))
        assert ending.end() is True
        assert (state(), Response.objects.count()) == ("completed", 2)
        return seen

    return correct


def test_passage_ends_after_the_correction_is_stored(correct_while_the_passage_ends):
    assert correct_while_the_passage_ends(recording._check_still_blind) == ["active"]


def test_passage_ends_before_the_correction_is_stored_with_the_guard_off(correct_while_the_passage_ends):
    assert correct_while_the_passage_ends(lambda enrolment: None) == ["completed"]
