"""How often each participant is drawn in each resample: the same numbers whoever draws them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .basics import FloatArray

# 16 blocks of 128 resamples, or of a million draws, a megabyte each.
_BLOCK, _KEPT_NUMBERS, _KEPT_BLOCKS = 128, 1_000_000, 16
_WORDS, _MOST, _RARE = 65_536, 30, 255

Counts = NDArray[np.uint8]


def participant_weights(participants: int, seed: int, first: int, count: int) -> FloatArray:
    """How often each participant is drawn in the resamples first, first + 1, ...; shape (count, P).

    Resamples are drawn in blocks whose size hangs on P alone, each from a stream of its own, so that a
    resample does not depend on who draws it, or on which others are asked for.
    Raises nothing. Source: STATISTICS 1.3; Efron 1979, Ann Stat 7, 1-26.

    >>> participant_weights(4, 7, 2, 1).tolist() == participant_weights(4, 7, 0, 3)[2:].tolist()
    True
    """
    parts = list(drawn_blocks(participants, seed, first, count))
    return np.concatenate(parts).astype(np.float64) if parts else np.empty((0, participants))


def drawn_blocks(participants: int, seed: int, first: int, count: int) -> Iterator[Counts]:
    """The same numbers block by block, (at most 128, P) each and in order, as they are kept: not to be
    written to. Raises nothing. Source: STATISTICS 1.3.

    >>> [block.shape for block in drawn_blocks(4, 7, 100, 50)]
    [(28, 4), (22, 4)]
    """
    step = max(1, min(_BLOCK, _KEPT_NUMBERS // max(participants, 1)))
    for block in range(first // step, -(-(first + count) // step)):
        begin = block * step
        yield _drawn(participants, seed, begin, step)[max(first - begin, 0) : first + count - begin]


def forget_draws() -> None:
    """Empty what is kept of `drawn_blocks` (B, P), so that a benchmark's second run costs as its first.

    Raises nothing. Source: that of the draws, STATISTICS 1.3.

    >>> forget_draws()
    """
    _drawn.cache_clear()


@lru_cache(maxsize=_KEPT_BLOCKS)
def _drawn(participants: int, seed: int, first: int, count: int) -> Counts:
    """Multinomial counts (count, P) of P draws each, from the stream of the block that begins at `first`.

    Independent Poisson numbers, given that they add up to m, are the counts of m draws. So those of a
    mean a little below 1 are taken from a table, rows of more than P once again, and the draws that
    are missing are made one by one: a fifth of the time of making all of them so.
    The last blocks are kept: the curves of a study are resampled by the same draws, one after another.
    Source: Devroye 1986, Non-Uniform Random Variate Generation, 558.
    """
    key = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    bits = np.random.Philox(key=key, counter=np.array([0, 0, first, 0], dtype=np.uint64))
    table = _poisson_table(participants)
    weights = _poisson(bits, table, count, participants)
    missing = participants - weights.sum(axis=1, dtype=np.int64)
    while (again := np.flatnonzero(missing < 0)).size:
        weights[again] = _poisson(bits, table, again.size, participants)
        missing[again] = participants - weights[again].sum(axis=1, dtype=np.int64)
    row = np.repeat(np.arange(count) * participants, missing)
    drawn = np.random.Generator(bits).integers(0, max(participants, 1), row.size)
    np.add.at(weights.reshape(-1), row + drawn, np.uint8(1))
    weights.flags.writeable = False
    return weights


@dataclass(frozen=True)
class _Table:
    """The Poisson number for each of 65,536 equally likely words; the words that whole shares leave over
    hold `_RARE`, and `rest` is the distribution (cumulative) within them: together it is exact."""

    number: Counts
    rest: FloatArray


@lru_cache(maxsize=4)
def _poisson_table(participants: int) -> _Table:
    """Of a mean that leaves one row in a thousand with more than P draws; 0 below 9 participants."""
    mean = 1 - 3 / math.sqrt(max(participants, 1))
    k = np.arange(_MOST, dtype=np.float64)
    share = np.exp(special.xlogy(k, mean) - mean - special.gammaln(k + 1)) if mean > 0 else 1.0 * (k == 0)
    words = np.floor(share * _WORDS).astype(np.int64)
    number = np.full(_WORDS, _RARE, dtype=np.uint8)
    number[: words.sum()] = np.repeat(k.astype(np.uint8), words)
    left = np.cumsum(share * _WORDS - words)
    return _Table(number, left / max(float(left[-1]), 1e-300))


def _poisson(bits: np.random.Philox, table: _Table, rows: int, width: int) -> Counts:
    size = rows * width
    words = bits.random_raw(-(-size // 4)).astype("<u8", copy=False).view("<u2")[:size]
    found: Counts = table.number.take(words)
    rare = np.flatnonzero(found == _RARE)
    found[rare] = np.searchsorted(table.rest, np.random.Generator(bits).random(rare.size), side="right")
    return found.reshape(rows, width)
