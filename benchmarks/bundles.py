"""Made-up bundles of any size, the same for the same arguments."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

VERDICTS = ("correct", "avoidant", "incorrect", "unsure")


def units_to_rate(folder: Path, items: int, *, per_person: int = 1000) -> Path:
    """A difficulty study of `items` units in ten domains, with places for many."""
    domains = ", ".join(f"{{name: d{at}, metric: terms, grader: number}}" for at in range(10))
    folder.mkdir(parents=True)
    (folder / "study.yaml").write_text(
        f"""title: {items} units
protocol: difficulty
seed: 1
domains: [{domains}]
batches:
  - {{name: main, participants: 1000, overlap: 3, units_per_participant: {per_person}, strata: [domain]}}
checks: {{share: 0}}
"""
    )
    rows = ((f"i{at}", f"d{at % 10}", f"What is {at} + {at}?", 2 * at, at % 13) for at in range(items))
    _table(folder / "items.csv", ("item_id", "domain", "prompt", "reference", "metric"), rows)
    return folder


def judged(folder: Path, judgements: int, *, people: int = 5000, outputs: int = 20_000) -> Path:
    """A closed study of the protocol `both`, with as many judgements and a fifth as many ratings."""
    people = min(people, max(20, judgements // 10))
    outputs = min(outputs, max(100, judgements // 5))
    items, systems = outputs // 4, 4
    folder.mkdir(parents=True)
    domains = ", ".join(f"{{name: d{at}, metric: terms}}" for at in range(5))
    (folder / "study.yaml").write_text(
        f"title: {judgements} judgements\nprotocol: both\nseed: 1\n"
        f"domains: [{domains}]\nchecks: {{share: 0}}\n"
    )
    rng = np.random.default_rng(judgements)
    metric = rng.integers(0, 12, items)
    grade = rng.choice(("correct", "incorrect", "avoidant"), outputs, p=(0.5, 0.42, 0.08))
    _table(
        folder / "items.csv",
        ("item_id", "domain", "prompt", "metric"),
        ((f"i{at}", f"d{at % 5}", f"Task {at}", int(metric[at])) for at in range(items)),
    )
    _table(folder / "systems.csv", ("system", "shaping"), ((f"s{at}", "shaped") for at in range(systems)))
    _table(
        folder / "outputs.csv",
        ("output_id", "item_id", "system", "text", "grade", "grader"),
        ((f"o{at}", f"i{at // 4}", f"s{at % 4}", f"Reply {at}", grade[at], "made") for at in range(outputs)),
    )
    _table(
        folder / "participants.csv",
        ("participant_id", "kind"),
        ((f"p{at}", "simulated") for at in range(people)),
    )
    columns = ("participant_id", "item_id", "output_id", "difficulty", "verdict", "confidence", "position")
    _table(folder / "responses.csv", columns, _responses(rng, judgements, people, items, outputs, metric))
    return folder


def in_format(bundle: Path, suffix: str) -> Path:
    """The same bundle, its tables as JSONL or Parquet."""
    folder = bundle.with_name(f"{bundle.name}-{suffix}")
    folder.mkdir()
    shutil.copy(bundle / "study.yaml", folder)
    for path in bundle.glob("*.csv"):
        if suffix == "parquet":
            _as_parquet(path, folder / f"{path.stem}.parquet")
            continue
        with path.open(encoding="utf-8") as source, (folder / f"{path.stem}.jsonl").open("w") as target:
            target.writelines(json.dumps(row) + "\n" for row in csv.DictReader(source))
    return folder


def _as_parquet(source: Path, target: Path) -> None:
    from pyarrow import csv as tables
    from pyarrow import parquet

    reader = tables.open_csv(source)
    with parquet.ParquetWriter(target, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def _responses(
    rng: np.random.Generator, judgements: int, people: int, items: int, outputs: int, metric: Any
) -> Iterable[tuple[object, ...]]:
    ratings = judgements // 5
    who, item = rng.integers(0, people, ratings), rng.integers(0, items, ratings)
    difficulty = np.clip(metric[item] * 7 + rng.normal(10, 12, ratings), 0, 100).round()
    for at in range(ratings):
        yield f"p{who[at]}", f"i{item[at]}", "", int(difficulty[at]), "", 50, at // people + 1
    who, output = rng.integers(0, people, judgements), rng.integers(0, outputs, judgements)
    verdict = rng.choice(VERDICTS, judgements, p=(0.45, 0.08, 0.4, 0.07))
    for at in range(judgements):
        yield f"p{who[at]}", "", f"o{output[at]}", "", verdict[at], 60, ratings + at // people + 1


def _table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
