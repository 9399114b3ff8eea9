"""Preparing a batch: its row and its units, in chunks that nobody reads until they are published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from annotations.core.errors import Refusal
from annotations.studies import drawing, squares
from annotations.studies.definition import batch_hash
from annotations.studies.definition.batches import affordable, present, setting_of
from annotations.studies.leavingout import find_sources
from annotations.studies.models import Batch, StratumLevel, Study, Unit

CHUNK = 1000
Tell = Callable[[float], None]


def new_batch(
    study: Study, settings: dict[str, Any], *, position: int, state: str = Batch.PREPARING
) -> Batch:
    """Unsaved. The settings stand as they are given; what holds now has seen all changes."""
    now = present(settings)
    return Batch(
        study=study,
        name=settings["name"],
        position=position,
        state=state,
        settings=settings,
        batch_hash=batch_hash(settings),
        places=now["participants"],
        overlap=now["overlap"],
        affordable=affordable(now),
        opens_at=moment_of(settings, "opens_at"),
        closes_at=moment_of(now, "closes_at"),
        left_out=sorted(find_sources(study, setting_of(settings, "leave_out")).values(), key=str),
    )


def moment_of(settings: Mapping[str, Any], name: str) -> datetime | None:
    written = setting_of(settings, name)
    return datetime.fromisoformat(written) if written else None


def draw_batch(batch: Batch, found: list[drawing.Candidate], tell: Tell = lambda share: None) -> None:
    """Store its units, strata and levels. Raises Refusal where there is nothing to draw, or it is uneven."""
    parts = drawing.parts_of(batch, found)
    total = sum(part.drawn for part in parts)
    if not total:
        raise Refusal(f"The batch {batch.name!r} has no unit: its filters leave nothing.")
    if reasons := squares.why_uneven(present(batch.settings), parts):
        raise Refusal(" ".join(reasons))
    units, stored = drawing.draw_units(batch, found, parts), 0
    while chunk := list(islice(units, CHUNK)):
        Unit.objects.bulk_create(chunk)
        stored += len(chunk)
        tell(min(1.0, stored / total))
    StratumLevel.objects.bulk_create(drawing.levels(batch, parts), batch_size=CHUNK)
    if batch.setting("strategy") == squares.LATIN_SQUARE:
        batch.orders = squares.orders_of(len([part for part in parts if part.drawn]))
        Batch.objects.filter(pk=batch.pk).update(orders=batch.orders)
