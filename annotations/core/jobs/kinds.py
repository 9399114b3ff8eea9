"""Kinds of jobs. An area registers its own on import; the runner knows them by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
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
_modules: dict[str, str] = {}


def register(kind: Kind) -> None:
    if _kinds.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"job kind {kind.name!r} is registered twice")


def register_module(name: str, module: str) -> None:
    """A kind whose `work` and `store` stand in `module`, imported by the worker when first run.

    So the web process knows of analyses without importing what they compute with.
    """
    if _modules.setdefault(name, module) != module:
        raise ValueError(f"job kind {name!r} is registered twice")


def get(name: str) -> Kind:
    if name not in _kinds and name in _modules:
        module = import_module(_modules[name])
        _kinds[name] = Kind(name, module.work, module.store)
    return _kinds[name]
