"""What the analyses call says what it takes, what it rests on, and runs as an example."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "annotations"
# What measures share among themselves: no formula of its own.
PLUMBING = {"basics", "cells", "clusters"}
SOURCE = re.compile(r"Source|STATISTICS|\b(?:18|19|20)\d\d[,)]")


def called():
    """(module, name) of the functions of the statistics that other areas import."""
    found = set()
    for path in ROOT.rglob("*.py"):
        if path.is_relative_to(ROOT / "statistics"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("annotations.statistics."):
                found |= {(node.module.rpartition(".")[2], alias.name) for alias in node.names}
    return sorted(one for one in found if one[0] not in PLUMBING)


@pytest.mark.parametrize("module, name", called())
def test_functions_that_analyses_call_are_documented(module, name):
    for node in ast.parse((ROOT / "statistics" / f"{module}.py").read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            text = ast.get_docstring(node) or ""
            assert ">>>" in text, "an example"
            assert SOURCE.search(text), "its source"
            assert "(" in text, "shapes"
