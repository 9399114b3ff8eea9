"""Marks nothing: for domains whose answers a person has to judge."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.catalogue.graders.registry import register


@register("none")
def grade_nothing(answer: str, references: Sequence[str]) -> bool | None:
    return None
