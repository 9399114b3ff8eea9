"""Mail: where a server is set, one mail an address; nothing that a server does breaks an act."""

from __future__ import annotations

import pytest
from django.core import mail as outbox

from annotations.core import mail
from studyplatform import environment


def test_server_is_read_with_its_password(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp://me%40example.org:p%3Aw@mail.example.org")
    server = environment.mail("EMAIL_URL")
    assert (server.host, server.port, server.starttls, server.tls) == ("mail.example.org", 587, True, False)
    assert (server.user, server.password) == ("me@example.org", "p:w")
    assert server.backend.endswith("smtp.EmailBackend")


@pytest.mark.parametrize(
    "address, port, starttls, tls",
    [("smtps://host", 465, False, True), ("smtp+plain://host:2525", 2525, False, False)],
)
def test_kind_of_encryption_is_that_of_the_address(monkeypatch, address, port, starttls, tls):
    monkeypatch.setenv("EMAIL_URL", address)
    server = environment.mail("EMAIL_URL")
    assert (server.port, server.starttls, server.tls) == (port, starttls, tls)


def test_without_a_server_nothing_is_sent_and_it_is_said(settings):
    settings.MAIL_ON = False
    assert not mail.send(to=["a@example.org"], subject="Hello", body="x")
    assert outbox.outbox == []


def test_each_address_gets_a_mail_of_its_own(settings):
    settings.MAIL_ON = True
    assert mail.send(to=["a@example.org", "b@example.org"], subject="New\nBcc: c@example.org", body="x")
    assert [one.to for one in outbox.outbox] == [["a@example.org"], ["b@example.org"]]
    assert outbox.outbox[0].subject == "New Bcc: c@example.org"


def test_server_that_is_away_is_told_not_raised(settings):
    settings.MAIL_ON, settings.EMAIL_HOST, settings.EMAIL_PORT = True, "127.0.0.1", 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert not mail.send(to=["a@example.org"], subject="Hello", body="x")
