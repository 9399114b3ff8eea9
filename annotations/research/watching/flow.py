"""From coming to being analysed, in the manner of CONSORT: main boxes, and who is lost between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotations.studies.watches import Watch

# How passages end that are not completed, in the order in which they are told.
LOST = ("screened out", "failed checks", "left", "lapsed", "returned", "timed out")
PASSED = {"failed checks": "failed comprehension or practice", "screened out": "screened out after consent"}


@dataclass(frozen=True)
class Lost:
    title: str
    count: int
    reasons: list[tuple[str, int]]


@dataclass(frozen=True)
class Box:
    """`lost` are those who do not go on to the next box."""

    title: str
    count: int
    note: str = ""
    lost: Lost | None = None


@dataclass(frozen=True)
class Flow:
    boxes: list[Box]
    seen: dict[str, Any]
    looked_at: datetime


def flow_of(watch: Watch | None) -> Flow | None:
    """None until a worker has looked."""
    if watch is None or not watch.seen:
        return None
    seen = watch.seen
    boxes = [] if _came_with_bundle(seen) else _coming(seen)
    return Flow([*boxes, *_kept(seen)], seen, watch.looked_at)


def _came_with_bundle(seen: dict[str, Any]) -> bool:
    """Everybody: nothing is known of how they came."""
    return bool(seen["imported"]) and not seen["came"]


def _coming(seen: dict[str, Any]) -> list[Box]:
    before = [("screened out before consent", seen["screened_out"]), ("did not consent", seen["no_consent"])]
    away = seen["came"] - seen["enrolled"]
    ended = seen["ended"]
    erased = [("withdrawn, answers deleted", seen["erased"])]
    unanswered = seen["enrolled"] + seen["imported"] - seen["answered"]
    how = [f"{ended['completed']:,} completed", f"{ended['at work']:,} at work"]
    how += [f"{ended[name]:,} {PASSED.get(name, name)}" for name in LOST if ended[name]]
    if seen["erased"]:
        how.append(f"{seen['erased']:,} withdrawn")
    if seen["imported"]:
        how.append(f"beside {seen['imported']:,} who came with the bundle")
    return [
        Box("Came", seen["came"], lost=Lost("Did not go in", away, _some(before))),
        Box(
            "Consented and took a place",
            seen["enrolled"],
            ", ".join(how),
            Lost("Gave no answer that counts", max(0, unanswered), _some(erased)),
        ),
    ]


def _kept(seen: dict[str, Any]) -> list[Box]:
    partly = f"{seen['partly']:,} of them with some answers excluded" if seen["partly"] else ""
    reasons = [(str(reason), int(count)) for reason, count in seen["reasons"]]
    return [
        Box(
            "Gave answers that can count",
            seen["answered"],
            lost=Lost("Excluded altogether", seen["excluded"], reasons),
        ),
        Box("Analysed", seen["analysed"], _joined(f"{seen['answers_analysed']:,} answers", partly)),
    ]


def _some(reasons: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(reason, count) for reason, count in reasons if count]


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
