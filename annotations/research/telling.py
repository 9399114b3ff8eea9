"""How well people tell incorrect outputs from correct ones: a line a bin for the results page."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.research.tables import Row, bin_of, number, whole

QUANTITIES = ("dprime", "criterion", "area")


@dataclass(frozen=True)
class Estimate:
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Telling:
    name: str
    n_incorrect: int
    n_correct: int
    n_participants: int
    estimates: list[Estimate]


def telling_of(rows: list[Row]) -> list[Telling]:
    """All together, the median person, then the bins from the easiest."""
    found: dict[tuple[str, int | None], dict[str, Row]] = {}
    for row in rows:
        found.setdefault((str(row["scope"]), bin_of(row)), {})[str(row["quantity"])] = row
    places = sorted(found, key=lambda place: (place[0] == "bin", place[0], place[1] or 0))
    return [_line(place, found[place]) for place in places]


def _line(place: tuple[str, int | None], by: dict[str, Row]) -> Telling:
    scope, number_of_bin = place
    name = {"all": "All bins", "participants": "Median person"}.get(scope, str(number_of_bin))
    first = by[QUANTITIES[0]]
    estimates = [
        Estimate(*(number(by[quantity][end]) for end in ("estimate", "low", "high")))
        for quantity in QUANTITIES
    ]
    return Telling(
        name,
        whole(first["n_incorrect"]),
        whole(first["n_correct"]),
        whole(first["n_participants"]),
        estimates,
    )
