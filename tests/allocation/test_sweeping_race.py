"""A participant who comes back at the moment the sweeper passes keeps the lease."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.allocation.services import sweep_leases
from annotations.core import clock
from annotations.people.models import Enrolment
from annotations.studies.models import Unit
from tests.participation.kit import Walker


@pytest.fixture
def overdue(rated):
    """A lease that ran out, as the sweeper reads it; the place is still held."""
    lease = Walker(rated, "ann").unit()
    past = clock.now() - timedelta(minutes=1)
    Assignment.objects.filter(pk=lease.pk).update(expires_at=past)
    lease.refresh_from_db()
    return lease


def renew(lease):
    Assignment.objects.filter(pk=lease.pk).update(expires_at=clock.now() + timedelta(minutes=30))


def stands(lease):
    return Assignment.objects.get(pk=lease.pk).state, Unit.objects.get(pk=lease.unit_id).filled


def test_overdue_lease_is_released(overdue):
    """The control: the same lease goes when nobody renews it."""
    assert leases.release(overdue, overdue_only=True)
    assert stands(overdue) == ("released", 0)


def test_lease_renewed_after_it_was_read_is_kept(overdue):
    renew(overdue)
    assert not leases.release(overdue, overdue_only=True)
    assert stands(overdue) == ("leased", 1)


def test_sweeper_keeps_a_lease_renewed_under_its_hands(overdue, monkeypatch):
    release = leases.release

    def renew_then_release(lease, **options):
        renew(lease)
        return release(lease, **options)

    monkeypatch.setattr(leases, "release", renew_then_release)
    assert sweep_leases() == 0
    assert stands(overdue) == ("leased", 1)
    assert Enrolment.objects.get().state == Enrolment.ACTIVE
