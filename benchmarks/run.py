"""Runs the benchmarks and prints their tables: python -m benchmarks.run [--smoke]

Every figure is taken from a process of its own by the operating system's accounting (CPU is user and
system together, memory the largest resident size), on an embedded database in a temporary folder.
Figures compare within one run; across machines, only ratios do.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bundles, compare

ROOT = Path(__file__).resolve().parent.parent
RAW_READ = """
import os, sqlite3, sys
rows = 0
for table in ("annotations_response", "annotations_output", "annotations_item", "annotations_participant"):
    for row in sqlite3.connect(sys.argv[1]).execute(f"SELECT * FROM {table}"):
        rows += 1
print(rows)
"""
# Files are given as arguments; without any, only what is needed is loaded.
READS = {
    "csv": """
import csv, sys
print(sum(1 for path in sys.argv[1:] for row in csv.DictReader(open(path, encoding="utf-8", newline=""))))
""",
    "jsonl": """
import json, sys
print(sum(1 for path in sys.argv[1:] for line in open(path, encoding="utf-8") if json.loads(line)))
""",
    "parquet": """
import sys
from pyarrow import parquet
batches = (batch for path in sys.argv[1:] for batch in parquet.ParquetFile(path).iter_batches())
print(sum(len(batch.to_pylist()) for batch in batches))
""",
}

# What noise can make of two equal costs, measured in turns.
GROWTH = 1.2
# What caches and noise can make of a linear cost at ten times the size.
LINEAR = 2.0


@dataclass
class Cost:
    wall: float
    cpu: float
    memory: float
    output: str


class Installation:
    """An embedded installation in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "db.sqlite3"
        self.env = os.environ | {
            "STUDYPLATFORM_VAR": str(folder),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "LOG_LEVEL": "ERROR",
        }
        # Migrated once, whatever is measured: it takes longer than most of that.
        migrated = folder.with_name("migrated.sqlite3")
        if migrated.exists():
            folder.mkdir()
            shutil.copy(migrated, self.database)
        else:
            self.manage("migrate")
            shutil.copy(self.database, migrated)

    def manage(self, *arguments: str) -> Cost:
        return self.run(sys.executable, str(ROOT / "manage.py"), *arguments)

    def run(self, *command: str) -> Cost:
        began = time.perf_counter()
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=output)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - began
            output.seek(0)
            said = output.read()
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with code {process.returncode}")
        scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, said)


def participants(folder: Path, sizes: tuple[int, int], answers: int) -> list[dict[str, object]]:
    """Next + submit with few units and with many, at the first own answers and at the last ones."""
    place = Installation(folder / "flow")
    slugs = []
    for size in sizes:
        bundle = bundles.units_to_rate(folder / f"units-{size}", size)
        place.manage("load_bundle", str(bundle), "--open")
        slugs.append(bundle.name)
    cost = place.run(sys.executable, "-m", "benchmarks.flow", *slugs, str(answers))
    told = json.loads(cost.output.splitlines()[-1])
    few, many = sizes
    print(f"\nmanage.py check: {place.manage('check').cpu:.2f} s of CPU", flush=True)
    return [
        compared(f"{few:,} units", told["few"], f"{many:,} units", told["many"]),
        compared("one's first answers", told["first"], f"up to one's {answers:,}th", told["last"]),
    ]


def compared(one: str, ones: list[float], other: str, others: list[float]) -> dict[str, object]:
    return {
        "measured": one,
        "median ms": statistics.median(ones),
        "in turns with": other,
        "its median ms": statistics.median(others),
        # The machine's other work only ever adds: what is cheapest in each is what the code costs.
        "ratio": lower_quarter(others) / lower_quarter(ones),
    }


def lower_quarter(values: list[float]) -> float:
    return statistics.quantiles(values, n=4)[0]


def scale(folder: Path, sizes: tuple[int, ...], *, resamples: tuple[int, ...]) -> list[dict[str, object]]:
    """Each step of one study's life by its number of judgements, beside the raw read of the same rows.

    Memory is what a step takes beyond the same step of a study of 200 judgements: what the commands
    import, and what drawing takes, is in both.
    """
    least = study_costs(folder, 200, resamples)
    table: list[dict[str, object]] = []
    for size in sizes:
        costs = study_costs(folder, size, resamples)
        table += [
            {
                "judgements": f"{size:,}",
                "step": step,
                "wall s": cost.wall,
                "CPU s": cost.cpu,
                "of raw read": cost.cpu / costs["raw read"].cpu,
                "MB more": cost.memory - least[step].memory,
            }
            for step, cost in costs.items()
        ]
    return table


