"""`manage.py up` on a database of yesterday: backed up first, then migrated."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import psycopg
import pytest

from tests.servers import rows, run_manage
from tests.servers.up import Up

YESTERDAY = ("DELETE FROM django_migrations WHERE app = 'sessions'", "DROP TABLE django_session")
MIGRATED = "SELECT 1 FROM django_migrations WHERE app = 'sessions'"


@pytest.fixture
def yesterday(database_env: dict[str, str]) -> dict[str, str]:
    """A database with somebody in it, whose last migration is yet to come."""
    run_manage(database_env, "create_user", "kept@example.org", "--role", "admin", "--json")
    url = database_env["DATABASE_URL"]
    for statement in YESTERDAY:
        if url.startswith("sqlite"):
            with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
                file.execute(statement)
        else:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(statement.encode())
    return database_env


def test_up_backs_the_database_up_before_it_migrates(yesterday: dict[str, str]):
    folder = Path(yesterday["STUDYPLATFORM_VAR"]) / "backups"
    with Up(yesterday) as process:
        process.wait_until(process.answers)
        (backup,), said = folder.iterdir(), process.log()
    assert backup.name.startswith("before-migration-")
    assert (folder.stat().st_mode & 0o777, backup.stat().st_mode & 0o777) == (0o700, 0o600)
    assert emails(backup) == ["kept@example.org"]
    assert f"backed up to {backup}" in said
    assert rows(yesterday, MIGRATED)


def test_up_migrates_nothing_without_a_backup(yesterday: dict[str, str]):
    # Where the folder should be, there is a file.
    (Path(yesterday["STUDYPLATFORM_VAR"]) / "backups").touch()
    refused = run_manage(yesterday, "up", check=False)
    assert refused.returncode == 1
    assert "was not migrated, since it could not be backed up" in refused.stderr
    assert rows(yesterday, MIGRATED) == []


def emails(backup: Path) -> list[str]:
    """Of the users in the backup, read without the platform."""
    if backup.suffix == ".sqlite3":
        with sqlite3.connect(backup) as file:
            return [email for (email,) in file.execute("SELECT email FROM annotations_user")]
    with zipfile.ZipFile(backup) as archive:
        assert "django_session.copy" not in archive.namelist()
        lines = archive.read("annotations_user.copy").decode().splitlines()
    return [field for line in lines for field in line.split("\t") if "@" in field]
