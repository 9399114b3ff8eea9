"""Figures that an analysis wants drawn, and the drawing of them in a program of its own.

The plotting library takes some 200 MB and holds the interpreter's lock while it draws: in the worker it
would keep the beats of running jobs from being written.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from annotations.analysis.runs import Drawn

PROGRAM = Path(__file__).with_name("figures.py")
SECONDS = 300


@dataclass(frozen=True)
class Drawing:
    """A figure: the name of a chart in `figures` and its data, as plain values. Its numbers stand in the
    run's `table`, `alt` says what is seen in it."""

    name: str
    title: str
    table: str
    alt: str
    chart: str
    options: dict[str, Any]


def plain_names(titles: Sequence[str]) -> list[str]:
    """What files may be named after them; their number where a name would be none, or another's too."""
    names = [slugify(title)[:40] for title in titles]
    return [name if name and names.count(name) == 1 else str(at + 1) for at, name in enumerate(names)]


def draw_all(drawings: Sequence[Drawing]) -> list[Drawn]:
    """The same bytes for the same drawings, on one platform. RuntimeError if the program breaks."""
    if not drawings:
        return []
    pairs = run_program([[one.chart, one.title, one.alt, one.options] for one in drawings])
    return [
        Drawn(one.name, one.title, one.table, one.alt, light, dark)
        for one, (light, dark) in zip(drawings, pairs, strict=True)
    ]


def run_program(wanted: list[list[Any]]) -> list[list[str]]:
    """What `figures` draws of them, in the same order."""
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM)],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the figures could not be drawn: {done.stderr.strip()[-500:]}")
    pairs: list[list[str]] = json.loads(done.stdout)
    return pairs
