"""Every setting is explained where it is set."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from annotations.studies.definition import Definition
from annotations.studies.definition.explained import TABLE, explain, words_of
from annotations.studies.definition.explained import VALUES as WORDS
from annotations.studies.definition.values import Part


def models():
    """All that a definition is made of."""
    found, waiting = {}, [Definition]
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            for field in model.model_fields.values():
                waiting += [one for one in inside(field.annotation) if issubclass(one, BaseModel)]
    return found


def inside(annotation):
    if isinstance(annotation, type):
        return [annotation]
    return [one for part in getattr(annotation, "__args__", ()) for one in inside(part)]


def test_no_setting_is_without_explanation():
    missing = [
        f"{name}.{field}"
        for name, model in models().items()
        for field in model.model_fields
        if explain(model, field) is None
    ]
    assert missing == []


def test_no_explanation_is_of_a_setting_that_is_gone():
    found = models()
    assert [f"{name}.{field}" for name, fields in TABLE.items() for field in fields
            if name not in found or field not in found[name].model_fields] == []  # fmt: skip


def test_a_field_may_speak_for_itself():
    class Wave(Part):
        gap: int = Field(default=1, title="Gap", description="Days between two waves.")
        kind: Literal["a"] = "a"

    assert explain(Wave, "gap").help == "Days between two waves."
    assert explain(Wave, "kind") is None


def test_values_have_words():
    assert words_of(TABLE_MODELS["Domain"], "grader", "none") == "not marked"
    assert words_of(TABLE_MODELS["Domain"], "grader", "unheard-of") == "unheard-of"
    assert WORDS["sona"] == "SONA"


TABLE_MODELS = models()
