"""Short transactions: as large as time allows, and with room between them for whoever waits."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from annotations.catalogue import pacing
from annotations.catalogue.pacing import FEWEST, FIRST, LOOK, MOST, WORK, Pace
from tests.servers import ROOT


class Clock:
    """Time that passes only where a test says so."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(db, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pacing, "monotonic", lambda: clock.now)
    monkeypatch.setattr(pacing, "sleep", clock.sleep)
    return clock


def turn(pace, clock, seconds, rows=None):
    with pace.turn(pace.rows if rows is None else rows):
        clock.now += seconds


def test_slow_rows_make_small_chunks(clock):
    pace = Pace()
    turn(pace, clock, 2 * WORK)
    assert pace.rows == FIRST // 2
    turn(pace, clock, 100 * WORK)
    assert pace.rows == FEWEST


def test_quick_rows_make_larger_chunks_step_by_step(clock):
    pace = Pace()
    turn(pace, clock, WORK / 100)
    assert pace.rows == 2 * FIRST
    for _ in range(5):
        turn(pace, clock, WORK / 100)
    assert pace.rows == MOST


def test_few_rows_say_nothing_of_many(clock):
    pace = Pace()
    turn(pace, clock, WORK, rows=3)
    assert pace.rows == FIRST


def test_chunks_have_as_many_rows_as_the_pace_says(clock):
    pace, sizes = Pace(), []
    for chunk in pace.chunks(range(2 * FIRST)):
        sizes.append(len(chunk))
        pace.rows = 150
    assert sizes == [FIRST, 150, 50]


def test_heavy_rows_make_small_chunks(monkeypatch):
    monkeypatch.setattr(pacing, "HEAVY", 10)
    assert list(Pace().chunks(["a" * 6, "b" * 6, "c"], len)) == [["a" * 6, "b" * 6], ["c"]]


@pytest.mark.sqlite
def test_others_are_given_time_to_look(clock):
    pace = Pace()
    for _ in range(6):
        turn(pace, clock, WORK / 2)
    assert clock.slept == [LOOK, LOOK]


@pytest.mark.sqlite
def test_a_long_transaction_is_followed_by_time_to_look(clock):
    pace = Pace()
    turn(pace, clock, WORK)
    clock.now += LOOK / 2
    turn(pace, clock, 0)
    assert clock.slept == [pytest.approx(LOOK / 2)]


@pytest.mark.sqlite
def test_time_between_transactions_is_time_to_look(clock):
    pace = Pace()
    for _ in range(6):
        turn(pace, clock, WORK)
        clock.now += 2 * LOOK
    assert not clock.slept


@pytest.mark.postgresql
def test_where_writers_do_not_shut_each_other_out_nobody_pauses(clock):
    pace = Pace()
    for _ in range(6):
        turn(pace, clock, WORK)
    assert not clock.slept


BESIDE = """
import json, sys
import django; django.setup()
from pathlib import Path
from django.db import OperationalError, connection, transaction
from annotations.releases.loading import load_bundle

other = connection.copy()
if other.vendor == "sqlite":
    other.settings_dict = {**other.settings_dict, "OPTIONS": {**other.settings_dict["OPTIONS"], "timeout": 0}}
else:
    with other.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1ms'")
told = []

def write(table, done):
    # Another process writes to a row that the load writes to as well, and does not wait.
    try:
        with other.cursor() as cursor:
            cursor.execute("UPDATE annotations_load SET source = 'seen'")
            told.append([table, done, cursor.rowcount])
    except OperationalError:
        told.append([table, done, "locked"])

def load(slug):
    load_bundle(folder=Path(sys.argv[1]), slug=slug, actor="test", tell=write)

try:
    with transaction.atomic():
        load("whole")
        raise InterruptedError
except InterruptedError:
    whole, told = told, []
load("chunks")
print(json.dumps([whole, told]))
"""
ROWS = 900


def test_a_load_lets_others_write_while_it_runs(tmp_path, database_env):
    """The control loads in one transaction and shuts them out, or sees a row that they do not."""
    (tmp_path / "rated").mkdir()
    (tmp_path / "rated" / "study.yaml").write_text("title: T\nprotocol: difficulty\n")
    items = "".join(f"i{at},sums,What is {at} + 1?\n" for at in range(ROWS))
    (tmp_path / "rated" / "items.csv").write_text(f"item_id,domain,prompt\n{items}")
    answers = "".join(f"p{at % 9},i{at},50\n" for at in range(ROWS))
    (tmp_path / "rated" / "responses.csv").write_text(f"participant_id,item_id,difficulty\n{answers}")
    env = {**database_env, "DJANGO_SETTINGS_MODULE": "studyplatform.settings"}
    command = [sys.executable, "-c", BESIDE, str(tmp_path / "rated")]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    whole, chunks = json.loads(done.stdout)
    assert {seen for *_, seen in whole} <= {"locked", 0}
    assert {seen for *_, seen in chunks} == {1}
    for table in ("items", "responses"):
        steps = [done for name, done, _ in chunks if name == table]
        assert len(steps) > 1
        assert steps[-1] == ROWS
