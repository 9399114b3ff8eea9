"""Strategies: how the next unit is chosen. One file each, registered by name on import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from annotations.people.models import Enrolment

STRATEGIES = ("least_filled",)


@dataclass(frozen=True)
class Choice:
    """A unit, the fill level it was seen at, and the odds with which it was chosen among its equals."""

    unit_id: int
    item_id: int
    stratum: int
    filled: int
    eligible: int
    probability: float


Strategy = Callable[[Enrolment, int], Choice | None]
_strategies: dict[str, Strategy] = {}


def register(name: str) -> Callable[[Strategy], Strategy]:
    def add(strategy: Strategy) -> Strategy:
        _strategies[name] = strategy
        return strategy

    return add


def get(name: str) -> Strategy:
    from annotations.allocation.strategies import least_filled  # noqa: F401 (registers itself)

    return _strategies[name]
