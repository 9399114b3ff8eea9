from __future__ import annotations

import io
import json
import sys

import pytest
from django.core.management import call_command

from annotations.accounts.models import User
from annotations.core.models import AuditEntry


@pytest.fixture
def create(db, capsys, monkeypatch):
    """Runs the command; returns exit code, stdout and stderr."""

    def run(*args, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = 0
        try:
            call_command("create_user", *args)
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_password_is_read_from_stdin(create):
    code, out, _ = create(
        "bob@example.org", "--role", "researcher", "--password-stdin", stdin="zebra battery\n"
    )
    assert code == 0
    assert "zebra battery" not in out
    user = User.objects.get(email="bob@example.org")
    assert user.check_password("zebra battery")
    assert not user.is_admin


def test_password_is_made_up_and_printed_once(create):
    _, out, _ = create("bob@example.org", "--role", "admin")
    password = out.rstrip().rpartition(" ")[2]
    user = User.objects.get()
    assert user.check_password(password)
    assert user.is_admin


def test_json_prints_one_object(create):
    code, out, _ = create("bob@example.org", "--role", "admin", "--json")
    said = json.loads(out)
    assert (code, said["ok"], said["errors"]) == (0, True, [])
    assert said["result"]["email"] == "bob@example.org"
    assert User.objects.get().check_password(said["result"]["password"])


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "bob@example.org, eve@example.org"])
def test_bad_address_is_bad_input(create, email):
    code, _, err = create(email, "--role", "admin")
    assert code == 2
    assert "is not an e-mail address" in err
    assert not User.objects.exists()


def test_existing_user_is_bad_input_in_any_case(create, alice):
    code, out, _ = create("ALICE@example.ORG", "--role", "admin", "--json")
    said = json.loads(out)
    assert (code, said["ok"], said["result"]) == (2, False, None)
    assert said["errors"][0]["reason"].startswith("There is already a user with the e-mail address")
    assert set(said["errors"][0]) == {"file", "line", "column", "reason"}
    assert User.objects.get() == alice


@pytest.mark.parametrize("password", ["", "12345678", "bob@example.org"])
def test_weak_password_is_bad_input(create, password):
    code, _, err = create(
        "bob@example.org", "--role", "researcher", "--password-stdin", stdin=password + "\n"
    )
    assert code == 2
    assert "No user was made" in err
    assert not User.objects.exists()


def test_making_a_user_is_audited_without_the_address(create):
    create("bob@example.org", "--role", "admin")
    entry = AuditEntry.objects.get(action="user created")
    assert "bob" not in f"{entry.subject}{entry.details}"
