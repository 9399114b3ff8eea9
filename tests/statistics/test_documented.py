"""What others call says what it takes, when it refuses, what it rests on, and runs as an example.

Public is what another area or a benchmark imports, and what the statistics themselves use nowhere: the rest are
kernels that measures share, which take what was checked and say what they do.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATISTICS = ROOT / "annotations" / "statistics"
# What checks input or names things, with no formula of its own.
PLUMBING = {"basics", "cells", "clusters"}
SHAPE = re.compile(r"\([A-Z0-9](?:[A-Z0-9 ]*|(?:, [A-Z0-9 ]+)+),?\)|0-1\b|0-100\b|\([a-z]+(?:, [\w ]+)*,?\)")
ERRORS = re.compile(r"(?:Value|Type)Error|Raises nothing")
SOURCE = re.compile(r"Source: |STATISTICS|\b(?:18|19|20)\d\d[,)]")


@cache
def functions():
    """{(module, name): docstring} of every function without an underscore."""
    return {
        (path.stem, node.name): ast.get_docstring(node) or ""
        for path in sorted(STATISTICS.glob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


@cache
def called_at_home():
    """(module, name) of what a module itself calls."""
    return {
        (path.stem, node.id)
        for path in STATISTICS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name)
    }


@cache
def imported(inside):
    """(module, name) that modules of the statistics take from one another, or that others take from them."""
    found = set()
    for path in [*ROOT.glob("annotations/**/*.py"), *ROOT.glob("benchmarks/*.py")]:
        if (path.parent == STATISTICS) != inside:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            if (inside and node.level == 1) or node.module.startswith("annotations.statistics."):
                found |= {(node.module.rpartition(".")[2], alias.name) for alias in node.names}
    return found


def public():
    kernels = (imported(inside=True) | called_at_home()) - imported(inside=False)
    return sorted(set(functions()) - kernels)


@pytest.mark.parametrize("module, name", public())
def test_public_functions_say_what_they_take_refuse_and_rest_on(module, name):
    text = functions()[module, name]
    said, _, example = text.partition(">>>")
    assert example, "no example"
    assert SHAPE.search(said), "no shape or unit"
    assert ERRORS.search(said), "not when it refuses, nor that it raises nothing"
    assert module in PLUMBING or SOURCE.search(said), "no source"


def test_what_analyses_call_is_public():
    assert set(public()) >= imported(inside=False) & set(functions())
    assert len(public()) > 50
