"""A new study: from a template, a copy, a file; where nothing of it can be, nothing is made."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotations.catalogue.models import Collection
from annotations.core.models import AuditEntry
from annotations.studies.models import Member, Study

NEW = "/research/new/"


@pytest.fixture
def make(alice, as_user):
    client = as_user(alice)

    def send(**values):
        return client.post(NEW, {"title": "Wrong sums", "start": "supervision", **values})

    return send


@pytest.mark.parametrize(
    ("start", "protocol", "own"),
    [
        ("difficulty", "difficulty", False),
        ("supervision", "supervision", False),
        ("own-answer", "supervision", True),
    ],
)
def test_template_makes_a_draft_of_ones_own(make, alice, start, protocol, own):
    response = make(start=start)
    study = Study.objects.get(slug="wrong-sums")
    assert response["Location"] == "/research/studies/wrong-sums/setup/basics/"
    assert (study.state, study.title, study.definition["protocol"]) == ("draft", "Wrong sums", protocol)
    assert study.definition["asking"]["own_answer"] is own
    assert study.members.get().role == Member.OWNER
    assert study.members.get().user == alice
    assert (study.collection.name, study.load.published_at is not None) == ("wrong-sums", True)
    assert AuditEntry.objects.get().action == "study created"


def test_list_of_studies_leads_there(alice, as_user):
    content = as_user(alice).get(reverse("research:studies")).content.decode()
    assert NEW in content
    assert "There is no study of yours yet" in content
    assert as_user(alice).get(NEW).status_code == 200


def test_seed_is_the_studys_own(make):
    make(slug="a")
    make(slug="b")
    first, second = Study.objects.values_list("definition", flat=True)
    assert first["seed"] != second["seed"]


def test_existing_collection_of_theirs_is_taken(make, draft):
    make(collection="sums")
    assert Study.objects.get(slug="wrong-sums").collection == draft.collection


def test_copy_has_the_settings_and_not_the_seed(make, study):
    study.definition["checks"]["share"] = 0.2
    study.definition["recruitment"] = {"provider": "prolific", "codes": {"completed": "C1"}, "settings": {}}
    study.save()
    make(start="copy", copied=study.slug, title="Again")
    copied = Study.objects.get(slug="again")
    assert copied.definition["checks"] == {"share": 0.2}
    assert copied.definition["recruitment"]["codes"]["completed"] == ""
    assert copied.definition["title"] == "Again"
    assert copied.collection == study.collection
    assert copied.definition["seed"] != study.definition["seed"]


def test_file_is_read_and_the_form_stands_above_it(make):
    file = SimpleUploadedFile(
        "study.yaml", b"title: From the file\nprotocol: difficulty\ncollection: words\n"
    )
    make(start="file", file=file, title="")
    study = Study.objects.get()
    assert (study.slug, study.title, study.collection.name) == ("from-the-file", "From the file", "words")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"title: T\nprotocol: judging\n", "Line 2, column 11"),
        (b"title: T\nprotocol: both\nbatchs: []\n", "did you mean"),
        (b"\xff", "not UTF-8"),
        (b"title: [", "not YAML"),
    ],
)
def test_bad_file_says_line_and_column_and_makes_nothing(make, content, says):
    response = make(start="file", file=SimpleUploadedFile("study.yaml", content))
    assert response.status_code == 422
    assert says in response.content.decode()
    assert "Wrong sums" in response.content.decode()
    assert not Study.objects.exists()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"title": ""}, "Give it a title"),
        ({"slug": "draft"}, "The short name &#x27;draft&#x27; is not free"),
        ({"slug": "with space"}, "cannot be a short name"),
        ({"slug": "withdraw"}, "The short name &#x27;withdraw&#x27; is not free"),
        ({"title": "題"}, "None can be made from the title"),
        ({"title": "x" * 300}, "longer than 200 characters"),
        ({"start": "nothing"}, "Choose what to begin from"),
        ({"start": "copy", "copied": "no-such"}, "Choose one of your studies"),
        ({"start": "file"}, "Choose a study.yaml"),
        ({"new_collection": "of charlie"}, "holds characters that a name may not have"),
        ({"new_collection": "charlies"}, "&#x27;charlies&#x27; is not free for a collection"),
        ({"collection": "charlies"}, "&#x27;charlies&#x27; is not free for a collection"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(make, draft, values, says):
    Collection.objects.create(name="charlies")
    response = make(**values)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert Study.objects.count() == 1


def test_study_of_somebody_else_cannot_be_copied(study, charlie, as_user):
    sent = {"title": "Mine", "start": "copy", "copied": study.slug}
    response = as_user(charlie).post(NEW, sent)
    assert response.status_code == 422
    assert "Choose one of your studies" in response.content.decode()
    assert not Study.objects.filter(slug="mine").exists()


def test_visitor_is_asked_to_log_in(client, db):
    assert client.post(NEW, {"title": "T", "start": "supervision"}).status_code == 302
    assert not Study.objects.exists()
