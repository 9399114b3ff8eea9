"""Builds the tables of the two GSM8K examples from the file that OpenAI published.

Source: https://github.com/openai/grade-school-math, commit 3101c7d,
grade_school_math/data/example_model_solutions.jsonl (MIT licence), as it is or compressed with gzip.
The same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = "https://github.com/openai/grade-school-math"
COMMIT = "3101c7d"
SOURCE_PATH = "grade_school_math/data/example_model_solutions.jsonl"

DOMAIN = "gsm8k"
FAMILY = "GPT-3 fine-tuned on GSM8K"
SIZES = {"6b": 6_000_000_000, "175b": 175_000_000_000}
SYSTEMS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
GRADER = "openai exact match"

# A calculator mark; one that is never closed runs to the end of its line.
MARK = re.compile(r"<<(?:(?!<<|>>)[^\n])*>>|<<[^\n]*")

ITEM_COLUMNS = ("item_id", "domain", "prompt", "reference", "metric", "worked_solution")
SYSTEM_COLUMNS = ("system", "family", "parameters", "shaping", "training")
OUTPUT_COLUMNS = ("output_id", "item_id", "system", "text", "grade", "grader")

Problem = dict[str, Any]
Row = Sequence[object]


def read_problems(source: Path) -> list[Problem]:
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def without_marks(text: str) -> str:
    return MARK.sub("", text)


def final_value(worked_solution: str) -> str:
    """The value after the last `A:`."""
    return worked_solution.rpartition("\nA:")[2].strip()


def steps_in(worked_solution: str) -> int | None:
    """Calculation steps; a solution without marks was not annotated, which is not the same as easy."""
    return worked_solution.count("<<") or None


def item_id(number: int) -> str:
    return f"gsm8k-{number:04d}"


def item_rows(problems: Iterable[Problem]) -> Iterator[Row]:
    for number, problem in enumerate(problems, start=1):
        solution = problem["ground_truth"]
        prompt = without_marks(problem["question"])
        yield item_id(number), DOMAIN, prompt, final_value(solution), steps_in(solution), solution


def system_rows() -> Iterator[Row]:
    for system in SYSTEMS:
        size, training = system.split("_")
        yield system, FAMILY, SIZES[size], "shaped", training


def output_rows(problems: Iterable[Problem]) -> Iterator[Row]:
    for number, problem in enumerate(problems, start=1):
        for system in SYSTEMS:
            reply = problem[system]
            grade = "correct" if reply["is_correct"] else "incorrect"
            text = without_marks(reply["solution"])
            yield f"{item_id(number)}-{system}", item_id(number), system, text, grade, GRADER


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_difficulty_tables(source: Path, out: Path) -> None:
    write_table(out / "items.csv", ITEM_COLUMNS, item_rows(read_problems(source)))


def write_supervision_tables(source: Path, out: Path) -> None:
    problems = read_problems(source)
    write_table(out / "items.csv", ITEM_COLUMNS, item_rows(problems))
    write_table(out / "systems.csv", SYSTEM_COLUMNS, system_rows())
    write_table(out / "outputs.csv", OUTPUT_COLUMNS, output_rows(problems))


def arguments(description: str, folder: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "source", type=Path, help=f"{SOURCE_PATH} of {REPOSITORY} at commit {COMMIT}, plain or gzip"
    )
    parser.add_argument("--out", type=Path, default=folder, help="folder for the tables (default: this one)")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    return chosen
