"""Which statements of an act have their turn to fail: all of them, or those that differ in what they leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import TypeVar

from tests.faults.failing import AFTER, BEFORE, Passed, Trouble

T = TypeVar("T")
# Of statements before which nothing was kept, and of all others.
EARLY, LATER = 6, 4


def every(passed: Sequence[Passed], when: str) -> Iterator[Trouble]:
    """SQLite's BEGIN goes over no wire on which a reply could be lost."""
    for number, one in enumerate(passed, 1):
        if when == BEFORE or one.kind != "BEGIN":
            yield Trouble(number, when)


def telling(passed: Sequence[Passed], *, later: int = LATER) -> Iterator[Trouble]:
    """Those of which each may leave another state.

    Whatever fails before anything was kept leaves the world as it was; so it costs little, and all writes have
    their turn, with some reads. Within a later transaction all leave the same: the last has its turn. What is
    kept has it twice, for its reply may be lost.
    """
    kept = [number for number, one in enumerate(passed, 1) if one.keeps]
    first = kept[0] if kept else len(passed)
    early = [*range(1, first + 1)]
    if len(early) > EARLY:
        writes = [number for number in early if passed[number - 1].writes]
        reads = [number for number in early if not passed[number - 1].writes]
        early = sorted(set(spread(reads, EARLY // 2) + spread(writes, EARLY // 2)))
    for number, when in zip(early, cycle([BEFORE, AFTER]), strict=False):
        of_kept = passed[number - 1].keeps or passed[number - 1].kind == "BEGIN"
        yield Trouble(number, BEFORE if of_kept else when)
    lost = [Trouble(number, AFTER) for number in kept]
    ends = [Trouble(number) for number in [*kept[1:], len(passed)] if number > first]
    yield from spread(sorted(lost + ends, key=lambda one: (one.at, one.when == AFTER)), later)


def spread(many: Sequence[T], most: int) -> list[T]:
    """The first, the last, and some between them."""
    if len(many) <= most:
        return list(many)
    if most == 1:
        return [many[-1]]
    return [many[round(place * (len(many) - 1) / (most - 1))] for place in range(most)]
