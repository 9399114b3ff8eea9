from __future__ import annotations

import pytest

from annotations.accounts.models import User


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("Alice@Example.org", "correct horse")


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.org", "correct horse", role=User.ADMIN)
