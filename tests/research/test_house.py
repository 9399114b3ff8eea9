"""Health, error pages, and what the web process carries."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.template.loader import render_to_string
from django.test import Client

from annotations.core import health
from tests.servers import ROOT, run_manage


def test_healthz_asks_no_database(client):
    """Without a database mark any query would fail the test."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
def test_readyz_is_ready(client):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready\n")


@pytest.mark.django_db(transaction=True)
def test_readyz_names_a_migration_that_is_not_applied(client):
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("annotations", "0001_initial")
    try:
        response = client.get("/readyz")
    finally:
        recorder.record_applied("annotations", "0001_initial")
    assert response.status_code == 503
    assert b"annotations.0001_initial" in response.content


def test_readyz_of_a_database_that_is_away(sqlite_env):
    env = {**sqlite_env, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    code = "from annotations.core.health import why_not_ready; print(why_not_ready())"
    done = run_manage(env, "shell", "--verbosity", "0", "--command", code)
    assert "the database cannot be used: OperationalError" in str(getattr(done, "stdout", done))


def test_readyz_does_not_wait_for_ever(client, monkeypatch):
    import threading

    release = threading.Event()

    def hang(answer):
        release.wait(10)
        health._looking.release()

    monkeypatch.setattr(health, "_ask", hang)
    monkeypatch.setattr(health, "DATABASE_SECONDS", 0.1)
    try:
        assert b"did not answer within" in client.get("/readyz").content
        response = client.get("/readyz")
        assert (response.status_code, b"has not answered an earlier" in response.content) == (503, True)
    finally:
        release.set()


def test_web_process_carries_no_analysis_library():
    """Every view is imported, as a web process does with its first request."""
    code = (
        "import django, sys; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "from django.test import Client; Client().get('/healthz')\n"
        "print([name for name in ('numpy', 'pandas', 'scipy', 'altair', 'vl_convert') if name in sys.modules])"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "studyplatform.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_page_needs_nothing(name):
    assert "<h1>" in render_to_string(f"{name}.html")


def test_error_is_a_kind_page(db, monkeypatch):
    monkeypatch.setattr(health, "why_not_ready", lambda: 1 / 0)
    client = Client(raise_request_exception=False)
    response = client.get("/readyz")
    assert response.status_code == 500
    assert "Something broke here" in response.content.decode()
    assert "ZeroDivisionError" not in response.content.decode()


def test_unknown_address_is_a_kind_page(client, db):
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()
