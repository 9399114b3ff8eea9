"""Base people: Alice owns the study, Bob may look, Charlie must not get in, Ada is an admin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from annotations.accounts.models import User
from annotations.catalogue.models import Collection
from annotations.core import clock
from annotations.core.models import WorkerBeat
from annotations.studies.models import Study
from tests.research import rows
from tests.research.recruited import crowd, get, post, prolific  # noqa: F401 (fixtures)

Login = Callable[[User], Client]


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", "correct horse")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.org", "correct horse")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.org", "correct horse")


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.org", "correct horse", role=User.ADMIN)


@pytest.fixture
def collection(db: None) -> Collection:
    return rows.make_collection()


@pytest.fixture
def draft(alice: User, bob: User, collection: Collection) -> Study:
    study = rows.make_study("draft", alice, collection=collection)
    rows.add_viewer(study, bob)
    return study


@pytest.fixture
def study(alice: User, bob: User, collection: Collection) -> Study:
    study = rows.make_study("sums-s2", alice, collection=collection, opened=True)
    rows.add_viewer(study, bob)
    return study


@pytest.fixture
def as_user() -> Login:
    def login(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return login


@pytest.fixture
def worker(db: None) -> WorkerBeat:
    """A worker that has just given a sign of life."""
    return WorkerBeat.objects.create(name="here:1", seen_at=clock.now())
