"""What is left of a release that could not be made, and how its figures are named."""

from __future__ import annotations

import errno

import pytest

from annotations.core.errors import Refusal
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.releases import storage
from annotations.releases.formats import FORMATS
from annotations.releases.models import Release
from annotations.releases.results import file_name
from annotations.releases.services import want_release
from tests.releases.case import analyse, load, write_bundle


class FullDisk:
    """A format whose disk is full as soon as answers come."""

    def __init__(self, path, columns):
        path.touch()
        self.full = path.name.startswith("responses")

    def write(self, batch):
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")

    def close(self):
        pass


@pytest.fixture
def study(db, tmp_path):
    study = load(write_bundle(tmp_path / "tasks", protocol="difficulty"))
    analyse("tasks")
    return study


def test_full_disk_leaves_nothing_behind_and_is_said(study, monkeypatch):
    monkeypatch.setitem(FORMATS, ".full", FullDisk)
    job = drive(want_release(study=study, wanted_by="test"))
    assert job.state == Job.FAILED
    assert "The disk is full" in job.error
    assert list((storage.root() / "tasks").iterdir()) == []
    assert not Release.objects.exists()
    monkeypatch.delitem(FORMATS, ".full")
    assert drive(want_release(study=study, wanted_by="test")).state == Job.DONE


def test_figures_lie_in_a_folder_and_in_the_manifest(study):
    drive(want_release(study=study, wanted_by="test"))
    release = Release.objects.get()
    figures = release.manifest["figures"]
    assert {one["file"] for one in figures} >= {
        "figures/calibration-sums.svg",
        "figures/calibration-words.svg",
    }
    for one in figures:
        assert one["title"]
        assert (storage.folder_of(release) / one["file"]).read_text().startswith("<svg")
        assert one["file"] in release.manifest["files"]


def test_names_of_figures_are_safe_and_stay_different():
    names = ["plain-name", "Plain-name", "a/../b", "a b", "größe", "x" * 200, "", "plain-name-dark"]
    files = [file_name(name) for name in names]
    assert files[0] == "plain-name"
    assert len({file.casefold() for file in files}) == len(names)
    assert all(len(file) <= 70 for file in files)
    assert f"{files[0]}-dark" not in files
    assert not any(set(file) & set("/. ") for file in files)


def test_study_without_analyses_is_refused(db, tmp_path):
    study = load(write_bundle(tmp_path / "tasks", protocol="difficulty"))
    with pytest.raises(Refusal, match="run `analyse tasks` first"):
        want_release(study=study, wanted_by="test")