def study_costs(folder: Path, judgements: int, resamples: tuple[int, ...]) -> dict[str, Cost]:
    """Import, raw read, analyses, release and verification of a study that rates and judges."""
    place = Installation(folder / f"scale-{judgements}")
    bundle = bundles.judged(folder / f"judged-{judgements}", judgements)
    out = str(folder / f"out-{judgements}")
    slug = bundle.name
    costs = {
        "load_bundle": place.manage("load_bundle", str(bundle)),
        "raw read": place.run(sys.executable, "-c", RAW_READ, str(place.database)),
    }
    for count in resamples:
        costs[f"analyse --resamples {count}"] = place.manage("analyse", slug, "--resamples", str(count))
    costs["release"] = place.manage("release", slug, "--out", out)
    costs["verify_release"] = place.manage("verify_release", out)
    return costs


def formats(folder: Path, sizes: tuple[int, ...]) -> list[dict[str, object]]:
    """One study loaded from each format, beside a read of its rows by the format's own module."""
    table: list[dict[str, object]] = []
    for size in sizes:
        written = bundles.judged(folder / f"loaded-{size}", size)
        for suffix, read in READS.items():
            place = Installation(folder / f"load-{size}-{suffix}")
            bundle = written if suffix == "csv" else bundles.in_format(written, suffix)
            idle = place.run(sys.executable, "-c", read)
            raw = place.run(sys.executable, "-c", read, *(str(path) for path in bundle.glob(f"*.{suffix}")))
            started = place.manage("load_bundle", "--help")
            cost = place.manage("load_bundle", str(bundle))
            rows = int(raw.output)
            table.append(
                {
                    "judgements": f"{size:,}",
                    "format": suffix,
                    "rows": f"{rows:,}",
                    "read, CPU s": raw.cpu - idle.cpu,
                    "load, wall s": cost.wall,
                    "load, CPU s": cost.cpu - started.cpu,
                    "microseconds a row": 1e6 * (cost.cpu - started.cpu) / rows,
                    "MB more": cost.memory - started.memory,
                }
            )
    return table


def show(title: str, table: list[dict[str, object]]) -> None:
    print(f"\n{title}\n")
    names = list(table[0])
    print("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
    for row in table:
        cells = (f"{value:.2f}" if isinstance(value, float) else str(value) for value in row.values())
        print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small sizes, and ratios that must hold")
    smoke = parser.parse_args().smoke
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        flow = participants(folder, (100, 10_000) if smoke else (100, 100_000), 250 if smoke else 1000)
        show("One participant's next + submit, CPU of the web process", flow)
        sizes = (10_000,) if smoke else (10_000, 100_000, 1_000_000)
        show("Loading a study, by format", formats(folder, sizes))
        studies = scale(folder, sizes, resamples=(0,) if smoke else (0, 1000))
        show("One study by its size (whole commands, start-up included)", studies)
        kernels = (
            compare.kernels(folder, (*sizes, 100_000), ("analyses", "curve_resamples", "alpha"))
            if smoke
            else compare.kernels(folder, (*sizes, 10_000_000))
        )
        show("The statistics by size, five domains, 1,000 resamples (seconds of CPU)", kernels)
        if compare.RIVALS.exists():
            show("The statistics beside others", compare.against_rivals(folder, sizes))
    if smoke:
        check_flat(flow)
        check_linear(kernels)


def check_flat(flow: list[dict[str, object]]) -> None:
    """Costs must not grow with the number of units, nor of one's own answers. Room for noise is left."""
    for row in flow:
        if float(str(row["ratio"])) > GROWTH:
            raise SystemExit(f"The cost of an answer grows {row['ratio']:.2f} times: {GROWTH} are allowed.")


def check_linear(kernels: list[dict[str, object]]) -> None:
    """A judgement must not cost more where there are more of them."""
    for row in kernels:
        growth = float(str(row["growth"] or 0))
        if growth > LINEAR:
            raise SystemExit(
                f"`{row['task']}`: a judgement costs {growth:.2f} times as much among ten times as many."
            )


if __name__ == "__main__":
    main()
