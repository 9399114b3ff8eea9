"""Requests that fail before a view is reached get a page all the same."""

from __future__ import annotations

import io
import logging
from unittest import mock

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client


@pytest.mark.parametrize("address", ["/join/some-study/", "/take/some-study/", "/accounts/login/"])
def test_form_in_another_encoding_is_a_bad_request(db, address: str):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.get("/accounts/login/")  # for its cookie
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    reply = browser.post(address, b"consent=1", content_type=kind)
    assert reply.status_code == 400
    assert b"<h1>" in reply.content


ENCODED = "application/x-www-form-urlencoded; charset=utf-16"
SPANISH = {"HTTP_ACCEPT_LANGUAGE": "es-MX,es;q=0.9"}


def broken(browser: Client, address: str, fault: str):
    if fault == "400":
        return browser.post(address, b"consent=1", content_type=ENCODED, **SPANISH)
    if fault == "403":
        return browser.post(address, {"consent": "1"}, **SPANISH)
    if fault == "404":
        return browser.get(f"{address}no/such/page/", **SPANISH)
    return browser.get(address, **SPANISH)


@pytest.fixture
def nothing_works(monkeypatch: pytest.MonkeyPatch):
    """Every view breaks, from the start: with an error that none of them expects."""
    monkeypatch.setattr(
        "django.contrib.sessions.middleware.SessionMiddleware.process_request", lambda *_: 1 / 0
    )


@pytest.mark.parametrize(
    "fault, words",
    [
        ("400", "El servidor no ha podido leer"),
        ("403", "permita las cookies de este sitio"),
        ("404", "En esta dirección no hay ninguna página"),
        ("500", "Es culpa nuestra, no suya"),
    ],
)
@pytest.mark.parametrize("address", ["/join/some-study/", "/take/some-study/"])
def test_participants_read_of_faults_in_their_language(db, request, fault, words, address):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if fault == "400":
        browser.get("/accounts/login/")  # for its cookie
    if fault == "500":
        request.getfixturevalue("nothing_works")
    reply = broken(browser, address, fault)
    assert reply.status_code == int(fault)
    assert words in reply.content.decode()
    assert '<html lang="es">' in reply.content.decode()


def test_participants_choice_of_language_comes_before_the_browsers(db):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["language"] = "zh-CN"
    assert "请重新发送" in broken(browser, "/take/some-study/", "403").content.decode()


@pytest.fixture
def database_is_away(db):
    refuse = mock.Mock(side_effect=OperationalError("connection refused: secret-host"))
    with mock.patch("django.db.backends.utils.CursorWrapper.execute", refuse):
        yield


@pytest.mark.parametrize(
    "address, language, words",
    [
        ("/join/some-study/", "es", "lo que ya estaba guardado está a salvo"),
        ("/take/some-study/", "es", "lo que ya estaba guardado está a salvo"),
        ("/research/", "en", "what was stored before is safe"),
        ("/admin/", "en", "what was stored before is safe"),
    ],
)
def test_page_without_a_database_asks_to_come_back(database_is_away, address, language, words):
    browser = Client(raise_request_exception=False)
    browser.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    browser.cookies["take_some-study"] = "x" * 32
    reply = browser.get(address, **SPANISH)
    assert (reply.status_code, reply["Retry-After"]) == (503, "5")
    assert words in reply.content.decode()
    assert f'<html lang="{language}">' in reply.content.decode()
    assert "secret-host" not in reply.content.decode()


def test_log_has_a_line_for_each_request_without_a_database(database_is_away):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger("django.request").addHandler(handler)
    try:
        Client(raise_request_exception=False).get("/join/some-study/")
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    (line,) = written.getvalue().splitlines()
    assert "/join/some-study/" in line
    assert "connection refused" in line


@pytest.mark.parametrize("fault", ["403", "404"])
def test_workbench_reads_of_faults_in_english(db, fault):
    reply = broken(Client(enforce_csrf_checks=True), "/accounts/login/", fault)
    assert reply.status_code == int(fault)
    assert '<html lang="en">' in reply.content.decode()
    assert ("Please send that again" if fault == "403" else "Nothing here") in reply.content.decode()
