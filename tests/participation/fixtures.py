"""Base studies. S1 `rated` and S2 `judged`: three places, six items, two answers a unit, three units each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotations.studies.models import Study
from tests.participation.kit import assert_balanced, make_study

Make = Callable[..., Study]


@pytest.fixture
def make(db: None, tmp_path: Path) -> Iterator[Make]:
    """Makes open studies. When the test is over, every counter is counted again."""

    def make_one(slug: str = "sums", **bundle: Any) -> Study:
        return make_study(tmp_path, slug, **bundle)

    yield make_one
    assert_balanced()


@pytest.fixture
def rated(make: Make) -> Study:
    return make()


@pytest.fixture
def judged(make: Make) -> Study:
    return make(protocol="supervision")
