"""Where participants come from: one file each, registered by name on import."""

from __future__ import annotations

from annotations.participation.providers.base import BadArrival, Departure, Provider, get

__all__ = ["BadArrival", "Departure", "Provider", "get"]
