"""The schema's own errors, and reasons of other areas, by the paths at which a page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from annotations.core.reasons import Reason
from annotations.research.setup.nodes import Node, paths_in
from annotations.studies.definition.reading import plainly

Errors = dict[str, list[str]]


def errors_of(error: ValidationError, values: Mapping[str, Any]) -> Errors:
    """In words, by path. `values` is what was judged."""
    found: Errors = {}
    for one in error.errors(include_url=False):
        found.setdefault(_path(one, values), []).append(_words(one))
    return found


def _path(details: ErrorDetails, values: Any) -> str:
    """The location without the names of alternatives that pydantic puts in."""
    parts: list[str] = []
    here = values
    location = list(details["loc"])
    for place, part in enumerate(location):
        if _holds(here, part):
            here = here[part]
        elif not (details["type"] == "missing" and place == len(location) - 1):
            continue
        parts.append(str(part))
    return ".".join(parts)


def _holds(here: Any, part: str | int) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, Mapping) and part in here


def _words(details: ErrorDetails) -> str:
    if details["input"] == "":
        return "choose one" if details["type"] == "literal_error" else "must not be empty"
    return plainly(details, tuple(details["loc"]) or ("",))


def reasons_by_path(reasons: Iterable[Reason]) -> Errors:
    found: Errors = {}
    for one in reasons:
        found.setdefault(one.path, []).append(str(one))
    return found


def settle(errors: Errors, nodes: list[Node]) -> tuple[Errors, list[str]]:
    """Errors that the page has a place for, each at the nearest one; and those that it has none for."""
    places = set(paths_in(nodes))
    settled: Errors = {}
    rest: list[str] = []
    for path, words in errors.items():
        here = path
        while here and here not in places:
            here = here.rpartition(".")[0]
        if here:
            settled.setdefault(here, []).extend(words)
        else:
            rest += [f"{path}: {one}" if path else one for one in words]
    return settled, rest
