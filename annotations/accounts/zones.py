"""Time zones in which people read the times of the workbench."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from annotations.accounts.models import User


@cache
def zone_names() -> list[str]:
    """Names that a person may choose: places, and UTC."""
    return ["UTC", *sorted(name for name in available_timezones() if "/" in name and name[:4] != "Etc/")]


def shown_in(user: User) -> timezone.override:
    """While it lasts, times are shown in the user's zone, or in the platform's where they chose none."""
    known = user.time_zone in zone_names()
    return timezone.override(ZoneInfo(user.time_zone) if known else timezone.get_default_timezone())
