"""An environment that cannot be used is answered by one sentence, before anything is done."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT, run_manage


@pytest.fixture
def env(sqlite_env: dict[str, str]) -> dict[str, str]:
    return sqlite_env


def refused(env: dict[str, str], sentence: str) -> str:
    said = run_manage(env, "analyse", "sums", check=False)
    assert (said.returncode, said.stdout) == (1, "")
    assert sentence in said.stderr
    assert said.stderr.count("\n") == 1
    return said.stderr.strip()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LOG_LEVEL", "foo", 'LOG_LEVEL is "foo"'),
        ("SECRET_KEY", ",", "SECRET_KEY holds commas and no key."),
        ("STUDYPLATFORM_VAR", "/proc/nobody-may", "cannot be made or used"),
    ],
)
def test_scripts_are_told_the_same_words(env: dict[str, str], name: str, value: str, sentence: str):
    env = {**env, name: value}
    reason = refused(env, sentence)
    told = run_manage(env, "analyse", "sums", "--json", check=False)
    assert (told.returncode, told.stderr) == (1, "")
    error = {"file": "", "line": None, "column": None, "reason": reason}
    assert json.loads(told.stdout) == {"ok": False, "result": None, "errors": [error]}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TIME_ZONE", "Mars/X", 'TIME_ZONE is "Mars/X"'),
        ("TIME_ZONE", "../Mars", 'TIME_ZONE is "../Mars"'),
        ("TIME_ZONE", "Europe", 'TIME_ZONE is "Europe"'),
        ("DATABASE_URL", "foo://x", "DATABASE_URL is no address of a database"),
        ("DATABASE_URL", "mysql://host/name", "DATABASE_URL is no address of a database"),
        ("DATABASE_URL", "postgres://host", "DATABASE_URL is no address of a database"),
        ("DATABASE_URL", "postgres://host:port/name", "DATABASE_URL is no address of a database"),
        ("EMAIL_URL", "mailto://host", "EMAIL_URL is no address of a mail server"),
        ("EMAIL_URL", "smtp://", "EMAIL_URL is no address of a mail server"),
        ("EMAIL_URL", "smtp://host:port", "EMAIL_URL is no address of a mail server"),
    ],
)
def test_value_that_cannot_be_used(env: dict[str, str], name: str, value: str, sentence: str):
    refused({**env, name: value}, sentence)


def test_password_of_the_database_is_not_repeated(env: dict[str, str]):
    said = run_manage({**env, "DATABASE_URL": "foo://me:hidden@host/x"}, "analyse", "sums", check=False)
    assert "hidden" not in said.stderr


def test_level_in_small_letters(env: dict[str, str]):
    assert run_manage({**env, "LOG_LEVEL": "warning"}, "check").returncode == 0


@pytest.mark.parametrize("below", ["", "deeper"])
def test_var_is_a_file(env: dict[str, str], tmp_path: Path, below: str):
    (tmp_path / "file").write_text("mine")
    refused({**env, "STUDYPLATFORM_VAR": str(tmp_path / "file" / below)}, "cannot be made or used")


def test_var_is_a_link_to_itself(env: dict[str, str], tmp_path: Path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused({**env, "STUDYPLATFORM_VAR": str(tmp_path / "loop")}, "cannot be made or used")


@pytest.mark.parametrize("name", ["static", "broker"])
def test_file_where_a_folder_belongs(env: dict[str, str], name: str):
    (Path(env["STUDYPLATFORM_VAR"]) / name).write_text("mine")
    refused(env, "cannot be made or used")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read or made"), (b"\xff\xfe", "is no key"), (b" \n", "is empty: restore")],
)
def test_key_that_cannot_be_read(env: dict[str, str], content: bytes | None, sentence: str):
    path = Path(env["STUDYPLATFORM_VAR"]) / "keys" / "pseudonym"
    path.parent.mkdir()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    refused(env, sentence)


def test_server_process_ends_with_the_sentence_too(env: dict[str, str]):
    command = [sys.executable, "-c", "import studyplatform.wsgi", "--json"]
    done = subprocess.run(
        command, env={**env, "LOG_LEVEL": "foo"}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_new_var_is_for_its_owner_alone(env: dict[str, str], tmp_path: Path):
    var = tmp_path / "new" / "var"
    run_manage({**env, "STUDYPLATFORM_VAR": str(var)}, "check")
    for folder in (var, var / "keys", var / "static"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_foreign_host_is_logged_in_one_short_line(env: dict[str, str]):
    ask = "from django.test import Client; print(Client().get('/', headers={'host': 'x' * 5000}).status_code)"
    done = run_manage(env, "shell", "-c", ask)
    assert done.stdout.endswith("400\n")
    (line,) = done.stderr.splitlines()
    assert "DisallowedHost" in line
    assert len(line) < 200


def test_sqlite_overwrites_what_is_deleted(env: dict[str, str]):
    ask = (
        "from django.db import connection as c; print(c.cursor().execute('PRAGMA secure_delete').fetchone())"
    )
    assert run_manage(env, "shell", "-c", ask).stdout.endswith("(1,)\n")
