"""The platform with its guard off: the control that must overshoot, or the tests beside it mean nothing.

A configuration file of gunicorn, read before the application is. Compare-and-swap becomes what one would
write without thinking of others: read, then write.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import models

from annotations.core import counters

# Seconds. Joining is rare and slow to begin: on a busy machine a short gap would let nobody else in.
GAP, GAP_OF_PLACES = 0.05, 1.0


def swap(rows: models.QuerySet[Any], /, **changes: Any) -> bool:
    keys = list(rows.values_list("pk", flat=True)[:2])
    if len(keys) != 1:
        return False
    # Between the look and the leap.
    time.sleep(GAP_OF_PLACES if rows.model.__name__ == "Batch" else GAP)
    return bool(rows.model._base_manager.filter(pk=keys[0]).update(**changes) == 1)


counters.swap = swap  # before anybody imports it by name
