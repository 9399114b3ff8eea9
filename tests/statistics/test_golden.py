"""Every entry under `required` of the golden results, beside what the measures give: the map of what is covered.

`FOUND` is shaped as `required` is. An entry that stands in one of them alone fails, and so does a number that is
off by more than its tolerance: 1e-6 relative, or what its name says, and 1e-12 near zero.
"""

from __future__ import annotations

import functools
import math
import re

import numpy as np
import pytest

from annotations.statistics.agreement import alpha_counts, krippendorff
from annotations.statistics.bootstrap import percentile_interval
from annotations.statistics.calibration import calibrate
from annotations.statistics.correlation import kendall, spearman
from annotations.statistics.crossedeffects import crossed_effects
from annotations.statistics.dawidskene import dawid_skene
from annotations.statistics.detection import detection
from annotations.statistics.freedends import free_ends
from annotations.statistics.isotonic import isotonic
from annotations.statistics.itemresponse import item_response
from annotations.statistics.rates import clopper_pearson, wilson
from annotations.statistics.tally import tally
from annotations.statistics.twoway import rates_by_cell
from annotations.statistics.variancecomponents import variance_components

from .data import close, expected, s1, s2
from .test_agreement import published
from .test_crossed import slips
from .test_dawidskene import anaesthetists
from .test_freedends import FOUR, golden
from .test_itemresponse import lsat6
from .test_order import item_means

WANTED = expected()
SLIP = "slip = verdict correct among truth I"
LAPLACE = "crossed_random_effects_laplace (rel 2e-5)"
# Wider than their names say, and why.
WIDER = {
    # The tool stopped short of the maximum (test_itemresponse.py).
    "lsat6/Rasch, variance free/": 2e-5,
}
# A sentence, not a result.
NOTES = ("s2_synth/truth codes",)


def ends(fit, first="intercept", second="proxy"):
    return {first: fit.intercept, second: fit.slope}


def errors(robust, factor=1.0):
    return {"intercept": robust.intercept_se / factor, "proxy": robust.slope_se / factor}


def logistic():
    data = s1()
    fit = calibrate(tally(data.participant, data.item, data.fail, data.metric))
    of, scale = fit.quality, math.sqrt(fit.quality.dispersion)
    return {
        "coef": ends(fit),
        "se": {"intercept": fit.intercept_se, "proxy": fit.slope_se},
        "cov": fit.covariance[0, 1],
        "logLik": of.log_likelihood,
        "deviance": of.deviance_responses,
        "x50": fit.location,
        "se_x50_delta": fit.location_se,
        "se_participant_HC1": errors(fit.robust.participant),
        "se_item_HC1": errors(fit.robust.item),
        "se_twoway_HC1": errors(fit.robust.twoway),
        "agg": {
            "coef": ends(fit, "intercept", "x"),
            "deviance": of.deviance,
            "df": of.degrees_of_freedom,
            "pearson": of.pearson,
            "logLik": of.log_likelihood_grouped,
        },
        "quasi": {
            "dispersion": of.dispersion,
            "se": {"intercept": scale * fit.intercept_se, "x": scale * fit.slope_se},
        },
    }


def least_squares():
    data, found = s1(), {}
    targets = (("mean rating/100", "rated", data.rating), ("failure rate", "failure", data.fail))
    for words, target, outcome in targets:
        sums = tally(data.participant, data.item, outcome, data.metric)
        for how, weighted in (("unweighted", False), ("weighted by n", True)):
            fit = calibrate(sums, target=target, method="least_squares", weighted=weighted)
            found[f"{words} per level, {how}"] = {
                "coef": ends(fit, "a", "b"),
                "se": {"a": fit.intercept_se, "b": fit.slope_se},
                "rss": fit.quality.rss,
                "sigma": fit.quality.sigma,
            }
    return found


def fractional():
    data = s1()
    fit = calibrate(tally(data.participant, data.item, data.rating, data.metric), target="rated")
    rows = data.rating.size
    return {
        "coef": ends(fit),
        "se": {"intercept": fit.intercept_se, "proxy": fit.slope_se},
        # HC0 lacks the small-sample factor of HC1.
        "se_clusterHC0_participant": errors(fit.robust.participant, math.sqrt((rows - 1) / (rows - 2))),
    }


