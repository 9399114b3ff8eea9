"""Choosing a password by a link, and asking for one by mail."""

from __future__ import annotations

import re

import pytest
from django.core import mail as outbox
from django.test import Client

from annotations.accounts.links import password_link
from annotations.accounts.services import invite_user
from annotations.core.jobs.runner import run_job
from annotations.core.models import AuditEntry, Job

NEW = {"new_password1": "zebra battery staple", "new_password2": "zebra battery staple"}


@pytest.fixture
def invited(ada):
    return invite_user(email="new@example.org", role="researcher", actor=ada.email)


def path_of(user):
    return password_link(user=user, base="http://testserver/", actor="test").removeprefix("http://testserver")


def choose(client, path, **asked):
    page = client.get(path, follow=True)
    where = page.redirect_chain[-1][0] if page.redirect_chain else path
    return client.post(where, NEW | asked)


def log_in(email="new@example.org", password="zebra battery staple"):
    return Client().post("/accounts/login/", {"username": email, "password": password}).status_code == 302


def test_invited_user_chooses_a_password_and_gets_in(invited, client):
    path = path_of(invited)
    assert not log_in()
    assert "new@example.org" in client.get(path, follow=True).content.decode()
    assert choose(client, path)["Location"] == "/accounts/login/"
    assert log_in()
    assert AuditEntry.objects.filter(action="password chosen", actor="new@example.org").exists()


def test_link_does_not_stay_in_the_address(invited, client):
    path = path_of(invited)
    assert client.get(path)["Location"].endswith("/set-password/")


def test_link_is_used_up_by_the_choice(invited, client):
    path = path_of(invited)
    choose(client, path)
    other = choose(Client(), path, new_password1="another zebra staple", new_password2="another zebra staple")
    assert "not good any more" in other.content.decode()
    assert log_in()


def test_weak_password_is_refused_and_the_link_stays_good(invited, client):
    path = path_of(invited)
    assert (
        "too common"
        in choose(client, path, new_password1="password", new_password2="password").content.decode()
    )
    assert choose(client, path).status_code == 302


@pytest.mark.parametrize("path", ["/accounts/choose/MQ/x-y/", "/accounts/choose/!!/set-password/"])
def test_made_up_link_is_told_kindly(db, client, path):
    page = client.get(path)
    assert (page.status_code, "not good any more" in page.content.decode()) == (200, True)


def test_forgotten_password_comes_by_mail(alice, client, settings):
    settings.MAIL_ON = True
    page = client.post("/accounts/forgotten/", {"email": "ALICE@example.org"})
    assert "on its way" in page.content.decode()
    job = Job.objects.get(kind="password mail")
    run_job(job.pk)
    (mail,) = outbox.outbox
    assert mail.to == [alice.email]
    path = re.search(r"http://testserver(\S+)", mail.body).group(1)
    assert choose(client, path).status_code == 302
    assert log_in("alice@example.org")
    job.refresh_from_db()
    assert job.params == {}


def test_nobody_learns_who_has_an_account(alice, client, settings):
    settings.MAIL_ON = True
    pages = [
        re.sub(rb'value="[^"]*"', b"", client.post("/accounts/forgotten/", {"email": email}).content)
        for email in ("alice@example.org", "nobody@example.org")
    ]
    assert pages[0] == pages[1]
    assert Job.objects.count() == 2
    for job in Job.objects.all():
        run_job(job.pk)
    assert len(outbox.outbox) == 1


def test_switched_off_user_gets_no_mail(alice, client, settings):
    settings.MAIL_ON = True
    alice.is_active = False
    alice.save()
    client.post("/accounts/forgotten/", {"email": alice.email})
    run_job(Job.objects.get().pk)
    assert outbox.outbox == []


def test_asking_again_and_again_sends_no_flood(alice, client, settings):
    settings.MAIL_ON = True
    for _ in range(15):
        client.post("/accounts/forgotten/", {"email": alice.email})
        Job.objects.update(state=Job.DONE)
    assert Job.objects.count() == 10
    assert (
        Client().post("/accounts/login/", {"username": alice.email, "password": "correct horse"}).status_code
        == 302
    ), "asking for mails locks nobody out"


def test_without_mail_the_page_says_whom_to_ask(alice, client, settings):
    settings.MAIL_ON = False
    assert "sends no mail" in client.get("/accounts/forgotten/").content.decode()
    client.post("/accounts/forgotten/", {"email": alice.email})
    assert not Job.objects.exists()
