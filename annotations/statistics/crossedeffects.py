"""A logistic model whose responses share participants and items (or outputs): crossed random effects."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, IntArray, check_level, floats, integer_codes, positive_weights
from .crossedfit import CrossedFit, fit_crossed, no_fit, turned
from .crossing import MOST_MEMBERS
from .laplace import pooled_rows

_NO_SPREAD = 1e-4
_FEW = 10


@dataclass(frozen=True)
class Members:
    """One kind of random effect: the codes of its members (G,), rising, the `sd` of their intercepts on
    the logit scale with its `se`, and each one's `effect` and `effect_se` (G,) at the mode."""

    code: IntArray
    sd: float
    se: float
    effect: FloatArray
    effect_se: FloatArray


@dataclass(frozen=True)
class CrossedEffects:
    """Fixed effects (K,), the intercept first, on the logit scale of the typical participant and item.

    `covariance` (K + 2, K + 2) is that of (fixed, participant sd, item sd) together, nan for an sd that
    is held at 0. Intervals are fixed -+ t se with min(participants, items) - 1 degrees of freedom
    (`low`, `high`). `log_likelihood` is that of single responses, without binomial coefficients;
    `freedom` is the effective number of random effects.
    """

    fixed: FloatArray
    fixed_se: FloatArray
    low: FloatArray
    high: FloatArray
    covariance: FloatArray
    participants: Members
    items: Members
    log_likelihood: float
    floor: float
    ceiling: float
    n_rows: int
    n_excluded: int
    freedom: float
    evaluations: int
    level: float
    method: str
    warnings: tuple[Caution, ...]


def crossed_effects(
    participant: ArrayLike,
    item: ArrayLike,
    outcome: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    trials: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    dispersion: float = 1.0,
    floor: float = 0.0,
    ceiling: float = 1.0,
    level: float = 0.95,
) -> CrossedEffects:
    """P(success) = floor + (ceiling - floor) expit(X fixed + u_participant + v_item), u and v normal.

    participant, item: codes (R,); outcome (R,): successes of `trials` (R,), 1 by default, fractions
    allowed; covariates: (R,) or (R, C), without the intercept. Rows with a nan are left out and counted.
    `weight` (R,) is scaled to a mean of 1 and multiplies a row's log likelihood (a pseudo-likelihood:
    the standard errors take it as that many responses); so does 1 / `dispersion`, for outcomes that
    vary less or more than binomial ones (a quasi-likelihood, shown as nan unless the dispersion is 1).

    Maximum of Laplace's approximation over all parameters together; covariance from its observed
    information. A kind with one member, or of which nobody has two responses, has its sd held at 0.
    More than 10,000 of both kinds are not fitted. ValueError for malformed input.
    Source: Breslow & Clayton 1993, JASA 88, 9-25; STATISTICS 1.1 and 2.6.

    >>> rng = np.random.default_rng(1)
    >>> people, items = np.repeat(np.arange(30), 20), np.tile(np.arange(20), 30)
    >>> eta = rng.normal(0, 1, 30)[people] + np.linspace(-2, 2, 20)[items]
    >>> fit = crossed_effects(people, items, rng.random(600) < special.expit(eta), items / 10)
    >>> fit.fixed.round(2).tolist(), round(fit.participants.sd, 2)
    ([-2.36, 2.46], 1.02)
    """
    check_level(level)
    if not 0 <= floor < ceiling <= 1:
        raise ValueError("the curve needs 0 <= floor < ceiling <= 1")
    people = integer_codes(participant, "participant")
    things = integer_codes(item, "item", people.size)
    hits = floats(outcome, "outcome", people.size)
    n = np.ones(people.size) if trials is None else floats(trials, "trials", people.size)
    if bool(np.any((n <= 0) | (hits < 0) | (hits > n))):
        raise ValueError("outcome must lie between 0 and trials, and trials above 0")
    mass = positive_weights(weight, people.size)
    if not 0 < dispersion < math.inf:
        raise ValueError("dispersion must be finite and above 0")
    design = _design(covariates, people.size)
    keep = np.isfinite(hits) & np.isfinite(n) & np.all(np.isfinite(design), axis=1)
    people_names, people = np.unique(people[keep], return_inverse=True)
    item_names, things = np.unique(things[keep], return_inverse=True)
    hits, n, design, mass = hits[keep], n[keep], design[keep], mass[keep]
    sizes = (people_names.size, item_names.size)
    free, notes = _free(people, things, n, sizes)
    stop = _impossible(hits, n, design, sizes)
    fit = None
    if not stop:
        mass = mass / (np.mean(mass) * dispersion)
        counts = hits * mass, (n - hits) * mass
        if sizes[0] <= sizes[1]:
            rows = pooled_rows(people, things, design, *counts, sizes, (floor, ceiling))
            fit = fit_crossed(rows, free)
        else:
            rows = pooled_rows(things, people, design, *counts, sizes[::-1], (floor, ceiling))
            fit = turned(fit_crossed(rows, free[::-1]))
    return _result(
        fit, (people_names, item_names), design.shape[1], (floor, ceiling), dispersion == 1,
        (hits.size, int(np.count_nonzero(~keep))), level, [*notes, *stop],
    )  # fmt: skip


