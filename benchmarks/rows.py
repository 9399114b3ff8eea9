"""Made-up responses as arrays, in a file that both sides of a comparison read.

People rate items (`r_*`, a fifth as many as judgements) and judge outputs (`j_*`); five domains, 12 levels of
the metric, effects of people and outputs. The same for the same number.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

PEOPLE, OUTPUTS, SYSTEMS, DOMAINS, LEVELS = 5_000, 20_000, 4, 5, 12
ITEMS = OUTPUTS // SYSTEMS
CORRECT, AVOIDANT, INCORRECT, UNSURE = range(4)


def make(folder: Path, judgements: int) -> Path:
    rng = np.random.default_rng(judgements)
    metric = rng.integers(0, LEVELS, ITEMS).astype(float)
    grade = rng.choice([CORRECT, AVOIDANT, INCORRECT], OUTPUTS, p=[0.5, 0.08, 0.42])
    trust, taste = rng.normal(0, 0.7, PEOPLE), rng.normal(0, 0.5, OUTPUTS)
    ratings = judgements // 5
    r_person, r_item = rng.integers(0, PEOPLE, ratings), rng.integers(0, ITEMS, ratings)
    ease = rng.normal(0, 0.5, ITEMS)
    expected = 0.4 * (metric[r_item] - 6) + ease[r_item]
    person, output = rng.integers(0, PEOPLE, judgements), rng.integers(0, OUTPUTS, judgements)
    slip = rng.random(judgements) < _expit(
        0.15 * (metric[output // SYSTEMS] - 8) + trust[person] + taste[output]
    )
    wrong = grade[output] == INCORRECT
    verdict = np.where(wrong, np.where(slip, CORRECT, INCORRECT), np.where(slip, INCORRECT, CORRECT))
    verdict[rng.random(judgements) < 0.05] = UNSURE
    path = folder / f"rows-{judgements}.npz"
    np.savez(
        path,
        metric=metric,
        grade=grade,
        r_person=r_person,
        r_item=r_item,
        rating=np.round(100 * _expit(expected + 0.5 * rng.normal(size=ratings))) / 100,
        failed=(rng.random(ratings) < _expit(expected)).astype(float),
        j_person=person,
        j_output=output,
        verdict=verdict,
    )
    return path


def _expit(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
