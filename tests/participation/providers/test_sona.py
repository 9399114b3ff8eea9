from __future__ import annotations

import pytest

from annotations.people.models import Enrolment
from tests.participation.providers.kit import Sent

GIVEN = {"site": "example.sona-systems.com", "experiment_id": 12, "credit_token": "abc&d"}


@pytest.fixture
def study(recruit):
    return recruit("sona", given=GIVEN)


def test_end_grants_credit_by_address(study):
    ann = Sent({"id": "4711"})
    ann.begin()
    assert "webstudy_credit" not in ann.page.html
    page = ann.answer_unit()
    expected = (
        "https://example.sona-systems.com/webstudy_credit.aspx"
        "?experiment_id=12&credit_token=abc%26d&survey_code=4711"
    )
    assert expected in page.links


def test_other_endings_grant_none(study):
    ann = Sent({"id": "4711"})
    ann.arrive()
    (form,) = [one for one in ann.page.forms if "/decline/" in one.action]
    page = ann.post(form.action, form.filled())
    assert page.step == "no_consent"
    assert "sona-systems" not in page.html


def test_same_student_in_another_browser_goes_on(study):
    one, two = Sent({"id": "4711"}), Sent({"id": "4711"})
    one.begin()
    two.arrive()
    assert two.enrolment == one.enrolment


@pytest.mark.parametrize(
    "code, says",
    [
        ("", "lacks the survey code"),
        ("a b", "lacks the survey code"),
        ("1" * 41, "lacks the survey code"),
        ("%SURVEY_CODE%", "did not fill in"),
        ("SURVEY_CODE", "did not fill in"),
    ],
)
def test_code_that_is_none_is_told_kindly(study, code, says):
    page = Sent({"id": code}).arrive()
    assert (page.status, page.step) == (400, "bad-arrival")
    assert says in page.words
    assert Enrolment.objects.count() == 0
