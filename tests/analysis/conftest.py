from __future__ import annotations

import pytest

from annotations.core.jobs import outbox
from tests.core.jobs_case import broker
from tests.core.jobs_case import house as quick_house

__all__ = ["broker", "quick_house"]


@pytest.fixture
def house(quick_house):
    """Its workers draw: they are given up for lost as late as in production."""
    quick_house.env["TEST_JOB_LOST_AFTER"] = "15"
    return quick_house


class NoBroker:
    """Nobody listens: the command's driver runs the jobs."""

    def send_task(self, *args, **kwargs):
        raise ConnectionError("no broker in this test")


@pytest.fixture
def no_broker(monkeypatch, caplog):
    caplog.set_level("ERROR", outbox.logger.name)
    monkeypatch.setattr(outbox, "current_app", NoBroker())
    monkeypatch.setattr(outbox, "_down_until", 0.0)
