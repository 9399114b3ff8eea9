"""The platform with its guard off: the control that must overshoot, or the tests beside it mean nothing.

A configuration file of gunicorn, read before the application is. Compare-and-swap becomes what one would
write without thinking of others: read, then write.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from django.db import models

from annotations.core import counters

GAP = 0.05  # seconds
# Joining is rare and slow to begin: on a busy machine a gap would let nobody else in. So they wait for others.
TOGETHER, PATIENCE = 8, 10.0
_joining = threading.Barrier(TOGETHER)


def swap(rows: models.QuerySet[Any], /, **changes: Any) -> bool:
    keys = list(rows.values_list("pk", flat=True)[:2])
    if len(keys) != 1:
        return False
    # Between the look and the leap.
    if rows.model.__name__ == "Batch":
        with suppress(threading.BrokenBarrierError):
            _joining.wait(PATIENCE)
    time.sleep(GAP)
    return bool(rows.model._base_manager.filter(pk=keys[0]).update(**changes) == 1)


counters.swap = swap  # before anybody imports it by name
