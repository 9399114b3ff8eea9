"""Where the differences between ratings come from: people, items, the rest; and how reliable that makes
the items' means."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, IntArray, Interval, check_level, floats, integer_codes
from .crossing import MOST_MEMBERS, pairs_of, sums
from .reml import Reml, Sums, fit_reml

RELIABLE = 0.8
"""Below this the axis is too noisy to bin by (STATISTICS 1.2)."""

_NO_RESIDUAL, _HARDLY_ANY = 1e-10, 1e-3
"""Shares of all variance: a residual is none below the first, and below the second where no minimum was
found, as the search then runs towards none."""


@dataclass(frozen=True)
class VarianceComponents:
    """Variances of `participant`, `item` and `residual` in the squared unit of the ratings, the `mean`
    with its `mean_se`, and the REML `criterion`, -2 log restricted likelihood.

    `icc_single` is ICC(2,1), the reliability of one rating, `icc_mean` ICC(2,k), that of an item's mean
    over `k` ratings, both for absolute agreement. `k` is the harmonic mean of the ratings per item: the
    error of an item's mean falls as 1 / n, so it is the mean of 1 / n over items that counts.
    """

    participant: float
    item: float
    residual: float
    mean: float
    mean_se: float
    criterion: float
    icc_single: float
    icc_mean: float
    icc_single_interval: Interval
    icc_mean_interval: Interval
    k: float
    n_ratings: int
    n_participants: int
    n_items: int
    n_missing: int
    method: str
    warnings: tuple[Caution, ...]


def variance_components(
    participant: ArrayLike, item: ArrayLike, rating: ArrayLike, *, level: float = 0.95
) -> VarianceComponents:
    """Ratings = mean + participant + item + residual, crossed and unbalanced, by restricted maximum
    likelihood.

    participant, item: codes (R,); rating (R,) in any unit, nan where there is none. Intervals of the
    ICCs by the delta method on the logit scale. Items rated once by everybody, one participant or one
    item cannot be told apart from the residual or the mean: nan and a caution. Below .8 the reliability
    of the items' means is cautioned. ValueError for malformed input.
    Source: Patterson & Thompson 1971, Biometrika 58, 545-554; Shrout & Fleiss 1979, Psychol Bull 86,
    420-428; STATISTICS 1.3.

    >>> people, items = np.tile(np.arange(4), 6), np.repeat(np.arange(6), 4)
    >>> rating = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
    >>> found = variance_components(people, items, rating)
    >>> round(found.icc_single, 2), round(found.icc_mean, 2)
    (0.29, 0.62)
    """
    check_level(level)
    people = integer_codes(participant, "participant")
    items = integer_codes(item, "item", people.size)
    y = floats(rating, "rating", people.size)
    keep = np.isfinite(y)
    y = y[keep]
    people_names, people = np.unique(people[keep], return_inverse=True)
    item_names, items = np.unique(items[keep], return_inverse=True)
    members = (people_names.size, item_names.size)
    missing = int(np.count_nonzero(~keep))
    notes = [Caution("missing", f"{missing} ratings are missing.")] if missing else []
    k = members[1] / float(np.sum(1 / np.bincount(items))) if y.size else math.nan
    blank = _blank(k, y.size, members, missing, level)
    if (stop := _impossible(people, items, y, members)) is not None:
        mean = float(np.mean(y)) if y.size else math.nan
        return replace(blank, mean=mean, warnings=(*notes, stop))
    data, centre, unit, flip = _gathered(people, items, y, members)
    repeats = np.bincount(people).max() > 1
    if not repeats:
        notes.append(Caution("no_repeats_participant", "Nobody rated two items: people count as residual."))
    fit = fit_reml(data, (True, repeats) if flip else (repeats, True))
    if fit is None or fit.residual < (_NO_RESIDUAL if fit.converged else _HARDLY_ANY):
        text = "People and items explain every rating to the last digit, or nearly: no components."
        return replace(blank, mean=float(np.mean(y)), warnings=(*notes, Caution("no_residual", text)))
    return _result(blank, fit, centre, unit, flip, level, notes)


def _impossible(people: IntArray, items: IntArray, y: FloatArray, members: tuple[int, int]) -> Caution | None:
    if not y.size:
        return Caution("no_data", "There is no rating.")
    if members[0] == 1:
        return Caution("one_participant", "One participant: nothing tells people from items.")
    if members[1] == 1:
        return Caution("one_item", "One item: there is no spread of items to be reliable about.")
    if np.ptp(y) == 0:
        return Caution("constant", "Every rating is the same: no components.")
    if np.bincount(items).max() == 1:
        return Caution("no_repeats_item", "No item was rated twice: nothing tells items from noise.")
    if min(members) > MOST_MEMBERS:
        return Caution("too_large", f"More than {MOST_MEMBERS} participants and items: no components.")
    return None


def _gathered(
    people: IntArray, items: IntArray, y: FloatArray, members: tuple[int, int]
) -> tuple[Sums, float, float, bool]:
    """Counts and sums of the standardised ratings, the fewer kind first."""
    centre, unit = float(np.mean(y)), float(np.std(y))
    z = (y - centre) / unit
    flip = members[0] > members[1]
    first, second, sizes = (items, people, members[::-1]) if flip else (people, items, members)
    pairs, place = pairs_of(first, second, *sizes)
    counts = np.bincount(place, minlength=pairs.first.size).astype(np.float64)
    totals = sums(first, z, sizes[0]), sums(second, z, sizes[1])
    return Sums(pairs, counts, totals, float(z @ z)), centre, unit, flip


def _blank(
    k: float, ratings: int, members: tuple[int, int], missing: int, level: float
) -> VarianceComponents:
    none, nowhere = math.nan, Interval(math.nan, math.nan, level)
    return VarianceComponents(
        none, none, none, none, none, none, none, none, nowhere, nowhere, k, ratings, *members, missing,
        "reml", (),
    )  # fmt: skip


def _result(
    blank: VarianceComponents, fit: Reml, centre: float, unit: float, flip: bool, level: float,
    notes: list[Caution],
) -> VarianceComponents:  # fmt: skip
    if not fit.converged:
        notes.append(Caution("not_converged", "The fit did not settle: read its numbers with care."))
    order = [1, 0] if flip else [0, 1]
    ratio, covariance = fit.ratio[order], fit.covariance[np.ix_(order, order)]
    residual = fit.residual * unit**2
    variance = ratio**2 * residual
    for name, spread in zip(("participant", "item"), ratio.tolist(), strict=True):
        if 0 < spread < 1e-4:
            text = f"No spread between {name}s is seen beyond chance: it is estimated at 0."
            notes.append(Caution(f"no_spread_{name}", text))
    single, single_interval = _icc(ratio, covariance, 1.0, level)
    mean, mean_interval = _icc(ratio, covariance, blank.k, level)
    if mean < RELIABLE:
        text = f"The reliability of the items' means is {mean:.2f}, below {RELIABLE}: their order is noisy."
        notes.append(Caution("low_reliability", text))
    return replace(
        blank, participant=float(variance[0]), item=float(variance[1]), residual=residual,
        mean=centre + unit * fit.mean, mean_se=unit * fit.mean_se,
        criterion=fit.criterion + 2 * (blank.n_ratings - 1) * math.log(unit),
        icc_single=single, icc_mean=mean, icc_single_interval=single_interval,
        icc_mean_interval=mean_interval, warnings=tuple(notes),
    )  # fmt: skip


def _icc(ratio: FloatArray, covariance: FloatArray, k: float, level: float) -> tuple[float, Interval]:
    """Item variance over itself plus 1/k of all else, variances in units of the residual."""
    people, items = float(ratio[0]), float(ratio[1])
    noise = (people**2 + 1) / k
    value = items**2 / (items**2 + noise)
    if items == 0:
        return 0.0, Interval(math.nan, math.nan, level)
    # logit = 2 log(items) - log(people^2 + 1) + log(k)
    gradient = np.array([-2 * people / (people**2 + 1), 2 / items])
    half = float(special.ndtri(0.5 + level / 2)) * math.sqrt(float(gradient @ covariance @ gradient))
    middle = float(special.logit(value))
    return value, Interval(float(special.expit(middle - half)), float(special.expit(middle + half)), level)
