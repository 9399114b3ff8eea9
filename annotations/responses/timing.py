"""How long an answer took: by the server's clock, and beside it what the browser says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Twelve digits of milliseconds are thirty years. Counts have to fit their column.
MILLISECONDS, COUNT = re.compile(r"[0-9]{1,12}"), re.compile(r"[0-9]{1,6}")
TIMES = ("active_ms", "idle_ms", "away_ms")
# A browser may count from before the server did. What is far beyond both clocks is no measurement.
SLACK_MS = 60_000


@dataclass(frozen=True)
class Timing:
    """By the server's clock, in milliseconds: since the enrolment began, and since the unit was shown.

    The rest is the browser's word: None without script, or where nobody agreed to it.
    """

    started_ms: int
    duration_ms: int
    active_ms: int | None = None
    idle_ms: int | None = None
    away_ms: int | None = None
    changes: int | None = None
    pastes: int | None = None

    def columns(self) -> dict[str, int | None]:
        """As a response stores it, without times that cannot be."""
        most = 2 * self.duration_ms + SLACK_MS
        told = {name: getattr(self, name) for name in TIMES}
        believed = {name: ms if ms is None or ms <= most else None for name, ms in told.items()}
        return {
            "started_ms": self.started_ms,
            "duration_ms": self.duration_ms,
            **believed,
            "changes": self.changes,
        }

    def meta(self) -> dict[str, str]:
        return {} if self.pastes is None else {"pastes": str(self.pastes)}


def browser_timing(data: Mapping[str, Any], *, record_away: bool) -> dict[str, int | None]:
    """What the form's hidden fields say, as arguments of `Timing`. Whatever is not a number is None.

    Time away and pastes only from those who agreed to that.
    """
    found = {name: _whole(data, name, MILLISECONDS) for name in TIMES}
    found |= {name: _whole(data, name, COUNT) for name in ("changes", "pastes")}
    if not record_away:
        found |= {"away_ms": None, "pastes": None}
    return found


def _whole(data: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> int | None:
    text = str(data.get(name, "")).strip()
    return int(text) if pattern.fullmatch(text) else None
