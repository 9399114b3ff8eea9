"""Kernels of item response models: one normal ability a person, integrated out at Gauss-Hermite nodes.

P(right) = expit(a_i z + d_i), z ~ N(0, 1). The EM algorithm and the observed information.
Source: Bock & Aitkin 1981, Psychometrika 46, 443-459; Louis 1982, JRSS B 44, 226-233.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse, special

from .basics import FloatArray, IntArray

_NODES_LEAST, _NODES_MOST = 31, 121
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Answers:
    """Patterns of answers (P, I), sparse: times `right` and times answered `n`; how many `people` have
    each pattern (P,), and the `pattern` (people,) of each person."""

    right: sparse.csr_array
    n: sparse.csr_array
    people: FloatArray
    pattern: IntArray


@dataclass(frozen=True)
class Nodes:
    """Gauss-Hermite nodes of N(0, 1) and their log weights, both (Q,)."""

    z: FloatArray
    log_weight: FloatArray


@dataclass(frozen=True)
class Expected:
    """Under the posterior of the abilities (P, Q): expected times right and answered at each node
    (I, Q), and the log likelihood of all people."""

    log_likelihood: float
    posterior: FloatArray
    right: FloatArray
    n: FloatArray


def answers_of(person: IntArray, item: IntArray, right: FloatArray, people: int, items: int) -> Answers:
    """Gather single answers (R,), and people with equal answers to the same items into one pattern."""
    keys, place = np.unique(person * items + item, return_inverse=True)
    n, hits = np.bincount(place).astype(np.float64), np.bincount(place, right)
    who, what = keys // items, keys % items
    start = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=people))])
    codes = np.column_stack([what.astype(np.float64), n, hits])
    found: dict[bytes, int] = {}
    pattern = np.array(
        [found.setdefault(codes[start[p] : start[p + 1]].tobytes(), len(found)) for p in range(people)], int
    )
    first = np.unique(pattern, return_index=True)[1]
    rows = [sparse.csr_array((part, what, start), shape=(people, items))[first] for part in (hits, n)]
    return Answers(rows[0], rows[1], np.bincount(pattern).astype(np.float64), pattern)


def nodes_for(most: float) -> Nodes:
    """As many nodes as keep them no further apart than the posterior of a person with `most` answers
    is wide (the nodes stand pi / sqrt(Q) apart in the middle), within bounds."""
    count = int(np.clip(math.ceil(math.pi**2 * (1 + most / 4)), _NODES_LEAST, _NODES_MOST))
    x, weight = special.roots_hermite(count)
    return Nodes(math.sqrt(2) * x, np.log(weight) - 0.5 * math.log(math.pi))


def expect(answers: Answers, a: FloatArray, d: FloatArray, nodes: Nodes) -> Expected:
    """The E-step."""
    eta = a[:, None] * nodes.z + d[:, None]
    joint = answers.right @ eta + answers.n @ special.log_expit(-eta) + nodes.log_weight
    top = joint.max(axis=1, keepdims=True)
    posterior = np.exp(joint - top)
    mass = posterior.sum(axis=1)
    posterior /= mass[:, None]
    weighted = posterior * answers.people[:, None]
    log_likelihood = float(answers.people @ (np.log(mass) + top[:, 0]))
    return Expected(log_likelihood, posterior, answers.right.T @ weighted, answers.n.T @ weighted)


def slopes(at: Expected, a: FloatArray, d: FloatArray, nodes: Nodes) -> tuple[FloatArray, FloatArray]:
    """Gradient (I,), (I,) of the log likelihood in a and d, by Fisher's identity."""
    rest = at.right - at.n * special.expit(a[:, None] * nodes.z + d[:, None])
    return rest @ nodes.z, rest.sum(axis=1)


def complete_information(
    at: Expected, a: FloatArray, d: FloatArray, nodes: Nodes
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Information (I,) on (a, a), (a, d), (d, d) if the abilities were known."""
    share = special.expit(a[:, None] * nodes.z + d[:, None])
    weight = at.n * share * (1 - share)
    return weight @ nodes.z**2, weight @ nodes.z, weight.sum(axis=1)


def observed_information(
    answers: Answers, at: Expected, a: FloatArray, d: FloatArray, nodes: Nodes
) -> FloatArray:
    """Minus the Hessian (2 I, 2 I) of the log likelihood in (a, d): the complete information less the
    variance of each person's score under the posterior of the ability."""
    items = a.size
    aa, ad, dd = np.zeros((3, items, items))
    block = max(1, _BLOCK // items)
    for first in range(0, at.posterior.shape[0], block):
        part = slice(first, first + block)
        right, n = answers.right[part].toarray(), answers.n[part].toarray()
        people = answers.people[part]
        mean_a, mean_d = np.zeros((2, *right.shape))
        for z, share in zip(nodes.z, at.posterior[part].T, strict=True):
            score = right - n * special.expit(a * z + d)
            heavy = score * share[:, None]
            product = heavy.T @ (score * people[:, None])
            aa, ad, dd = aa + z * z * product, ad + z * product, dd + product
            mean_a, mean_d = mean_a + z * heavy, mean_d + heavy
        weighted_a, weighted_d = mean_a * people[:, None], mean_d * people[:, None]
        aa, ad, dd = aa - mean_a.T @ weighted_a, ad - mean_a.T @ weighted_d, dd - mean_d.T @ weighted_d
    known = [np.diag(part) for part in complete_information(at, a, d, nodes)]
    lost = np.block([[aa, ad], [ad.T, dd]])
    return np.asarray(np.block([[known[0], known[1]], [known[1], known[2]]]) - lost, dtype=np.float64)
