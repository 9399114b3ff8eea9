"""A whole study in one zip, sent by a researcher."""

from __future__ import annotations

import html
import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotations.catalogue.importing import staging
from annotations.catalogue.models import Item
from annotations.core import clock
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.releases.importing import bundles
from annotations.studies.models import Member, Study
from tests.research.rows import make_study

YAML = """title: Sums
protocol: difficulty
batches:
  - {name: main, participants: 5, overlap: 2, units_per_participant: 3}
checks: {share: 0}
"""
ITEMS = "item_id,domain,prompt\nq1,sums,What is 1 + 1?\n"


def packed(yaml=YAML, items=ITEMS):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("study.yaml", yaml)
        archive.writestr("items.csv", items)
    return out.getvalue()


@pytest.fixture
def send(alice, as_user):
    client = as_user(alice)

    def post(content=b"", name="my sums.zip", **fields):
        if content:
            fields["file"] = SimpleUploadedFile(name, content)
        return client.post(reverse("research:bundle"), fields, follow=True).content.decode()

    return post


def left():
    return [path for path in staging.root().rglob("*") if path.is_file()] if staging.root().exists() else []


def test_bundle_becomes_a_study_of_whoever_sent_it(send, alice):
    assert "The study was loaded." in send(packed())
    study = Study.objects.get()
    assert (study.slug, study.state) == ("my-sums", Study.DRAFT)
    assert study.members.get().role == Member.OWNER
    assert study.members.get().user == alice
    assert "The same study was loaded before." in send(packed())
    assert not left()


def test_slug_can_be_given(send):
    send(packed(), slug="other")
    assert Study.objects.get().slug == "other"


def test_every_problem_is_said_and_nothing_loaded(send):
    page = send(packed(items="item_id,domain,prompt\nq1,sums,\nq1,sums,x\n"))
    assert "2 problems." in page
    assert "is blank" in page
    assert "stands on line 2 already" in page
    page = send(packed(yaml="title: x\nprotocol: other\n"))
    assert "study.yaml" in page
    assert not Study.objects.exists()
    assert not left()


def test_what_is_no_bundle_is_refused(send):
    assert "Choose a file." in send()
    assert "The file is no zip archive" in send(b"item_id\nq1\n", "items.csv")
    assert "archive" in send(b"PK\x03\x04 damaged")


def test_collection_of_others_cannot_be_used(send, draft, charlie, as_user):
    # Alice's study draws on the collection sums, Charlie's do not.
    yaml = YAML + "collection: sums\n"
    file = {"file": SimpleUploadedFile("mine.zip", packed(yaml, ITEMS.replace("sums", "addition")))}
    page = as_user(charlie).post(reverse("research:bundle"), file, follow=True).content.decode()
    assert "The study was loaded." not in page
    assert not Item.objects.filter(key="q1").exists()
    assert "The study was loaded." in send(packed(yaml, ITEMS.replace("sums", "addition")))
    assert Item.objects.get(key="q1").collection == draft.collection


@pytest.mark.parametrize("there", ["the same", "another", "deleted"])
def test_of_a_strangers_study_nothing_is_told(send, charlie, as_user, there):
    """Nor that what they loaded is what is sent: the answer is that of a name that is nobody's to have."""
    send(packed())
    make_study("charlies", charlie, collection=Study.objects.get().collection)
    if there == "deleted":
        Study.objects.filter(slug="my-sums").update(deleted_at=clock.now())
    content = packed(YAML + "seed: 5\n" if there == "another" else YAML)

    def answer(slug):
        sent = {"file": SimpleUploadedFile("sent.zip", content), "slug": slug}
        page = as_user(charlie).post(reverse("research:bundle"), sent, follow=True).content.decode()
        return html.unescape(page).replace(slug, "it")

    assert "The short name 'it' is not free" in answer("my-sums")
    assert said(answer("my-sums")) == said(answer("withdraw"))


def said(page):
    return re.search(r"<main.*</main>", page, re.S)[0].partition("csrfmiddlewaretoken")[0]


def test_large_bundle_is_a_job_that_only_its_sender_sees(send, charlie, as_user, worker, monkeypatch):
    monkeypatch.setattr(bundles, "SMALL", 10)
    assert "The bundle is checked and loaded" in send(packed())
    job = Job.objects.get()
    address = reverse("research:bundle-job", args=[job.pk])
    assert as_user(charlie).get(address).status_code == 404
    drive(job)
    assert Study.objects.get().slug == "my-sums"


def test_job_that_finds_faults_shows_them(send, alice, as_user, worker, monkeypatch):
    monkeypatch.setattr(bundles, "SMALL", 10)
    send(packed(items="item_id,domain,prompt\nq1,sums,\n"))
    drive(Job.objects.get())
    page = as_user(alice).get(reverse("research:bundle-job", args=[Job.objects.get().pk])).content.decode()
    assert "is blank" in page
    assert not Study.objects.exists()
