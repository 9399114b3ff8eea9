"""What stands beside the passage: messages, leaving, the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation.services import leave, sweep_leases
from annotations.core.clock import moved
from annotations.participation import flow
from annotations.people.models import Enrolment
from annotations.responses import messages
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Message, Response
from tests.participation import whole
from tests.participation.kit import RATED, Visitor


@pytest.fixture
def ann(rated):
    ann = Visitor()
    ann.begin()
    return ann


def write(person, text="Where is the button?"):
    person.get("/take/sums/message/")
    return person.send(message=text)


def test_every_page_leads_to_the_researchers(rated):
    ann = Visitor()
    pages = [ann.get("/join/sums/"), ann.send(consent="1"), ann.send()]
    pages += [ann.send(**RATED) for _ in range(3)]
    assert pages[-1].step == "exit"
    assert all("/take/sums/message/" in page.links for page in pages)


def test_message_is_stored_once_beside_its_pseudonym(ann):
    page = write(ann)
    assert page.step == "message-sent"
    ann.client.post("/take/sums/message/", {})
    message = Message.objects.get()
    assert (message.participant, message.text, message.step) == (
        ann.enrolment.participant,
        "Where is the button?",
        "units",
    )


def test_message_sent_twice_is_stored_once(ann):
    ann.get("/take/sums/message/")
    form = ann.page.form.filled(message="Hello")
    for _ in range(2):
        assert ann.post("/take/sums/message/", form).step == "message-sent"
    assert Message.objects.count() == 1


def test_message_that_was_edited_and_sent_again_is_stored_too(ann):
    ann.get("/take/sums/message/")
    form = ann.page.form.filled()
    for text in ("Hello", "Hello, and please delete it."):
        assert ann.post("/take/sums/message/", form | {"message": text}).step == "message-sent"
    assert set(Message.objects.values_list("text", flat=True)) == {"Hello", "Hello, and please delete it."}


def test_message_under_somebody_elses_key_is_stored_too(ann):
    bea = Visitor()
    bea.begin()
    for who in (ann, bea):
        who.get("/take/sums/message/")
        assert who.send(message="Hello", submission_key="k" * 30).step == "message-sent"
    assert Message.objects.values("participant").distinct().count() == 2


@pytest.mark.parametrize("key", ["", "\x00", "a\x00b", "x" * 1000])
def test_message_under_a_key_that_is_none_of_ours_is_stored(ann, key):
    ann.get("/take/sums/message/")
    assert ann.send(message="Hello", submission_key=key).step == "message-sent"
    assert "\x00" not in Message.objects.get().submission_key


def test_somebody_without_a_session_may_write(rated):
    write(Visitor())
    assert Message.objects.get().participant is None


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\x00b"])
def test_message_that_is_none_comes_back(ann, text):
    page = write(ann, text)
    assert page.status == 422
    assert not Message.objects.exists()


def test_nobody_floods_the_researchers(ann, monkeypatch):
    monkeypatch.setattr(messages, "MOST_OF_ONE", 2)
    assert [write(ann, str(n)).step for n in range(3)] == ["message-sent", "message-sent", "message"]
    assert Message.objects.count() == 2


def test_messages_go_with_the_person(ann):
    write(ann)
    erase_participant(participant=ann.enrolment.participant, actor="test")
    assert not Message.objects.exists()


def test_keeping_the_place_renews_the_lease(ann, monkeypatch):
    before = Enrolment.objects.get().expires_at
    answer = keep(ann)
    assert (answer.status_code, answer.content) == (204, b"")
    enrolment = Enrolment.objects.get()
    assert enrolment.expires_at > before
    assert enrolment.assignments.get().expires_at == enrolment.expires_at


def keep(person):
    token = person.page.form.field("csrfmiddlewaretoken").value
    return person.client.post("/take/sums/keep/", {"csrfmiddlewaretoken": token})


def test_place_is_kept_from_a_page_before_the_units_too(rated):
    bea = Visitor()
    assert bea.join().step == "instructions"
    before = bea.enrolment.expires_at
    assert keep(bea).status_code == 204
    assert bea.enrolment.expires_at > before
    assert not bea.enrolment.assignments.exists()


def test_place_that_was_given_away_is_not_said_to_be_kept(ann):
    with moved(timedelta(days=1)):
        sweep_leases()
        answer = keep(ann)
    assert (answer.status_code, answer.content) == (409, b"")
    assert Enrolment.objects.get().state == Enrolment.LAPSED


def test_place_that_goes_while_it_is_being_kept_is_not_said_to_be_kept(ann):
    stale = ann.enrolment
    leave(enrolment=ann.enrolment)
    assert stale.state == Enrolment.ACTIVE
    assert not flow.keep_place(stale)


def test_back_after_leaving_is_the_same_unit(ann):
    unit = ann.page.unit
    assert ann.leave().step == "left"
    assert ann.get().unit == unit
    assert not Response.objects.exists()


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender"])
def test_page_that_is_fetched_beforehand_takes_no_place_and_no_unit(rated, purpose):
    ann = Visitor()
    ann.join()
    ann.send()
    ann.leave()
    beforehand = ann.client.get("/take/sums/", headers={"Sec-Purpose": purpose})
    assert (beforehand.status_code, beforehand.content) == (425, b"")
    assert Enrolment.objects.get().state == Enrolment.LEFT
    assert ann.get().step == "units"


def test_every_page_that_holds_a_place_warns_of_its_end(make):
    make(checks=2, settings=whole.settings())
    bea = whole.Guide()
    bea.get("/join/sums/")
    warns = []
    while bea.page.step != "exit":
        warns.append((bea.page.step, "data-lease-seconds" in bea.page.html, bea.enrolled))
        bea.go_on()
    warns.append(("exit", "data-lease-seconds" in bea.page.html, bea.enrolled))
    assert {state for _step, _warns, state in warns} == {"", "active", "completed"}
    assert [one for one in warns if one[1] != (one[2] == "active")] == []


@pytest.mark.parametrize("address", ["leave", "consent"])
def test_pages_beside_the_passage_warn_too(ann, address):
    assert "data-lease-seconds" in ann.get(f"/take/sums/{address}/").html


def test_withdrawal_from_the_study_need_not_copy_the_code(ann):
    code = ann.page.withdrawal_code
    page = ann.get("/take/sums/withdraw/")
    assert page.form.field("code").value == code
    assert "/take/sums/" in page.links
    assert ann.send(sure="1").step == "withdrawn"


def test_nobody_in_particular_is_given_no_code_and_no_way_back(rated):
    for address in ("/take/withdraw/", "/take/sums/withdraw/", "/take/sums/message/"):
        page = Visitor().get(address)
        assert "/take/sums/" not in page.links
        assert "withdraw" not in address or page.form.field("code").value == ""


def test_message_leads_back_to_the_study(ann):
    assert "/take/sums/" in ann.get("/take/sums/message/").links
