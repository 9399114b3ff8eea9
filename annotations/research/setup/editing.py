"""What the buttons of a list do: add, remove, move. They change values; the save that follows judges them."""

from __future__ import annotations

from typing import Any

from annotations.core.errors import Refusal
from annotations.research.setup.shapes import PARTS, Shape, top

GONE = "That part is not there any more. Look through the list again."
# What a new part begins with, by the name of its list, beside the defaults.
CALLED = {"questions": "question", "batches": "batch", "conditions": "arm"}
FILLED: dict[str, dict[str, Any]] = {"batches": {"participants": 40}}
BLANK_OPTIONS = [{"value": "", "text": {}}, {"value": "", "text": {}}]


def change_list(values: dict[str, Any], act: str) -> str:
    """Do what the button says to the values of a section. Returns the path of the part that it is about."""
    verb, _, rest = act.partition(":")
    path, _, kind = rest.partition(":")
    if verb == "add":
        return _add(values, path, kind)
    where, _, number = path.rpartition(".")
    parts, place = _parts(values, where), int(number) if number.isdecimal() else -1
    if not 0 <= place < len(parts):
        raise Refusal(GONE)
    if verb == "remove":
        parts.pop(place)
        return where
    other = {"up": place - 1, "down": place + 1}.get(verb, -1)
    if not 0 <= other < len(parts):
        raise Refusal(GONE)
    parts[place], parts[other] = parts[other], parts[place]
    return f"{where}.{other}"


def _add(values: dict[str, Any], path: str, kind: str) -> str:
    parts, shape = _parts(values, path), shape_at(values, path)
    kind = kind if shape.kinds else ""
    if kind not in shape.variants:
        raise Refusal("Choose what kind it shall be.")
    part = blank(shape, kind, parts)
    place = len(parts)
    if shape.kinds and parts and isinstance(parts[-1], dict) and parts[-1].get("kind") == "exit":
        place -= 1  # nothing comes after the exit
    parts.insert(place, part)
    return f"{path}.{place}"


def blank(shape: Shape, kind: str, others: list[Any]) -> dict[str, Any]:
    """A new part, filled as far as anybody could know."""
    fields = shape.variants[kind]
    part: dict[str, Any] = {one.name: _default(one) for one in fields}
    if kind:
        part["kind"] = kind
    taken = {one.get("name") for one in others if isinstance(one, dict)}
    stem = CALLED.get(shape.name, kind)
    if "name" in part and stem:
        part["name"] = _unused(stem, taken, always=not kind)
    names = {one.name: one for one in fields}
    if "name" in names and names["name"].options:
        part["name"] = next((value for value, _ in names["name"].options if value not in taken), "")
    if "right" in names:
        part["options"] = [dict(one) for one in BLANK_OPTIONS]
    if kind in ("eligibility", "comprehension"):
        part["questions"] = [blank(names["questions"], "", [])]
    return part | FILLED.get(shape.name, {})


def _default(shape: Shape) -> Any:
    if shape.fields:
        return {one.name: _default(one) for one in shape.fields}
    return list(shape.default) if isinstance(shape.default, list) else shape.default


def _unused(stem: str, taken: set[Any], *, always: bool) -> str:
    """`question-2`, or for a step the kind alone while that is free."""
    if not always and stem not in taken:
        return stem
    return next(name for n in range(1 if always else 2, 2_000) if (name := f"{stem}-{n}") not in taken)


def _parts(values: dict[str, Any], path: str) -> list[Any]:
    here: Any = values
    for part in path.split("."):
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            raise Refusal(GONE)
    if not isinstance(here, list):
        raise Refusal(GONE)
    return here


def shape_at(values: dict[str, Any], path: str) -> Shape:
    """The shape of the list at the path."""
    first, *rest = path.split(".")
    shape = top().get(first)
    here: Any = values.get(first)
    for part in rest:
        if shape is None:
            raise Refusal(GONE)
        if part.isdecimal():
            here = here[int(part)]
            continue
        kind = here.get("kind", "") if shape.kind == PARTS and shape.kinds else ""
        fields = shape.variants.get(kind, ()) if shape.kind == PARTS else shape.fields
        shape = next((one for one in fields if one.name == part), None)
        here = here.get(part)
    if shape is None or shape.kind != PARTS:
        raise Refusal(GONE)
    return shape
