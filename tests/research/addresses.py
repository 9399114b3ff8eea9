"""Every address of the workbench, read from its URL configuration: what is added is asked too."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

FILLERS = {"pk": 10**9, "number": 10**6, "key": uuid.UUID(int=7), "name": "no-such", "path": "no-such"}


@dataclass(frozen=True)
class Address:
    """`wanted` are the names of its parameters, with their converters."""

    name: str
    wanted: dict[str, str]

    def of(self, slug: str) -> str:
        return reverse(f"research:{self.name}", kwargs={one: self._filler(one, slug) for one in self.wanted})

    def _filler(self, name: str, slug: str) -> Any:
        if name == "slug":
            return slug
        return uuid.UUID(int=7) if "UUID" in self.wanted[name] else FILLERS[name]

    @property
    def in_study(self) -> bool:
        return "slug" in self.wanted

    @property
    def plain(self) -> bool:
        """Whether the study alone says which page it is."""
        return set(self.wanted) == {"slug"}


def every_address() -> list[Address]:
    workbench = next(one for one in get_resolver().url_patterns[-1].url_patterns if _is_workbench(one))
    return [Address(pattern.name, wanted) for pattern, wanted in _patterns(workbench, {})]


def _is_workbench(one: URLPattern | URLResolver) -> bool:
    return isinstance(one, URLResolver) and one.namespace == "research"


def _patterns(resolver: URLResolver, above: dict[str, str]) -> Iterator[tuple[URLPattern, dict[str, str]]]:
    for one in resolver.url_patterns:
        converters = {name: type(kind).__name__ for name, kind in one.pattern.converters.items()}
        if isinstance(one, URLResolver):
            yield from _patterns(one, above | converters)
        else:
            yield one, above | converters
