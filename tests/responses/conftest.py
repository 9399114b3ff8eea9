from __future__ import annotations

from tests.participation.fixtures import judged, make, rated  # noqa: F401 (fixtures)
from tests.responses.exclusions.kit import bundle  # noqa: F401 (fixture)
