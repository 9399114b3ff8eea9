"""What a bundle is checked against: the study's declarations, and the rows its collection has already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The parts of a definition that rows refer to. No domains declared: any domain will do."""

    protocol: str
    domains: frozenset[str] = frozenset()
    batches: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    # The share of checks that the study asks for in so many words.
    checks_share: float = 0.0


class Existing(Protocol):
    """The rows of a collection that was loaded before. `kind` is a table's name."""

    def item_keys(self) -> Collection[str]: ...

    def system_names(self) -> Collection[str]: ...

    def template_names(self) -> Collection[str]: ...

    def output_keys(self) -> Collection[str]: ...

    def digest_of(self, kind: str, key: str) -> str | None: ...

    def image_digest(self, name: str) -> str | None: ...

    def item_of(self, output: str) -> str | None: ...


class NewCollection:
    """A collection that has no rows yet."""

    def item_keys(self) -> Collection[str]:
        return frozenset()

    def system_names(self) -> Collection[str]:
        return frozenset()

    def template_names(self) -> Collection[str]:
        return frozenset()

    def output_keys(self) -> Collection[str]:
        return frozenset()

    def digest_of(self, kind: str, key: str) -> str | None:
        return None

    def image_digest(self, name: str) -> str | None:
        return None

    def item_of(self, output: str) -> str | None:
        return None
