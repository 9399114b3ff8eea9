"""Amendments of an opened study, differences between versions, and the plan to register."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from annotations.core.models import AuditEntry
from annotations.studies.definition import definition_hash
from annotations.studies.history import Registration
from annotations.studies.models import Member, Study, StudyVersion
from tests.research.setup.forms import Setup


@pytest.fixture
def client(alice, as_user):
    return as_user(alice)


@pytest.fixture
def at(client, study):
    return lambda name: Setup(client, study, name)


def stored():
    return Study.objects.get(slug="sums-s2")


def address(name, slug="sums-s2"):
    return reverse(f"research:setup-{name}", args=[slug])


def test_change_of_an_open_study_holds_for_nobody_until_it_is_made(at, client):
    at("texts").send(instructions__en="Judge with care.")
    study = stored()
    assert study.amendment["instructions"] == {"en": "Judge with care."}
    assert study.definition["instructions"]["en"] != "Judge with care."
    assert StudyVersion.objects.count() == 1
    shown = client.get(address("amend")).content.decode()
    assert "<ins>Judge with care.</ins>" in shown
    client.post(address("amend"), {"act": "amend", "revision": "2"})
    study = stored()
    assert (study.definition["instructions"]["en"], study.amendment) == ("Judge with care.", None)
    assert StudyVersion.objects.count() == 2
    assert AuditEntry.objects.filter(action="study amended").count() == 1
    compared = client.get(address("versions"), {"before": "v1", "after": "v2"}).content.decode()
    assert "<code>instructions.en</code>" in compared
    assert "<code>title</code>" not in compared
    assert (
        "They say the same."
        in client.get(address("versions"), {"before": "v2", "after": "now"}).content.decode()
    )


def test_preview_shows_the_amendment(at, client):
    at("texts").send(consent__en="As amended.")
    assert "As amended." in client.get("/take/sums-s2/preview/").content.decode()
    assert "As amended." not in client.get("/join/sums-s2/").content.decode()


def test_amendment_that_changes_nothing_is_none(at):
    before = stored().definition["title"]
    at("basics").send(title="Other")
    at("basics").send(title=before)
    assert stored().amendment is None


@pytest.mark.parametrize(
    ("section", "values", "slot"),
    [
        ("basics", {"protocol": "difficulty"}, "e-protocol"),
        ("basics", {"collection": "other"}, "e-collection"),
        ("batches", {"batches__0__participants": "7"}, "e-batches"),
    ],
)
def test_what_an_opened_study_rests_on_cannot_be_amended(at, section, values, slot):
    page = at(section)
    page.send(**values)
    assert "An opened study keeps this" in page.form.errors[slot]
    assert stored().amendment is None


def test_amendment_is_discarded(at, client):
    at("basics").send(title="Other")
    client.post(address("amend"), {"act": "discard"})
    assert (stored().amendment, stored().title) == (None, "Study sums-s2")
    refused = client.post(address("amend"), {"act": "discard"})
    assert "There is no amendment to discard." in refused.content.decode()


def test_amendment_that_somebody_changed_meanwhile_is_not_made(at, client):
    at("basics").send(title="Other")
    at("texts").send(consent__en="Unseen.")
    response = client.post(address("amend"), {"act": "amend", "revision": "2"})
    assert response.status_code == 422
    assert "changed the amendment meanwhile" in response.content.decode()
    assert StudyVersion.objects.count() == 1


def test_definition_older_than_a_setting_is_amended_as_it_was_served(at, client, study):
    StudyVersion.objects.update(definition={k: v for k, v in study.definition.items() if k != "presentation"})
    Study.objects.update(definition=StudyVersion.objects.get().definition)
    at("texts").send(consent__en="Ours.")
    client.post(address("amend"), {"act": "amend", "revision": "2"})
    assert stored().definition["presentation"]["format"] == "plain"


@pytest.mark.parametrize("key", ["v9", "r9", "x", "v", "v99999999999"])
def test_version_that_is_not_there_is_not_found(client, study, key):
    response = client.get(address("versions"), {"before": key, "after": "v1"})
    assert response.status_code == 404


def test_plan_of_a_draft_has_the_hash_with_which_it_opens(client, draft):
    plan = json.loads(client.get(address("plan-json", "draft")).content)
    assert (plan["state"], plan["rows"]["outputs"], plan["analysis"]["bins"]) == ("draft", 12, 10)
    words = client.get(address("plan-md", "draft")).content.decode()
    assert plan["definition_hash"] in words
    assert "## Exclusion rules" in words
    client.post(reverse("research:open", args=["draft"]))
    opened = json.loads(client.get(address("plan-json", "draft")).content)
    assert opened["definition_hash"] == plan["definition_hash"]
    assert (opened["state"], opened["definition"]) == ("frozen", plan["definition"])
    assert Study.objects.get(slug="draft").version.definition_hash == plan["definition_hash"]
    assert definition_hash(plan["definition"], {}) != plan["definition_hash"]


def test_plan_stays_that_of_the_opening(at, client):
    before = client.get(address("plan-json")).content
    at("analysis").send(analysis__bins="4")
    client.post(address("amend"), {"act": "amend", "revision": "2"})
    assert stored().definition["analysis"]["bins"] == 4
    assert client.get(address("plan-json")).content == before


def test_registration_is_recorded_with_its_hash(client, draft):
    sent = {"address": "https://osf.io/abcde", "registered_on": "2026-01-02"}
    client.post(address("register", "draft"), sent)
    made = Registration.objects.get()
    assert (made.address, str(made.registered_on), made.recorded_by) == (
        "https://osf.io/abcde", "2026-01-02", "alice@example.org",
    )  # fmt: skip
    assert AuditEntry.objects.filter(action="registration recorded").count() == 1
    words = client.get(address("register", "draft")).content.decode()
    assert "https://osf.io/abcde" in words
    assert "has another hash" not in words
    assert "Registered at https://osf.io/abcde" in client.get(address("checklist", "draft")).content.decode()
    Setup(client, draft, "basics").send(title="Other")
    client.post(reverse("research:open", args=["draft"]))
    assert "has another hash" in client.get(address("register", "draft")).content.decode()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"address": "osf"}, "Give the address"),
        ({"address": "http://osf.io/abcde"}, "Give the address"),
        ({"address": "https://osf.io/<script>" + "x" * 600}, "Give the address"),
        ({"registered_on": "soon"}, "as 2031-12-31"),
        ({"registered_on": "2999-01-01"}, "still to come"),
    ],
)
def test_registration_that_cannot_be_is_refused(client, draft, values, says):
    sent = {"address": "10.17605/OSF.IO/ABCDE", "registered_on": "2026-01-02", **values}
    response = client.post(address("register", "draft"), sent)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not Registration.objects.exists()


PAGES = ("checklist", "register", "plan-json", "plan-md", "versions", "amend", "file", "yaml")


def test_viewer_reads_and_stranger_finds_nothing(draft, bob, charlie, as_user):
    for name in PAGES:
        assert as_user(bob).get(address(name, "draft")).status_code == 200, name
        missing = as_user(charlie).get(address(name, "draft"))
        assert missing.status_code == 404, name
        assert missing.content == as_user(charlie).get(address(name, "no-such")).content, name
    for name in ("register", "amend", "file"):
        assert as_user(bob).post(address(name, "draft"), {"act": "discard"}).status_code == 404, name


@pytest.mark.parametrize("name", PAGES)
def test_queries_stay_few(draft, client, name, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(address(name, "draft"))


def test_two_people_amend(at, study, charlie, as_user):
    Member.objects.create(study=study, user=charlie, role=Member.EDITOR)
    mine, theirs = at("texts"), Setup(as_user(charlie), study, "texts")
    theirs.send(consent__en="Of Charlie.")
    mine.send(consent__en="Of Alice.")
    assert mine.response.status_code == 409
    assert stored().amendment["consent"]["en"] == "Of Charlie."


@pytest.mark.parametrize("revision", ["9" * 5_000, "\u00b2", "-1", "nan"])
def test_revision_that_is_none_makes_no_amendment(at, client, revision):
    at("basics").send(title="Other")
    response = client.post(address("amend"), {"act": "amend", "revision": revision})
    assert response.status_code == 422
    assert StudyVersion.objects.count() == 1
