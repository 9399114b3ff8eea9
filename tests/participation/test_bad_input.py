"""Bad input gets a kind page or a form error, never a 500, and stores nothing."""

from __future__ import annotations

import errno
import json

import pytest
from django.test import Client

from annotations.core import suppression
from annotations.people.enrolling import withdrawal_code
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch
from annotations.studies.services import close_study, open_study, pause_study
from tests.participation.kit import JUDGED, RATED, Visitor

LONG = "x" * 1_000_000
NO_NUMBERS = ["", "nan", "inf", "-inf", "1e309", "1e2", "-1", "101", "100.1", "５０", "1_0", "-0", "0x10", "fifty", "5 0", "50\x00", "9" * 400, LONG]  # fmt: skip


@pytest.fixture
def ann(rated):
    """Ann has the first item before her."""
    ann = Visitor()
    ann.begin()
    return ann


@pytest.fixture
def bea(make):
    """Bea has the first output of another study before her."""
    make("verdicts", protocol="supervision")
    bea = Visitor("verdicts")
    bea.begin()
    return bea


def test_join_of_an_unknown_study_says_so(db):
    page = Visitor("nowhere").get("/join/nowhere/")
    assert page.status == 404
    assert "There is no study at this address" in page.words


def test_join_of_a_draft_reads_like_an_unknown_study(make):
    make("draft", open_now=False)
    draft, unknown = Visitor("draft"), Visitor("other")
    assert draft.get("/join/draft/").html == unknown.get("/join/other/").html


@pytest.mark.parametrize(
    "act, says",
    [(pause_study, "takes a break"), (close_study, "is over")],
)
def test_join_of_a_stopped_study_says_why(rated, act, says):
    ann = Visitor()
    form = ann.get("/join/sums/").form
    act(study=rated, actor="test")
    assert says in ann.get("/join/sums/").words
    page = ann.post("/join/sums/", form.filled(consent="1"))
    assert says in page.words
    assert page.step == "no-place"
    assert not Enrolment.objects.exists()


def test_join_of_a_full_study_says_so(make):
    make(participants=1)
    ann, bob = Visitor(), Visitor()
    form = bob.get("/join/sums/").form
    ann.join()
    assert "All places of this study are taken" in bob.get("/join/sums/").words
    assert "All places of this study are taken" in bob.post("/join/sums/", form.filled(consent="1")).words
    assert Enrolment.objects.count() == 1


def test_join_takes_the_second_batch_when_the_first_is_full(make):
    make(participants=1, batches=2)
    Visitor().join()
    Visitor().join()
    assert [batch.running for batch in Batch.objects.order_by("position")] == [1, 1]
    assert Visitor().get("/join/sums/").step == "no-place"


def test_join_without_consent_asks_for_it(rated):
    ann = Visitor()
    ann.get("/join/sums/")
    key = ann.page.form.field("submission_key").value
    page = ann.send()
    assert page.status == 422
    assert page.alerts == ["consent-error"]
    assert page.form.field("submission_key").value == key
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("key", ["", "short", "\x00" * 30, LONG])
def test_join_with_a_broken_key_gives_a_new_form_or_a_place(rated, key):
    ann = Visitor()
    ann.get("/join/sums/")
    assert ann.send(submission_key=key, consent="1").status in (200, 422)


@pytest.mark.parametrize("slug", ["sums", "nowhere"])
def test_take_without_a_session_says_how_to_get_back(rated, slug):
    page = Visitor(slug).get(f"/take/{slug}/")
    assert page.status == 403
    assert page.step == "no-session"
    assert "Start from the link" in page.words


@pytest.mark.parametrize("token", ["", "\x00", "ü", "x" * 5000, "' OR 1=1 --"])
def test_take_with_a_made_up_session_says_how_to_get_back(rated, token):
    client = Client()
    client.cookies["take_sums"] = token
    answer = client.get("/take/sums/")
    assert answer.status_code == 403


def test_take_with_the_session_of_another_study(ann, bea):
    ann.client.cookies["take_sums"] = bea.client.cookies["take_verdicts"].value
    assert ann.get().status == 403
    assert ann.post("/take/sums/leave/", bea.page.form.filled()).status == 403
    assert Batch.objects.filter(running=1).count() == 2


def test_answer_after_the_data_were_deleted(ann):
    code, form = ann.page.withdrawal_code, ann.page.form
    bob = Visitor()
    bob.get("/take/withdraw/")
    bob.send(code=code, sure="1")
    assert ann.post("/take/sums/", form.filled(**RATED)).status == 403
    assert not Response.objects.exists()


