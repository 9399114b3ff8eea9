"""docs/locking.md knows every lock and every swap, and the tests that it names are there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.servers import ROOT

PAGE = (ROOT / "docs" / "locking.md").read_text()
GUARDS = {"swap", "select_for_update"}


def guarded() -> Iterator[str]:
    """`module.function` of whatever locks a row or swaps one."""
    for path in (ROOT / "annotations").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and GUARDS & set(called_in(node)):
                yield f"{path.stem}.{node.name}"


def called_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", "") or getattr(node.func, "id", "")


def named() -> set[str]:
    """Code that stands in the page: `module.function`, and further functions of the module after it."""
    found, module = set(), ""
    for word in re.findall(r"`([\w./]+)`", PAGE):
        module, _, name = word.rpartition(".") if "." in word else (module, "", word)
        found.add(f"{module.rpartition('.')[2]}.{name}")
    return found


def test_every_guard_stands_in_the_page():
    guards = set(guarded())
    assert len(guards) > 40
    assert guards - named() == set(), (
        "add a row to docs/locking.md: what it guards, and the test that is red without"
    )


def test_every_test_that_the_page_names_is_there():
    files = {
        path.relative_to(ROOT / "tests").with_suffix("").as_posix()
        for path in ROOT.glob("tests/**/test_*.py")
    }
    wanted = set(re.findall(r"`((?:\w+/)*test_\w+)`", PAGE))
    assert len(wanted) > 15
    assert {name for name in wanted if not any(f"/{one}".endswith(f"/{name}") for one in files)} == set()
