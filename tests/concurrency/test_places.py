"""16 people at once against one small batch and two web workers: no place twice, no answer lost, no 5xx."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.core.jobs_case import database_of
from tests.load.checker import find_faults
from tests.load.crowd import Crowd, play
from tests.load.people import POLITE, RUDE
from tests.load.stored import read_stored
from tests.participation.kit import write_bundle
from tests.servers import run_manage
from tests.servers.web import Web

PLACES, UNITS, OVERLAP, EACH = 12, 20, 3, 5
# The control has fewer places than people are sure to meet.
FEW = 4
CHECKED = ("places_are_not_given_twice", "quotas_are_not_exceeded", "answers_had_a_place")
# Two people a client, one after the other: a third of them is rude to everything.
CROWD = Crowd(people=16, turns=2, manners={name: 2 * share for name, share in RUDE.items()})


@pytest.fixture
def batch_env(database_env, tmp_path):
    return with_batch(database_env, tmp_path)


@pytest.fixture
def unguarded_env(postgresql_env, tmp_path):
    """A smaller batch, in a database without the constraints that would stop an overshoot."""
    env = with_batch(postgresql_env, tmp_path, places=FEW, overlap=1)
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        for name in CHECKED:
            table = "annotations_batch" if name.startswith("places") else "annotations_unit"
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    return {**env, "GUNICORN_CMD_ARGS": f"--config {Path(__file__).with_name('unguarded.py')}"}


def with_batch(env, tmp_path, *, places=PLACES, overlap=OVERLAP):
    folder = write_bundle(
        tmp_path / "race",
        protocol="supervision",
        items=UNITS,
        systems=1,
        participants=places,
        overlap=overlap,
        units_per_participant=EACH,
    )
    run_manage(env, "load_bundle", str(folder), "--open")
    return env


def test_places_are_given_once_and_no_answer_is_lost(batch_env, django_db_blocker):
    with Web(batch_env, workers=2) as web:
        history = play(web.port, "race", CROWD)
    assert max(history.statuses) < 500
    with django_db_blocker.unblock(), database_of(batch_env):
        stored = read_stored()
    assert find_faults(history, stored) == {}
    (batch,) = stored.batches
    assert batch.completed == history.ends.count("exit")
    # More people than places came, and every place was worth having.
    assert batch.running + batch.completed + history.ends.count("gone") >= PLACES
    assert {"no-place", "gone", ""} & set(history.ends)


@pytest.mark.postgresql
def test_places_overshoot_with_the_guard_off(unguarded_env, django_db_blocker):
    with Web(
        unguarded_env, workers=1, threads=16
    ) as web:  # in one process, where they can wait for each other
        # Nobody leaves, so that what was taken shows.
        history = play(web.port, "race", Crowd(people=16, turns=1, manners=POLITE))
    with django_db_blocker.unblock(), database_of(unguarded_env):
        faults = find_faults(history, read_stored())
    assert {"places", "quota"} <= faults.keys()
