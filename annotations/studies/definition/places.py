"""YAML to plain values, with the place of every key and value, so that errors can name line and column.

A definition is data: no aliases (and so no bombs), no tags, no dates, no `yes` that means true. Scalars
are read as YAML 1.2 reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]
Place = tuple[int, int]

DEEPEST = 20
# A value takes a thousand times the memory and time of a character. A thousand domains have ten thousand.
MOST_VALUES = 30_000
LONGEST_NUMBER = 100
SURROGATE = re.compile("[\ud800-\udfff]")

NULL, BOOL, INT, FLOAT = (f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float"))
STR, MAP, SEQ = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))

RESOLVERS = [
    (NULL, re.compile(r"(?:~|null|Null|NULL|)\Z"), "~nN\0"),
    (BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), "tTfF"),
    (INT, re.compile(r"[-+]?[0-9]+\Z"), "-+0123456789"),
    (
        FLOAT,
        re.compile(
            r"[-+]?(?:(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
        ),
        "-+.0123456789",
    ),
]


class Fault(Exception):
    """One thing that makes the text unusable, with its place."""

    def __init__(self, reason: str, place: Place | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


class DefinitionLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    depth = 0
    nodes = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise Fault("an alias (*); write the value out", place_of(event.start_mark))
        if self.depth >= DEEPEST:
            raise Fault(f"nested deeper than {DEEPEST} levels", place_of(event.start_mark))
        self.nodes += 1
        if self.nodes > MOST_VALUES:
            raise Fault(f"more than {MOST_VALUES:,} keys and values", place_of(event.start_mark))
        self.depth += 1
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _pattern, _first in RESOLVERS:
    DefinitionLoader.add_implicit_resolver(_tag, _pattern, ["" if mark == "\0" else mark for mark in _first])


@dataclass
class Placed:
    """Values, where each of them stands, where each key stands, and faults that do not end the reading."""

    value: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def place_of(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


def read_placed(text: str) -> Placed:
    """Raises `Fault` where the text is no YAML mapping."""
    placed = Placed()
    try:
        node = DefinitionLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise Fault(f"not YAML: {said}", place_of(mark) if mark else None) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = before.count("\n") + 1, error.position - before.rfind("\n")
        raise Fault(f"not YAML: character U+{error.character:04X} is not allowed", place) from error
    except (ValueError, OverflowError) as error:  # "\UFFFFFFFF" escapes no character
        raise Fault("not YAML: an escape of no character", None) from error
    if node is None:
        raise Fault("the file is empty", (1, 1))
    if not isinstance(node, MappingNode):
        raise Fault("not a mapping of names to values", place_of(node.start_mark))
    placed.value = convert(node, (), placed)
    return placed


def convert(node: Node, path: Path, placed: Placed) -> Any:
    placed.values[path] = place_of(node.start_mark)
    if isinstance(node, MappingNode) and node.tag == MAP:
        return convert_mapping(node, path, placed)
    if isinstance(node, SequenceNode) and node.tag == SEQ:
        return [convert(part, (*path, index), placed) for index, part in enumerate(node.value)]
    if isinstance(node, ScalarNode) and node.tag in (NULL, BOOL, INT, FLOAT, STR):
        return convert_scalar(node, placed)
    placed.faults.append(Fault(f"the tag {node.tag} is not allowed", placed.values[path]))
    return None


def convert_mapping(node: MappingNode, path: Path, placed: Placed) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = place_of(key_node.start_mark)
        if not isinstance(key_node, ScalarNode) or SURROGATE.search(key_node.value):
            placed.faults.append(Fault("a key is not a word", place))
            continue
        key = str(key_node.value)
        if key in found:
            first = placed.keys[(*path, key)][0]
            placed.faults.append(Fault(f'the key "{key[:60]}" stands on line {first} already', place))
            continue
        placed.keys[(*path, key)] = place
        found[key] = convert(value_node, (*path, key), placed)
    return found


def convert_scalar(node: ScalarNode, placed: Placed) -> Any:
    written = str(node.value)
    if SURROGATE.search(written):
        placed.faults.append(Fault("an escape of half a character", place_of(node.start_mark)))
        return None
    if node.tag in (INT, FLOAT) and len(written) > LONGEST_NUMBER:
        placed.faults.append(Fault("the number is too long", place_of(node.start_mark)))
        return None
    try:
        if node.tag == NULL:
            return None
        if node.tag == BOOL:
            return written.lower() == "true"
        if node.tag == INT:
            return int(written)
        if node.tag == FLOAT:
            return float(written.replace(".inf", "inf").replace(".nan", "nan").replace(".NaN", "nan"))
    except ValueError:
        reason = f"{written[:60]!r} cannot be read as {node.tag.rpartition(':')[2]}"
        placed.faults.append(Fault(reason, place_of(node.start_mark)))
        return None
    return written


class DefinitionDumper(yaml.SafeDumper):
    """Writes what `DefinitionLoader` reads back as the same values."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def represent_text(dumper: yaml.SafeDumper, text: str) -> ScalarNode:
    if any(pattern.match(text) for _, pattern, _ in RESOLVERS):
        return dumper.represent_scalar(STR, text, style='"')
    return dumper.represent_scalar(STR, text, style="|" if "\n" in text else None)


DefinitionDumper.add_representer(str, represent_text)
# Texts of a kind of their own, such as what a form could not read, are texts.
DefinitionDumper.add_multi_representer(str, represent_text)
