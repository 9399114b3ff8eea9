from __future__ import annotations

import pytest

from annotations.core.jobs import outbox
from tests.core.jobs_case import broker, house

__all__ = ["broker", "house"]


class NoBroker:
    """Nobody listens: the command's driver runs the jobs."""

    def send_task(self, *args, **kwargs):
        raise ConnectionError("no broker in this test")


@pytest.fixture
def no_broker(monkeypatch, caplog):
    caplog.set_level("ERROR", outbox.logger.name)
    monkeypatch.setattr(outbox, "current_app", NoBroker())
    monkeypatch.setattr(outbox, "_down_until", 0.0)
