"""Grades inferred from people's labels where no grade is known: the model of Dawid and Skene.

Inferred, not observed: people who share an illusion agree on it, and the model takes it for the truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .basics import Caution, FloatArray, IntArray, integer_codes
from .clusters import distinct
from .dawidskenefit import Classes, LabelCounts, aligned, climb, shares

_FEW_LABELS = 10
_SAME = 1e-6


@dataclass(frozen=True)
class DawidSkene:
    """What is inferred of units (U,) and participants (P,), in the order of their codes.

    `posterior` (U, K) of each unit's class, `label` (U,) the likeliest one, `prior` (K,) the classes'
    shares, `confusion` (P, K, K) [true, said], nan for a class none of whose units they labelled, and
    `n_labels` (P,). `log_likelihood` is marginal. `agreeing` of the `starts` ended at this maximum.
    """

    unit: IntArray
    posterior: FloatArray
    label: IntArray
    prior: FloatArray
    participant: IntArray
    confusion: FloatArray
    n_labels: IntArray
    log_likelihood: float
    steps: int
    starts: int
    agreeing: int
    converged: bool
    inferred: bool
    method: str
    warnings: tuple[Caution, ...]


def dawid_skene(
    unit: ArrayLike,
    participant: ArrayLike,
    label: ArrayLike,
    *,
    n_labels: int,
    seed: int,
    starts: int = 5,
    smoothing: float = 0.0,
    tolerance: float = 1e-9,
    steps: int = 10_000,
) -> DawidSkene:
    """Maximum likelihood by EM from the shares of the labels, then from starts drawn around them.

    unit, participant, label: codes (R,), label below `n_labels`; people may label a unit again. Each
    unit has one true class; each participant's labels depend on it alone. EM ends when the marginal
    log likelihood rises by less than `tolerance`; the best end is kept. Classes that traded names are
    given back those under which people are right most often. `smoothing` adds that many pretended
    labels to each cell of a confusion matrix, for people with few labels. Cautions, and nan for all
    that cannot be told: nothing, one participant, one label throughout, nobody beside another.
    ValueError for malformed input.
    Source: Dawid & Skene 1979, Appl Stat 28, 20-28; STATISTICS 2.6.

    >>> units, people = (a.ravel() for a in np.indices((30, 4)))
    >>> labels = np.where((units * people) % 7 == 3, 1 - units % 2, units % 2)
    >>> found = dawid_skene(units, people, labels, n_labels=2, seed=1)
    >>> (found.label == np.arange(30) % 2).all().item(), [c.code for c in found.warnings]
    (True, ['inferred'])
    """
    units = integer_codes(unit, "unit")
    people = integer_codes(participant, "participant", units.size)
    labels = integer_codes(label, "label", units.size)
    _check(labels, n_labels, seed, starts, smoothing, steps)
    unit_names, at = np.unique(units, return_inverse=True)
    names, who = np.unique(people, return_inverse=True)
    given = np.bincount(who, minlength=names.size).astype(np.int64)
    reason = _reason(at, who, labels)
    if reason:
        return _nothing(unit_names, names, given, n_labels, reason)
    shape = unit_names.size, names.size * n_labels
    table = sparse.csr_array((np.ones(at.size), (at, who * n_labels + labels)), shape=shape)
    counts = LabelCounts(table, sparse.csr_array(table.T), n_labels)
    ends = [
        aligned(counts, climb(counts, start, smoothing=smoothing, tolerance=tolerance, steps=steps))
        for start in _starts(shares(counts), seed, starts)
    ]
    best = max(ends, key=lambda end: end.objective)
    agreeing = sum(abs(end.objective - best.objective) < _SAME * at.size for end in ends)
    met = np.asarray(_mass(counts, best.posterior) > 1e-9)
    return DawidSkene(
        unit_names, best.posterior, np.argmax(best.posterior, axis=1), best.prior, names,
        np.where(met[:, :, None], best.confusion, np.nan), given, best.log_likelihood, best.steps, starts,
        agreeing, best.converged, True, "dawid_skene_em", _cautions(best, at, who, given, starts, agreeing),
    )  # fmt: skip


def _check(labels: IntArray, kinds: int, seed: int, starts: int, smoothing: float, steps: int) -> None:
    if kinds < 2:
        raise ValueError("n_labels must be 2 or more")
    if labels.size and int(labels.max()) >= kinds:
        raise ValueError("label holds a code that n_labels does not allow")
    if starts < 1 or steps < 1 or seed < 0:
        raise ValueError("starts and steps must be 1 or more, and seed not negative")
    if not (smoothing >= 0 and math.isfinite(smoothing)):
        raise ValueError("smoothing must be 0 or more")


def _reason(unit: IntArray, who: IntArray, labels: IntArray) -> Caution | None:
    """Why nothing can be inferred, if so."""
    if not unit.size:
        return Caution("no_data", "There are no labels: nothing can be inferred.")
    if int(who.max()) == 0:
        return Caution("one_participant", "One participant: no label can be held against another's.")
    if int(labels.min()) == int(labels.max()):
        return Caution("constant", "All labels are the same: whether they are right cannot be told.")
    if int(distinct(unit, who, int(unit.max()) + 1).max()) < 2:
        return Caution("no_overlap", "No unit has labels of two participants: nothing can be inferred.")
    return None


def _starts(share: FloatArray, seed: int, starts: int) -> list[FloatArray]:
    """The shares themselves, then mixtures of them with posteriors drawn at random, more and more."""
    rng = np.random.default_rng(seed)
    found = [share]
    for number in range(1, starts):
        part = 0.6 * number / max(starts - 1, 1)
        drawn = rng.dirichlet(np.ones(share.shape[1]), share.shape[0])
        found.append((1 - part) * share + part * drawn)
    return found


def _mass(counts: LabelCounts, posterior: FloatArray) -> FloatArray:
    """How many labels each participant gave to units of each class, (P, K)."""
    said = np.asarray(counts.by_label @ posterior, dtype=np.float64)
    return np.asarray(said.reshape(counts.participants, counts.kinds, -1).sum(axis=1), dtype=np.float64)


def _cautions(
    best: Classes, unit: IntArray, who: IntArray, given: IntArray, starts: int, agreeing: int
) -> tuple[Caution, ...]:
    text = "These grades are inferred from people's agreement: an illusion they share passes for the truth."
    found = [Caution("inferred", text)]
    if not best.converged:
        text = f"EM had not settled after {best.steps} steps: the numbers may still move."
        found.append(Caution("not_converged", text))
    if int(distinct(unit, who, best.posterior.shape[0]).max()) < 3:
        text = "No unit has labels of three people: several sets of error rates fit as well."
        found.append(Caution("two_labels", text))
    few = int(np.count_nonzero(given < _FEW_LABELS))
    if few:
        text = f"{few} of {given.size} participants gave fewer than {_FEW_LABELS} labels: theirs are rough."
        found.append(Caution("few_labels", text))
    if agreeing == 1 and starts > 1:
        text = f"Only one of {starts} starts ended at this maximum: there may be a better one."
        found.append(Caution("several_maxima", text))
    return tuple(found)


def _nothing(units: IntArray, people: IntArray, given: IntArray, kinds: int, reason: Caution) -> DawidSkene:
    return DawidSkene(
        units, np.full((units.size, kinds), np.nan), np.full(units.size, -1), np.full(kinds, np.nan), people,
        np.full((people.size, kinds, kinds), np.nan), given, math.nan, 0, 0, 0, False, True,
        "dawid_skene_em", (reason,),
    )  # fmt: skip
