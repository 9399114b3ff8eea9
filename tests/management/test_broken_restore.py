"""Backups and restores that are broken off in the middle: nobody who was erased comes back for good."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from annotations.core import suppression
from annotations.core.errors import Refusal
from annotations.management import backups, supervisor
from annotations.people.models import Participant
from annotations.responses.erasure import erase_participant
from annotations.responses.restored import finish_restore
from annotations.tasks import sweep
from tests.participation.kit import Walker, make_study

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """As a process ends that gets no word of it."""


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    return settings.VAR


@pytest.fixture
def ann(var, tmp_path):
    study = make_study(tmp_path, protocol="supervision")
    ann = Walker(study, "ann")
    ann.submit(ann.unit())
    return ann.enrolment.participant


def put_back(monkeypatch, ann, *, broken_by):
    """A restore of a database that still held Ann, broken off before she is erased again."""
    key, study = ann.key, ann.study
    erase_participant(participant=ann, actor="test")
    monkeypatch.setattr(backups, "_restore_sqlite", lambda file: restored(study, key))
    monkeypatch.setattr(backups, "_restore_postgresql", lambda file: restored(study, key))

    def broken(*_arguments, **_options):
        raise broken_by

    with monkeypatch.context() as patched:
        patched.setattr(backups, "call_command", broken)
        with pytest.raises(type(broken_by)):
            backups.restore(Path(__file__))
    assert Participant.objects.filter(key=key).exists()


def restored(study, key):
    Participant.objects.create(study=study, key=key, withdrawal_hash="h")


def test_start_finishes_a_restore_that_was_killed(monkeypatch, ann, var):
    put_back(monkeypatch, ann, broken_by=Killed())
    told = []
    supervisor.prepare_database(told.append)
    assert not Participant.objects.exists()
    assert "1 people who had been erased were erased again" in told[-1]
    assert not (var / "restoring").exists()


def test_sweeper_finishes_a_restore_that_was_killed(monkeypatch, ann, var):
    put_back(monkeypatch, ann, broken_by=OSError(errno.ENOSPC, "full"))
    sweep()
    assert not Participant.objects.exists()
    assert not (var / "restoring").exists()


def test_restore_under_way_is_left_alone(monkeypatch, ann, var):
    put_back(monkeypatch, ann, broken_by=Killed())
    with (var / "restoring").open() as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        assert finish_restore() == 0
        assert Participant.objects.exists()
    assert finish_restore() == 1


def test_nobody_is_looked_for_where_no_restore_broke_off(ann):
    digest = suppression.digest_of(ann.study.slug, ann.key)
    suppression.remember(digest)
    assert finish_restore() == 0
    assert Participant.objects.exists()


def test_line_of_the_list_is_whole_or_not_there(monkeypatch, var):
    suppression.remember("a" * 64)
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, data: write(file, data[:40]))
        with pytest.raises(OSError, match="No room"):
            suppression.remember("b" * 64)
    suppression.remember("c" * 64)
    suppression.remember("c" * 64)
    assert (var / "suppressed").read_text().split() == ["a" * 64, "c" * 64]


def test_line_that_a_power_cut_tore_spoils_no_other(var):
    (var / "suppressed").write_text("a" * 40)
    suppression.remember("b" * 64)
    assert suppression.remembered() == {"a" * 40, "b" * 64}


def test_erasure_whose_line_cannot_be_written_is_none(monkeypatch, ann):
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, data: write(file, data[:3]))
        with pytest.raises(OSError, match="No room"):
            erase_participant(participant=ann, actor="test")
    assert Participant.objects.filter(pk=ann.pk).exists()


def test_next_backup_clears_away_what_a_killed_one_left(ann, tmp_path):
    left = tmp_path / ".monday.part"
    left.write_text("everybody")
    left.with_name(".monday.part-wal").write_text("everybody")
    backups.back_up(tmp_path / "tuesday")
    assert sorted(path.name for path in tmp_path.glob("*day*")) == ["tuesday"]
    assert not list(tmp_path.glob(".*"))


def test_backup_under_way_is_left_alone(ann, tmp_path):
    left = tmp_path / ".monday.part"
    left.write_text("everybody")
    with left.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        backups.back_up(tmp_path / "tuesday")
        with pytest.raises(Refusal, match="could not be written"):
            backups.back_up(tmp_path / "monday")
        assert left.read_text() == "everybody"


def test_start_clears_away_what_a_killed_backup_left(ann, var):
    (var / "backups").mkdir()
    (var / "backups" / ".before.part").write_text("everybody")
    supervisor.prepare_database(print)
    assert not list((var / "backups").iterdir())
