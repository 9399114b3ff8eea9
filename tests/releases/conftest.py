from __future__ import annotations

import pytest

from tests.releases.case import analyse, load, release, write_bundle
from tests.releases.verifying import remembered as remembered
from tests.releases.verifying import tampered as tampered


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Only databases that collected tests are marked for are set up, and `folder` needs one."""
    for item in items:
        if "folder" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """Files of releases go where no other test looks."""
    settings.VAR = tmp_path / "var-of-the-test"
    settings.VAR.mkdir()


@pytest.fixture(scope="session")
def folder(tmp_path_factory, django_db_setup, django_db_blocker):
    """A release of everything that a bundle may hold, to be read only; nothing of it is in the database."""
    from django.conf import settings
    from django.db import transaction

    home = tmp_path_factory.mktemp("released")
    before, settings.VAR = settings.VAR, home / "var"
    settings.VAR.mkdir()
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            load(write_bundle(home / "tasks", analysis=", resamples: 200"))
            analyse("tasks")
            release("tasks", home / "out")
            transaction.set_rollback(True)
    finally:
        settings.VAR = before
    return home / "out"
