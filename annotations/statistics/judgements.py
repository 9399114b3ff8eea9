"""Judged outputs as codes, and the ways to split them: what the supervision measures work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import FloatArray, IntArray, integer_codes, positive_weights

GRADES = ("correct", "avoidant", "incorrect")
VERDICTS = ("correct", "avoidant", "incorrect", "unsure")


@dataclass(frozen=True)
class Grouping:
    """A way to split the table. `codes` index `labels`, -1 where the row belongs to no group.

    `of` says what is coded: every output (domain, system) or every response (participant_group,
    condition). The table for all has one label, the blank, and codes that are all 0.
    """

    name: str
    labels: tuple[str, ...]
    of: Literal["outputs", "responses"]
    codes: IntArray


@dataclass(frozen=True)
class Judgements:
    """Responses (R,): output, participant, verdict (index of VERDICTS), weight, cluster; and outputs
    (N,): grade (index of GRADES, -1 where ungraded)."""

    output: IntArray
    participant: IntArray
    verdict: IntArray
    weight: FloatArray
    cluster: IntArray
    grade: IntArray


def judgements(
    output: ArrayLike,
    participant: ArrayLike,
    verdict: ArrayLike,
    *,
    grade: ArrayLike,
    weight: ArrayLike | None = None,
    item: ArrayLike | None = None,
) -> Judgements:
    """Check and hold the responses (R,) and the outputs' grades (N,).

    `item` (N,) is the item of each output: give it wherever several outputs of one item are judged,
    and items become the second kind of cluster (STATISTICS 2.2). ValueError for codes out of range.

    >>> judgements([0, 1], [0, 0], [3, 2], grade=[2, -1]).cluster.tolist()
    [0, 1]
    """
    outputs = integer_codes(output, "output")
    people = integer_codes(participant, "participant", outputs.size)
    verdicts = integer_codes(verdict, "verdict", outputs.size)
    grades = integer_codes(grade, "grade", lowest=-1)
    if outputs.size and int(outputs.max()) >= grades.size:
        raise ValueError("a response names an output without a grade entry")
    if bool(np.any(verdicts >= len(VERDICTS))) or bool(np.any(grades >= len(GRADES))):
        raise ValueError("a verdict or grade code is too large")
    clusters = outputs
    if item is not None:
        clusters = integer_codes(item, "item", grades.size)[outputs]
    return Judgements(outputs, people, verdicts, positive_weights(weight, outputs.size), clusters, grades)


def everything(n_outputs: int) -> Grouping:
    """The grouping of the table for all (N,) outputs. Raises nothing. Source: STATISTICS 2.1.

    >>> everything(2).codes.tolist()
    [0, 0]
    """
    return Grouping("all", ("",), "outputs", np.zeros(n_outputs, dtype=np.int64))


def crossed(first: Grouping, second: Grouping) -> Grouping:
    """The product of two groupings (R,) of the same kind: name `a*b`, values `x|y`, absent pairs left out.

    ValueError unless both code the same rows. Source: STATISTICS 2.1.

    >>> domain = Grouping("domain", ("a", "b"), "outputs", np.array([0, 1, 1]))
    >>> system = Grouping("system", ("s", "t"), "outputs", np.array([0, 0, 1]))
    >>> crossed(domain, system).labels
    ('a|s', 'b|s', 'b|t')
    """
    if first.of != second.of or first.codes.size != second.codes.size:
        raise ValueError("only groupings of the same rows can be crossed")
    width = max(len(second.labels), 1)
    both = np.where((first.codes >= 0) & (second.codes >= 0), first.codes * width + second.codes, -1)
    pairs = np.unique(both[both >= 0])
    codes = np.where(both >= 0, np.searchsorted(pairs, both), -1).astype(np.int64)
    labels = tuple(f"{first.labels[p // width]}|{second.labels[p % width]}" for p in pairs.tolist())
    return Grouping(f"{first.name}*{second.name}", labels, first.of, codes)


def check_grouping(grouping: Grouping, data: Judgements) -> None:
    """ValueError unless the grouping codes every output, or every response, with known labels."""
    size = data.grade.size if grouping.of == "outputs" else data.output.size
    codes = integer_codes(grouping.codes, f"grouping {grouping.name}", size, lowest=-1)
    if bool(np.any(codes >= len(grouping.labels))):
        raise ValueError(f"grouping {grouping.name} holds a code without a label")
