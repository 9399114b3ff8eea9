"""The kinds of steps: one file each, registered by kind on import."""

from __future__ import annotations

from annotations.participation.steps.base import Step, Taken, get

__all__ = ["Step", "Taken", "get"]
