"""How far a person has come, by the time that steps take and not by their number alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from annotations.participation import steps
from annotations.participation.passage import Passage, Spec

UNIT_SECONDS = 45.0
# An own pace counts from so many units on, and within these bounds: a night between two units is no pace.
ENOUGH, SLOWEST, FASTEST = 3, 600.0, 3.0


@dataclass(frozen=True)
class Progress:
    """`percent` from 0 to 100; `minutes_left`, rounded up, 0 at the end."""

    percent: int
    minutes_left: int


def progress_of(passage: Passage, seconds_so_far: float | None = None) -> Progress:
    """By the study's own estimate where it gives one, and by the person's pace once there is one.

    `seconds_so_far`: since the passage began.
    """
    specs: list[Spec] = passage.definition["steps"]
    others = {spec["name"]: _lasts(passage, spec) for spec in specs if spec["kind"] != "units"}
    unit = _unit_seconds(passage, sum(others.values()))
    names = [spec["name"] for spec in specs]
    here = names.index(passage.step)
    behind = sum(others.get(name, 0.0) for name in names[:here]) + unit * passage.done
    total = sum(others.values()) + unit * passage.wanted
    if seconds_so_far is not None and passage.done >= ENOUGH:
        unit = min(max(seconds_so_far / passage.done, FASTEST), SLOWEST)
    ahead = sum(others.get(name, 0.0) for name in names[here:]) + unit * max(
        0, passage.wanted - passage.done if _units_ahead(passage) else 0
    )
    percent = 100 if not ahead else min(99, round(100 * behind / total)) if total else 0
    return Progress(percent, math.ceil(ahead / 60))


def _units_ahead(passage: Passage) -> bool:
    return any(spec["kind"] == "units" for spec in passage.ahead)


def _lasts(passage: Passage, spec: Spec) -> float:
    return 0.0 if spec["kind"] == "consent" else steps.get(spec["kind"]).lasts(passage, spec)


def _unit_seconds(passage: Passage, others: float) -> float:
    minutes = passage.definition["information"]["duration_minutes"]
    if minutes is None or not passage.wanted:
        return UNIT_SECONDS
    return max(FASTEST, (60 * float(minutes) - others) / passage.wanted)
