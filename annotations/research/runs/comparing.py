"""Two runs of one kind beside each other: what they were made with, and what they found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotations.analysis.models import Run, RunTable
from annotations.research.tables import ALL, Row, bin_of, number

Numbers = tuple[float | None, float | None, float | None]
GROUPS = ("", ALL, "domain", "system", "participant_group", "condition")


@dataclass(frozen=True)
class Compared:
    """A number of both runs; None where a run lacks it."""

    name: str
    a: float | None
    b: float | None
    a_interval: tuple[float | None, float | None]
    b_interval: tuple[float | None, float | None]

    @property
    def difference(self) -> float | None:
        return None if self.a is None or self.b is None else self.b - self.a


@dataclass(frozen=True)
class Difference:
    name: str
    a: Any
    b: Any


def made_with(a: Run, b: Run) -> list[Difference]:
    """What the runs do not share: parameters, seed, version of the code, data."""
    both = [
        *((name, a.params.get(name), b.params.get(name)) for name in sorted({*a.params, *b.params})),
        ("seed", a.seed, b.seed),
        ("version of the code", a.code_version, b.code_version),
        ("data (fingerprint)", a.fingerprint[:12], b.fingerprint[:12]),
    ]
    return [Difference(*one) for one in both if one[1] != one[2]]


def compared(a: Run, b: Run) -> list[Compared]:
    """The headline numbers of either run, in the order of the first. One query a run."""
    one, other = dict(_headlines(a)), dict(_headlines(b))
    names = [*one, *(name for name in other if name not in one)]
    nothing: Numbers = (None, None, None)
    lines = []
    for name in names:
        first, second = one.get(name, nothing), other.get(name, nothing)
        lines.append(Compared(name, first[0], second[0], first[1:], second[1:]))
    return lines


def _headlines(run: Run) -> Iterator[tuple[str, Numbers]]:
    reader = READERS[run.kind]
    blocks = RunTable.objects.filter(run=run, name=run.kind, group__in=GROUPS).order_by("block")
    for rows in blocks.values_list("rows", flat=True):
        for row in rows:
            yield from reader(row)


def _slips(row: Row) -> Iterator[tuple[str, Numbers]]:
    if row["grade"] != "incorrect" or row["verdict"] != "correct":
        return
    found = bin_of(row)
    if row["group"] == ALL:
        if row["bin"] == "missing":
            return
        name = "Slip rate" if found is None else f"Slip rate, bin {found}"
    elif found is None and row["bin"] in (None, ""):
        name = f"Slip rate, {row['group'].replace('_', ' ')} {row['value'] or 'none'}"
    else:
        return
    yield name, (number(row["rate"]), number(row["low"]), number(row["high"]))


def _curves(row: Row) -> Iterator[tuple[str, Numbers]]:
    for quantity in ("location", "slope"):
        name = (
            f"{quantity.capitalize()}, {row['domain']}, {row['population']}, {row['target']}, {row['method']}"
        )
        yield name, (number(row[quantity]), number(row[f"{quantity}_low"]), number(row[f"{quantity}_high"]))


def _indicators(row: Row) -> Iterator[tuple[str, Numbers]]:
    if row["bin"] not in (None, "") or row.get("template"):
        return
    name = f"{str(row['indicator']).replace('_', ' ').capitalize()}, {row['system']}, {row['domain']}"
    yield name, (number(row["value"]), number(row["low"]), number(row["high"]))


READERS = {"supervision": _slips, "calibration": _curves, "reliability": _indicators}
