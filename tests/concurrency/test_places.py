"""16 client processes against one small batch and two web workers: no place twice, none lost, no 5xx."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import psycopg
import pytest

from tests.concurrency.driver import Crowd, Log, run_clients
from tests.participation.kit import write_bundle
from tests.servers import rows, run_manage
from tests.servers.web import Web

PLACES, UNITS, OVERLAP, EACH = 12, 20, 3, 5
# The control has fewer places than the server has workers: the first who come at once are too many.
FEW = 4
CHECKED = ("places_are_not_given_twice", "quotas_are_not_exceeded", "answers_had_a_place")


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


def one(env, statement):
    return rows(env, statement)[0][0]


def overshoot(env, *, places=PLACES, overlap=OVERLAP) -> dict[str, int]:
    """By how much places and quotas were passed, by the rows themselves and not by the counters."""
    held = one(env, "SELECT count(*) FROM annotations_enrolment WHERE state IN ('active', 'completed')")
    counted = rows(
        env,
        "SELECT a.unit_id, count(*) FROM annotations_response r"
        " JOIN annotations_assignment a ON a.id = r.assignment_id WHERE NOT r.surplus GROUP BY a.unit_id",
    )
    return {
        "places": max(0, held - places),
        "quotas": sum(max(0, count - overlap) for _, count in counted),
    }


def assert_counters_equal_rows(env) -> None:
    states = dict(rows(env, "SELECT state, count(*) FROM annotations_enrolment GROUP BY state"))
    running, completed = rows(env, "SELECT running, completed FROM annotations_batch")[0]
    assert (running, completed) == (states.get("active", 0), states.get("completed", 0))
    assert running + completed <= PLACES
    leased = dict(
        rows(
            env,
            "SELECT unit_id, count(*) FROM annotations_assignment WHERE state = 'leased' GROUP BY unit_id",
        )
    )
    counted = dict(
        rows(
            env,
            "SELECT a.unit_id, count(*) FROM annotations_response r"
            " JOIN annotations_assignment a ON a.id = r.assignment_id WHERE NOT r.surplus GROUP BY a.unit_id",
        )
    )
    levels: Counter[tuple[int, int]] = Counter()
    for pk, stratum, filled, answered in rows(
        env, "SELECT id, stratum, filled, answered FROM annotations_unit"
    ):
        assert answered == counted.get(pk, 0)
        assert filled == answered + leased.get(pk, 0)
        assert filled <= OVERLAP
        levels[stratum, filled] += 1
    stored = rows(env, "SELECT stratum, filled, units FROM annotations_stratumlevel WHERE units > 0")
    assert {(stratum, filled): units for stratum, filled, units in stored} == dict(levels)


def assert_nothing_is_lost(env, log: Log) -> None:
    stored = [key for (key,) in rows(env, "SELECT submission_key FROM annotations_response")]
    assert len(stored) == len(set(stored))
    assert set(log.acknowledged) == set(stored)
    twice = one(
        env,
        "SELECT count(*) FROM (SELECT participant_id, item_id FROM annotations_response"
        " GROUP BY participant_id, item_id HAVING count(*) > 1) AS again",
    )
    assert twice == 0


def test_places_are_given_once_and_no_answer_is_lost(batch_env):
    with Web(batch_env, workers=2) as web:
        log = run_clients(web.port, "race")
    assert not log.trouble
    assert {status for status in log.statuses if status >= 500} == set()
    assert_nothing_is_lost(batch_env, log)
    assert_counters_equal_rows(batch_env)
    assert overshoot(batch_env) == {"places": 0, "quotas": 0}
    # More people than places came, and every place was worth having.
    assert log.ends.count("exit") + log.ends.count("left") >= PLACES
    assert "no-place" in log.ends or "gone" in log.ends
    completed = one(batch_env, "SELECT completed FROM annotations_batch")
    assert completed == log.ends.count("exit")


@pytest.mark.postgresql
def test_places_overshoot_with_the_guard_off(unguarded_env):
    with Web(unguarded_env, workers=8) as web:  # more than above, so that they surely meet
        # Nobody leaves, so that what was taken shows.
        run_clients(web.port, "race", Crowd(people=1, polite=True))
    beyond = overshoot(unguarded_env, places=FEW, overlap=1)
    assert beyond["places"] > 0
    assert beyond["quotas"] > 0
