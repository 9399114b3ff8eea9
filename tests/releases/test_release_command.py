"""The `release` command: where it writes, what it refuses, what it says."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import pytest
from django.core.management import call_command

from annotations.core.models import AuditEntry
from annotations.releases.models import Release, ReleasedParticipant
from annotations.releases.storage import folder_of
from annotations.studies.models import Study
from tests.releases.case import analyse, files, load, release, write_bundle


@pytest.fixture
def study(db, tmp_path):
    return load(write_bundle(tmp_path / "tasks", protocol="difficulty"))


@pytest.fixture
def analysed(study):
    analyse("tasks")
    return study


def refused(capsys, slug, out):
    with pytest.raises(SystemExit) as end:
        call_command("release", slug, out=out, json=True)
    said = json.loads(capsys.readouterr().out)
    assert not said["ok"]
    return end.value.code, said["errors"][0]["reason"]


def test_without_analyses_it_names_them(study, capsys, tmp_path):
    code, reason = refused(capsys, "tasks", tmp_path / "out")
    assert code == 1
    assert "run `analyse tasks` first" in reason


def test_draft_is_refused(db, capsys, tmp_path):
    load(write_bundle(tmp_path / "tasks", protocol="difficulty", answers=False))
    code, reason = refused(capsys, "tasks", tmp_path / "out")
    assert code == 1
    assert "not opened" in reason


def test_unknown_study_is_bad_input(db, capsys, tmp_path):
    assert refused(capsys, "nothing", tmp_path / "out") == (2, "There is no study 'nothing'.")
    assert not (tmp_path / "out").exists()


def test_folder_with_files_is_bad_input(analysed, capsys, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    code, reason = refused(capsys, "tasks", tmp_path / "out")
    assert code == 2
    assert "not empty" in reason
    assert files(tmp_path / "out") == {"mine.txt": b"mine"}


def test_file_is_bad_input(analysed, capsys, tmp_path):
    (tmp_path / "out").write_text("")
    assert refused(capsys, "tasks", tmp_path / "out")[0] == 2
    assert refused(capsys, "tasks", tmp_path / "out" / "deeper")[0] == 2


def test_result_names_the_release_and_its_files(analysed, capsys, tmp_path):
    call_command("release", "tasks", out=tmp_path / "a" / "b", json=True)
    result = json.loads(capsys.readouterr().out)["result"]
    assert (result["study"], result["release"], result["new"]) == ("tasks", 1, True)
    assert sorted(files(tmp_path / "a" / "b")) == result["files"]
    call_command("release", "tasks", out=tmp_path / "c", json=True)
    assert json.loads(capsys.readouterr().out)["result"] == {
        **result,
        "new": False,
        "out": str(tmp_path / "c"),
    }


def test_release_is_kept_with_its_people(analysed, tmp_path):
    release("tasks", tmp_path / "out")
    kept = Release.objects.get()
    assert files(folder_of(kept)) == files(tmp_path / "out")
    assert ReleasedParticipant.objects.filter(release=kept).count() == 13
    assert AuditEntry.objects.filter(action="release published").count() == 1


def test_manifest_has_the_hash_of_every_file(analysed, tmp_path):
    made = release("tasks", tmp_path / "out")
    manifest = json.loads(made.pop("manifest.json"))
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    assert manifest["definition_hash"] == Study.objects.get().version.definition_hash
    assert manifest["seed"] == 7


def test_release_tells_no_time_and_no_machine(analysed, tmp_path):
    made = release("tasks", tmp_path / "out")
    whole = b"\n".join(made.values())
    assert not re.search(rb"20\d\d-\d\d-\d\d", whole)
    assert str(tmp_path).encode() not in whole
    assert b"\r\n" not in re.sub(
        rb'"[^"]*"', b"", b"".join(content for name, content in made.items() if name.endswith(".csv"))
    )


def test_files_that_are_gone_are_not_made_again(analysed, capsys, tmp_path):
    release("tasks", tmp_path / "out")
    shutil.rmtree(folder_of(Release.objects.get()))
    capsys.readouterr()
    code, reason = refused(capsys, "tasks", tmp_path / "again")
    assert code == 1
    assert "backup" in reason
