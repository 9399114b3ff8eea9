"""Which kind of field each setting needs, read off the definition's own schema.

So a setting that is added to the schema has its field at once. What no kind fits is written as YAML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from annotations.responses.exclusions import RULES
from annotations.studies.definition import ARMS, Definition
from annotations.studies.definition.explained import explain, words_of
from annotations.studies.definition.explained_steps import STEP_KINDS

LINE, WHOLE, NUMBER, BOOL, CHOICE, CHOICES = "line", "whole", "number", "bool", "choice", "choices"
LINES, NUMBERS, TEXTS, PAIRS, ARM, PART, PARTS, YAML, FIXED = (
    "lines", "numbers", "texts", "pairs", "arm", "part", "parts", "yaml", "fixed",
)  # fmt: skip
# Of texts, those that are a line or two.
SHORT_TEXTS = frozenset({
    "Option.text", "Question.text", "Question.low_end", "Question.high_end", "KeyedQuestion.text",
    "Information.title", "Information.pay", "Information.ethics", "Information.controller",
    "Information.contact",
})  # fmt: skip
# Written by the platform while people come in: a draft has none.
WRITTEN = frozenset({"Batch.changes"})
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shape:
    """A setting as a form sees it. `model` is the one that holds it, `variants` are kinds of list parts."""

    name: str
    kind: str
    label: str
    help: str
    options: Options = ()
    optional: bool = False
    required: bool = False
    short: bool = False
    default: Any = None
    fields: tuple[Shape, ...] = ()
    variants: dict[str, tuple[Shape, ...]] = field(default_factory=dict)
    kinds: Options = ()


@cache
def shapes_of(model: type[BaseModel]) -> tuple[Shape, ...]:
    return tuple(
        _shape(model, name, info)
        for name, info in model.model_fields.items()
        if f"{model.__name__}.{name}" not in WRITTEN
    )


@cache
def top() -> dict[str, Shape]:
    """The settings of a definition by name."""
    return {shape.name: shape for shape in shapes_of(Definition)}


def _shape(model: type[BaseModel], name: str, info: FieldInfo) -> Shape:
    told = explain(model, name)
    annotation, optional = _without_none(info.annotation)
    more = _kind(model, name, annotation)
    return Shape(
        name=name,
        label=told.label if told else name,
        help=told.help if told else "",
        optional=optional,
        required=info.is_required(),
        default=_default(info),
        short=f"{model.__name__}.{name}" in SHORT_TEXTS,
        **more,
    )


def _default(info: FieldInfo) -> Any:
    if info.default is PydanticUndefined or isinstance(info.default, BaseModel):
        return None
    return info.default


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, UnionType):
        left = [one for one in get_args(annotation) if one is not NoneType]
        if len(left) == 1:
            return _bare(left[0]), True
    return annotation, False


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


SIMPLE: dict[Any, str] = {str: LINE, int: WHOLE, float: NUMBER, bool: BOOL}


def _kind(model: type[BaseModel], name: str, annotation: Any) -> dict[str, Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if (model.__name__, name) == ("Exclusion", "name"):
        return {"kind": CHOICE, "options": tuple((rule, rule.replace("_", " ")) for rule in sorted(RULES))}
    if annotation in SIMPLE:
        return {"kind": SIMPLE[annotation]}
    if origin is Literal:
        if len(arguments) == 1 and name == "kind":
            return {"kind": FIXED, "options": ((str(arguments[0]), ""),)}
        return {"kind": CHOICE, "options": _options(model, name, arguments)}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {"kind": PART, "fields": shapes_of(annotation)}
    if origin is dict:
        if _bare(arguments[1]) is str:
            return {"kind": TEXTS}
        return {"kind": ARM if model.__name__ == "Condition" else PAIRS}
    if origin is list:
        return _list(model, name, arguments[0])
    return {"kind": YAML}


def _list(model: type[BaseModel], name: str, annotation: Any) -> dict[str, Any]:
    bare = _bare(annotation)
    if bare is str:
        return {"kind": LINES}
    if bare in (float, int):
        return {"kind": NUMBERS}
    if get_origin(bare) is Literal:
        return {"kind": CHOICES, "options": _options(model, name, get_args(bare))}
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return {"kind": PARTS, "variants": {"": shapes_of(bare)}}
    models = [one for one in get_args(bare) if isinstance(one, type) and issubclass(one, BaseModel)]
    if models and all("kind" in one.model_fields for one in models):
        kinds = {get_args(one.model_fields["kind"].annotation)[0]: one for one in models}
        words = tuple((kind, STEP_KINDS.get(one.__name__, kind)) for kind, one in kinds.items())
        return {"kind": PARTS, "variants": {k: shapes_of(one) for k, one in kinds.items()}, "kinds": words}
    return {"kind": YAML}


def _options(model: type[BaseModel], name: str, values: tuple[Any, ...]) -> Options:
    return tuple((str(value), words_of(model, name, str(value))) for value in values)


@cache
def arm_shapes() -> tuple[Shape, ...]:
    """What the arms of a study may differ in, each with a way to leave it as the study has it."""
    words = {
        "trace": ("Traces", "Shown folded under the output, or left out."),
        "critique": ("Critiques", "The critique that outputs bring, shown under them."),
        "incorrect_share": (
            "Share of incorrect outputs",
            "From 0 to 1 of the units of each person in this arm. Batches need grade among their strata.",
        ),
        "told": ("People are told that share", "Needs the share."),
    }
    shapes = []
    for name, kind in ARMS.items():
        label, text = words.get(name, (name, ""))
        if kind is bool:
            options = (("", "as the study has it"), ("true", "yes"), ("false", "no"))
            shapes.append(Shape(name, CHOICE, label, text, options, optional=True))
        else:
            shapes.append(Shape(name, NUMBER, label, text, optional=True))
    return tuple(shapes)
