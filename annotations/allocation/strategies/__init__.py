"""Strategies: how the next unit is chosen. One file each, registered by name on import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from annotations.people.models import Enrolment
from annotations.studies.models import Unit

STRATEGIES = ("least_filled",)


@dataclass(frozen=True)
class Choice:
    """A unit as it was seen, and the odds with which it was chosen among its equals."""

    unit: Unit
    eligible: int
    probability: float
    repeat: bool = False


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
