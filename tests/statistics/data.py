"""The golden data as codes, and the results that other tools found on them."""

from __future__ import annotations

import csv
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "golden"


def expected(part: str = "required") -> dict[str, Any]:
    return json.loads((FOLDER / "expected.json").read_text())[part]


def close(found: float, wanted: float, rel: float = 1e-6) -> bool:
    return bool(abs(found - wanted) <= rel * abs(wanted) + 1e-12)


def columns(name: str) -> dict[str, np.ndarray]:
    with (FOLDER / name).open() as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def coded(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1]


@dataclass(frozen=True)
class Ratings:
    participant: np.ndarray
    item: np.ndarray
    fail: np.ndarray
    rating: np.ndarray
    proxy: np.ndarray
    metric: np.ndarray


@functools.cache
def s1() -> Ratings:
    table = columns("s1_synth.csv")
    item, proxy = coded(table["item"]), table["proxy"].astype(float)
    metric = np.zeros(item.max() + 1)
    metric[item] = proxy
    fail, rating = table["fail"].astype(float), table["rating"].astype(float) / 100
    return Ratings(coded(table["participant"]), item, fail, rating, proxy, metric)


@dataclass(frozen=True)
class Verdicts:
    participant: np.ndarray
    output: np.ndarray
    proxy: np.ndarray
    verdict: np.ndarray
    grade: np.ndarray
    metric: np.ndarray


@functools.cache
def s2() -> Verdicts:
    table = columns("s2_synth.csv")
    output, proxy = coded(table["output"]), table["proxy"].astype(float)
    names = ["correct", "avoidant", "incorrect", "unsure"]
    verdict = np.array([names.index(v) for v in table["verdict"]])
    truth = np.array(["CAI".index(t) for t in table["truth"]])
    grade, metric = np.zeros(output.max() + 1, dtype=int), np.zeros(output.max() + 1)
    grade[output], metric[output] = truth, proxy
    return Verdicts(coded(table["participant"]), output, proxy, verdict, grade, metric)
