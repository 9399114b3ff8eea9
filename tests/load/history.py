"""What people did and what came back: the only source of what the database ought to hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# What becomes of a request: done, refused, or nobody knows (no reply, or "try again").
OK, FAIL, UNKNOWN = "ok", "fail", "unknown"
PAGE, JOIN, STEP, ANSWER, LEAVE = "page", "join", "step", "answer", "leave"
Content = tuple[str, str, float | None, float | None]


@dataclass(slots=True)
class Request:
    """Written down before it is sent; its outcome stays blank if the person was cut off in the middle."""

    person: int
    act: str
    form: dict[str, str] = field(default_factory=dict)
    outcome: str = ""
    status: int = 0
    seconds: float = 0.0
    # When it was sent, by the client's clock.
    at: float = 0.0

    @property
    def key(self) -> str:
        return self.form.get("submission_key", "")

    @property
    def content(self) -> Content:
        """Of an answer: what a row would say."""
        given = self.form
        numbers = [float(given[name]) if name in given else None for name in ("difficulty", "confidence")]
        return given.get("answer", ""), given.get("verdict", ""), numbers[0], numbers[1]


@dataclass
class History:
    requests: list[Request] = field(default_factory=list)
    # The step at which each passage ended.
    ends: list[str] = field(default_factory=list)

    def of(self, act: str, *outcomes: str) -> list[Request]:
        return [one for one in self.requests if one.act == act and (not outcomes or one.outcome in outcomes)]

    @property
    def acknowledged(self) -> set[str]:
        return {one.key for one in self.of(ANSWER, OK)}

    @property
    def without_reply(self) -> int:
        return sum(one.status == 0 for one in self.requests)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(one.status for one in self.requests)

    def seconds(self, act: str, share: float) -> float:
        """The nearest-rank quantile of the replies to one kind of request."""
        return quantile((one.seconds for one in self.of(act) if one.status), share)


def quantile(values: Iterable[float], share: float) -> float:
    """nan of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
