"""Strategies: how the next unit is chosen. One file each in this folder, registered by name on import."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module

from annotations.allocation.levels import Choice
from annotations.people.models import Enrolment

Strategy = Callable[[Enrolment, int], Choice | None]
_strategies: dict[str, Strategy] = {}


def register(name: str) -> Callable[[Strategy], Strategy]:
    def add(strategy: Strategy) -> Strategy:
        _strategies[name] = strategy
        return strategy

    return add


def names() -> list[str]:
    _import_all()
    return sorted(_strategies)


def get(name: str) -> Strategy:
    if name not in _strategies:
        _import_all()
    return _strategies[name]


def _import_all() -> None:
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
