"""Somebody is erased while a release is published: it is closed with the others, or never published."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from annotations.core.jobs.runner import run_job
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.releases import job as release_job
from annotations.releases.models import Release
from annotations.releases.services import want_release
from annotations.responses import erasure
from annotations.studies.models import Study
from tests.analysis.conftest import no_broker
from tests.concurrency.threads import PATIENCE, at_once
from tests.releases.case import analyse, load, write_bundle

__all__ = ["no_broker"]

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_broker"),
]
# Seconds in which a release is published that nothing keeps from it.
LONG_ENOUGH = 2.0


@pytest.fixture
def study(tmp_path, settings):
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    study = load(write_bundle(tmp_path / "tasks", protocol="supervision"))
    analyse("tasks")
    return study


def erase_while_publishing(study, monkeypatch):
    """The release is made, with the person in it; the erasure has closed what there was; both go on."""
    made, closed, published = threading.Event(), threading.Event(), threading.Event()
    check, remember = release_job._check_unmoved, erasure.suppression.remember
    person = Participant.objects.filter(study=study).earliest("pk")
    job = want_release(study=study, wanted_by="test")

    def check_then_meet(*arguments):
        check(*arguments)
        if not made.is_set():
            made.set()
            closed.wait(PATIENCE)

    def meet_then_remember(digest):
        closed.set()
        published.wait(LONG_ENOUGH)
        remember(digest)

    def publish():
        run_job(job.pk)
        published.set()

    def erase():
        made.wait(PATIENCE)
        erasure.erase_participant(participant=person, actor="test")

    monkeypatch.setattr(release_job, "_check_unmoved", check_then_meet)
    monkeypatch.setattr(erasure.suppression, "remember", meet_then_remember)
    assert at_once([publish, erase]) == [None, None]
    assert not Participant.objects.filter(pk=person.pk).exists()
    return Job.objects.get(pk=job.pk)


def test_release_that_holds_an_erased_person_is_not_published(study, monkeypatch):
    job = erase_while_publishing(study, monkeypatch)
    assert job.state == Job.FAILED
    assert not Release.objects.filter(closed_at=None).exists()


def test_release_that_holds_an_erased_person_is_published_with_the_guard_off(study, monkeypatch):
    unlocked = SimpleNamespace(objects=SimpleNamespace(select_for_update=lambda **_: Study.objects))
    unlocked.objects.select_related = Study.objects.select_related
    monkeypatch.setattr(release_job, "Study", unlocked)
    # Behind it stands the person's row: a release that names them could not be committed any more.
    people = SimpleNamespace(filter=Participant.objects.filter, select_for_update=lambda: Participant.objects)
    monkeypatch.setattr(erasure, "Participant", SimpleNamespace(objects=people))
    job = erase_while_publishing(study, monkeypatch)
    assert job.state == Job.DONE
    assert Release.objects.filter(closed_at=None).exists()
