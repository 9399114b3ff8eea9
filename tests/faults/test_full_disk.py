"""A full disk: nothing is acknowledged that is not stored, nothing is left half done, and all of it can be
done again once there is room."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import override_settings

from annotations.analysis.pipeline import want_analysis
from annotations.core import keys
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.management import supervisor
from annotations.releases.loading import load_bundle
from tests.analysis.bundles import golden_s2
from tests.concurrency.driver import Browser, Log
from tests.core.jobs_case import database_of
from tests.faults.disk import LimitedDisk, MountedDisk, small_disk
from tests.participation.kit import assert_balanced, write_bundle
from tests.servers import rows, run_manage
from tests.servers.web import Web

Disk = MountedDisk | LimitedDisk
FULL = re.compile("no space left|disk is full|disk I/O error|too large", re.IGNORECASE)
# What PostgreSQL itself says when it cannot extend a file.
NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON annotations_response EXECUTE FUNCTION no_room()
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def env(database_env: dict[str, str], disk: Disk) -> dict[str, str]:
    """`var/` lies on the small disk, and the database does if it is SQLite."""
    var = disk.folder / "var"
    shutil.copytree(database_env["STUDYPLATFORM_VAR"], var)
    keys.load(var / "keys")
    env = {**database_env, **disk.env, "STUDYPLATFORM_VAR": str(var)}
    if env["DATABASE_URL"].startswith("sqlite"):
        env["DATABASE_URL"] = f"sqlite:///{var / 'db.sqlite3'}"
    return env


def load(env: dict[str, str], folder: Path, *, analysed: bool = False) -> None:
    """As the commands do, in this process: they are not what the disk is full for."""
    with database_of(env), override_settings(VAR=Path(env["STUDYPLATFORM_VAR"])):
        study = load_bundle(folder=folder, actor="test").study
        if analysed:
            job = drive(want_analysis(study=study, wanted_by="test", resamples=0))
            assert job.state == Job.DONE, job.error


@dataclass
class Storage:
    """Where the answers go, with room in it or without."""

    fill: Callable[[], None]
    free: Callable[[], None]


def storage_of(env: dict[str, str], disk: Disk, web: Web) -> Storage:
    """The test has no disk of PostgreSQL's at hand: there, the server is made to say that its is full."""
    if env["DATABASE_URL"].startswith("sqlite"):
        return Storage(lambda: disk.fill(web), lambda: disk.free(web))

    def run(statements: str) -> None:
        with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statements.encode())

    return Storage(lambda: run(NO_ROOM), lambda: run("DROP FUNCTION no_room() CASCADE"))


def stored(env: dict[str, str]) -> list[str]:
    return [key for (key,) in rows(env, "SELECT submission_key FROM annotations_response ORDER BY id")]


def test_answer_is_not_acknowledged_on_a_full_disk_and_is_stored_once_there_is_room(
    env: dict[str, str], disk: Disk, tmp_path: Path, django_db_blocker: Any
):
    folder = write_bundle(tmp_path / "sums", protocol="supervision", units_per_participant=5)
    run_manage(env, "load_bundle", str(folder), "--open")
    address = "/take/sums/"
    with Web(env, workers=2) as web:
        storage, ann = storage_of(env, disk, web), Browser(web.port, Log())
        ann.ask("POST", "/join/sums/", ann.get("/join/sums/").form.filled(consent="1", next="1"))
        ann.ask("POST", address, ann.get(address).form.filled(next="1"))
        form = ann.get(address).form.filled(next="1", verdict="correct", confidence="50")
        storage.fill()
        for _ in range(3):
            status, _, text = ann.ask("POST", address, form)
            assert status == 503
            assert "what was stored before is safe" in text
            assert "send it again" in text
        assert stored(env) == []
        storage.free()
        for _ in range(2):
            assert ann.ask("POST", address, form)[:2] == (303, address)
        assert stored(env) == [form["submission_key"]]
        while (page := ann.get(address)).step == "units":
            ann.ask("POST", address, page.form.filled(next="1", verdict="correct", confidence="50"))
        assert page.step == "exit"
    assert len(stored(env)) == 5
    with django_db_blocker.unblock(), database_of(env):
        assert_balanced()


