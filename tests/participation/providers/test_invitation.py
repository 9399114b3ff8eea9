"""Invitations: one person each, used by taking part and not by looking."""

from __future__ import annotations

import pytest

from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Identity, Invitation
from tests.participation.kit import Visitor
from tests.participation.providers.kit import Sent


@pytest.fixture
def study(recruit):
    return recruit("invitation")


@pytest.fixture
def tokens(study):
    return make_invitations(study=study, count=2, actor="alice@example.org")


def invited(token, **more):
    return Sent({"invitation": token}, **more)


def used():
    return Invitation.objects.filter(used_at__isnull=False).count()


def test_to_look_uses_nothing_up(tokens):
    for _look in range(3):
        assert invited(tokens[0]).arrive().step == "consent"
    assert (used(), Enrolment.objects.count()) == (0, 0)


def test_to_take_part_uses_it_up(tokens):
    ann = invited(tokens[0])
    ann.begin()
    assert used() == 1
    page = invited(tokens[0]).arrive()
    assert (page.status, page.step) == (400, "bad-arrival")
    assert "go on in the browser in which you began" in page.words
    assert invited(tokens[1]).arrive().step == "consent"


def test_same_browser_goes_on_by_the_link(tokens):
    ann = invited(tokens[0])
    ann.begin()
    unit = ann.page.unit
    assert ann.arrive().unit == unit


def test_of_two_browsers_with_the_form_open_the_second_is_told(tokens):
    ann, bea = invited(tokens[0]), invited(tokens[0])
    ann.arrive()
    bea.arrive()
    ann.consent()
    page = bea.consent()
    assert page.status == 409
    assert "has been used" in page.words
    assert (Enrolment.objects.count(), Identity.objects.count()) == (1, 1)


def test_form_sent_twice_is_the_same_passage(tokens):
    """The second is on its way before the first one's cookie is there."""
    ann = invited(tokens[0])
    form = ann.arrive().form.filled(consent="1")
    ann.client.post(ann.whole_address, form)
    first = ann.enrolment
    del ann.client.cookies["take_sums"]
    ann.client.post(ann.whole_address, form)
    assert ann.enrolment == first
    assert Enrolment.objects.count() == 1


def test_second_invitation_in_the_same_browser_is_for_somebody_else(tokens):
    ann = invited(tokens[0])
    ann.begin()
    first = ann.enrolment
    bea = invited(tokens[1], client=ann.client)
    assert bea.arrive().step == "consent"
    bea.consent()
    assert bea.enrolment != first
    # The used one does not lead the first person into the second one's passage.
    assert "has been used" in ann.arrive().words


@pytest.mark.parametrize("token", ["x", "0" * 43, "a\x00b", "x" * 10_000])
def test_invitation_that_is_none_is_told_what_to_do(tokens, token):
    page = invited(token).arrive()
    assert (page.status, page.step) == (400, "bad-arrival")
    assert "Copy the whole link" in page.words


def test_no_invitation_is_told_what_to_do(tokens):
    page = Visitor().get("/join/sums/")
    assert (page.status, page.step) == (400, "bad-arrival")
    assert "by invitation" in page.words


def test_invitation_of_another_study_is_none(tokens, recruit):
    recruit("invitation", slug="other", settings={"collection": "other"})
    assert invited(tokens[0], slug="other").arrive().step == "bad-arrival"


def test_invitation_is_not_used_up_where_there_is_no_place(recruit):
    study = recruit("invitation", participants=1)
    one, two = make_invitations(study=study, count=2, actor="test")
    ann, bea = invited(one), invited(two)
    ann.arrive()
    bea.arrive()
    ann.consent()
    assert bea.consent().step == "full"
    assert used() == 1
    assert Invitation.objects.get(number=2).used_at is None
