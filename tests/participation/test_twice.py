"""What is sent twice is stored once."""

from __future__ import annotations

import pytest

from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch
from tests.participation.kit import JUDGED, RATED, Visitor

OTHER = {"verdict": "correct", "confidence": "10"}


@pytest.fixture
def ann(judged):
    """Ann has the first unit before her."""
    ann = Visitor()
    ann.begin()
    return ann


@pytest.fixture
def bea(make):
    """Bea has the first unit before her, in a study that allows corrections."""
    make("open-minded", protocol="supervision", settings={"corrections": {"allowed": True}})
    bea = Visitor("open-minded")
    bea.begin()
    return bea


def send_again(person, form, **values):
    return person.post(person.take_address, form.filled(next="1", **values), follow=False)


def test_same_body_twice_is_one_row_and_the_same_reply(ann):
    form = ann.page.form
    replies = []
    for _ in range(2):
        send_again(ann, form, **JUDGED)
        replies.append((ann.answer.status_code, ann.answer.headers["Location"], ann.answer.content))
    assert replies[0] == replies[1]
    assert replies[0][:2] == (303, "/take/sums/")
    assert Response.objects.count() == 1
    assert Enrolment.objects.get().answered == 1


def test_same_body_is_the_same_however_it_is_written(ann):
    form = ann.page.form
    send_again(ann, form, verdict="incorrect", confidence="80")
    assert send_again(ann, form, verdict="incorrect", confidence=" 80.0 ").status == 303
    assert Response.objects.count() == 1


def test_same_body_after_others_is_still_a_replay(ann):
    form = ann.page.form
    ann.finish(**JUDGED)
    assert ann.page.step == "exit"
    assert send_again(ann, form, **JUDGED).status == 303
    assert Response.objects.count() == 3


def test_other_body_gets_a_page_with_what_is_stored(ann):
    form = ann.page.form
    send_again(ann, form, **JUDGED)
    page = send_again(ann, form, **OTHER)
    assert page.status == 409
    assert page.step == "stored"
    assert "Incorrect" in page.words
    assert "80" in page.words
    assert Response.objects.get().verdict == "incorrect"


def test_other_body_offers_no_correction_unless_allowed(ann):
    form = ann.page.form
    send_again(ann, form, **JUDGED)
    page = send_again(ann, form, **OTHER)
    assert not [one for one in page.forms if one.in_main]
    assert "/take/sums/" in page.links


def test_correction_is_refused_unless_allowed(ann):
    form = ann.page.form
    send_again(ann, form, **JUDGED)
    page = ann.post("/take/sums/correct/", form.filled(**OTHER))
    assert page.status == 409
    assert Response.objects.get().verdict == "incorrect"


def test_other_body_offers_a_correction_where_allowed(bea):
    form = bea.page.form
    send_again(bea, form, **JUDGED)
    page = send_again(bea, form, **OTHER)
    assert page.status == 409
    assert page.form.action == "/take/open-minded/correct/"
    assert page.form.field("confidence").value == "80"
    assert [one.value for one in page.form.fields if one.checked] == ["incorrect"]


def test_correction_supersedes_and_the_first_row_stays(bea):
    form = bea.page.form
    send_again(bea, form, **JUDGED)
    first = Response.objects.values().get()
    send_again(bea, form, **OTHER)
    assert bea.send(**OTHER).step == "units"
    second = Response.objects.standing().get()
    assert Response.objects.values().get(pk=first["id"]) == first
    assert (second.verdict, second.confidence, second.supersedes_id) == ("correct", 10, first["id"])
    assert second.assignment_id == first["assignment_id"]
    assert Response.objects.scored().count() == 1
    assert Enrolment.objects.get().answered == 1


def test_correction_sent_twice_is_stored_once(bea):
    form = bea.page.form
    send_again(bea, form, **JUDGED)
    data = send_again(bea, form, **OTHER).form.filled(**OTHER)
    for _ in range(2):
        assert bea.post("/take/open-minded/correct/", data, follow=False).status == 303
    assert Response.objects.count() == 2


def test_correction_to_what_is_stored_changes_nothing(bea):
    form = bea.page.form
    send_again(bea, form, **JUDGED)
    send_again(bea, form, **OTHER)
    assert bea.send().step == "units"
    assert Response.objects.count() == 1


def test_correction_can_be_corrected(bea):
    form = bea.page.form
    send_again(bea, form, **JUDGED)
    for verdict in ("correct", "unsure"):
        send_again(bea, form, verdict=verdict, confidence="33")
        bea.send(verdict=verdict, confidence="33")
    assert Response.objects.count() == 3
    assert Response.objects.standing().get().verdict == "unsure"


def test_correction_with_a_missing_field_keeps_what_was_chosen(bea):
    form = bea.page.form
    send_again(bea, form, **JUDGED)
    send_again(bea, form, **OTHER)
    page = bea.send(verdict="unsure", confidence="")
    assert page.status == 422
    assert page.alerts == ["confidence-error"]
    assert [one.value for one in page.form.fields if one.checked] == ["unsure"]
    assert bea.send(confidence="5").step == "units"
    assert Response.objects.standing().get().verdict == "unsure"


def test_first_body_after_a_correction_is_a_replay(bea):
    form = bea.page.form
    send_again(bea, form, **JUDGED)
    send_again(bea, form, **OTHER)
    bea.send(**OTHER)
    assert send_again(bea, form, **JUDGED).status == 303
    assert Response.objects.standing().get().verdict == "correct"


def test_own_answer_is_shown_as_stored(rated):
    ann = Visitor()
    form = ann.begin().form
    send_again(ann, form, **RATED | {"answer": "a <b> & c"})
    page = send_again(ann, form, **RATED | {"answer": "something else"})
    assert "a <b> & c" in page.words
    assert "something else" not in page.words


def test_consent_twice_is_one_enrolment_and_one_place(judged):
    ann = Visitor()
    data = ann.get("/join/sums/").form.filled(consent="1", next="1")
    del ann.client.cookies["csrftoken"]
    ann.get("/join/sums/")
    data["csrfmiddlewaretoken"] = ann.page.form.field("csrfmiddlewaretoken").value
    cookies = []
    for _ in range(2):
        assert ann.post("/join/sums/", data, follow=False).status == 303
        cookies.append(ann.client.cookies.pop("take_sums").value)  # the reply was lost on its way
    assert cookies[0] == cookies[1]
    assert Enrolment.objects.count() == 1
    assert Batch.objects.get().running == 1


def test_consent_again_when_all_places_are_taken_is_still_in(make):
    make(participants=1)
    ann = Visitor()
    data = ann.get("/join/sums/").form.filled(consent="1", next="1")
    ann.post("/join/sums/", data)
    del ann.client.cookies["take_sums"]
    assert ann.post("/join/sums/", data).step == "instructions"
    assert Enrolment.objects.count() == 1


def test_consent_of_two_browsers_is_two_enrolments(judged):
    Visitor().join()
    Visitor().join()
    assert Enrolment.objects.count() == 2


def test_instructions_twice_lead_to_the_same_unit(judged):
    ann = Visitor()
    ann.join()
    data = ann.page.form.filled(next="1")
    assert ann.post("/take/sums/", data).unit == ann.post("/take/sums/", data).unit
