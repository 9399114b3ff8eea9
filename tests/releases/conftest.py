from __future__ import annotations

import contextlib

import pytest
from django.conf import settings
from django.db import transaction

from tests.releases.case import analyse, load, release, write_bundle
from tests.releases.verifying import tampered as tampered


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Only databases that collected tests are marked for are set up, and these releases need one."""
    for item in items:
        if "released_once" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """Files of releases go where no other test looks."""
    settings.VAR = tmp_path / "var-of-the-test"
    settings.VAR.mkdir()


@pytest.fixture(scope="session")
def released_once(django_db_setup, django_db_blocker, tmp_path_factory):
    """Makes a release, to be read only; nothing of it is in the database afterwards."""

    @contextlib.contextmanager
    def home():
        path = tmp_path_factory.mktemp("released")
        before, settings.VAR = settings.VAR, path / "var"
        settings.VAR.mkdir()
        try:
            with django_db_blocker.unblock(), transaction.atomic():
                yield path
                transaction.set_rollback(True)
        finally:
            settings.VAR = before

    return home


@pytest.fixture(scope="session")
def folder(released_once):
    """A release of everything that a bundle may hold."""
    with released_once() as home:
        load(write_bundle(home / "tasks", analysis=", resamples: 200"))
        analyse("tasks")
        release("tasks", home / "out")
    return home / "out"


@pytest.fixture(scope="session")
def judged(released_once):
    """A release of judgements alone."""
    with released_once() as home:
        load(write_bundle(home / "tasks", protocol="supervision"))
        analyse("tasks")
        release("tasks", home / "out")
    return home / "out"


@pytest.fixture(scope="session")
def borrowing(released_once):
    """A release of judgements on the axis of another study."""
    with released_once() as home:
        load(write_bundle(home / "rated", protocol="difficulty"))
        analyse("rated")
        load(write_bundle(home / "judged", protocol="supervision", analysis=", difficulty_from: rated"))
        analyse("judged")
        release("judged", home / "out")
    return home / "out"
