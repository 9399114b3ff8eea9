from __future__ import annotations

from tests.core.jobs_case import broker, house

__all__ = ["broker", "house"]
