"""Rasch and two-parameter logistic models of who fails which item, by marginal maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import Caution, FloatArray, IntArray, floats, integer_codes
from .itemresponsefit import Model, ModelFit, fit_model
from .latentability import answers_of, nodes_for

PRIOR_BELOW = 200
"""With fewer people weak priors hold the parameters."""


@dataclass(frozen=True)
class ItemResponse:
    """P(right) = expit(slope_i * ability + intercept_i), ability ~ N(0, variance).

    Per item (I,), in the order of its codes `item`: `slope` (1 in the Rasch model), `intercept`, their
    standard errors, and `difficulty` = -intercept / slope, the ability at which half of the people are
    right, with its own. `variance` is 1 in the 2PL. Per person (P,), codes `participant`: `ability`,
    the posterior mean, and its `ability_sd`.
    """

    model: Model
    item: IntArray
    slope: FloatArray
    slope_se: FloatArray
    intercept: FloatArray
    intercept_se: FloatArray
    difficulty: FloatArray
    difficulty_se: FloatArray
    variance: float
    variance_se: float
    log_likelihood: float
    participant: IntArray
    ability: FloatArray
    ability_sd: FloatArray
    n_answers: int
    n_patterns: int
    n_missing: int
    nodes: int
    prior: bool
    method: str
    warnings: tuple[Caution, ...]


def item_response(
    participant: ArrayLike, item: ArrayLike, right: ArrayLike, *, model: Literal["rasch", "2pl"] = "rasch"
) -> ItemResponse:
    """Fit by the EM algorithm, finished by L-BFGS-B; standard errors from the observed information.

    participant, item: codes (R,); right (R,): 1 or 0, nan where there is none. Everybody may have
    answered other items. Below 200 people, and always for an item that all or none got right, weak
    priors: intercept ~ N(0, 3^2), slope ~ N(1, 1), sd of abilities ~ gamma(2, 1). Without anybody who
    answered twice, or without any variation: nan and a caution. ValueError for malformed input.
    Source: Bock & Aitkin 1981, Psychometrika 46, 443-459; STATISTICS 1.3.

    >>> people, items = np.repeat(np.arange(200), 3), np.tile(np.arange(3), 200)
    >>> right = ((people * 7 + items * 5) % 11 > 2 + 2 * items) * 1
    >>> found = item_response(people, items, right)
    >>> bool(np.all(np.diff(found.difficulty) > 0)), found.prior
    (True, False)
    """
    if model not in ("rasch", "2pl"):
        raise ValueError(f"unknown model: {model!r}")
    people = integer_codes(participant, "participant")
    items = integer_codes(item, "item", people.size)
    y = floats(right, "right", people.size)
    keep = ~np.isnan(y)
    if not bool(np.all((y[keep] == 0) | (y[keep] == 1))):
        raise ValueError("right must hold 0, 1 or nan")
    y = y[keep]
    people_names, people = np.unique(people[keep], return_inverse=True)
    item_names, items = np.unique(items[keep], return_inverse=True)
    missing = int(np.count_nonzero(~keep))
    notes = [Caution("missing", f"{missing} answers are missing.")] if missing else []
    prior = 0 < people_names.size < PRIOR_BELOW
    fit, patterns, nodes = None, 0, 0
    if (stop := _impossible(people, y)) is not None:
        notes.append(stop)
    else:
        answers = answers_of(people, items, y, people_names.size, item_names.size)
        grid = nodes_for(float(np.bincount(people).max()))
        fit = fit_model(answers, grid, model, prior)
        patterns, nodes = answers.people.size, grid.z.size
        notes += _cautions(fit, prior, people_names.size)
    return _result(
        fit, model, item_names, people_names, (y.size, patterns, missing, nodes), prior, tuple(notes)
    )


def _impossible(people: IntArray, y: FloatArray) -> Caution | None:
    if not y.size:
        return Caution("no_data", "There is no answer.")
    if np.bincount(people).max() < 2:
        return Caution("no_repeats", "Nobody answered two items: nothing tells people from items.")
    if np.ptp(y) == 0:
        return Caution("constant_outcome", "Every answer is the same: there is no maximum.")
    return None


def _cautions(fit: ModelFit, prior: bool, people: int) -> list[Caution]:
    notes = []
    if prior:
        text = f"{people} people are fewer than {PRIOR_BELOW}: weak priors hold the parameters."
        notes.append(Caution("weak_prior", text))
    if fit.constant:
        text = f"{fit.constant} items were got right by all or by none: a weak prior holds them."
        notes.append(Caution("constant_items", text))
    if not fit.converged:
        notes.append(Caution("not_converged", "The fit did not settle: read its numbers with care."))
    if fit.at_bound:
        notes.append(Caution("at_bound", "A parameter ran to its bound: its data have no finite maximum."))
    if fit.covariance is None:
        text = "No standard errors: too many items, or the information is not positive."
        notes.append(Caution("no_errors", text))
    if fit.spread < 0.05:
        notes.append(Caution("no_spread", "No spread of abilities is seen beyond chance."))
    return notes


def _result(
    fit: ModelFit | None, model: Model, items: IntArray, people: IntArray,
    counts: tuple[int, int, int, int], prior: bool, notes: tuple[Caution, ...],
) -> ItemResponse:  # fmt: skip
    size = items.size
    if fit is None:
        none, nobody = np.full(size, np.nan), np.full(people.size, np.nan)
        return ItemResponse(
            model, items, none, none, none, none, none, none, math.nan, math.nan, math.nan, people, nobody,
            nobody, *counts, prior, f"{model}_mml", notes,
        )  # fmt: skip
    rasch = model == "rasch"
    covariance = np.full((2 * size, 2 * size), np.nan) if fit.covariance is None else fit.covariance
    variance = np.diag(covariance)
    slope_se, intercept_se = np.sqrt(variance[:size]), np.sqrt(variance[size:])
    cross = np.diag(covariance[:size, size:])
    with np.errstate(divide="ignore", invalid="ignore"):
        difficulty = -fit.intercept / (1.0 if rasch else fit.slope)
        spread = variance[size:] + 2 * difficulty * cross + difficulty**2 * variance[:size]
        difficulty_se = intercept_se if rasch else np.sqrt(np.maximum(spread, 0.0)) / np.abs(fit.slope)
    unit = fit.spread if rasch else 1.0
    return ItemResponse(
        model, items,
        np.ones(size) if rasch else fit.slope, np.zeros(size) if rasch else slope_se,
        fit.intercept, intercept_se, difficulty, difficulty_se,
        unit**2, 2 * unit * float(slope_se[0]) if rasch else 0.0, fit.log_likelihood,
        people, unit * fit.ability, unit * fit.ability_sd, *counts, prior, f"{model}_mml", notes,
    )  # fmt: skip
