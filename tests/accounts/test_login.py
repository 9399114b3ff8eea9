from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django.urls import reverse

from annotations.accounts import throttle
from annotations.accounts.models import User
from annotations.core import clock
from annotations.core.models import AuditEntry
from studyplatform import settings as shipped

LOGIN = "/accounts/login/"


def log_in(client, email="alice@example.org", password="correct horse", **more):
    return client.post(LOGIN, {"username": email, "password": password, **more})


@pytest.mark.parametrize(
    "email", ["Alice@Example.org", "alice@example.org", "ALICE@EXAMPLE.ORG", " alice@example.org "]
)
def test_email_is_known_in_any_case(alice, client, email):
    response = log_in(client, email)
    assert (response.status_code, response["Location"]) == (302, reverse("research:studies"))


def test_two_users_cannot_differ_by_case_alone(alice):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        User.objects.create_user("ALICE@example.org", "another horse")


@pytest.mark.parametrize(
    "email, password", [("alice@example.org", "wrong"), ("nobody@example.org", "correct horse")]
)
def test_wrong_password_and_unknown_user_read_the_same(alice, client, email, password):
    response = log_in(client, email, password)
    assert response.status_code == 200
    assert "do not go together" in response.content.decode()


def test_switched_off_user_does_not_get_in(alice, client):
    User.objects.update(is_active=False)
    assert log_in(client).status_code == 200


def test_next_page_is_kept_but_never_elsewhere(alice, client):
    assert log_in(client, next="/research/collections/")["Location"] == "/research/collections/"
    assert log_in(client, next="https://evil.example/")["Location"] == reverse("research:studies")


def test_start_page_leads_to_the_studies(client):
    assert client.get("/")["Location"] == reverse("research:studies")


def test_log_out_is_a_post(alice, client):
    client.force_login(alice)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/")["Location"] == reverse("login")
    assert client.get(reverse("research:studies")).status_code == 302


def test_password_is_changed(alice, client):
    client.force_login(alice)
    asked = {
        "old_password": "correct horse",
        "new_password1": "zebra battery staple",
        "new_password2": "zebra battery staple",
    }
    assert client.get("/accounts/password/").status_code == 200
    assert client.post("/accounts/password/", asked, follow=True).status_code == 200
    assert log_in(Client(), password="zebra battery staple").status_code == 302


def test_passwords_are_hashed_by_argon2(db, settings):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    user = User.objects.create_user("bob@example.org", "correct horse")
    assert identify_hasher(user.password).algorithm == "argon2"


def fail(client, times):
    for _ in range(times):
        log_in(client, password="wrong")


def test_guessing_is_stopped_after_ten(alice, client):
    fail(client, throttle.ALLOWED - 1)
    assert log_in(client).status_code == 302
    fail(client, throttle.ALLOWED)
    response = log_in(client, "ALICE@example.org")
    assert response.status_code == 200
    assert "Too many failed attempts" in response.content.decode()


@pytest.mark.parametrize("email", ["ALICE@example.org", "al\u0131ce@example.org", "al\u0131ce@EXAMPLE.org"])
def test_ways_to_write_one_address_share_their_failures(email):
    """The database takes a dotless i for an i where it compares in upper case."""
    assert throttle.digest_of(email, "192.0.2.7") == throttle.digest_of("alice@example.org", "192.0.2.7")


def test_guessing_elsewhere_or_of_another_does_not_lock_out(alice, ada, client):
    fail(client, throttle.ALLOWED)
    assert log_in(client, "ada@example.org").status_code == 302
    assert log_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


def test_stop_is_lifted_after_a_quarter_of_an_hour(alice, client):
    fail(client, throttle.ALLOWED)
    with clock.moved(throttle.WINDOW + timedelta(seconds=1)):
        assert log_in(client).status_code == 302


def test_log_names_nobody_who_failed(alice, client):
    log_in(client, "somebody@example.org", "wrong")
    entry = AuditEntry.objects.get(action=throttle.FAILED)
    assert "somebody" not in f"{entry.actor}{entry.subject}{entry.details}"
