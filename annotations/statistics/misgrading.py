"""What wrong grades do to the slip rate: as a function of how many there are, and where it tips."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import BoolArray, Caution, FloatArray, IntArray, Interval, check_level, floats
from .clusters import places_of, repeats
from .companions import CORRECT, INCORRECT
from .influence import t_of, two_way_spread
from .judgements import Judgements
from .rates import clopper_pearson_bounds

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Audit:
    """A second, blind grading: of `incorrect` outputs graded incorrect `found_correct` were correct, and of
    `correct` outputs graded correct `found_incorrect` were incorrect."""

    incorrect: int = 0
    found_correct: int = 0
    correct: int = 0
    found_incorrect: int = 0


@dataclass(frozen=True)
class Misgrading:
    """The slip rate `observed`, and `slip` (X,) if the share `rates` (X,) of correct outputs were graded
    incorrect, nan where that is more than were graded so; `share` (X,) of the outputs graded incorrect are
    then correct. At `tipping_rate`, `tipping_share`, the slip crosses `threshold`; nan where none does.
    `corrected` is the slip at the shares that the audit found; `safe` says whether the audit's upper bound
    stays below the tipping share (None without an audit, True where nothing tips).
    """

    observed: float
    accepted_correct: float
    rates: FloatArray
    share: FloatArray
    slip: FloatArray
    threshold: float
    tipping_rate: float
    tipping_share: float
    audited_share: float
    audited_interval: Interval
    corrected: float
    corrected_interval: Interval
    safe: bool | None
    method: str
    warnings: tuple[Caution, ...]


def misgrading(
    data: Judgements,
    audit: Audit,
    *,
    threshold: float,
    rates: ArrayLike = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05),
    among: ArrayLike | None = None,
    level: float = 0.95,
) -> Misgrading:
    """Take wrong grades off the slip rate: verdicts depend on what an output is, not on its grade.

    With a share m of the outputs graded incorrect being correct, q the other way round, and acceptance A
    of either grade: slip = ((1 - q) A_incorrect - m A_correct) / (1 - m - q), drawn to 0-1. q is the
    audit's, 0 without one. among (N,): the outputs meant, such as an easy bin; all by default. The
    corrected slip's interval adds the audit's uncertainty to the two-way one, on the logit scale.
    ValueError for a threshold or rates outside 0-1, or an audit that found more than it looked at.
    Source: STATISTICS 2.5; Rogan & Gladen 1978, Am J Epidemiol 107, 71-76.

    >>> from annotations.statistics.judgements import judgements
    >>> outputs = np.repeat(np.arange(100), 20)
    >>> people = np.tile(np.arange(20), 100)
    >>> verdict = np.where(outputs < 3, np.where(people < 7, 0, 2), np.where(people < 19, 0, 2))
    >>> data = judgements(outputs, people, verdict, grade=[2] * 3 + [0] * 97)
    >>> found = misgrading(data, Audit(3, 1), threshold=0.1, rates=[0.01])
    >>> found.observed, round(found.slip[0].item(), 3), round(found.corrected, 3)
    (0.35, 0.059, 0.05)
    """
    check_level(level)
    grid = floats(rates, "rates")
    _check(audit, threshold, grid)
    kept = np.ones(data.grade.size, dtype=bool) if among is None else np.asarray(among)
    if kept.dtype != np.bool_ or kept.shape != data.grade.shape:
        raise ValueError("among must say of every output whether it is meant")
    rows = np.flatnonzero(kept[data.output] & np.isin(data.grade[data.output], (CORRECT, INCORRECT)))
    wrong, accepted = data.grade[data.output[rows]] == INCORRECT, data.verdict[rows] == CORRECT
    weight = data.weight[rows]
    mass = float(np.sum(weight[wrong])), float(np.sum(weight[~wrong]))
    a_wrong, a_right = (_mean(accepted[own], weight[own]) for own in (wrong, ~wrong))
    q = audit.found_incorrect / audit.correct if audit.correct else 0.0
    ratio = (1 - q) * mass[1] / mass[0] if mass[0] else math.nan
    with np.errstate(divide="ignore"):
        share = grid / (1 - grid) * ratio
    share = np.where(share < 1 - q, share, np.nan)
    slip = np.clip(_slip(a_wrong, a_right, share, q), 0, 1)
    tip = _tipping(a_wrong, a_right, threshold, q)
    audited, bounds = _audited(audit, level)
    m = audited if audit.incorrect else math.nan
    raw = float(_slip(a_wrong, a_right, np.array([m]), q)[0])
    corrected = float(np.clip(raw, 0, 1))
    part = _Part(wrong, accepted, weight, data.participant[rows], data.cluster[rows])
    interval = _interval(part, audit, (a_wrong, a_right), m, q, corrected, level)
    unknown = not audit.incorrect or math.isnan(a_wrong + a_right)
    safe = None if unknown else math.isnan(tip) or bounds.high < tip
    notes = _cautions(mass, audit, raw, tip, a_wrong > threshold, interval)
    return Misgrading(
        a_wrong, a_right, grid, share, slip, threshold, tip / (tip + ratio) if ratio > 0 else math.nan, tip,
        audited, bounds, corrected, interval, safe, "known_acceptance_of_correct", notes,
    )  # fmt: skip


def _check(audit: Audit, threshold: float, rates: FloatArray) -> None:
    if not 0 < threshold < 1:
        raise ValueError("threshold is a rate between 0 and 1")
    if not bool(np.all((rates >= 0) & (rates < 1))):
        raise ValueError("rates must lie between 0 and 1")
    if not (0 <= audit.found_correct <= audit.incorrect and 0 <= audit.found_incorrect <= audit.correct):
        raise ValueError("the audit found more than it looked at")


def _mean(accepted: BoolArray, weight: FloatArray) -> float:
    return float(np.average(accepted, weights=weight)) if accepted.size else math.nan


def _slip(a_wrong: float, a_right: float, share: FloatArray, q: float) -> FloatArray:
    left = 1 - share - q
    with np.errstate(divide="ignore", invalid="ignore"):
        slip: FloatArray = ((1 - q) * a_wrong - np.where(share > 0, share * a_right, 0.0)) / left
    return np.where(left > 0, slip, np.nan)


def _tipping(a_wrong: float, a_right: float, threshold: float, q: float) -> float:
    """The share at which the slip equals the threshold; nan where no share below 1 - q gives it."""
    if a_right == threshold or math.isnan(a_wrong) or math.isnan(a_right):
        return math.nan
    share = (1 - q) * (a_wrong - threshold) / (a_right - threshold)
    return share if 0 <= share < (1 - q) * (1 - _ROUNDING) else math.nan


def _audited(audit: Audit, level: float) -> tuple[float, Interval]:
    k, n = np.array([float(audit.found_correct)]), np.array([float(audit.incorrect)])
    low, high = clopper_pearson_bounds(k, n, level)
    share = audit.found_correct / audit.incorrect if audit.incorrect else math.nan
    return share, Interval(float(low[0]), float(high[0]), level)


@dataclass(frozen=True)
class _Part:
    """Responses (R,) on outputs graded correct or incorrect."""

    wrong: BoolArray
    accepted: BoolArray
    weight: FloatArray
    people: IntArray
    things: IntArray


def _interval(
    part: _Part, audit: Audit, rates: tuple[float, float], m: float, q: float, slip: float, level: float
) -> Interval:
    """Delta method for both acceptances and both shares, which are taken as (k + 1/2) / (n + 1)."""
    nothing = Interval(math.nan, math.nan, level)
    left = 1 - m - q
    if math.isnan(slip) or not left > 0:
        return nothing
    a_wrong, a_right = (0.0 if math.isnan(rate) else rate for rate in rates)
    influence = np.zeros(part.wrong.size)
    for own, rate, pull in ((part.wrong, a_wrong, 1 - q), (~part.wrong, a_right, -m)):
        if own.any():
            w = part.weight[own]
            influence[own] = pull / left * w * (part.accepted[own] - rate) / np.sum(w)
    cell = np.zeros(part.wrong.size, dtype=np.int64)
    places = places_of(cell, part.people, part.things, repeats(part.people, part.things), 1)
    spread = two_way_spread(places, influence)
    variance = float(spread.variance[0])
    slopes = (slip - a_right) / left, (slip - a_wrong) / left
    looks = (audit.found_correct, audit.incorrect), (audit.found_incorrect, audit.correct)
    for slope, (k, n) in zip(slopes, looks, strict=True):
        share = (k + 0.5) / (n + 1)
        variance += slope**2 * share * (1 - share) / n if n else 0.0
    least = 0.5 / (float(np.count_nonzero(part.wrong)) + 1)
    inner = min(max(slip, least), 1 - least)
    half = float(t_of(spread, level)[0]) * math.sqrt(variance) / (inner * (1 - inner))
    if math.isnan(half):
        return nothing
    middle = float(special.logit(inner))
    return Interval(float(special.expit(middle - half)), float(special.expit(middle + half)), level)


def _cautions(
    mass: tuple[float, float], audit: Audit, raw: float, tip: float, above: bool, interval: Interval
) -> tuple[Caution, ...]:
    found = []
    if not mass[0]:
        found.append(Caution("no_data", "No verdict is on an output graded incorrect: there are no slips."))
    elif not mass[1]:
        text = "No verdict is on an output graded correct: how often those are accepted is not known."
        found.append(Caution("no_correct", text))
    elif math.isnan(tip):
        text = (
            f"The slip rate is {'above' if above else 'below'} the threshold however many grades are wrong."
        )
        found.append(Caution("never_tips", text))
    if not audit.incorrect:
        text = "No output graded incorrect was graded again: how many grades are wrong is not known."
        found.append(Caution("no_audit", text))
    elif all(mass) and math.isnan(raw):
        text = "The audit overturned so many grades that none is left for the slip to rest on."
        found.append(Caution("all_overturned", text))
    elif all(mass) and math.isnan(interval.low):
        found.append(Caution("too_few_clusters", "Fewer than two participants or outputs: no interval."))
    if not audit.correct:
        text = "No output graded correct was graded again: none is taken to be incorrect."
        found.append(Caution("no_audit_of_correct", text))
    if raw < -_ROUNDING or raw > 1 + _ROUNDING:
        text = "The audit found more wrong grades than the verdicts agree with: the slip is drawn to 0-1."
        found.append(Caution("out_of_range", text))
    return tuple(found)
