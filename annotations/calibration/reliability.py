"""How reliable the axis is: whether other people would have put the items in the same order."""

from __future__ import annotations

from typing import Any

from annotations.analysis.tables import plain
from annotations.calibration.domains import Domain
from annotations.statistics.curvefit import Target
from annotations.statistics.splithalf import SplitHalf, split_half

# Its error from the splits themselves is far below that from the people.
SPLITS = 100


def axis_reliability(domain: Domain, axis: Target, *, seed: int) -> SplitHalf:
    """Of the items' means of the outcome that gives the axis, over random halves of the people."""
    return split_half(domain.people, domain.item, domain.outcome(axis), seed=seed, count=SPLITS)


def in_summary(found: SplitHalf, axis: Target) -> dict[str, Any]:
    """What a run keeps of it."""
    return {
        "target": axis,
        "split_half": plain(found.reliability),
        "low": plain(found.spread.low),
        "high": plain(found.spread.high),
        "splits": found.splits,
        "n_participants": found.n_participants,
        "n_items": found.n_items,
    }
