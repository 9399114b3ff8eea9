"""Mechanical Turk: the frame, which stores nothing, and the tab it opens."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.participation.providers.mturk import PREVIEW, submit_address
from annotations.people.identities import details_of
from annotations.people.models import Enrolment
from annotations.people.outcomes import outcome_code
from tests.participation.providers.kit import Sent
from tests.participation.reading import Page

FRAME = "/join/sums/frame/"
WORKER = {"workerId": "A1B2C3D4E5", "assignmentId": "3ABCDEFGHIJKLMNOPQ", "hitId": "3HIT"}
ACCEPTED = WORKER | {"turkSubmitTo": "https://workersandbox.mturk.com"}


@pytest.fixture
def study(recruit):
    return recruit("mturk")


def framed(query):
    """The answer, and its page. Nothing is written, and no cookie is set."""
    client = Client()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(FRAME, query)
    assert not client.cookies
    assert {one["sql"].split()[0] for one in captured} <= {"SELECT"}
    return answer, Page(answer.content.decode(), status=answer.status_code)


@pytest.mark.parametrize("query", [{}, {"assignmentId": PREVIEW}, ACCEPTED | {"assignmentId": PREVIEW}])
def test_preview_describes_and_offers_nothing(study, query):
    _answer, page = framed(query)
    assert (page.status, page.step) == (200, "preview")
    assert "Accept the HIT" in page.words
    assert not page.forms
    assert WORKER["workerId"] not in page.html


def test_accepted_hit_has_one_link_and_the_form_for_the_code(study):
    _answer, page = framed(ACCEPTED)
    (link,) = [link for link in page.links if link.startswith("/join/")]
    assert link == f"/join/sums/?workerId={WORKER['workerId']}&assignmentId={WORKER['assignmentId']}"
    assert page.html.count('target="_blank" rel="noopener"') == 2
    assert "/take/sums/message/" in page.links
    form = page.form
    assert (form.method, form.action) == ("post", "https://workersandbox.mturk.com/mturk/externalSubmit")
    assert form.filled(code="ABC") == {"assignmentId": WORKER["assignmentId"], "code": "ABC"}


@pytest.mark.parametrize(
    "address",
    [
        "", "http://www.mturk.com", "https://www.mturk.com.evil.example", "https://evil.example",
        "https://www.mturk.com@evil.example", "https://www.mturk.com:8443", "javascript:alert(1)",
        "https://www.mturk.com/elsewhere", "https://[", "//www.mturk.com",
    ],
)  # fmt: skip
def test_code_goes_nowhere_but_to_mturk(study, address):
    assert submit_address(address) == ""
    _answer, page = framed(WORKER | {"turkSubmitTo": address})
    assert not page.forms
    assert "was not opened by Mechanical Turk" in page.words


def test_code_goes_to_mturk():
    for site in ("https://www.mturk.com", "https://workersandbox.mturk.com/"):
        assert submit_address(site) == f"{site.rstrip('/')}/mturk/externalSubmit"


@pytest.mark.parametrize("query", [{}, ACCEPTED])
def test_frame_may_be_framed_by_mturk_alone(study, query):
    answer, _page = framed(query)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    sites = "https://www.mturk.com https://workersandbox.mturk.com"
    assert policy["frame-ancestors"] == f"{sites} https://*.mturk.com"
    assert policy["form-action"] == sites
    assert policy["default-src"] == "'none'"
    assert "X-Frame-Options" not in answer


def test_every_other_page_may_not_be_framed(study):
    ann = Sent(WORKER)
    ann.arrive()
    pages = [ann.answer]
    ann.consent()
    pages += [ann.answer, Client().get("/join/nowhere/frame/"), Client().get("/accounts/login/")]
    for answer in pages[:2] + pages[3:]:
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "mturk" not in answer["Content-Security-Policy"]


def test_frame_of_a_study_that_recruits_otherwise_is_not_there(recruit):
    recruit("prolific", slug="other")
    assert Client().get("/join/other/frame/").status_code == 404
    assert Client().get("/join/nowhere/frame/").status_code == 404


def test_worker_is_known_again_and_gets_the_code_to_bring_back(study):
    ann = Sent(WORKER)
    ann.begin()
    other = Sent(WORKER | {"assignmentId": "3ZZZZZZZZZZZZZZ"})
    other.arrive()
    assert other.enrolment == ann.enrolment
    assert other.answer_unit().completion_code == outcome_code(study, "completed")
    assert not [link for link in other.page.links if link.startswith("http")]


@pytest.mark.parametrize("done, kept", [(False, 1), (True, 0)])
def test_who_completed_is_paid_for_the_assignment_that_was_completed(study, done, kept):
    """Until then the newest one counts."""
    addresses = WORKER, WORKER | {"assignmentId": "3ZZZZZZZZZZZZZZ"}
    ann = Sent(addresses[0])
    ann.begin()
    if done:
        ann.answer_unit()
        assert ann.enrolment.state == Enrolment.COMPLETED
    for browser in (Client(), ann.client):
        Sent(addresses[1], client=browser).arrive()
        assert details_of(ann.enrolment.participant)["assignmentId"] == addresses[kept]["assignmentId"]


@pytest.mark.parametrize("name", ["workerId", "assignmentId"])
@pytest.mark.parametrize("value", ["", "x", "A B C D E F", "0" * 65])
def test_parameter_that_is_missing_or_malformed_is_named(study, name, value):
    page = Sent(WORKER | {name: value}).arrive()
    assert (page.status, page.step) == (400, "bad-arrival")
    assert name in page.words
    assert Enrolment.objects.count() == 0


def test_preview_does_not_lead_into_the_study(study):
    page = Sent(WORKER | {"assignmentId": PREVIEW}).arrive()
    assert (page.status, page.step) == (400, "bad-arrival")
    assert "Accept the HIT first" in page.words
