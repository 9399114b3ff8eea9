"""Acts that are done again when the database broke a deadlock, and those that are not."""

from __future__ import annotations

import pytest
from django.db import OperationalError, transaction

from annotations.core import retrying


class Broken(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def failing(sqlstate: str, times: int):
    """An act that fails so often before it succeeds, and the list of its attempts."""
    attempts = []

    @retrying.retried
    def act():
        attempts.append(1)
        if len(attempts) <= times:
            raise OperationalError("broken") from Broken(sqlstate)
        return "done"

    return act, attempts


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(retrying.time, "sleep", lambda seconds: None)


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
@pytest.mark.django_db(transaction=True)
def test_broken_deadlock_is_tried_again(sqlstate):
    act, attempts = failing(sqlstate, 2)
    assert act() == "done"
    assert len(attempts) == 3


@pytest.mark.django_db(transaction=True)
def test_deadlock_that_does_not_end_is_raised():
    act, attempts = failing("40P01", 100)
    with pytest.raises(OperationalError):
        act()
    assert len(attempts) == retrying.TRIES


@pytest.mark.django_db(transaction=True)
def test_other_fault_is_raised_at_once():
    act, attempts = failing("57P01", 1)
    with pytest.raises(OperationalError):
        act()
    assert len(attempts) == 1


@pytest.mark.django_db(transaction=True)
def test_within_another_transaction_its_owner_decides():
    act, attempts = failing("40P01", 1)
    with pytest.raises(OperationalError), transaction.atomic():
        act()
    assert len(attempts) == 1
