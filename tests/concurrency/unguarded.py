"""The platform with its guard off: the control that must overshoot, or the tests beside it mean nothing.

A configuration file of gunicorn, read before the application is. Compare-and-swap becomes what one would
write without thinking of others: read, then write.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import models

from annotations.core import counters

GAP = 0.05


def swap(rows: models.QuerySet[Any], /, **changes: Any) -> bool:
    keys = list(rows.values_list("pk", flat=True)[:2])
    if len(keys) != 1:
        return False
    time.sleep(GAP)  # between the look and the leap
    return bool(rows.model._base_manager.filter(pk=keys[0]).update(**changes) == 1)


counters.swap = swap  # before anybody imports it by name
