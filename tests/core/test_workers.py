"""Whether a worker lives, as its row in the database tells."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from annotations.core import clock, workers
from annotations.core.models import WorkerBeat


def seconds_until(alive: bool, *, within: float) -> float:
    began = time.monotonic()
    while workers.any_alive() is not alive:
        assert time.monotonic() - began < within, f"any_alive() is not {alive} after {within} s"
        time.sleep(0.05)
    return time.monotonic() - began


def test_alive_within_two_seconds_and_dead_within_five(house):
    assert workers.any_alive() is False
    with house.worker() as worker:
        seconds_until(True, within=2)
        time.sleep(1.5)
        assert workers.any_alive() is True
        worker.kill()
        seconds_until(False, within=5)


def test_one_of_two_is_enough(house):
    with house.worker(beat=False) as first, house.worker(beat=False):
        house.wait(lambda: WorkerBeat.objects.count() == 2, timeout=5)
        first.kill()
        time.sleep(5)
        assert workers.any_alive() is True


def test_worker_that_stops_in_order_says_so_at_once(house):
    with house.worker(beat=False) as worker:
        seconds_until(True, within=2)
        worker.terminate()
        assert workers.any_alive() is False
        assert not WorkerBeat.objects.exists()


@pytest.mark.django_db
def test_rows_of_the_long_dead_are_forgotten():
    for name, hours in (("old", 25), ("new", 1)):
        WorkerBeat.objects.create(name=name, seen_at=clock.now() - timedelta(hours=hours))
    workers.forget_dead()
    assert WorkerBeat.objects.get().name == "new"
