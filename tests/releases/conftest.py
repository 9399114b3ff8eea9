from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """Files of releases go where no other test looks."""
    settings.VAR = tmp_path / "var-of-the-test"
    settings.VAR.mkdir()
