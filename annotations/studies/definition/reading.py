"""Reads study.yaml and says of each fault where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from annotations.core.problems import LISTED, Problem, near_miss, shown
from annotations.studies.definition.batches import Batch
from annotations.studies.definition.places import Fault, Path, Place, Placed, read_placed
from annotations.studies.definition.schema import Definition

LONGEST = 1_000_000


class DefinitionErrors(Exception):
    """The text is no definition; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems[:3]))
        self.problems = problems


def parse_definition(text: str | bytes, *, file: str, default_collection: str) -> Definition:
    """The definition that a text holds, defaults filled in. Raises `DefinitionErrors`."""
    try:
        placed = read_placed(decoded(text))
    except Fault as fault:
        raise DefinitionErrors([problem_of(fault, file)]) from fault
    wrong: list[Fault | ErrorDetails] = [*placed.faults]
    values = {"collection": default_collection, **placed.value}
    try:
        definition = Definition.model_validate(values)
    except ValidationError as error:
        wrong += error.errors(include_url=False)
    if wrong:
        raise DefinitionErrors(list(listed(wrong, placed, file)))
    return definition


def listed(wrong: list[Fault | ErrorDetails], placed: Placed, file: str) -> Iterator[Problem]:
    """Problems in the order of the text. Those beyond a limit are only counted: each takes time to word."""

    def place(one: Fault | ErrorDetails) -> Place:
        if isinstance(one, Fault):
            return one.place or (0, 0)
        return place_in(known_path(one["loc"], placed), one["type"], placed)

    wrong.sort(key=place)
    for one in wrong[:LISTED]:
        yield problem_of(one, file) if isinstance(one, Fault) else located(one, placed, file)
    if len(wrong) > LISTED:
        yield Problem(file, None, None, f"and {len(wrong) - LISTED} more")


def decoded(text: str | bytes) -> str:
    if len(text) > LONGEST:
        raise Fault(f"longer than {LONGEST:,} characters", None)
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start]
        place = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise Fault(f"not UTF-8: byte 0x{text[error.start]:02x}", place) from error


def problem_of(fault: Fault, file: str) -> Problem:
    line, column = fault.place or (None, None)
    return Problem(file, line, column, fault.reason)


def located(details: ErrorDetails, placed: Placed, file: str) -> Problem:
    path = known_path(details["loc"], placed)
    line, column = place_in(path, details["type"], placed)
    name = ".".join(str(part) for part in path)
    missing = details["type"] == "missing" and details["loc"]
    if missing:
        name = ".".join(str(part) for part in (*path, details["loc"][-1]))
    reason = plainly(details, path)
    return Problem(file, line, column, f"{name}: {reason}" if name else reason)


def batch_faults(given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the settings of a batch, by the path of each; blank for what concerns several."""
    try:
        Batch.model_validate(dict(given))
    except ValidationError as error:
        found = error.errors(include_url=False)
        return {
            ".".join(str(part) for part in one["loc"]): (
                "is required" if one["type"] == "missing" else plainly(one, tuple(one["loc"]) or ("",))
            )
            for one in found
        }
    return {}


def known_path(location: Sequence[str | int], placed: Placed) -> Path:
    """The part of an error's location that the text holds; names of alternatives are left out."""
    path: Path = ()
    for part in location:
        if (*path, part) in placed.values:
            path = (*path, part)
    return path


def place_in(path: Path, kind: str, placed: Placed) -> Place:
    if kind == "extra_forbidden" and path in placed.keys:
        return placed.keys[path]
    return placed.values[path]


PHRASES = {
    "missing": "is required",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "finite_number": "must be a finite number",
    "string_type": "must be text",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "too_short": "needs {min_length} or more of them",
    "too_long": "has more than {max_length} parts",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of names to values",
    "model_type": "must be a mapping of names to values",
    "model_attributes_type": "must be a mapping of names to values",
    "literal_error": "must be {expected}",
    "union_tag_not_found": "needs a kind",
    "union_tag_invalid": "kind must be one of {expected_tags}",
}
SHOWN_INPUT = (str, int, float, bool)


def plainly(details: ErrorDetails, path: Path) -> str:
    context = {name: shortly(part) for name, part in details.get("ctx", {}).items()}
    value = details["input"]
    if details["type"] == "extra_forbidden":
        return "unknown key" + near_miss(str(path[-1]), fields_beside(details["loc"]))
    if details["type"] == "value_error":
        return str(context["error"])
    if details["type"] == "string_pattern_mismatch":
        return f"{shown(value)} holds characters that a name may not have"
    phrase = PHRASES.get(details["type"])
    said = phrase.format(**context) if phrase else details["msg"]
    if details["type"] != "missing" and isinstance(value, SHOWN_INPUT):
        said += f", not {shown(value) if isinstance(value, str) else str(value).lower()}"
    if details["type"] == "literal_error" and isinstance(value, str):
        said += near_miss(value, context["expected"].split("'")[1::2])
    return said


def shortly(value: Any) -> Any:
    """A bound as people write it: 1, not 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def fields_beside(location: Sequence[str | int]) -> list[str]:
    """Names of the keys that may stand where an unknown one does."""
    schema = definition_schema()
    here = schema
    for part in location[:-1]:
        here = resolved(here, schema)
        if isinstance(part, int):
            here = here.get("items", {})
        elif "discriminator" in here:
            here = {"$ref": here["discriminator"]["mapping"].get(part, "")}
        else:
            here = here.get("properties", {}).get(part, {})
    return list(resolved(here, schema).get("properties", {}))


@cache
def definition_schema() -> Any:
    return Definition.model_json_schema()


def resolved(part: Any, schema: Any) -> Any:
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["$defs"].get(name, {}) if name else part