def test_answer_with_nothing_in_it_gets_a_message_for_each_field(ann):
    page = ann.send()
    assert page.status == 422
    assert page.step == "units"
    assert sorted(page.alerts) == ["answer-error", "confidence-error", "difficulty-error"]
    assert not Response.objects.exists()


@pytest.mark.parametrize("missing", ["answer", "difficulty", "confidence"])
def test_answer_with_a_missing_field_is_kept_in_the_form(ann, missing):
    unit = ann.page.unit
    page = ann.send(**RATED | {missing: None})
    assert page.status == 422
    assert page.alerts == [f"{missing}-error"]
    assert page.unit == unit
    kept = {name: page.form.field(name).value for name in RATED}
    assert kept == RATED | {missing: ""}
    assert f"{missing}-error" in page.form.field(missing).attributes["aria-describedby"].split()
    assert ann.send(**{missing: RATED[missing]}).status == 200
    assert Response.objects.count() == 1


@pytest.mark.parametrize("missing", ["verdict", "confidence"])
def test_verdict_with_a_missing_field_is_kept_in_the_form(bea, missing):
    page = bea.send(**JUDGED | {missing: None})
    assert page.status == 422
    assert page.alerts == [f"{missing}-error"]
    assert bea.send(**{missing: JUDGED[missing]}).status == 200
    stored = Response.objects.get()
    assert (stored.verdict, stored.confidence) == ("incorrect", 80)


def test_not_knowing_is_kept_in_the_form(ann):
    page = ann.send(dont_know="1", difficulty="7")
    assert page.alerts == ["confidence-error"]
    assert page.form.field("dont_know").checked
    ann.send(confidence="1")
    assert Response.objects.get().dont_know is True


def test_an_answer_and_not_knowing_contradict(ann):
    page = ann.send(**RATED, dont_know="1")
    assert page.alerts == ["answer-error"]
    assert not Response.objects.exists()


@pytest.mark.parametrize("text", NO_NUMBERS, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize("name", ["difficulty", "confidence"])
def test_garbage_is_no_number(ann, name, text):
    page = ann.send(**RATED | {name: text})
    assert page.status == 422
    assert page.alerts == [f"{name}-error"]
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    "text, value", [("0", 0), ("100", 100), ("100.0", 100), (" 50 ", 50), ("12.5", 12.5)]
)
def test_numbers_from_0_to_100_are_taken(ann, text, value):
    ann.send(**RATED | {"difficulty": text})
    assert Response.objects.get().difficulty == value


@pytest.mark.parametrize("verdict", ["", "Correct", "right", "correct ", "\x00", LONG])
def test_garbage_is_no_verdict(bea, verdict):
    page = bea.send(verdict=verdict, confidence="50")
    assert page.alerts == ["verdict-error"]
    assert not Response.objects.exists()


@pytest.mark.parametrize("text", [LONG, "x" * 5001, "a\x00b", "   ", "\x00"], ids=lambda text: repr(text[:4]))
def test_garbage_is_no_answer(ann, text):
    page = ann.send(**RATED | {"answer": text})
    assert page.status == 422
    assert page.alerts == ["answer-error"]
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    "text", ["x" * 5000, "\U0001f600 ١٢", "<script>", "' OR 1=1 --", "\u202e", "{{ 7 }}"]
)
def test_odd_answers_are_stored_as_they_are(ann, text):
    ann.send(**RATED | {"answer": text})
    assert Response.objects.get().answer == text


def test_form_that_is_far_too_large_gets_a_page(ann):
    page = ann.send(**RATED | {"answer": "x" * 3_000_000})
    assert page.status == 400
    assert not Response.objects.exists()


def test_form_with_thousands_of_fields_gets_a_page(ann):
    data = ann.page.form.filled(**RATED) | {f"field-{number}": "" for number in range(11_000)}
    assert ann.post("/take/sums/", data).status == 400


@pytest.mark.parametrize("key", ["", "unknown", "\x00", "ü", LONG])
def test_unknown_submission_key_gets_a_page(ann, key):
    page = ann.send(**RATED, submission_key=key)
    assert page.status == 404
    assert "not one of this session" in page.words
    page = ann.post("/take/sums/correct/", ann.get().form.filled(**RATED, submission_key=key))
    assert page.status == 404
    assert not Response.objects.exists()


