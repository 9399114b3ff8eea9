"""Kinds of jobs. An area registers its own on import; the runner knows them by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from annotations.core.models import Job


class Context(Protocol):
    """What a job's work may ask of the runner."""

    job: Job

    def progress(self, share: float, message: str = "") -> None:
        """Tell how far the work is, 0 to 1. Raises `Stopped` when somebody cancelled it."""


@dataclass(frozen=True)
class Part:
    """A part row of a long job. Stages run one after another, the parts of a stage side by side."""

    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    stage: int = 0


@dataclass(frozen=True)
class Kind:
    """`work` computes outside any transaction; `store` writes its outcome in the one that ends the job.

    What `store` returns is the job's small result, kept on the row.
    """

    name: str
    work: Callable[[Context], Any]
    store: Callable[[Job, Any], dict[str, Any]]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    if _kinds.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"job kind {kind.name!r} is registered twice")


def get(name: str) -> Kind:
    return _kinds[name]
