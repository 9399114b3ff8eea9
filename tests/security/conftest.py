from __future__ import annotations

from tests.participation.fixtures import judged, make, rated  # noqa: F401 (fixtures)
from tests.participation.providers.conftest import recruit  # noqa: F401 (fixtures)
