"""What processes leave that died while they made something of people's answers: it goes, too."""

from __future__ import annotations

import pytest

from annotations.analysis.models import Draft
from annotations.analysis.pipeline import drop_left_drafts, want_analysis
from annotations.core.models import Job
from annotations.releases import storage
from annotations.releases.services import drop_closed_files, drop_left_files
from annotations.tasks import sweep
from tests.releases.case import analyse, release
from tests.security.test_erasure import ann, erase_by_command, study

__all__ = ["ann", "study"]


def test_files_that_a_dead_process_left_are_swept(study, ann, settings, monkeypatch, tmp_path):
    analyse("sums")
    release("sums", tmp_path / "first")
    with monkeypatch.context() as patched:
        patched.setattr("annotations.releases.storage.drop", lambda release: False)
        erase_by_command(ann)
    assert (settings.VAR / "releases/sums/1/responses.csv").is_file()
    assert drop_closed_files() == 1
    assert not (settings.VAR / "releases/sums/1").exists()
    assert drop_closed_files() == 0


@pytest.mark.parametrize("died", ["while it wrote", "before it was committed"])
def test_release_that_a_killed_process_left_goes_with_the_person(
    study, ann, settings, monkeypatch, tmp_path, died
):
    class Killed(BaseException):
        pass

    def die(*_arguments):
        raise Killed

    keep = storage.keep

    def keep_and_die(*arguments):
        keep(*arguments)
        raise Killed

    analyse("sums")
    with monkeypatch.context() as patched:
        # As a power cut leaves it: nothing is tidied up.
        patched.setattr("annotations.releases.job.shutil.rmtree", lambda *_, **__: None)
        if died == "while it wrote":
            patched.setattr("annotations.releases.job._check_unmoved", die)
        else:
            patched.setattr("annotations.releases.job.storage.keep", keep_and_die)
        with pytest.raises(Killed):
            release("sums", tmp_path / "first")
    assert len(list((settings.VAR / "releases").rglob("responses.csv"))) == 1
    assert drop_left_files() == 0  # its job may be at work yet
    Job.objects.update(state=Job.QUEUED)  # as the sweeper finds out
    erase_by_command(ann)
    assert not [path for path in (settings.VAR / "releases").rglob("*") if path.is_file()]


def test_release_without_a_row_that_nobody_left_is_kept(study, settings):
    """After a restore of an older backup: the newer one may be put back yet."""
    folder = settings.VAR / "releases/sums/7"
    folder.mkdir(parents=True)
    assert drop_left_files() == 0
    assert folder.exists()


def test_published_release_loses_its_mark(study, ann, settings, tmp_path):
    analyse("sums")
    release("sums", tmp_path / "first")
    mark = settings.VAR / "releases/sums/.1.unpublished"
    assert not mark.exists()
    mark.touch()
    assert drop_left_files() == 0
    assert not mark.exists()
    assert (settings.VAR / "releases/sums/1/manifest.json").exists()


def test_draft_of_an_analysis_that_failed_is_swept(study, ann):
    job = want_analysis(study=study, wanted_by="test")
    Draft.objects.create(job=job, name="points", content=b"a row for each person")
    assert drop_left_drafts() == 0
    Job.objects.filter(pk=job.pk).update(state=Job.FAILED)
    sweep()
    assert not Draft.objects.exists()
