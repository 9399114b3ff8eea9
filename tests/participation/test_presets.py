"""The questions that the platform brings are those that the definition knows by name."""

from __future__ import annotations

from annotations.participation.presets import PRESETS
from annotations.studies.definition import steps


def test_presets_ask_what_the_definition_reserves():
    asked = {name: {question["name"] for question in preset()} for name, preset in PRESETS.items()}
    assert asked == steps.PRESETS
