"""What changes something, found in the code: pages that take a form, services, kinds of jobs, sweepers.

Each by a label and the code that runs, so that it can be seen whether an act comes there.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import annotations
from annotations import tasks
from annotations.core.jobs import kinds
from tests.research.addresses import FILLERS

HOUSE = Path(annotations.__file__).parent
DOORS = ("management", "migrations", "statistics", "research", "participation")
# What a function does that many rows depend on, or that is put on record.
SIGNS = ("transaction.atomic", "audit.record", "swap", "want_job")


def code_of(function: Any) -> CodeType:
    inner = inspect.unwrap(function)
    if (view := getattr(inner, "view_class", None)) is not None:
        inner = inspect.unwrap(view.dispatch)
    found: CodeType = inner.__code__
    return found


def services() -> dict[str, CodeType]:
    """Public functions of the areas that say themselves that they write."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        if parts[0] in DOORS:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _writes(node):
                module = import_module(".".join(["annotations", *parts]))
                found[f"service {'.'.join(parts)}.{node.name}"] = code_of(getattr(module, node.name))
    return found


def _writes(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in SIGNS
        for node in ast.walk(function)
    )


def jobs() -> dict[str, CodeType]:
    """But for those that tests have registered."""
    works = {name: kinds.get(name).work for name in {**kinds._kinds, **kinds._modules}}
    ours = {name: work for name, work in works.items() if work.__module__.startswith("annotations.")}
    return {f"job {name}": code_of(work) for name, work in ours.items()}


def sweepers() -> dict[str, CodeType]:
    """Those that the schedule's task names."""
    named: set[str] = set(tasks.sweep.run.__code__.co_names)
    given = {name: getattr(tasks, name) for name in named if inspect.isfunction(getattr(tasks, name, None))}
    given["forget_dead"] = tasks.workers.forget_dead
    return {f"sweeper {name}": code_of(function) for name, function in given.items()}


def pages() -> dict[str, CodeType]:
    """Those that do not tell a visitor that nothing is to be sent to them."""
    client = Client()
    return {
        f"page {name}": code_of(callback)
        for name, address, callback in _addresses(get_resolver(), "", {})
        if client.post(address).status_code != 405
    }


def _addresses(resolver: Any, space: str, above: dict[str, str]) -> Iterator[tuple[str, str, Any]]:
    for one in resolver.url_patterns:
        wanted = above | {name: type(kind).__name__ for name, kind in one.pattern.converters.items()}
        if isinstance(one, URLResolver) and one.namespace != "admin":  # Django's own pages
            yield from _addresses(one, f"{one.namespace}:" if one.namespace else space, wanted)
        elif isinstance(one, URLPattern) and one.name:
            name = f"{space}{one.name}"
            yield (
                name,
                reverse(name, kwargs={key: _filler(key, kind) for key, kind in wanted.items()}),
                one.callback,
            )


def _filler(name: str, kind: str) -> Any:
    if "UUID" in kind:
        return FILLERS["key"]
    return FILLERS.get(name, "no-such") if kind != "IntConverter" else 10**6


@cache
def by_code() -> dict[CodeType, list[str]]:
    found: dict[CodeType, list[str]] = {}
    for label, code in {**services(), **jobs(), **sweepers(), **pages()}.items():
        found.setdefault(code, []).append(label)
    return found


@contextlib.contextmanager
def noted() -> Iterator[set[str]]:
    """The labels of whatever is entered meanwhile."""
    known, seen = by_code(), set[str]()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in known:
            seen.update(known[frame.f_code])

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)
