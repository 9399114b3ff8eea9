"""Arguments that do not parse: exit code 2, and with `--json` the object that scripts wait for."""

from __future__ import annotations

import json
import os

import pytest
from django.core.management import ManagementUtility

from tests.servers import run_manage

WRONG = [
    (("analyse",), "required: slug"),
    (("analyse", "sums", "--resamples", "many"), "--resamples: invalid int value: 'many'"),
    (("backup", "file", "--sideways"), "unrecognized arguments: --sideways"),
    (("create_user", "a@example.org", "--role", "king"), "--role: invalid choice: 'king'"),
    (("demo", "--port", "here"), "--port: invalid int value: 'here'"),
    (("erase_participant",), "required: code"),
    (("load_bundle",), "required"),
    (("release",), "required"),
    (("restore", "file", "--verbosity", "9"), "--verbosity: invalid choice: 9"),
    (("simulate", "sums", "--participants", "3"), "required: --seed"),
    (("up", "--port"), "--port: expected one argument"),
]


@pytest.mark.parametrize(("arguments", "reason"), WRONG, ids=[arguments[0] for arguments, _ in WRONG])
def test_json_is_printed_for_arguments_that_do_not_parse(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
):
    for order in ((*arguments, "--json"), (arguments[0], "--json", *arguments[1:])):
        with pytest.raises(SystemExit) as ended:
            ManagementUtility(["manage.py", *order]).execute()
        said, complained = capsys.readouterr()
        assert (ended.value.code, complained) == (2, "")
        told = json.loads(said)
        assert (told["ok"], told["result"], len(told["errors"])) == (False, None, 1)
        assert reason in told["errors"][0]["reason"]


def test_program_prints_json_for_them_too(sqlite_env: dict[str, str]):
    done = run_manage(sqlite_env, "analyse", "--json", check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert "required: slug" in json.loads(done.stdout)["errors"][0]["reason"]


def test_people_get_the_usage(sqlite_env: dict[str, str]):
    done = run_manage(sqlite_env, "analyse", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ")
    assert "required: slug" in done.stderr


def test_json_is_unicode_whatever_files_are_called(database_env, tmp_path):
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/no \xff release")
    done = run_manage(database_env, "verify_release", strange, "--json", check=False)
    assert done.returncode == 2
    assert (
        "\\udcff"
        in json.loads(done.stdout)["errors"][0]["reason"].encode("ascii", "backslashreplace").decode()
    )
