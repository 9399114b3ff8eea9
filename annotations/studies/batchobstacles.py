"""Why a batch cannot be served as it is defined: moments that have passed, people left out, its strategy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from annotations.core import clock
from annotations.core.problems import listing
from annotations.studies.definition.batches import present
from annotations.studies.leavingout import unknown_sources
from annotations.studies.models import Study

LEAST_FILLED = "least_filled"


def in_stops(study: Study, definition: dict[str, Any]) -> Iterator[str]:
    """Reads the definition as it is served. Each reason says what to do."""
    arms = [one["name"] for one in definition["conditions"] if one["parameters"].get("incorrect_share")]
    for batch in definition["batches"]:
        name, closes_at = repr(batch["name"]), present(batch)["closes_at"]
        if closes_at and datetime.fromisoformat(closes_at) <= clock.now():
            yield f"The batch {name} closes at {closes_at}, which has passed: choose a later moment."
        if unknown := unknown_sources(study, batch["leave_out"]):
            yield (
                f"The batch {name} leaves out people of {listing(unknown)}: there is no such study, or batch"
                " of one."
            )
        if batch["strategy"] == LEAST_FILLED:
            continue
        if not batch["strata"]:
            yield f"The batch {name} is {batch['strategy']}, which needs `strata` to balance."
        if arms:
            yield (
                f"The condition {arms[0]!r} sets `incorrect_share`, which decides itself where incorrect"
                f" outputs come: the batch {name} needs the strategy {LEAST_FILLED}."
            )
