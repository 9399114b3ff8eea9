"""A section of the set-up as its page shows it: a tree of fields, each with its value and its errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language_info

from annotations.research.setup.shapes import (
    ARM,
    BOOL,
    CHOICE,
    CHOICES,
    LINE,
    LINES,
    NUMBERS,
    PAIRS,
    PART,
    PARTS,
    TEXTS,
    YAML,
    Options,
    Shape,
    arm_shapes,
)
from annotations.studies.definition import to_yaml

Errors = Mapping[str, list[str]]


def language_name(locale: str) -> str:
    """In English, as far as it is known."""
    for code in (locale.lower(), locale.partition("-")[0]):
        try:
            return f"{get_language_info(code)['name']} ({locale})"
        except KeyError:
            continue
    return "Chinese (zh)" if locale == "zh" else locale


@dataclass
class Node:
    """One field, or a group of them."""

    shape: Shape
    path: str
    value: Any = ""
    errors: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    # Texts of languages that the study does not have (any more): kept, not shown.
    kept: list[tuple[str, str]] = field(default_factory=list)
    locale: str = ""
    fixed: bool = False

    @property
    def id(self) -> str:
        return self.path.replace(".", "-")

    @property
    def words(self) -> str:
        """Of the value that is chosen."""
        return next((words for _, words, chosen in self.choices if chosen), str(self.value))

    @property
    def kind(self) -> str:
        return self.shape.kind

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        chosen = self.value if isinstance(self.value, list) else [self.value]
        known = [(value, words, value in chosen) for value, words in self.shape.options]
        # What is none of them is shown as it is, and stays until somebody chooses.
        strange = [one for one in chosen if one and one not in dict(self.shape.options)]
        return known + [(str(one), str(one), True) for one in strange]

    @property
    def label(self) -> str:
        return language_name(self.locale) if self.locale else self.shape.label

    @property
    def lines(self) -> int:
        return min(24, max(3, str(self.value).count("\n") + 2 + len(str(self.value)) // 90))


@dataclass
class Item:
    """One part of a list: a step, a question, a batch."""

    path: str
    number: int
    title: str
    says: str
    nodes: list[Node]
    errors: list[str]
    opened: bool
    first: bool
    last: bool

    @property
    def id(self) -> str:
        return self.path.replace(".", "-")


@dataclass(frozen=True)
class Drawn:
    """What a page is drawn from beside values: errors, languages, and which parts stand open."""

    errors: Errors
    locales: list[str]
    opened: str = ""
    # Settings that an opened study keeps.
    fixed: tuple[str, ...] = ()

    def at(self, path: str) -> list[str]:
        return list(self.errors.get(path, ()))

    def below(self, path: str) -> bool:
        return any(one == path or one.startswith(f"{path}.") for one in self.errors)


def nodes_of(shapes: tuple[Shape, ...], values: Any, path: str, drawn: Drawn) -> list[Node]:
    given = values if isinstance(values, Mapping) else {}
    return [
        node_of(one, given.get(one.name, one.default), f"{path}.{one.name}" if path else one.name, drawn)
        for one in shapes
    ]


def node_of(shape: Shape, value: Any, path: str, drawn: Drawn) -> Node:
    node = Node(shape, path, errors=drawn.at(path), fixed=path in drawn.fixed)
    if shape.kind == PART:
        node.children = nodes_of(shape.fields, value, path, drawn)
    elif shape.kind == PARTS:
        parts = value if isinstance(value, list) else []
        node.items = [_item(shape, parts, place, path, drawn) for place in range(len(parts))]
    elif shape.kind == TEXTS:
        _add_texts(node, value if isinstance(value, Mapping) else {}, drawn)
    elif shape.kind == ARM:
        _add_arm(node, value if isinstance(value, Mapping) else {}, drawn)
    else:
        node.value = _shown(shape, value)
    return node


def _add_texts(node: Node, texts: Mapping[str, Any], drawn: Drawn) -> None:
    for locale in drawn.locales:
        path = f"{node.path}.{locale}"
        value = texts.get(locale) or ""
        node.children.append(Node(node.shape, path, value, drawn.at(path), locale=locale))
    node.kept = [(f"{node.path}.{one}", str(text)) for one, text in texts.items() if one not in drawn.locales]


def _add_arm(node: Node, parameters: Mapping[str, Any], drawn: Drawn) -> None:
    known = {one.name for one in arm_shapes()}
    node.children = nodes_of(arm_shapes(), parameters, node.path, drawn)
    others = {name: value for name, value in parameters.items() if name not in known}
    if others:
        more = Shape("more", PAIRS, "Others", "One a line as name: value.")
        node.children.append(Node(more, f"{node.path}.more", _shown(more, others)))


def _item(shape: Shape, parts: list[Any], place: int, path: str, drawn: Drawn) -> Item:
    part = parts[place] if isinstance(parts[place], Mapping) else {}
    here = f"{path}.{place}"
    kind = str(part.get("kind", "")) if shape.kinds else ""
    named = str(part.get("name") or part.get("value") or "").strip()
    return Item(
        path=here,
        number=place + 1,
        title=named or kind or "new",
        says=_says(kind, named, dict(shape.kinds).get(kind, "")),
        nodes=nodes_of(shape.variants.get(kind, ()), part, here, drawn),
        errors=drawn.at(here),
        opened=drawn.below(here) or drawn.opened == here or drawn.opened.startswith(f"{here}."),
        first=place == 0,
        last=place == len(parts) - 1,
    )


def _says(kind: str, named: str, words: str) -> str:
    return words if not kind or named in ("", kind) else f"{kind}: {words}"


def _shown(shape: Shape, value: Any) -> Any:
    """As a field holds it. What could not be read is text already."""
    if shape.kind == BOOL:
        return value is True
    if shape.kind == CHOICES:
        return [str(one) for one in value] if isinstance(value, list) else []
    if shape.kind == CHOICE:
        return _scalar(value)
    if shape.kind == LINES and isinstance(value, list):
        return "\n".join(map(str, value))
    if shape.kind == NUMBERS and isinstance(value, list):
        return ", ".join(map(_scalar, value))
    if shape.kind == PAIRS and isinstance(value, Mapping):
        return to_yaml(value).strip() if value else ""
    if shape.kind == YAML and not isinstance(value, str):
        return "" if value is None else to_yaml({"value": value}).partition(":")[2].strip()
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def paths_in(nodes: list[Node]) -> Iterator[str]:
    """Of everything at which an error can be shown."""
    for node in nodes:
        yield node.path
        yield from paths_in(node.children)
        for item in node.items:
            yield item.path
            yield from paths_in(item.nodes)


__all__ = ["LINE", "Drawn", "Errors", "Item", "Node", "Options", "node_of", "nodes_of", "paths_in"]
