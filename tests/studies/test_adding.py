"""Batches that are added to an open study: prepared out of sight, by a job where they are large."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import cancel_job
from annotations.core.jobs.runner import run_job
from annotations.core.models import Job
from annotations.people.enrolling import NoPlace
from annotations.studies import adding, extending, preparing
from annotations.studies.adding import add_batch, sweep_preparing
from annotations.studies.extending import extend_batch
from annotations.studies.models import Batch, Study, StudyVersion, Unit
from annotations.studies.services import amend_study, close_study
from tests.participation.kit import Walker, assert_balanced, make_study
from tests.studies.study_case import keys

SECOND = {"name": "second", "participants": 3, "units_per_participant": 3}


@pytest.fixture
def study(db, tmp_path):
    """One place, six items."""
    yield make_study(tmp_path, participants=1)
    assert_balanced()


@pytest.fixture
def large(monkeypatch):
    """Everything is."""
    monkeypatch.setattr(adding, "AT_ONCE", 0)
    monkeypatch.setattr(extending, "AT_ONCE", 0)
    monkeypatch.setattr(preparing, "CHUNK", 2)


def begin(study, **settings):
    batch = add_batch(study=study, given=SECOND | settings, actor="ada")
    return batch, Job.objects.tops().filter(kind="batch").latest("created_at")


def test_large_batch_is_prepared_by_a_job_and_published_at_once(study, large, monkeypatch):
    batch, job = begin(study)
    ann = Walker(study, "ann")
    seen = []
    draw = preparing.drawing.draw_units

    def meanwhile(*args):
        """Between two chunks people answer, and nobody comes into what is half drawn."""
        for number, unit in enumerate(draw(*args)):
            if number % 2 == 0:
                if number < 4:
                    ann.submit(ann.unit())
                with pytest.raises(NoPlace):
                    Walker(study, f"p{number}")
                seen.append(Unit.objects.filter(batch=batch).count())
            yield unit

    monkeypatch.setattr(preparing.drawing, "draw_units", meanwhile)
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.DONE, {"batch": "second"})
    assert seen == [0, 2, 4]
    assert Batch.objects.get(name="second").state == "open"
    assert Walker(study, "bea").enrolment.batch.name == "second"


def test_job_that_is_killed_draws_the_same_units_when_it_is_run_again(study, large, monkeypatch):
    batch, job = begin(study, units={"sample": 4})
    with monkeypatch.context() as patch:
        patch.setattr(preparing.drawing, "levels", lambda *args: 1 / 0)
        run_job(job.pk)
    assert Unit.objects.filter(batch=batch).count() == 4
    assert run_job(job.pk)
    first = keys(study, "second")
    assert len(first) == 4
    _again, job = begin(study, name="again", units={"sample": 4})
    run_job(job.pk)
    assert Batch.objects.filter(state="open").count() == 3


def test_batch_of_a_job_that_was_cancelled_is_swept_away(study, large):
    _batch, job = begin(study)
    assert sweep_preparing() == 0
    cancel_job(job)
    assert sweep_preparing() == 1
    assert not Batch.objects.filter(name="second").exists()
    assert [one["name"] for one in Study.objects.get().definition["batches"]] == ["batch-0"]


def test_batch_of_a_request_that_was_broken_off_is_swept_away_later(study, monkeypatch):
    monkeypatch.setattr(adding, "draw_batch", lambda *args: 1 / 0)
    monkeypatch.setattr(adding, "discard_batch", lambda batch: None)  # the process is gone
    with pytest.raises(ZeroDivisionError):
        add_batch(study=study, given=SECOND, actor="ada")
    monkeypatch.undo()
    assert sweep_preparing() == 0
    with clock.moved(timedelta(minutes=16)):
        assert sweep_preparing() == 1
    assert add_batch(study=study, given=SECOND, actor="ada").state == "open"


def test_batch_is_not_published_once_the_study_is_closed(study, large):
    _, job = begin(study)
    close_study(study=Study.objects.get(), actor="ada")
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == Job.FAILED
    assert "no batch can be added" in job.error
    sweep_preparing()
    assert Batch.objects.count() == 1


def test_batch_without_units_is_refused_and_leaves_nothing(study):
    with pytest.raises(Refusal, match="filters leave nothing"):
        add_batch(
            study=study, given=SECOND | {"units": {"domain": ["sums"], "difficulty_bin": [999]}}, actor="a"
        )
    assert Batch.objects.count() == 1


def test_difficulty_bins_choose_the_units(study):
    add_batch(study=study, given=SECOND | {"units": {"difficulty_bin": [1, 2]}}, actor="ada")
    bins = set(Unit.objects.filter(batch__name="second").values_list("difficulty_bin", flat=True))
    assert bins == {1, 2}


def test_overlap_of_a_large_batch_is_raised_by_a_job(study, large):
    job = extend_batch(batch=Batch.objects.get(), wanted={"overlap": 4}, actor="ada")
    assert Batch.objects.get().overlap == 2
    assert run_job(job.pk)
    assert Batch.objects.get().overlap == 4
    assert set(Unit.objects.values_list("quota", flat=True)) == {4}


def test_amendment_keeps_batches_that_were_added_and_extended(study):
    add_batch(study=study, given=SECOND, actor="ada")
    extend_batch(batch=Batch.objects.get(name="second"), wanted={"participants": 7}, actor="ada")
    fresh = Study.objects.get()
    amended = amend_study(study=fresh, definition={**fresh.definition, "title": "More sums"}, actor="ada")
    assert amended.definition["batches"][1]["changes"] == [
        {"setting": "participants", "before": 3, "after": 7}
    ]
    hashes = set(Batch.objects.filter(name="second").values_list("batch_hash", flat=True))
    assert len(hashes) == 1
    assert StudyVersion.objects.count() == 2
