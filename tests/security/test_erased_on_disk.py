"""No byte of an erased person on the disk, and none comes back with an older backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.test import override_settings

from annotations.participation.simulation import simulate
from tests.core.jobs_case import database_of
from tests.participation.kit import make_study
from tests.security.sweeping import in_files
from tests.servers import rows, run_manage


@pytest.fixture
def crowd(database_env, tmp_path, django_db_blocker):
    """The environment of processes on a study of three simulated people."""
    var = override_settings(VAR=Path(database_env["STUDYPLATFORM_VAR"]))
    with django_db_blocker.unblock(), database_of(database_env), var:
        study = make_study(tmp_path, settings={"retention": {}})
        simulate(study=study, participants=3, seed=1)
    return database_env


PERSON = "sim-1-0002"
OF_PERSON = (
    "SELECT withdrawal_hash FROM annotations_participant WHERE key = '{0}' UNION"
    " SELECT e.token_hash FROM annotations_enrolment e JOIN annotations_participant p"
    " ON p.id = e.participant_id WHERE p.key = '{0}' UNION"
    " SELECT a.submission_key FROM annotations_assignment a JOIN annotations_participant p"
    " ON p.id = a.participant_id WHERE p.key = '{0}'"
)


def on_disk(env, canaries):
    """Files whose bytes hold one of them, the log put into the database and the database alone."""
    url = env["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = in_files([Path(env["STUDYPLATFORM_VAR"])], canaries)
    return set().union(*found.values())


def in_rows(env, canaries):
    """Tables of the database that hold one of them, read past Django."""
    listed = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if env["DATABASE_URL"].startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {
        name
        for (name,) in rows(env, listed)
        if any(canary in str(rows(env, f'SELECT * FROM "{name}"')) for canary in canaries.values())
    }


def test_no_byte_on_the_disk_is_left_and_no_restore_brings_one_back(crowd, tmp_path):
    canaries = {value: value for (value,) in rows(crowd, OF_PERSON.format(PERSON))} | {PERSON: PERSON}
    assert len(canaries) == 6
    run_manage(crowd, "backup", str(tmp_path / "before"))
    embedded = crowd["DATABASE_URL"].startswith("sqlite")
    assert {"annotations_participant", "annotations_assignment"} <= in_rows(crowd, canaries)
    assert ("db.sqlite3" in on_disk(crowd, canaries)) is embedded
    run_manage(crowd, "erase_participant", PERSON, "--yes")
    assert in_rows(crowd, canaries) == set()
    assert on_disk(crowd, canaries) == set()
    run_manage(crowd, "restore", str(tmp_path / "before"), "--yes")
    assert len(rows(crowd, "SELECT key FROM annotations_participant")) == 2
    assert in_rows(crowd, canaries) == set()
    assert on_disk(crowd, canaries) == set()
