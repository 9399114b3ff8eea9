from __future__ import annotations

from tests.analysis.conftest import no_broker

__all__ = ["no_broker"]
