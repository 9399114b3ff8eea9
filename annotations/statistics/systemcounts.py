"""One pass over the graded outputs of a domain: counts by system, item, template and grade."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .basics import BoolArray, Caution, FloatArray, IntArray, floats, integer_codes
from .judgements import GRADES


@dataclass(frozen=True)
class SystemCounts:
    """`counts` (S, N, T, 3): outputs of each system, item, template and grade (index of GRADES), repeats
    added up; `weight` (T,) of the templates; `n_ungraded` (S,) outputs that enter nothing."""

    counts: NDArray[np.int32]
    weight: FloatArray
    n_ungraded: IntArray
    warnings: tuple[Caution, ...]

    def only(self, items: BoolArray | IntArray) -> SystemCounts:
        """The same of these items alone, in this order."""
        return replace(self, counts=self.counts[:, items])

    def graded(self) -> BoolArray:
        """Which items (S, N) have a graded output of each system, under a template that weighs."""
        found: BoolArray = np.einsum("sntg,t->sn", self.counts, (self.weight > 0).astype(np.int32)) > 0
        return found


def system_counts(
    item: ArrayLike,
    system: ArrayLike,
    template: ArrayLike,
    grade: ArrayLike,
    *,
    n_items: int,
    n_systems: int,
    weight: ArrayLike | None = None,
) -> SystemCounts:
    """Count the outputs (M,) of one domain; item, system, template and grade codes, grade -1 if ungraded.

    `weight` (T,): how often people write each template, 0 or more, 1 where none are given; T is then one
    more than the largest template code. ValueError for codes out of range or weights that are negative
    or not finite. Source: STATISTICS 3.

    >>> found = system_counts([0, 0, 1], [0, 0, 0], [0, 1, 0], [0, 2, -1], n_items=2, n_systems=1)
    >>> found.counts[0, 0].tolist(), found.n_ungraded.tolist()
    ([[1, 0, 0], [0, 0, 1]], [1])
    """
    if n_systems < 1 or n_items < 0:
        raise ValueError("n_systems must be 1 or more, n_items 0 or more")
    items = _bounded(item, "item", None, n_items)
    systems = _bounded(system, "system", items.size, n_systems)
    templates = integer_codes(template, "template", items.size)
    if weight is None:
        shares = np.ones(int(templates.max(initial=0)) + 1)
    else:
        shares = floats(weight, "weight")
        if not bool(np.all(np.isfinite(shares) & (shares >= 0))):
            raise ValueError("a template's weight must be finite and not negative")
    _bounded(templates, "template", items.size, shares.size)
    grades = integer_codes(grade, "grade", items.size, lowest=-1)
    if bool(np.any(grades >= len(GRADES))):
        raise ValueError("a grade code is too large")
    keep = grades >= 0
    shape = (n_systems, n_items, shares.size, len(GRADES))
    at = np.ravel_multi_index((systems[keep], items[keep], templates[keep], grades[keep]), shape)
    counts = np.bincount(at, minlength=int(np.prod(shape))).astype(np.int32).reshape(shape)
    ungraded = np.bincount(systems[~keep], minlength=n_systems).astype(np.int64)
    return SystemCounts(counts, shares, ungraded, _cautions(int(ungraded.sum()), shares))


def _bounded(codes: ArrayLike, name: str, size: int | None, count: int) -> IntArray:
    checked = integer_codes(codes, name, size)
    if checked.size and int(checked.max()) >= count:
        raise ValueError(f"{name} holds a code of {count} or more")
    return checked


def _cautions(ungraded: int, weight: FloatArray) -> tuple[Caution, ...]:
    found = []
    if ungraded:
        found.append(Caution("ungraded", f"{ungraded} outputs have no grade and enter no indicator."))
    if not bool(np.any(weight > 0)):
        found.append(Caution("no_weight", "Every template has weight 0: there is nothing to average."))
    return tuple(found)