def refused(env: dict[str, str], *arguments: str) -> str:
    """What a command says that fails for want of room: exit code 1, and no traceback."""
    done = run_manage(env, *arguments, "--json", check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    (error,) = json.loads(done.stdout)["errors"]
    assert FULL.search(error["reason"]), error
    return str(error["reason"])


def test_backup_on_a_full_disk_leaves_no_file(env: dict[str, str], disk: Disk):
    target = disk.folder / "backups" / "b1"
    target.parent.mkdir()
    disk.fill()
    assert "b1" in refused(env, "backup", str(target))
    assert list(target.parent.iterdir()) == []
    disk.free()
    run_manage(env, "backup", str(target))
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.sqlite
def test_restore_on_a_full_disk_changes_nothing(
    env: dict[str, str], disk: Disk, tmp_path: Path, django_db_blocker: Any
):
    run_manage(env, "backup", str(tmp_path / "empty"))
    with django_db_blocker.unblock():
        load(env, golden_s2(tmp_path / "judged"))
    loaded = rows(env, "SELECT * FROM annotations_response ORDER BY id")
    disk.fill()
    refused(env, "restore", str(tmp_path / "empty"), "--yes")
    disk.free()
    assert loaded == rows(env, "SELECT * FROM annotations_response ORDER BY id") != []
    assert rows(env, "PRAGMA integrity_check") == [("ok",)]
    run_manage(env, "restore", str(tmp_path / "empty"), "--yes")
    assert rows(env, "SELECT * FROM annotations_response") == []


@pytest.mark.sqlite
def test_load_on_a_full_disk_is_not_half_done(env: dict[str, str], disk: Disk, tmp_path: Path):
    folder = golden_s2(tmp_path / "judged")
    disk.fill()
    refused(env, "load_bundle", str(folder))
    disk.free()
    assert rows(env, "SELECT slug FROM annotations_study") == []
    loaded = json.loads(run_manage(env, "load_bundle", str(folder), "--json").stdout)["result"]
    assert (loaded["changed"], loaded["already_there"]) == (True, {})


def test_release_on_a_full_disk_is_not_half_done(
    database_env: dict[str, str], disk: Disk, tmp_path: Path, django_db_blocker: Any
):
    env = {**database_env, **disk.env}
    home, out = Path(env["STUDYPLATFORM_VAR"]) / "releases", tmp_path / "out"
    there = disk.folder / "releases"
    there.mkdir()
    home.symlink_to(there)
    with django_db_blocker.unblock():
        load(env, golden_s2(tmp_path / "judged", bins=2), analysed=True)
    disk.fill()
    refused(env, "release", "judged", "--out", str(out))
    assert [path for path in there.rglob("*") if path.is_file()] == []
    assert not out.exists() or list(out.iterdir()) == []
    assert rows(env, "SELECT 1 FROM annotations_release") == []
    disk.free()
    run_manage(env, "release", "judged", "--out", str(out))
    assert (out / "manifest.json").is_file()
    # Now there is room for the release, and none for its copy.
    home.unlink()
    shutil.copytree(there, home)
    copy = disk.folder / "copy"
    copy.mkdir()
    disk.fill()
    refused(env, "release", "judged", "--out", str(copy))
    assert list(copy.iterdir()) == []
    assert rows(env, "SELECT number FROM annotations_release") == [(1,)]


def test_up_does_not_migrate_what_it_cannot_back_up(env: dict[str, str], disk: Disk):
    forget_last_migration(env)
    disk.fill()
    assert "was not migrated" in refused(env, "up", "--port", "8765")
    assert rows(env, "SELECT 1 FROM django_migrations WHERE app = 'sessions'") == []


def forget_last_migration(env: dict[str, str]) -> None:
    """A database of yesterday."""
    for statement in ("DELETE FROM django_migrations WHERE app = 'sessions'", "DROP TABLE django_session"):
        if env["DATABASE_URL"].startswith("sqlite"):
            with sqlite3.connect(env["DATABASE_URL"].removeprefix("sqlite:///")) as file:
                file.execute(statement)
        else:
            with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
                connection.execute(statement.encode())


def test_nearly_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "LOW_DISK", 1)
    assert supervisor.disk_warning(tmp_path) == ""
    monkeypatch.setattr(supervisor, "LOW_DISK", 1 << 62)
    assert f"MB are free on the disk of {tmp_path}" in supervisor.disk_warning(tmp_path)
