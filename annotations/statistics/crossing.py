"""Linear algebra of two crossed kinds of effects: a precision matrix with two diagonal blocks and
a sparse block between them.

H = [[diag(d1), B], [B', diag(d2)]]. All that grows fast is the Schur complement on the first kind, a
dense matrix: let the first kind be the one with fewer members.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from .basics import FloatArray, IntArray

MOST_MEMBERS = 10_000
"""Of the fewer kind: their dense matrix then fills 800 MB."""

_BLOCK = 4_000_000
_LARGEST = 20_000_000
_GATHER = 100
"""One gathered product costs as much as this many in a dense matrix product."""

_SOLVE_STEPS = 1_000


@dataclass(frozen=True)
class Pairs:
    """Pairs (M,) of members that meet, rising by `first`, then by `second`; `start` (A + 1,) says where
    the pairs of each first member begin. A and C are the members of both kinds; `full` says whether B is
    better held as a full matrix."""

    first: IntArray
    second: IntArray
    start: IntArray
    a: int
    c: int
    full: bool


@dataclass(frozen=True)
class Blocks:
    """H: diagonals `first` (A,), `second` (C,), and B at the pairs (M,)."""

    first: FloatArray
    second: FloatArray
    cross: FloatArray


@dataclass(frozen=True)
class Inverse:
    """What a gradient needs of H^-1: its diagonals (A,), (C,), its entries at the pairs (M,); and
    log |H|."""

    first: FloatArray
    second: FloatArray
    cross: FloatArray
    log_det: float


def pairs_of(first: IntArray, second: IntArray, a: int, c: int) -> tuple[Pairs, IntArray]:
    """The distinct pairs of the rows (R,), and the pair (R,) of each row."""
    keys, place = np.unique(first * max(c, 1) + second, return_inverse=True)
    left = keys // max(c, 1)
    right = keys % max(c, 1)
    start = np.concatenate([[0], np.cumsum(np.bincount(left, minlength=a))])
    meetings = float(np.sum(np.bincount(right, minlength=c).astype(np.float64) ** 2))
    full = a * c <= _LARGEST and a * a * c <= _GATHER * meetings
    return Pairs(left, right, start, a, c, full), place


def sums(code: IntArray, values: FloatArray, size: int) -> FloatArray:
    """The sum (size,) of the values of each code."""
    return np.bincount(code, values, size).astype(np.float64, copy=False)


def invert(pairs: Pairs, blocks: Blocks) -> Inverse | None:
    """The parts of the inverse by a dense Cholesky factor of the Schur complement; None where H is
    not positive definite."""
    if min(blocks.first.min(initial=1.0), blocks.second.min(initial=1.0)) <= 0:
        return None
    factor, failed = lapack.dpotrf(_schur(pairs, blocks), lower=1, overwrite_a=1)
    if failed:
        return None
    log_det = 2 * float(np.sum(np.log(np.diag(factor)))) + float(np.sum(np.log(blocks.second)))
    half, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    inside = np.tril(half)
    inside += np.tril(inside, -1).T
    across = _across(pairs, blocks, inside)
    own = sums(pairs.second, blocks.cross * across, pairs.c)
    return Inverse(np.diag(inside).copy(), (1 + own) / blocks.second, -across, log_det)


def invert_roughly(pairs: Pairs, blocks: Blocks) -> Inverse | None:
    """The same to first order in B: log |H| without its terms of order 4 and higher, and the derivatives
    of that in the blocks. It costs one pass over the pairs."""
    if min(blocks.first.min(initial=1.0), blocks.second.min(initial=1.0)) <= 0:
        return None
    both = blocks.first[pairs.first] * blocks.second[pairs.second]
    shared = blocks.cross**2 / both
    first = (1 + sums(pairs.first, shared, pairs.a)) / blocks.first
    second = (1 + sums(pairs.second, shared, pairs.c)) / blocks.second
    log_det = float(np.sum(np.log(blocks.first)) + np.sum(np.log(blocks.second)) - np.sum(shared))
    return Inverse(first, second, -blocks.cross / both, log_det)


def solve(
    pairs: Pairs, blocks: Blocks, first: FloatArray, second: FloatArray, *, tolerance: float = 1e-12
) -> tuple[FloatArray, FloatArray]:
    """H^-1 times (first, second) by conjugate gradients on the Schur complement, scaled by its diagonal."""
    b = sparse.csr_array((blocks.cross, pairs.second, pairs.start), shape=(pairs.a, pairs.c))
    turned = sparse.csr_array(b.T)
    scale = blocks.first - sums(pairs.first, blocks.cross**2 / blocks.second[pairs.second], pairs.a)
    rest = first - b @ (second / blocks.second)
    found = np.zeros(pairs.a)
    near = rest / scale
    way, size = near, float(rest @ near)
    enough = tolerance**2 * size
    for _ in range(min(_SOLVE_STEPS, 3 * pairs.a + 30)):
        if size <= enough or size == 0:
            break
        image = blocks.first * way - b @ (np.asarray(turned @ way) / blocks.second)
        share = size / float(way @ image)
        found = found + share * way
        rest = rest - share * image
        near = rest / scale
        size, before = float(rest @ near), size
        way = near + (size / before) * way
    return found, (second - turned @ found) / blocks.second


def _schur(pairs: Pairs, blocks: Blocks) -> FloatArray:
    shared = blocks.cross / blocks.second[pairs.second]
    if pairs.full:
        left, right = _full(pairs, shared), _full(pairs, blocks.cross)
        matrix = -(left @ right.T)
    else:
        shape = (pairs.a, pairs.c)
        sparse_left = sparse.csr_array((shared, pairs.second, pairs.start), shape=shape)
        sparse_right = sparse.csr_array((blocks.cross, pairs.second, pairs.start), shape=shape)
        matrix = -np.asarray((sparse_left @ sparse_right.T).toarray(), dtype=np.float64)
    matrix[np.diag_indices(pairs.a)] += blocks.first
    return np.asfortranarray(matrix)


def _across(pairs: Pairs, blocks: Blocks, inside: FloatArray) -> FloatArray:
    """(S^-1 B diag(d2)^-1) at the pairs, S^-1 being `inside`."""
    shared = blocks.cross / blocks.second[pairs.second]
    if pairs.full:
        product = inside @ _full(pairs, shared)
        return np.asarray(product[pairs.first, pairs.second], dtype=np.float64)
    order = np.argsort(pairs.second, kind="stable")
    rows, weight = pairs.first[order], shared[order]
    found = np.empty(pairs.first.size)
    for part, left, right, place in _meetings(np.bincount(pairs.second, minlength=pairs.c)):
        values = inside[rows[left], rows[right]] * weight[right]
        found[order[part]] = np.add.reduceat(values, place)
    return found


def _meetings(counts: IntArray) -> Iterator[tuple[slice, IntArray, IntArray, IntArray]]:
    """Every two pairs that share their second member, in blocks of whole members that fit memory.

    `counts` (C,) is how many pairs each has, pairs standing in their order. Yields the pairs of the
    block, both sides (T,) of every meeting, and where the meetings of each pair begin.
    """
    each = np.repeat(counts, counts)
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    ends = np.cumsum(counts)
    block = np.cumsum(counts**2) // _BLOCK
    lows = np.flatnonzero(np.diff(block, prepend=-1))
    for low, high in zip(lows, [*lows[1:], counts.size], strict=True):
        part = slice(int(ends[low] - counts[low]), int(ends[high - 1]))
        many = each[part]
        if not many.size:
            continue
        place = np.cumsum(many) - many
        left = np.repeat(np.arange(part.start, part.stop), many)
        right = np.repeat(begins[part] - place, many) + np.arange(left.size)
        yield part, left, right, place


def _full(pairs: Pairs, values: FloatArray) -> FloatArray:
    matrix = np.zeros((pairs.a, pairs.c))
    matrix[pairs.first, pairs.second] = values
    return matrix
