from __future__ import annotations

import pytest

from tests.participation.fixtures import judged, make, rated  # noqa: F401 (fixtures)


@pytest.fixture
def recruit(make):  # noqa: F811
    """Makes an open study that recruits so; one unit a person unless said otherwise."""

    def recruit_one(provider, *, codes=None, given=None, slug="sums", settings=None, **batch):
        recruitment = {"provider": provider, "codes": codes or {}, "settings": given or {}}
        return make(
            slug,
            settings={"recruitment": recruitment, **(settings or {})},
            **{"units_per_participant": 1, **batch},
        )

    return recruit_one
