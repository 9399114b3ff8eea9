"""Resamples of participants: weights that depend on seed and resample number, and counts by level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .basics import FloatArray
from .tally import Tally

_BYTES = 32_000_000
_DENSE = 4_000_000


@dataclass(frozen=True)
class Levels:
    """A tally on its distinct levels, standardised: z (U,) rising, (x - centre) / spread.

    `counts` (P, 2 U) holds every participant's responses by level and then their sums.
    """

    z: FloatArray
    centre: float
    spread: float
    counts: FloatArray | sparse.csr_array

    @property
    def participants(self) -> int:
        return int(self.counts.shape[0])

    def back(self, theta: FloatArray) -> FloatArray:
        """Intercept and slope (B, 2) on the metric itself."""
        slope = theta[:, 1] / self.spread
        return np.stack([theta[:, 0] - slope * self.centre, slope], axis=1)


def levels_of(tally: Tally) -> Levels:
    """Standardised as in `calibrate`, so that penalised fits are the same."""
    centre = float(np.sum(tally.n * tally.x) / np.sum(tally.n))
    spread = float(np.std(tally.x)) or 1.0
    x, place = np.unique(tally.x, return_inverse=True)
    cells = tally.by_participant
    unit = place[cells.unit]
    shape = (cells.clusters, 2 * x.size)
    rows = np.concatenate([cells.cluster, cells.cluster])
    columns = np.concatenate([unit, unit + x.size])
    counts = sparse.csr_array((np.concatenate([cells.n, cells.total]), (rows, columns)), shape=shape)
    dense = counts.toarray() if shape[0] * shape[1] <= _DENSE else counts
    return Levels((x - centre) / spread, centre, spread, dense)


def participant_weights(participants: int, seed: int, first: int, count: int) -> FloatArray:
    """How often each participant is drawn in the resamples first, first + 1, ...; shape (count, P).

    Resample r has a stream of its own (Philox, key from the seed, r in the counter), so its numbers
    do not depend on who draws it, or on which others are drawn beside it.

    >>> participant_weights(4, 7, 2, 1).tolist() == participant_weights(4, 7, 0, 3)[2:].tolist()
    True
    """
    key = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    weights = np.empty((count, participants))
    for row in range(count):
        counter = np.array([0, 0, first + row, 0], dtype=np.uint64)
        rng = np.random.Generator(np.random.Philox(key=key, counter=counter))
        drawn = rng.integers(0, participants, participants)
        weights[row] = np.bincount(drawn, minlength=participants)
    return weights


def batches(first: int, count: int, width: int) -> Iterator[tuple[int, int]]:
    """(first, count) of batches whose rows of `width` numbers take some 32 MB at the most."""
    step = max(1, min(count, _BYTES // (8 * max(width, 1))))
    for at in range(first, first + count, step):
        yield at, min(step, first + count - at)
