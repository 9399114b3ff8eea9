"""The house stands as docs/architecture.md draws it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.servers import ROOT

ROOMS = {".ci", "annotations", "benchmarks", "docs", "examples", "studyplatform", "templates", "tests"}
AREAS = {
    *("statistics", "core", "accounts", "catalogue", "studies", "people", "allocation", "responses"),
    *("analysis", "calibration", "supervision", "reliability", "releases"),
    *("participation", "research", "api"),
    *("management", "migrations", "templatetags", "static", "locale"),
}
DOWNWARDS = "Areas import downwards only"
GROUND_FLOOR = "Statistics is a ground floor: it uses nobody, and knows no Django"
CODE = {".py", ".html", ".css", ".js"}
TEXT = {*CODE, ".md", ".toml", ".yaml", ".yml", ".txt", ""}
HOMES = ("work", "root", "home", "Users", "tmp")
MACHINE_PATH = re.compile(rf"(?<![\w./}}])/({'|'.join(HOMES)})/\w")


def ignored(path: Path) -> bool:
    """What git does not keep, by the names in .gitignore."""
    patterns = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split())]
    return any(fnmatch(part, pattern) for part in path.relative_to(ROOT).parts for pattern in patterns)


def files(suffixes: set[str]) -> Iterator[Path]:
    tops = [top for top in ROOT.iterdir() if not ignored(top)]
    for top in tops:
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and path.suffix in suffixes and not ignored(path):
                yield path


def lint_imports(house: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache"], cwd=house, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package that a test may spoil."""
    shutil.copytree(
        ROOT / "annotations",
        tmp_path / "annotations",
        ignore=shutil.ignore_patterns("__pycache__", "static", "locale"),
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_keep_the_contracts(house: Path) -> None:
    done = lint_imports(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [
        ("core", "research", DOWNWARDS),
        ("catalogue", "studies", DOWNWARDS),
        ("responses", "analysis", DOWNWARDS),
        ("participation", "research", DOWNWARDS),
        ("research", "participation", DOWNWARDS),
        ("statistics", "core", GROUND_FLOOR),
    ],
)
def test_imports_upward_or_sideways_fail(house: Path, importer: str, imported: str, contract: str) -> None:
    (house / "annotations" / importer / "upward.py").write_text(f"import annotations.{imported}\n")
    done = lint_imports(house)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in " ".join(done.stdout.split())
    assert f"annotations.{importer}.upward -> annotations.{imported}" in done.stdout


def test_statistics_knows_no_django() -> None:
    for path in (ROOT / "annotations" / "statistics").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in ("django", "celery")], path


def test_rooms_are_the_fixed_ones() -> None:
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not ignored(path)}
    assert found <= ROOMS


def test_areas_are_the_fixed_ones() -> None:
    found = {path.name for path in (ROOT / "annotations").iterdir() if path.is_dir() and not ignored(path)}
    assert found <= AREAS


def test_files_are_not_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files(CODE)
        if not {"migrations", "vendor"} & set(path.parts)
        and (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_no_machine_paths() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files(TEXT)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not found


def test_machine_path_is_recognised() -> None:
    """The control of the test above."""
    for home in HOMES:
        assert MACHINE_PATH.search(f'open("/{home}/somebody/file")')
    for harmless in ("https://example.org/home/page", "/".join(["{ROOT}", "tmp", "x"]), "/take/unit/"):
        assert not MACHINE_PATH.search(harmless)
