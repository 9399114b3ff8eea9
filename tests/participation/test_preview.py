"""A researcher walks the whole flow; the database does not notice."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from django.apps import apps
from django.core import signing
from django.test import Client

from annotations.accounts.models import User
from annotations.participation.preview.cookie import SALT
from annotations.participation.preview.passage import State
from annotations.studies.models import Member, Study
from tests.participation.whole import Guide, settings

HERE = "/take/sums/preview/"


@pytest.fixture(params=["difficulty", "supervision"])
def study(request, make):
    more = {"asking": {"own_answer": True}} if request.param == "supervision" else {}
    return make(protocol=request.param, checks=2, settings=settings(request.param, **more))


@pytest.fixture
def alice(study):
    """Alice is a viewer of the study."""
    user = User.objects.create_user("alice@example.org", "correct horse battery")
    Member.objects.create(study=study, user=user, role=Member.VIEWER)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return Guide(client=client)


def counts():
    return {
        model.__name__: model.objects.count() for model in apps.get_app_config("annotations").get_models()
    }


def test_preview_walks_every_step_and_stores_nothing(alice):
    before = counts()
    page = alice.get(HERE)
    kinds = [page.step]
    while page.step != "exit":
        assert "Nothing is stored" in page.words
        page = alice.go_on()
        assert page.status == 200
        kinds.append(page.step)
        assert len(kinds) < 60
    assert list(dict.fromkeys(kinds)) == [
        "eligibility", "consent", "questionnaire", "instructions", "practice", "comprehension", "units",
        "break", "honesty", "debrief", "feedback", "exit",
    ]  # fmt: skip
    assert "Nothing is stored" in page.words
    assert page.completion_code == "PREVIEW"
    assert counts() == before


def test_preview_of_a_draft(alice, study):
    Study.objects.filter(pk=study.pk).update(state=Study.DRAFT, version=None, opened_at=None)
    assert alice.get(HERE).step == "eligibility"
    assert alice.get(f"{HERE}?step=units").step == "units"


def test_preview_jumps_to_any_step(alice, study):
    for step in study.definition["steps"]:
        assert alice.get(f"{HERE}?step={step['name']}").step == step["kind"]


def test_preview_shows_errors_as_participants_get_them(alice):
    alice.get(f"{HERE}?step=honesty")
    assert alice.send().status == 422
    alice.get(f"{HERE}?step=units")
    assert alice.send().status == 422


def test_preview_ends_kindly_where_the_flow_would(alice):
    alice.get(HERE)
    page = alice.go_on(eligibility={"adult": "n"})
    assert page.step == "screened_out"
    assert "Nothing is stored" in page.words


def test_preview_is_for_members(study):
    assert Client().get(HERE).status_code == 302
    bob = Client()
    bob.force_login(User.objects.create_user("bob@example.org", "correct horse battery"))
    assert bob.get(HERE).status_code == 404
    assert bob.get("/take/nowhere/preview/").status_code == 404


def test_spoilt_cookie_begins_again(alice):
    alice.get(f"{HERE}?step=honesty")
    alice.client.cookies["preview_sums"] = "spoilt"
    assert alice.get(HERE).step == "eligibility"


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 21, "9" * 5000])
def test_picture_that_is_none_is_not_found(alice, number):
    assert alice.client.get(HERE, {"image": number}).status_code == 404


@pytest.mark.parametrize(
    "questions", [["unit-1", "unit-2", "unit-3"], ["unit-2"], ["task"]], ids=["many", "gap", "others"]
)
@pytest.mark.parametrize("act", ["get", "post"])
def test_answers_that_fit_a_step_no_more_begin_it_again(alice, questions, act):
    """The draft was edited between two pages."""
    alice.get(f"{HERE}?step=practice")
    form = alice.page.form.filled(**alice.form())
    state = State("practice", "en", given=[[name, "1", True, 1] for name in questions])
    alice.client.cookies["preview_sums"] = signing.dumps(asdict(state), salt=SALT, compress=True)
    page = alice.get(HERE) if act == "get" else alice.post(HERE, form)
    assert (page.status, page.step) == (200, "practice")
    assert page.form.filled()["number"] == "1"
    assert alice.go_on().form.filled()["number"] == "2"