def crossed(fit, item):
    return {
        "fixef": fit.fixed.tolist(),
        "se_glmmTMB": fit.fixed_se.tolist(),
        "sd": {"participant": fit.participants.sd, item: fit.items.sd},
        "logLik": fit.log_likelihood,
    }


def of_ratings():
    data = s1()
    held = calibrate(tally(data.participant, data.item, data.fail, data.metric), floor=0.02, ceiling=0.98)
    parts = variance_components(data.participant, data.item, 100 * data.rating)
    ratings = alpha_counts(data.item, data.participant, 100 * data.rating)
    rating, failure = item_means()
    return {
        "binomial_logistic_fail_on_proxy": logistic(),
        "least_squares_levels": least_squares(),
        "fractional_logit_rating": fractional(),
        "fixed_floor_and_lapse_0.02": {
            "a": held.intercept, "b": held.slope, "logLik": held.quality.log_likelihood_grouped
        },
        LAPLACE: crossed(crossed_effects(data.participant, data.item, data.fail, data.proxy), "item"),
        "krippendorff_rating_interval": krippendorff(ratings, metric="interval").alpha,
        "krippendorff_rating_ordinal": krippendorff(ratings, metric="ordinal").alpha,
        "krippendorff_fail_nominal": krippendorff(
            alpha_counts(data.item, data.participant, data.fail)
        ).alpha,
        "variance_components_rating_reml (rel 1e-4)": {
            "var": {"participant": parts.participant, "item": parts.item, "Residual": parts.residual},
            "mean": parts.mean,
            "REML": parts.criterion,
        },
        "spearman_proxy_rating_trials": spearman(data.proxy, data.rating).estimate,
        # The third is labelled otherwise than it was found: test_order.py.
        "items: spearman proxy-rating, spearman rating-failure, kendall proxy-rating": [
            spearman(data.metric, rating).estimate,
            spearman(rating, failure).estimate,
            kendall(rating, failure).estimate,
        ],
    }  # fmt: skip


def resampled(people, slip):
    """The resamples that the other tool drew, as weights of the people."""
    drawn = np.random.Generator(np.random.PCG64(12345)).integers(0, 80, (2000, 80))
    weights = np.stack([np.bincount(row, minlength=80) for row in drawn])
    rates = (weights @ np.bincount(people, slip, 80)) / (weights @ np.bincount(people, minlength=80))
    interval = percentile_interval(rates, 0.95)
    return {"percentile": [interval.low, interval.high], "se": float(np.std(rates, ddof=1))}


def of_verdicts():
    data = s2()
    people, outputs, slip, proxy = slips()
    once, event = np.zeros(slip.size, dtype=int), slip.astype(int)
    # Every response an output of its own: clustered by participants alone.
    rates = rates_by_cell(once, people, np.arange(slip.size), event, n_cells=1, n_outcomes=2)
    rate, variance = rates.rate[0, 1], rates.variance[0, 1]
    n, k = np.bincount(proxy.astype(int)), np.bincount(proxy.astype(int), slip)
    shown = wilson(k, n)
    levels = {
        str(at): {"k": k[at], "n": n[at], "wilson": [shown.low[at], shown.high[at]]} for at in range(n.size)
    }
    fit = calibrate(tally(people, outputs, slip, data.metric))
    return {
        SLIP: {
            "k": rates.n[0, 1],
            "n": rates.total[0],
            "clusters (participants)": rates.participants[0],
            "estimate": rate,
            "linearised_se": math.sqrt(variance),
            "design_effect": variance / (rate * (1 - rate) / (slip.size - 1)),
            "bootstrap by participant, PCG64(12345) integers(0,80,(2000,80)) on sorted ids": resampled(
                people, slip
            ),
            "by proxy level: k, n, wilson": levels,
            "isotonic over proxy 0..9": isotonic(np.arange(n.size), k, n).estimate.tolist(),
            "logistic on proxy": {
                "coef": ends(fit),
                "se": {"intercept": fit.intercept_se, "proxy": fit.slope_se},
                "se participant HC1": errors(fit.robust.participant),
            },
            LAPLACE: crossed(crossed_effects(people, outputs, slip, proxy), "output"),
        },
        "krippendorff_verdict_nominal": krippendorff(
            alpha_counts(data.output, data.participant, data.verdict)
        ).alpha,
    }


