"""How reliable people's ratings and answers are: variance components, agreement, dispersion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import ANSWER_RELIABILITY_COLUMNS, row, settled
from annotations.calibration.domains import Domain, by_item
from annotations.statistics.agreement import alpha_counts, krippendorff
from annotations.statistics.agreementbootstrap import alpha_bootstrap
from annotations.statistics.basics import Caution, Interval
from annotations.statistics.betabinomial import dispersion
from annotations.statistics.curvefit import Target
from annotations.statistics.splithalf import split_half
from annotations.statistics.variancecomponents import variance_components

SPLITS, MOST_RESAMPLES = 100, 500
# Restricted likelihood of as many ratings takes about a second.
MOST_RATINGS = 20_000
NOWHERE = Interval(float("nan"), float("nan"))


def checks_of(domain: Domain, *, seed: int, resamples: int) -> Rows:
    """By target that was answered; ratings in points of 0-100."""
    rows: Rows = []
    for target in ("rated", "failure"):
        if domain.answered(target):
            rows += _common(domain, target, seed, min(resamples, MOST_RESAMPLES))
    if domain.answered("rated"):
        rows += _components(domain)
    if domain.answered("failure"):
        rows += _dispersion(domain)
    return rows


def _line(
    domain: Domain, target: Target, quantity: str, estimate: float, ends: Interval, n: tuple[int, int, int],
    cautions: Iterable[Caution],
) -> dict[str, Any]:  # fmt: skip
    note = " ".join(dict.fromkeys(one.text for one in cautions))
    numbers = settled(estimate, ends.low, ends.high)
    return row(
        ANSWER_RELIABILITY_COLUMNS, domain.name, domain.population, target, quantity, *numbers, *n, note
    )


def _common(domain: Domain, target: Target, seed: int, resamples: int) -> Iterator[dict[str, Any]]:
    """Split halves, and Krippendorff's alpha: of ratings by squared differences, of failures nominal."""
    y = domain.outcome(target)
    halves = split_half(domain.people, domain.item, y, seed=seed, count=SPLITS)
    n = (int(np.isfinite(y).sum()), halves.n_items, halves.n_participants)
    yield _line(domain, target, "split_half", halves.reliability, halves.spread, n, halves.warnings)
    counts = alpha_counts(domain.item, domain.people, 100 * y)
    metric: Any = "interval" if target == "rated" else "nominal"
    alpha = krippendorff(counts, metric=metric)
    drawn = alpha_bootstrap(counts, metric=metric, seed=seed, count=resamples)
    yield _line(
        domain, target, "alpha", alpha.alpha, drawn.interval, (alpha.n, alpha.units, alpha.participants),
        (*alpha.warnings, *drawn.warnings),
    )  # fmt: skip


def _components(domain: Domain) -> Iterator[dict[str, Any]]:
    y = 100 * domain.rated
    kept = np.isfinite(y)
    notes: tuple[Caution, ...] = ()
    if int(kept.sum()) > MOST_RATINGS:
        before = np.cumsum(np.bincount(domain.people[kept]))
        people = max(int(np.searchsorted(before, MOST_RATINGS, side="right")), 2)
        kept &= domain.people < people
        text = f"Of the first {np.unique(domain.people[kept]).size:,} participants: all would take long."
        notes = (Caution("some_participants", text),)
    found = variance_components(domain.people[kept], domain.item[kept], y[kept])
    n = (found.n_ratings, found.n_items, found.n_participants)
    for quantity, value, ends in (
        ("variance_participant", found.participant, NOWHERE),
        ("variance_item", found.item, NOWHERE),
        ("variance_residual", found.residual, NOWHERE),
        ("icc_single", found.icc_single, found.icc_single_interval),
        ("icc_mean", found.icc_mean, found.icc_mean_interval),
    ):
        yield _line(domain, "rated", quantity, value, ends, n, (*found.warnings, *notes))


def _dispersion(domain: Domain) -> Iterator[dict[str, Any]]:
    """How much items of one metric differ beyond chance, as the correlation of two answers to one item."""
    n, failed, _ = by_item(domain, "failure")
    measured = np.isfinite(domain.x)
    x = domain.x if measured.any() else None
    found = dispersion(failed, n, x, ceiling=domain.ceiling)
    seen = (n > 0) & (measured if x is not None else True)
    sizes = (int(n[seen].sum()), int(np.count_nonzero(seen)), int(np.unique(domain.people).size))
    yield _line(domain, "failure", "dispersion", found.rho, found.interval, sizes, found.warnings)
    yield _line(domain, "failure", "dispersion_p_value", found.p_value, NOWHERE, sizes, found.warnings)
