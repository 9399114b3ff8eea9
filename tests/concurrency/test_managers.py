"""The last admin and the last owner stay, though two go at one moment."""

from __future__ import annotations

import threading

import pytest

from annotations.accounts import services
from annotations.accounts.models import User
from annotations.core.errors import Refusal
from annotations.studies import members
from annotations.studies.models import Member
from tests.concurrency.threads import PATIENCE, at_once
from tests.participation.kit import make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 3


def make_user(name, **more):
    return User.objects.create_user(f"{name}@example.org", "correct horse", **more)


@pytest.fixture
def admins():
    return [make_user(name, role=User.ADMIN) for name in ("ada", "ben")]


@pytest.fixture
def owners(tmp_path):
    study = make_study(tmp_path, "sums")
    study.members.all().delete()
    return [
        Member.objects.create(study=study, user=make_user(name), role=Member.OWNER) for name in ("cy", "di")
    ]


def step_down(admins):
    return at_once(
        [lambda one=one: services.change_role(user=one, role=User.RESEARCHER, actor=one) for one in admins]
    )


def leave(owners):
    return at_once(
        [lambda one=one: members.remove_member(study=one.study, member=one, actor="x") for one in owners]
    )


def refused(results):
    return sorted(type(one).__name__ for one in results if one is not None)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_last_admin_stays(admins, turn):
    assert refused(step_down(admins)) == [Refusal.__name__]
    assert User.objects.filter(role=User.ADMIN).count() == 1


def test_nobody_is_left_with_the_guard_of_admins_off(admins, monkeypatch):
    gate = threading.Barrier(2)

    def unlocked(user, *, stays_admin=False):
        alone = User.objects.filter(role=User.ADMIN, is_active=True).count() == 1
        gate.wait(PATIENCE)
        if alone:
            raise Refusal(services.LAST_ADMIN)
        return User.objects.get(pk=user.pk)

    monkeypatch.setattr(services, "_locked", unlocked)
    assert refused(step_down(admins)) == []
    assert not User.objects.filter(role=User.ADMIN).exists()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_last_owner_stays(owners, turn):
    assert refused(leave(owners)) == [Refusal.__name__]
    assert Member.objects.filter(role=Member.OWNER).count() == 1


def test_nobody_is_left_with_the_guard_of_owners_off(owners, monkeypatch):
    gate = threading.Barrier(2)
    check = members._check_owner_stays

    def after_both_have_looked(study, member):
        check(study, member)
        gate.wait(PATIENCE)

    monkeypatch.setattr(members, "_lock", lambda study: None)
    monkeypatch.setattr(members, "_check_owner_stays", after_both_have_looked)
    assert refused(leave(owners)) == []
    assert not Member.objects.filter(role=Member.OWNER).exists()