def freed(**held):
    fit = free_ends(golden(), **held)
    guess, lapse = fit.floor.estimate, 1 - fit.ceiling.estimate
    return {
        "coef": {"a": fit.intercept, "b": fit.slope, "g": guess, "l": lapse},
        "logLik": fit.log_likelihood_grouped,
    }


def of_answers():
    both, rasch = item_response(*lsat6(), model="2pl"), item_response(*lsat6())
    return {
        "2PL (mirt = ltm = TAM; 2e-5)": {
            "a": both.slope.tolist(), "d": both.intercept.tolist(), "logLik": both.log_likelihood
        },
        "Rasch, variance free": {
            "d": rasch.intercept.tolist(), "variance": rasch.variance, "logLik": rasch.log_likelihood
        },
    }  # fmt: skip


def inferred():
    found = dawid_skene(*anaesthetists(), n_labels=4, seed=1)
    return {"priors": found.prior.tolist(), "loglik": found.log_likelihood}


def interval_of(measure, case):
    found = measure([case["x"]], [case["n"]])
    return [found.low[0], found.high[0]]


def of_rates(cases):
    return [
        {"x": case["x"], "n": case["n"]}
        | {measure.__name__: interval_of(measure, case) for measure in (wilson, clopper_pearson)}
        for case in cases
    ]


def told_apart(cases):
    counts = ("hits", "misses", "fa", "cr")
    found = [detection(*([case[name]] for name in counts)) for case in cases]
    return [
        {name: case[name] for name in counts} | {"dprime": one.dprime[0], "c": one.criterion[0]}
        for case, one in zip(cases, found, strict=True)
    ]


RATES, TOLD = "rates: wilson and clopper_pearson", "signal_detection (log-linear): dprime, c"
FOUND = {
    "s1_synth": of_ratings,
    "s2_synth": of_verdicts,
    "psy_guess_lapse_synth (x, k of n)": lambda: {
        FOUR: freed(),
        "g fixed .06": freed(free=["ceiling"], floor=0.06),
        "l fixed .09": freed(free=["floor"], ceiling=0.91),
    },
    "krippendorff_2011": lambda: {
        metric: krippendorff(published(), metric=metric).alpha for metric in WANTED["krippendorff_2011"]
    },
    "dawid_skene_1979 (EM to marginal log likelihood change < 1e-9)": inferred,
    "lsat6": of_answers,
    RATES: lambda: of_rates(WANTED[RATES]),
    TOLD: lambda: told_apart(WANTED[TOLD]),
}


@functools.cache
def found_of(part):
    return FOUND[part]()


def leaves(values, path=""):
    """(path, number) of every entry; sentences are none."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from leaves(value, f"{path}/{key}" if path else key)
    elif isinstance(values, list):
        for at, value in enumerate(values):
            yield from leaves(value, f"{path}/{at}")
    elif not path.startswith(NOTES):
        yield path, float(values)


def tolerance(path):
    named = re.findall(r"(?:rel |; )(\d+e-\d+)\)", path)
    wider = [rel for start, rel in WIDER.items() if path.startswith(start)]
    return max([1e-6, *map(float, named), *wider])


def misses(wanted, found):
    """What is not reproduced, or stands on one side alone."""
    left = dict(found)
    for path, value in wanted:
        if path not in left or not close(left.pop(path), value, tolerance(path)):
            yield path
    yield from left


@pytest.mark.parametrize("part", list(WANTED))
def test_every_required_result_is_reproduced(part):
    assert part in FOUND, "no measure is held against this part of `required`"
    assert list(misses(leaves(WANTED[part], part), leaves(found_of(part), part))) == []


@pytest.mark.parametrize("part", list(WANTED))
def test_a_result_that_is_off_or_missing_would_be_seen(part):
    found = dict(leaves(found_of(part), part))
    for path, value in found.items():
        off = value * (1 + 3 * tolerance(path)) + 3e-12
        assert list(misses(leaves(WANTED[part], part), found | {path: off})) == [path]
        rest = {other: number for other, number in found.items() if other != path}
        assert list(misses(leaves(WANTED[part], part), rest)) == [path]


def test_there_are_as_many_required_results_as_were_given():
    assert len(list(leaves(WANTED))) == 281