def test_form_of_another_session_gets_a_page(ann):
    bob = Visitor()
    bob.begin()
    foreign = bob.page.form.field("submission_key").value
    page = ann.send(**RATED, submission_key=foreign)
    assert page.status == 404
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    "kind, body",
    [
        ("application/json", json.dumps(RATED)),
        ("text/plain", "answer=1"),
        ("multipart/form-data; boundary=x", "--x\r\nbroken"),
        ("multipart/form-data", "no boundary"),
        ("application/x-www-form-urlencoded; charset=klingon", "answer=1"),
        ("application/x-www-form-urlencoded", b"answer=%ff%fe&difficulty=\xff"),
        ("", ""),
    ],
)
def test_wrong_content_type_gets_a_page(ann, kind, body):
    token = ann.page.form.field("csrfmiddlewaretoken").value
    for address in ("/take/sums/", "/take/sums/correct/", "/join/sums/", "/take/withdraw/"):
        answer = ann.client.generic("POST", address, body, kind, headers={"x-csrftoken": token})
        assert 300 <= answer.status_code < 500
    assert not Response.objects.exists()


def test_get_on_an_address_for_forms_leads_back_to_the_unit(ann):
    unit = ann.page.unit
    assert ann.get("/take/sums/correct/").unit == unit
    assert Enrolment.objects.get().state == "active"


def test_get_on_leaving_says_what_it_means_and_leaves_nothing(ann):
    page = ann.get("/take/sums/leave/")
    assert page.step == "leave"
    assert "pay" in page.words
    assert Enrolment.objects.get().state == "active"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("address", ["/join/sums/", "/take/sums/", "/take/sums/leave/", "/take/withdraw/"])
def test_other_methods_are_refused(ann, method, address):
    token = ann.page.form.field("csrfmiddlewaretoken").value
    assert ann.client.generic(method, address, headers={"x-csrftoken": token}).status_code == 405


@pytest.mark.parametrize("address", ["/join/sums/", "/take/sums/", "/take/sums/leave/", "/take/withdraw/"])
def test_form_without_the_csrf_cookie_gets_a_page(ann, address):
    del ann.client.cookies["csrftoken"]
    page = ann.post(address, ann.page.form.filled(**RATED))
    assert page.status == 403
    assert "reload the page and send it again" in page.words
    assert not Response.objects.exists()


@pytest.mark.parametrize("code", ["", "\x00", "ü" * 12, LONG, "--------"])
def test_withdrawal_with_garbage_says_so(ann, code):
    ann.get("/take/withdraw/")
    assert ann.send(code=code, sure="1").status == 404
    assert Enrolment.objects.count() == 1


def test_pages_are_never_cached(ann):
    for address in ("/join/sums/", "/take/sums/", "/take/withdraw/"):
        assert "no-store" in ann.client.get(address).headers["Cache-Control"]


def test_opening_a_paused_study_lets_people_in_again(rated):
    pause_study(study=rated, actor="test")
    rated.refresh_from_db()
    assert Visitor().get("/join/sums/").step == "no-place"
    open_study(study=rated, actor="test")
    assert Visitor().join().step == "instructions"


def in_charset(ann, address, charset, **values):
    """A form of one's own making, as no browser sends it."""
    fields = ann.page.form.filled(next="1") | RATED | values
    parts = (
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    kind = f"multipart/form-data; boundary=B; charset={charset}"
    return ann.client.generic("POST", address, f"{''.join(parts)}--B--\r\n".encode(), content_type=kind)


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "punycode", "idna", "unicode_escape", "rot13", "hex", "bz2", "latin-1"])  # fmt: skip
def test_form_in_another_character_set_is_refused(ann, charset):
    for address in ("/take/sums/", "/take/withdraw/", "/accounts/login/"):
        assert in_charset(ann, address, charset, answer="+2AA-" + "é" * 1000).status_code == 400
    assert not Response.objects.exists()


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "none-that-we-know"])
def test_form_in_utf_8_is_taken_whatever_it_is_called(ann, charset):
    assert in_charset(ann, "/take/sums/", charset, answer="é").status_code == 303
    assert Response.objects.get().answer == "é"


def test_consent_form_of_another_study_is_refused(rated, make):
    make("other")
    ann = Visitor()
    ann.get("/join/sums/")
    form = ann.page.form.filled(consent="1", next="1")
    ann.post("/join/sums/", form)
    ann.get("/join/other/")
    page = ann.post("/join/other/", ann.page.form.filled(consent="1") | {"submission_key": form["submission_key"]})  # fmt: skip
    assert page.status == 409
    assert "not one of this session" in page.words
    assert Enrolment.objects.count() == 1


def test_withdrawal_waits_for_room_on_the_disk(ann, monkeypatch):
    code = withdrawal_code(ann.enrolment.participant)

    def full(*digests):
        raise OSError(errno.ENOSPC, "No room")

    monkeypatch.setattr(suppression, "remember", full)
    client = Client(raise_request_exception=False)
    answer = client.post("/take/withdraw/", {"code": code, "sure": "1"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert Enrolment.objects.exists()
