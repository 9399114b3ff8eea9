"""The 0-100 axis by which a study sorts its items before it has answers of its own.

Borrowed from the calibration of another study where the definition says so, else the rank of the
metric. What a calibration is, an area above knows: it registers how one is borrowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from annotations.core.errors import Refusal
from annotations.studies.models import Axis, Study


@dataclass(frozen=True)
class Borrowed:
    """Tables of a finished calibration, as a release writes them."""

    source_hash: str
    difficulty: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    same_people: bool = False


Lender = Callable[[Study, str], Borrowed]
_lenders: list[Lender] = []


def register_lender(lender: Lender) -> None:
    _lenders.append(lender)


def borrow_axis(study: Study) -> Axis | None:
    """Copy the axis that the definition names, once. None if it names none; Refusal if there is none yet."""
    source = study.definition["analysis"]["difficulty_from"]
    if source is None:
        return None
    known = Axis.objects.filter(study=study).first()
    if known and (known.source_slug == source or study.state != Study.DRAFT):
        return known
    if known:
        known.delete()  # a draft that named another study when a batch of it was looked at
    if not _lenders:
        raise Refusal(f"The difficulty axis is to come from {source!r}, but nothing here can lend one.")
    borrowed = _lenders[0](study, source)
    return Axis.objects.get_or_create(
        study=study,
        defaults={
            "source_slug": source,
            "source_hash": borrowed.source_hash,
            "same_people": borrowed.same_people,
            "difficulty": borrowed.difficulty,
            "calibration": borrowed.calibration,
        },
    )[0]


class Ranked(Protocol):
    """What the axis reads of an item."""

    @property
    def pk(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def metric(self) -> float | None: ...


def item_difficulty(study: Study, items: Sequence[Ranked]) -> dict[int, float]:
    """Difficulty 0-100 by item pk, for those that have one: borrowed, else the metric's rank by domain."""
    axis = borrow_axis(study)
    if axis is not None:
        known = {row["item_id"]: row["difficulty"] for row in axis.difficulty if row["population"] == "all"}
        return {item.pk: known[item.key] for item in items if known.get(item.key) is not None}
    from annotations.statistics.metric import metric_rank  # numpy: not for what only serves pages

    by_domain: dict[str, list[Ranked]] = defaultdict(list)
    for item in items:
        if item.metric is not None:
            by_domain[item.domain].append(item)
    values: dict[int, float] = {}
    for members in by_domain.values():
        ranks = metric_rank([item.metric or 0.0 for item in members]).values
        values.update(zip((item.pk for item in members), ranks.tolist(), strict=True))
    return values
