"""The calibration against R (glm, nls, sandwich, bbmle) on the golden S1 data."""

from __future__ import annotations

import numpy as np
import pytest

from annotations.statistics.calibration import calibrate
from annotations.statistics.sandwich import Robust
from annotations.statistics.tally import Tally, tally

from .data import close, columns, expected, s1, s2

GOLDEN = expected()["s1_synth"]
LOGISTIC = GOLDEN["binomial_logistic_fail_on_proxy"]


def failures() -> Tally:
    data = s1()
    return tally(data.participant, data.item, data.fail, data.metric)


def ratings() -> Tally:
    data = s1()
    return tally(data.participant, data.item, data.rating, data.metric)


def same_errors(found: Robust, wanted: dict[str, float], factor: float = 1.0) -> bool:
    return close(found.intercept_se, factor * wanted["intercept"]) and close(
        found.slope_se, factor * wanted["proxy"]
    )


def test_logistic_coefficients_and_errors():
    fit = calibrate(failures())
    assert close(fit.intercept, LOGISTIC["coef"]["intercept"])
    assert close(fit.slope, LOGISTIC["coef"]["proxy"])
    assert close(fit.intercept_se, LOGISTIC["se"]["intercept"])
    assert close(fit.slope_se, LOGISTIC["se"]["proxy"])
    assert close(fit.covariance[0, 1], LOGISTIC["cov"])
    assert close(fit.location, LOGISTIC["x50"])
    assert close(fit.location_se, LOGISTIC["se_x50_delta"])
    assert fit.warnings == ()


def test_logistic_likelihood_and_deviance():
    quality = calibrate(failures()).quality
    assert close(quality.log_likelihood, LOGISTIC["logLik"])
    assert close(quality.deviance_responses, LOGISTIC["deviance"])


def test_logistic_grouped_by_level():
    fit = calibrate(failures())
    agg, quasi, quality = LOGISTIC["agg"], LOGISTIC["quasi"], fit.quality
    assert close(fit.intercept, agg["coef"]["intercept"])
    assert close(fit.slope, agg["coef"]["x"])
    assert close(quality.deviance, agg["deviance"])
    assert quality.degrees_of_freedom == agg["df"]
    assert close(quality.pearson, agg["pearson"])
    assert close(quality.log_likelihood_grouped, agg["logLik"])
    assert close(quality.dispersion, quasi["dispersion"])
    assert close(fit.intercept_se * quality.dispersion**0.5, quasi["se"]["intercept"])
    assert close(fit.slope_se * quality.dispersion**0.5, quasi["se"]["x"])


@pytest.mark.parametrize("unit", ["level", "item"])
def test_logistic_sandwiches_hc1(unit):
    data = s1()
    robust = calibrate(tally(data.participant, data.item, data.fail, data.metric, unit=unit)).robust
    assert same_errors(robust.participant, LOGISTIC["se_participant_HC1"])
    assert same_errors(robust.item, LOGISTIC["se_item_HC1"])
    assert same_errors(robust.twoway, LOGISTIC["se_twoway_HC1"])


def test_logistic_sandwich_hc0_differs_by_the_small_sample_factor():
    oracle = expected("oracle")["s1_synth"]["binomial_logistic_fail_on_proxy"]
    factor = (1415 / 1414) ** 0.5
    assert same_errors(calibrate(failures()).robust.participant, oracle["se_participant_HC0"], factor)


@pytest.mark.parametrize("target", ["rating/100", "failure rate"])
@pytest.mark.parametrize("weighted", [False, True])
def test_least_squares_on_levels(target, weighted):
    data = ratings() if target == "rating/100" else failures()
    name = f"{'mean rating/100' if target == 'rating/100' else target} per level, "
    wanted = GOLDEN["least_squares_levels"][name + ("weighted by n" if weighted else "unweighted")]
    kind = "rated" if target == "rating/100" else "failure"
    fit = calibrate(data, target=kind, method="least_squares", weighted=weighted)
    assert close(fit.intercept, wanted["coef"]["a"])
    assert close(fit.slope, wanted["coef"]["b"])
    assert close(fit.intercept_se, wanted["se"]["a"])
    assert close(fit.slope_se, wanted["se"]["b"])
    assert close(fit.quality.rss, wanted["rss"])
    assert close(fit.quality.sigma, wanted["sigma"])


def test_fixed_floor_and_ceiling():
    wanted = GOLDEN["fixed_floor_and_lapse_0.02"]
    fit = calibrate(failures(), floor=0.02, ceiling=0.98)
    assert close(fit.intercept, wanted["a"])
    assert close(fit.slope, wanted["b"])
    assert close(fit.quality.log_likelihood_grouped, wanted["logLik"])


def test_fixed_ends_at_the_free_optimum_give_its_curve():
    """The four-parameter optimum of another tool, two of its parameters handed over."""
    table = columns("psy_guess_lapse_synth.csv")
    wanted = expected()["psy_guess_lapse_synth (x, k of n)"][
        "four free (logit part a+b*x; P = g + (1-g-l)*logistic)"
    ]
    x, k, n = (table[name].astype(int) for name in "xkn")
    item = np.repeat(np.arange(x.size), n)
    y = np.concatenate([np.r_[np.ones(hits), np.zeros(all_ - hits)] for hits, all_ in zip(k, n, strict=True)])
    counts = tally(np.arange(y.size) % 40, item, y, x.astype(float))
    fit = calibrate(counts, floor=wanted["coef"]["g"], ceiling=1 - wanted["coef"]["l"])
    assert close(fit.intercept, wanted["coef"]["a"], 1e-5)
    assert close(fit.slope, wanted["coef"]["b"], 1e-5)
    assert close(fit.quality.log_likelihood_grouped, wanted["logLik"])


def test_fractional_logit_of_ratings():
    wanted = GOLDEN["fractional_logit_rating"]
    fit = calibrate(ratings(), target="rated")
    assert close(fit.intercept, wanted["coef"]["intercept"])
    assert close(fit.slope, wanted["coef"]["proxy"])
    assert close(fit.intercept_se, wanted["se"]["intercept"])
    assert close(fit.slope_se, wanted["se"]["proxy"])
    factor = (1415 / 1414) ** 0.5
    assert same_errors(fit.robust.participant, wanted["se_clusterHC0_participant"], factor)


def test_logistic_of_slips_on_proxy():
    wanted = expected()["s2_synth"]["slip = verdict correct among truth I"]["logistic on proxy"]
    data = s2()
    judged = data.grade[data.output] == 2
    slip = (data.verdict == 0).astype(float)
    fit = calibrate(tally(data.participant[judged], data.output[judged], slip[judged], data.metric))
    assert close(fit.intercept, wanted["coef"]["intercept"])
    assert close(fit.slope, wanted["coef"]["proxy"])
    assert close(fit.slope_se, wanted["se"]["proxy"])
    assert same_errors(fit.robust.participant, wanted["se participant HC1"])
