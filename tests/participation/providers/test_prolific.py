"""Prolific: who arrives, what is missing, and where people go in the end."""

from __future__ import annotations

import pytest

from annotations.participation import providers
from annotations.people.models import Enrolment, Identity
from annotations.people.outcomes import outcome_code
from annotations.studies.services import close_study
from tests.participation.kit import Visitor
from tests.participation.providers.kit import Sent, prolific_query


@pytest.fixture
def study(recruit):
    return recruit("prolific")


def exit_address(code):
    return f"https://app.prolific.com/submissions/complete?cc={code}"


def test_person_is_known_by_the_first_parameter_whatever_its_case(study):
    query = prolific_query()
    provider = providers.get("prolific")
    arrival = provider.arrive(study, {name: value.upper() for name, value in query.items()})
    assert arrival == provider.arrive(study, query)
    assert arrival.identity == query["PROLIFIC_PID"]
    assert arrival.details == {name: query[name] for name in ("STUDY_ID", "SESSION_ID")}


@pytest.mark.parametrize("name", ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"])
@pytest.mark.parametrize("value", [None, "", "x", "a b" * 10, "0" * 500, "5f\x00" * 8, "<script>alert(1)"])
def test_parameter_that_is_missing_or_malformed_is_named(study, name, value):
    query = prolific_query() | {name: value}
    page = Sent({key: value for key, value in query.items() if value is not None}).arrive()
    assert (page.status, page.step) == (400, "bad-arrival")
    assert name in page.words
    assert "from its page on Prolific" in page.words
    assert Enrolment.objects.count() == 0


def test_placeholder_that_was_not_filled_in_is_told_from_a_missing_one(study):
    page = Sent(prolific_query() | {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}).arrive()
    assert (page.status, page.step) == (400, "bad-arrival")
    assert "did not fill in who you are" in page.words


def test_link_with_parameters_leads_to_consent_and_stores_nothing(study):
    assert Sent(prolific_query()).arrive().step == "consent"
    assert (Enrolment.objects.count(), Identity.objects.count()) == (0, 0)


def test_same_person_in_another_browser_goes_on_where_they_were(study):
    phone, desk = Sent(prolific_query()), Sent(prolific_query())
    phone.begin()
    unit = phone.page.unit
    assert desk.arrive().unit == unit
    assert desk.enrolment == phone.enrolment
    desk.answer_unit()
    assert phone.get().step == "exit"
    assert (Enrolment.objects.count(), Identity.objects.count()) == (1, 1)


def test_somebody_else_in_the_same_browser_gets_a_passage_of_their_own(study):
    ann = Sent(prolific_query(1))
    ann.begin()
    first = ann.enrolment
    bea = Sent(prolific_query(2), client=ann.client)
    assert bea.arrive().step == "consent"
    bea.consent()
    assert bea.enrolment != first
    assert Enrolment.objects.count() == 2
    # And the first gets back to theirs.
    ann.arrive()
    assert ann.enrolment == first


def test_whoever_is_in_needs_no_parameters(study):
    ann = Sent(prolific_query())
    ann.begin()
    assert Visitor(client=ann.client).get("/join/sums/").step == "units"


def test_exit_leads_back_only_after_the_last_answer(study):
    address = exit_address(outcome_code(study, "completed"))
    ann = Sent(prolific_query())
    ann.begin()
    assert address not in ann.page.html
    page = ann.answer_unit()
    assert page.step == "exit"
    assert address in page.links
    assert "press the button, so that they know there" in page.words
    assert page.completion_code == outcome_code(study, "completed")


def test_no_consent_has_a_code_of_its_own(study):
    ann = Sent(prolific_query())
    ann.arrive()
    (form,) = [one for one in ann.page.forms if "/decline/" in one.action]
    page = ann.post(form.action, form.filled())
    assert page.step == "no_consent"
    assert exit_address(outcome_code(study, "no_consent")) in page.links
    assert (Enrolment.objects.count(), Identity.objects.count()) == (0, 0)


def test_full_study_says_so_to_the_provider(recruit):
    study = recruit("prolific", participants=1)
    Sent(prolific_query(1)).begin()
    page = Sent(prolific_query(2)).arrive()
    assert page.step == "full"
    assert exit_address(outcome_code(study, "full")) in page.links


def test_known_person_gets_to_their_end_though_the_study_is_over(study):
    ann = Sent(prolific_query())
    ann.begin()
    ann.answer_unit()
    close_study(study=study, actor="test")
    assert Sent(prolific_query()).arrive().step == "exit"


def test_new_submission_of_a_known_person_is_kept(study):
    from annotations.people.identities import opened

    Sent(prolific_query(1, 1)).begin()
    Sent(prolific_query(1, 2)).arrive()
    assert opened(Identity.objects.get()).details["SESSION_ID"] == prolific_query(1, 2)["SESSION_ID"]
