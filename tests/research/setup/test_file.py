"""study.yaml up and down: the same definition, by its hash, whichever way it goes."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotations.releases.loading import load_bundle
from annotations.studies.definition import definition_hash, to_yaml
from annotations.studies.freezing import current_loads, digests
from annotations.studies.history import Revision
from annotations.studies.models import Study
from annotations.studies.services import open_study
from tests.research.setup.forms import Setup


@pytest.fixture
def client(alice, as_user):
    return as_user(alice)


@pytest.fixture
def written(draft, client):
    """A draft of which several things were set in the browser."""
    Setup(client, draft, "basics").send(title="Sums: a study – no. #1", locales="en\nes")
    Setup(client, draft, "texts").send(consent__es="Nuestro: «sí»\n\n- uno\n- dos")
    Setup(client, draft, "asking").send(asking__own_answer="1", asking__revise="1")
    Setup(client, draft, "analysis").send(analysis__thresholds="1, 2.5", analysis__rho_output="0.15")
    page = Setup(client, draft, "conditions")
    page.send(act="add:conditions")
    page.send(conditions__0__parameters__trace="false")
    study = Study.objects.get(slug="draft")
    assert study.revision == 7
    return study


def hash_of(study):
    return definition_hash(study.definition, digests(study, current_loads(study)))


def yaml_of(client, study):
    return client.get(reverse("research:setup-yaml", args=[study.slug])).content


def test_file_of_the_set_up_loads_as_the_same_definition(written, client, tmp_path):
    (tmp_path / "study.yaml").write_bytes(yaml_of(client, written))
    loaded = load_bundle(folder=tmp_path, slug="loaded", actor="test").study
    assert loaded.definition == written.definition
    assert hash_of(loaded) == hash_of(written)


def test_file_goes_up_into_another_draft_as_the_same_definition(written, client):
    client.post("/research/new/", {"title": "Other", "start": "difficulty", "new_collection": "empty"})
    other = Study.objects.get(slug="other")
    address = reverse("research:setup-file", args=["other"])
    content = yaml_of(client, written).decode()
    shown = client.post(address, {"file": SimpleUploadedFile("study.yaml", content.encode())})
    assert "Nuestro" in shown.content.decode()
    other.refresh_from_db()
    assert other.revision == 1
    client.post(address, {"content": content, "confirmed": "1", "revision": "1"})
    other.refresh_from_db()
    assert (other.definition, other.collection.name) == (written.definition, "sums")
    assert hash_of(other) == hash_of(written)
    assert yaml_of(client, other).decode() == content


def test_file_made_into_a_new_study_is_the_same_definition(written, client):
    file = SimpleUploadedFile("study.yaml", yaml_of(client, written))
    client.post("/research/new/", {"title": "", "slug": "third", "start": "file", "file": file})
    third = Study.objects.get(slug="third")
    assert hash_of(third) == hash_of(written)


def test_opened_study_has_the_hash_that_the_file_gives(written, client, tmp_path):
    (tmp_path / "study.yaml").write_bytes(yaml_of(client, written))
    loaded = load_bundle(folder=tmp_path, slug="loaded", actor="test").study
    hashes = {open_study(study=one, actor="t").version.definition_hash for one in (loaded, written)}
    assert len(hashes) == 1


def test_bad_file_says_where_and_changes_nothing(draft, client):
    address = reverse("research:setup-file", args=["draft"])
    sent = {"content": "title: T\nprotocol: judging\nchecks: {share: 2}\n"}
    response = client.post(address, sent)
    content = response.content.decode()
    assert response.status_code == 422
    assert "Line 2, column 11" in content
    assert "Line 3, column 17" in content
    assert "protocol: judging" in content
    assert Study.objects.get(slug="draft").definition == draft.definition


def test_file_confirmed_after_somebody_else_saved_overwrites_nothing(draft, client):
    content = yaml_of(client, draft).decode().replace("Study draft", "By file")
    Setup(client, draft, "basics").send(title="By hand")
    address = reverse("research:setup-file", args=["draft"])
    response = client.post(address, {"content": content, "confirmed": "1", "revision": "1"})
    assert response.status_code == 422
    assert Study.objects.get(slug="draft").title == "By hand"
    assert Revision.objects.count() == 2


def test_collection_of_somebody_else_is_not_taken_over(draft, client):
    from tests.research import rows

    rows.make_collection("charlies")
    content = to_yaml({**draft.definition, "collection": "charlies"})
    address = reverse("research:setup-file", args=["draft"])
    response = client.post(address, {"content": content, "confirmed": "1", "revision": "1"})
    assert "is not free for a collection" in response.content.decode()
    assert Study.objects.get(slug="draft").collection.name == "sums"


def test_viewer_may_download_and_not_upload(draft, bob, as_user):
    address = reverse("research:setup-file", args=["draft"])
    assert as_user(bob).get(reverse("research:setup-yaml", args=["draft"])).status_code == 200
    assert as_user(bob).get(address).status_code == 200
    assert as_user(bob).post(address, {"content": "title: x"}).status_code == 404
