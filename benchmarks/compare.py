"""The statistics beside what people would use instead, on the same rows, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import rivals, rows

ROOT = Path(__file__).resolve().parent.parent
# Made by `make bench`; some of its packages may not be used in the platform, for their licence.
RIVALS = ROOT / ".venv-bench" / "bin" / "python"
SECONDS = 1_800
# Of both sides alike. Freed memory is kept: what a page costs that the system gives anew hangs on the
# machine, and it is at sizes between those compared that arrays begin to be such pages.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 31),
}
# Ours, theirs, what theirs is, and how many of theirs stand for one of ours.
PAIRS = (
    ("curve_resamples", "curve_cells", "curve_fit on cells, a loop of 1,000", 1000 / rivals.FEW_CELLS),
    ("curve_resamples", "curve_raw", "curve_fit on rows, a loop of 1,000", 1000 / rivals.FEW_RAW),
    ("logistic", "logistic", "statsmodels GLM, clustered", 1.0),
    ("table", "table", "pandas group-bys, counts alone", 1.0),
    ("alpha", "alpha", "krippendorff", 1.0),
    ("truth", "truth", "crowd-kit Dawid-Skene", 1.0),
)
# How many times as fast ours is to be.
GOALS = {"curve_cells": 5, "curve_raw": 100, "alpha": 50}


EVERY = tuple(dict.fromkeys(("analyses", *(ours for ours, *_ in PAIRS))))


def kernels(folder: Path, sizes: tuple[int, ...], names: tuple[str, ...] = EVERY) -> list[dict[str, object]]:
    """Time and memory by the number of judgements; growth is per judgement, against the size before."""
    table: list[dict[str, object]] = []
    before: dict[str, float] = {}
    for size in sizes:
        path = rows.make(folder, size)
        for name in names:
            cost = measured(Path(sys.executable), "kernels", name, path)
            a_judgement = 1e9 * cost["seconds"] / size
            table.append(
                {
                    "judgements": f"{size:,}",
                    "task": name,
                    "seconds": f"{cost['seconds']:.4f}",
                    "MB more": cost["mb"],
                    "growth": a_judgement / before[name] if name in before else "",
                }
            )
            before[name] = a_judgement
    return table


def against_rivals(folder: Path, sizes: tuple[int, ...]) -> list[dict[str, object]]:
    """In turns on one file of rows: ratios hold whatever the machine is."""
    table: list[dict[str, object]] = []
    for size in sizes:
        path = rows.make(folder, size)
        for ours, theirs, what, stands_for in PAIRS:
            own = measured(Path(sys.executable), "kernels", ours, path)
            other = measured(RIVALS, "rivals", theirs, path)
            table.append(
                {
                    "judgements": f"{size:,}",
                    "task": ours,
                    "seconds": f"{own['seconds']:.4f}",
                    "MB more": own["mb"],
                    "beside": what,
                    "its seconds": f"{other['seconds'] * stands_for:.4f}" if other else "failed",
                    "its MB more": other["mb"] if other else "",
                    "times as fast": other["seconds"] * stands_for / own["seconds"] if other else "",
                    "goal": GOALS.get(theirs, ""),
                }
            )
    return table


def measured(python: Path, side: str, task: str, path: Path) -> dict[str, Any]:
    """Nothing where the other side ended with an error or took too long: for want of memory, say."""
    try:
        done = subprocess.run(
            [str(python), "-m", f"benchmarks.{side}", task, str(path)],
            cwd=ROOT,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        if side == "kernels":
            raise
        print(f"{task}: {str(error.stderr).strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
