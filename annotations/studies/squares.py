"""Latin squares: in which order people meet the strata of a batch, and when that can come out even.

The orders are those of Williams (1949, doi 10.1071/CH9490149). For an even number of strata k there are k
of them, for an odd one 2 k: each row of one square, then each row backwards. Over all orders every stratum
stands at every position equally often, and follows every other one equally often. A person has one order
and goes through it again and again; people are spread over the orders evenly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from annotations.core.problems import listing
from annotations.studies.drawing import Part

LATIN_SQUARE = "latin_square"


def orders_of(strata: int) -> int:
    """How many orders it takes until all comes out even."""
    return strata if strata % 2 == 0 else 2 * strata


@lru_cache(maxsize=64)
def order(strata: int, number: int) -> tuple[int, ...]:
    """The strata, from 0, in the order of this number: 0, 1, n-1, 2, n-2, ... moved on by the number."""
    steps = [(place + 1) // 2 if place % 2 else -place // 2 for place in range(strata)]
    row = tuple((step + number) % strata for step in steps)
    return row if number < strata else row[::-1]


def why_uneven(settings: dict[str, Any], parts: Sequence[Part]) -> list[str]:
    """Reasons in words why the batch is no Latin square; none if it is one, or is not to be."""
    if settings["strategy"] != LATIN_SQUARE:
        return []
    where, drawn = f"The Latin square of the batch {settings['name']!r}", [one for one in parts if one.drawn]
    if len(drawn) < 2:
        return [
            f"{where} needs two strata or more, and its units make {len(drawn)}: name others in `strata`."
        ]
    return [f"{where} {reason}" for reason in _reasons(settings, drawn)]


def _reasons(settings: dict[str, Any], parts: Sequence[Part]) -> Iterator[str]:
    strata, each = len(parts), settings["units_per_participant"]
    sizes = sorted({one.drawn for one in parts})
    if len(sizes) > 1:
        small = [one.label for one in parts if one.drawn == sizes[0]]
        yield (
            f"has strata of uneven sizes, from {sizes[0]:,} units ({listing(small[:3])}) to {sizes[-1]:,}:"
            " choose units so that every stratum has as many."
        )
    if each % strata:
        yield (
            f"has {strata} strata, so `units_per_participant` ({each}) must be a multiple of {strata}, or"
            " people would not meet each equally often."
        )
    if reason := uneven_places(settings["participants"], orders_of(strata)):
        yield reason
    answers = settings["participants"] * each
    if len(sizes) == 1 and sizes[0] * settings["overlap"] * strata < answers:
        yield (
            f"wants {answers:,} answers, but its units take {sizes[0] * settings['overlap'] * strata:,}:"
            " raise `overlap` or `units.sample`, or have fewer places."
        )
    items = {one.item for part in parts for one in part.members}
    if len(items) < each:
        yield f"gives {each} units to a person, who sees an item once: there are {len(items):,} items."


def uneven_places(places: int, orders: int) -> str:
    """Why so many people do not fill every order equally; blank if they do."""
    if not orders or places % orders == 0:
        return ""
    return (
        f"has {orders} orders, so there must be as many people in each: {places:,} places are no multiple of"
        f" {orders}."
    )
