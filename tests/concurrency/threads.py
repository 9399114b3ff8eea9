"""Acts of several people at one moment, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

PATIENCE = 30.0


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each of them returned, or the exception that ended it."""
    results: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(PATIENCE)
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def read_then_write(parties: int, model: type) -> Callable[..., bool]:
    """A swap with its guard off: all parties have looked at the row of `model` before any of them writes."""
    gate = threading.Barrier(parties)

    def swap(rows: Any, /, **changes: Any) -> bool:
        if rows.model is not model:
            return bool(rows.update(**changes) == 1)
        keys = list(rows.values_list("pk", flat=True)[:2])
        gate.wait(PATIENCE)
        return len(keys) == 1 and model._base_manager.filter(pk=keys[0]).update(**changes) == 1

    return swap