def _design(covariates: ArrayLike | None, size: int) -> FloatArray:
    if covariates is None:
        return np.ones((size, 1))
    columns = np.asarray(covariates, dtype=np.float64)
    if columns.ndim == 1:
        columns = columns[:, None]
    if columns.ndim != 2 or columns.shape[0] != size:
        raise ValueError(f"covariates must have shape ({size},) or ({size}, C)")
    return np.column_stack([np.ones(size), columns])


def _free(
    people: IntArray, items: IntArray, n: FloatArray, sizes: tuple[int, int]
) -> tuple[tuple[bool, bool], list[Caution]]:
    free, notes = [], []
    for name, code, size in (("participant", people, sizes[0]), ("item", items, sizes[1])):
        repeated = size > 0 and float(np.bincount(code, n, size).max()) > 1
        free.append(size > 1 and repeated)
        if size == 1:
            notes.append(Caution(f"one_{name}", f"One {name}: the spread between them is held at 0."))
        elif size and not repeated:
            text = f"No {name} has two responses: the spread between them is held at 0."
            notes.append(Caution(f"no_repeats_{name}", text))
        elif 1 < size < _FEW:
            text = f"{size} {name}s are few: the spread between them comes out too small."
            notes.append(Caution(f"few_{name}s", text))
    return (free[0], free[1]), notes


def _impossible(hits: FloatArray, n: FloatArray, design: FloatArray, sizes: tuple[int, int]) -> list[Caution]:
    if not hits.size:
        return [Caution("no_data", "No response has an outcome and all covariates.")]
    if float(np.sum(hits)) in (0.0, float(np.sum(n))):
        return [Caution("constant_outcome", "Every response has the same outcome: there is no maximum.")]
    if np.linalg.matrix_rank(design / np.maximum(np.abs(design).max(axis=0), 1e-300)) < design.shape[1]:
        return [Caution("collinear", "A covariate is constant or follows from the others: no fit.")]
    if min(sizes) > MOST_MEMBERS:
        return [Caution("too_large", f"More than {MOST_MEMBERS} participants and items: not fitted.")]
    return []


def _result(
    fit: CrossedFit | None, names: tuple[IntArray, IntArray], k: int, ends: tuple[float, float],
    likely: bool, counts: tuple[int, int], level: float, notes: list[Caution],
) -> CrossedEffects:  # fmt: skip
    if fit is None:
        fit = no_fit((names[0].size, names[1].size), k + 2, 0)
    elif math.isnan(fit.value):
        text = "The likelihood has no finite maximum, as where a covariate parts the outcomes: no estimate."
        notes.append(Caution("no_maximum", text))
    if counts[1]:
        notes.append(Caution("missing", f"{counts[1]} responses lack an outcome or a covariate, left out."))
    theta, se = fit.theta, np.sqrt(np.diag(fit.covariance))
    if fit.evaluations and not math.isnan(fit.value) and math.isnan(se[0]):
        notes.append(Caution("no_information", "The information is not positive: no standard errors."))
    members: list[Members] = []
    for place, name in ((0, "participant"), (1, "item")):
        sd = float(theta[k + place])
        effect, spread = sd * fit.modes[place], sd * np.sqrt(fit.variances[place])
        members.append(Members(names[place], sd, float(se[k + place]), effect, spread))
        if sd < _NO_SPREAD and np.isfinite(se[k + place]):
            text = f"No spread between {name}s is seen beyond chance: it is estimated at 0."
            notes.append(Caution(f"no_spread_{name}", text))
    half = t_of_fewest((names[0].size, names[1].size), level) * se[:k]
    return CrossedEffects(
        theta[:k], se[:k], theta[:k] - half, theta[:k] + half, fit.covariance, members[0], members[1],
        -fit.value if likely else math.nan, *ends, *counts, fit.freedom,
        fit.evaluations, level, "laplace", tuple(notes),
    )  # fmt: skip


def t_of_fewest(members: tuple[int, int], level: float) -> float:
    """Quantile of t with as many degrees of freedom as the fewer kind of members less one; nan for one."""
    fewest = min(members)
    return float(special.stdtrit(fewest - 1, 0.5 + level / 2)) if fewest > 1 else math.nan
