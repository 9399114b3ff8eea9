"""A stored definition as the pages read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.studies.definition.canonical import Filled, filled
from annotations.studies.definition.schema import Definition

# What a version was served like that is older than a setting whose default is another.
OLDER: dict[str, Any] = {"presentation": {"format": "plain"}}


def as_served(stored: Mapping[str, Any]) -> Filled:
    """With every setting of today. Those that are younger than the definition stand as if there were none.

    For serving only: hashes and releases speak of the definition as it is stored.
    """
    return filled(Definition.model_validate({**OLDER, **stored}))
