"""The items of the two arithmetic examples: additions by carries, anagrams by letters, and checks.

Everything comes out of a seed, and the same seed gives the same bytes: only `random()` is used of Python's
generator, the one method whose values are promised never to change.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

SEED = 20240925
ADDITION, ANAGRAM = "addition", "anagram"
MOST_CARRIES = 9
PER_CARRIES = 10
PER_LENGTH = 12
WORDS = Path(__file__).resolve().parent / "arithmetic-words.txt"

ITEM_COLUMNS = ("item_id", "domain", "prompt", "reference", "metric", "check")

Row = Sequence[object]
T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    key: str
    domain: str
    prompt: str
    reference: str
    metric: int
    # The two numbers of an addition.
    terms: tuple[int, int] = (0, 0)
    check: str = ""


CHECKS = (
    Item("check-1", ADDITION, "This one only checks that you are reading. What is 2 + 2?", "4", 0, check="4"),
    Item(
        "check-2", ADDITION, "This one only checks that you are reading. What is 10 + 1?", "11", 0, check="11"
    ),
    Item(
        "check-3",
        ANAGRAM,
        "This one only checks that you are reading. Write the word dog.",
        "dog",
        3,
        check="dog",
    ),
    Item(
        "check-4",
        ANAGRAM,
        "This one only checks that you are reading. Write the word sun.",
        "sun",
        3,
        check="sun",
    ),
)


def chance(*parts: object) -> random.Random:
    """A generator of its own for each thing, so that one more thing changes no other."""
    return random.Random(":".join(str(part) for part in (SEED, *parts)))


def pick(rng: random.Random, values: Sequence[T]) -> T:
    return values[int(rng.random() * len(values))]


def shuffled(rng: random.Random, values: Iterable[T]) -> list[T]:
    drawn = [(rng.random(), place, value) for place, value in enumerate(values)]
    return [value for _, _, value in sorted(drawn, key=lambda one: one[:2])]


def between(rng: random.Random, low: int, high: int) -> int:
    return low + int(rng.random() * (high - low + 1))


def carries_in(first: int, second: int) -> int:
    """How often one is carried when the two are added on paper."""
    count = carry = 0
    while first or second or carry:
        carry = int(first % 10 + second % 10 + carry >= 10)
        count += carry
        first, second = first // 10, second // 10
    return count


def terms_with(rng: random.Random, carries: int) -> tuple[int, int]:
    """Two numbers of equal length whose addition carries that often."""
    length = max(2, carries) + between(rng, 0, 1)
    carrying = set(shuffled(rng, range(length))[:carries])
    first = second = carry = 0
    for place in range(length):
        lowest = 1 if place == length - 1 else 0
        fitting = [
            (a, b)
            for a in range(lowest, 10)
            for b in range(lowest, 10)
            if (a + b + carry >= 10) == (place in carrying)
        ]
        a, b = pick(rng, fitting)
        first, second = first + a * 10**place, second + b * 10**place
        carry = int(place in carrying)
    return first, second


def additions() -> Iterator[Item]:
    seen: set[tuple[int, int]] = set()
    for carries in range(MOST_CARRIES + 1):
        for number in range(1, PER_CARRIES + 1):
            rng = chance(ADDITION, carries, number)
            terms = terms_with(rng, carries)
            while terms in seen:
                terms = terms_with(rng, carries)
            seen.add(terms)
            prompt = f"What is {terms[0]} + {terms[1]}?"
            yield Item(f"addition-{carries}-{number:02d}", ADDITION, prompt, str(sum(terms)), carries, terms)


def words() -> list[str]:
    return WORDS.read_text(encoding="utf-8").split()


def anagrams() -> Iterator[Item]:
    known = words()
    lengths = sorted({len(word) for word in known})
    for length in lengths:
        of_length = [word for word in known if len(word) == length]
        for number, word in enumerate(of_length[:PER_LENGTH], start=1):
            rng = chance(ANAGRAM, word)
            letters = shuffled(rng, word)
            while "".join(letters) in known:
                letters = shuffled(rng, word)
            prompt = f"Which English word has exactly these letters: {' '.join(letters).upper()}?"
            yield Item(f"anagram-{length:02d}-{number:02d}", ANAGRAM, prompt, word, length)


def items() -> list[Item]:
    return [*additions(), *anagrams()]


def item_rows() -> Iterator[Row]:
    for item in (*items(), *CHECKS):
        yield item.key, item.domain, item.prompt, item.reference, item.metric, item.check


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_items(out: Path) -> None:
    write_table(out / "items.csv", ITEM_COLUMNS, item_rows())


def folder_from_arguments(description: str, folder: Path) -> Path:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=folder, help="folder for the tables (default: this one)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    return out
