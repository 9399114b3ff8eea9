"""Where the rows of a table stand in its file: asked for only where something is to be said of one."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from annotations.releases.folder import numbered


class Lines:
    """Lines on which the rows of a CSV table begin; the header is on the first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def of(self, row: int) -> int | None:
        """The line of a row, the first being 0."""
        return self._begun[row] if row < len(self._begun) else None

    @cached_property
    def _begun(self) -> list[int]:
        return [line for line, _ in numbered(self.path)][1:]
