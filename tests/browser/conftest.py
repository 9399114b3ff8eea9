from __future__ import annotations

import pytest

from tests.participation.kit import make_study


@pytest.fixture(params=["difficulty", "supervision"])
def protocol(request, transactional_db, tmp_path):
    make_study(tmp_path, protocol=request.param, units_per_participant=2)
    return request.param


@pytest.fixture(params=["difficulty", "supervision", "both"])
def every_protocol(request, transactional_db, tmp_path):
    """Where a whole passage is walked: of `both`, one unit is an item and one an output."""
    make_study(tmp_path, protocol=request.param, units_per_participant=2)
    return request.param


@pytest.fixture
def judged(transactional_db, tmp_path):
    return make_study(tmp_path, protocol="supervision", units_per_participant=2)
