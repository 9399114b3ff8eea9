"""Prolific's messages: signed, fresh, acted on once; they free places and tell the sender nothing."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from annotations.allocation.services import sweep_leases
from annotations.core import clock
from annotations.people.models import Enrolment, ProviderEvent
from annotations.responses.models import Response
from annotations.studies.models import Batch
from tests.participation.providers.kit import HOOK, Sent, prolific_query, tell, told

RETURNED, TIMED_OUT = told("RETURNED"), told("TIMED-OUT")


@pytest.fixture(autouse=True)
def secrets(settings):
    from tests.participation.providers.kit import SECRET

    settings.PROLIFIC_WEBHOOK_SECRETS = ["one of another workspace", SECRET]


@pytest.fixture
def ann(recruit):
    """Ann has the first of two units before her, and the only place."""
    recruit("prolific", participants=1, units_per_participant=2)
    ann = Sent(prolific_query())
    ann.begin()
    return ann


def running():
    return Batch.objects.get().running


def outcome():
    enrolment = Enrolment.objects.get()
    return enrolment.state, enrolment.outcome


def untouched():
    return (running(), outcome(), ProviderEvent.objects.count()) == (1, ("active", ""), 0)


@pytest.mark.parametrize("body, ended", [(RETURNED, "returned"), (TIMED_OUT, "timed_out")])
def test_lease_and_place_are_free_at_once(ann, body, ended):
    assert tell(body) == 200
    assert outcome() == ("left", ended)
    assert running() == 0
    bea = Sent(prolific_query(2))
    assert bea.begin().step == "units"


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "another"},
        {"ago": 400},
        {"ago": -400},
        {"X-Prolific-Request-Signature": ""},
        {"X-Prolific-Request-Signature": "ünsigned"},
        {"X-Prolific-Request-Timestamp": ""},
        {"X-Prolific-Request-Timestamp": "nan"},
        {"X-Prolific-Request-Timestamp": "1e99"},
        {"X-Prolific-Request-Timestamp": "soon"},
    ],
)
def test_message_that_is_not_signed_just_now_does_nothing(ann, changed):
    assert tell(RETURNED, **changed) == 403
    assert untouched()
    assert tell(RETURNED, ago=200) == 200
    assert not untouched()


def test_signature_is_of_this_body_and_this_moment(ann):
    from annotations.participation.hooks import sign
    from tests.participation.providers.kit import SECRET

    sent_at = str(int(clock.now().timestamp()))
    signature = sign(SECRET, sent_at, RETURNED).decode()
    assert tell(TIMED_OUT, **{"X-Prolific-Request-Signature": signature}) == 403
    later = str(int(sent_at) + 7)
    headers = {"X-Prolific-Request-Signature": signature, "X-Prolific-Request-Timestamp": later}
    assert tell(RETURNED, **headers) == 403
    assert untouched()


def test_without_secrets_nothing_is_believed(ann, settings):
    settings.PROLIFIC_WEBHOOK_SECRETS = []
    assert tell(RETURNED, secret="") == 403
    assert untouched()


@pytest.mark.parametrize(
    "body",
    [
        told("RETURNED", person=2),
        told("RETURNED", submission=9),
        told("RETURNED", event="study.status.change"),
        told("ACTIVE"),
        told("APPROVED"),
        b"",
        b"[]",
        b"null",
        b'{"event_type": 1}',
        b"\xff",
        b"[" * 100_000,
        json.dumps(json.loads(RETURNED) | {"participant_id": "\ud800"}).encode(),
        json.dumps(json.loads(RETURNED) | {"participant_id": None}).encode(),
    ],
)
def test_news_of_nobody_and_of_nothing_reads_like_any_other(ann, body):
    assert tell(body) == tell(RETURNED, ago=1) == 200
    Enrolment.objects.update(outcome="")
    assert ProviderEvent.objects.count() == 1


def test_news_of_nobody_does_nothing(ann):
    other_event = told("RETURNED", event="study.status.change")
    for body in (told("RETURNED", person=2), told("RETURNED", submission=9), told("ACTIVE"), other_event):
        tell(body)
    assert untouched()


def test_get_is_no_message(db):
    assert Client().get(HOOK).status_code == 405


def test_same_message_again_does_nothing(ann):
    """She timed out and came back: the message that comes again, signed anew or not, is old news."""
    tell(TIMED_OUT)
    ann.get()
    assert running() == 1
    for ago in (0, 5):
        assert tell(TIMED_OUT, ago=ago) == 200
    assert running() == 1
    assert ProviderEvent.objects.count() == 1


def test_who_timed_out_may_come_back_and_who_returned_may_not(ann):
    tell(TIMED_OUT)
    assert ann.get().step == "units"
    tell(RETURNED)
    assert ann.get().step == "returned"
    assert running() == 0


@pytest.mark.parametrize("bodies", [(RETURNED, TIMED_OUT), (TIMED_OUT, RETURNED)])
def test_order_of_messages_does_not_matter(ann, bodies):
    for body in bodies:
        tell(body)
    assert outcome() == ("left", "returned")
    assert running() == 0


@pytest.mark.parametrize("away", ["leave", "lapse"])
def test_who_had_gone_before_cannot_come_back_after_returning(ann, away):
    if away == "leave":
        ann.leave()
    else:
        Enrolment.objects.update(expires_at=clock.now())
        sweep_leases()
    assert running() == 0
    tell(RETURNED)
    assert outcome() == ("left" if away == "leave" else "lapsed", "returned")
    assert ann.get().step == "returned"
    assert running() == 0


def test_who_is_done_stays_done(ann):
    ann.answer_unit()
    assert ann.answer_unit().step == "exit"
    for body in (TIMED_OUT, RETURNED):
        assert tell(body) == 200
    assert outcome() == ("completed", "")
    assert Batch.objects.get().completed == 1
    assert ann.get().step == "exit"


def test_who_failed_the_checks_keeps_that_outcome(ann):
    Batch.objects.update(running=0)
    Enrolment.objects.update(state="left", outcome="failed_checks")
    tell(RETURNED)
    assert outcome() == ("left", "failed_checks")


def test_answer_after_the_return_is_kept_and_not_counted(ann):
    form = ann.page.form.filled(answer="2", difficulty="40", confidence="70")
    tell(RETURNED)
    page = ann.post(ann.take_address, form)
    assert page.step == "returned"
    assert Response.objects.get().surplus


def test_news_of_an_earlier_submission_does_not_put_out_who_came_with_another(ann):
    ann.leave()
    Sent(prolific_query(1, 2), client=ann.client).arrive()
    assert running() == 1
    tell(TIMED_OUT)
    tell(RETURNED)
    assert (running(), outcome()) == (1, ("active", ""))
    tell(told("RETURNED", submission=2))
    assert (running(), outcome()) == (0, ("left", "returned"))


def test_message_finds_the_study_of_the_submission(ann, recruit):
    recruit("prolific", slug="other", settings={"collection": "other"}, participants=1)
    other = Sent(prolific_query(1, 2), slug="other")
    other.begin()
    tell(told("RETURNED", submission=2))
    states = dict(Enrolment.objects.values_list("batch__study__slug", "state"))
    assert states == {"sums": "active", "other": "left"}


def test_erased_identity_is_not_found_by_a_message_and_takes_those_before_along(ann):
    from annotations.people.identities import erase_identity

    tell(TIMED_OUT)
    assert ProviderEvent.objects.count() == 1
    erase_identity(participant=Enrolment.objects.get().participant, actor="test")
    assert tell(RETURNED) == 200
    assert outcome() == ("left", "timed_out")
    assert not ProviderEvent.objects.exists()
