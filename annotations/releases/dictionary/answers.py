"""The columns of the tables about people's own ratings and answers, beside the calibration."""

from __future__ import annotations

from annotations.releases.dictionary.beyond import NOTE, TWO_WAY
from annotations.releases.dictionary.entry import (
    Entry,
    TableEntry,
    count,
    key,
    number,
    points,
    rate,
    text,
    whole,
)
from annotations.releases.dictionary.results import DOMAIN, NOT_ESTIMATED, POPULATION

TARGET = text("What is fitted, as in calibration", "failure, rated")
NO_BIN = "blank: all items together"
HELD_OUT = "over 10 folds of items, of the curve that was fitted to the other folds"


def measure(description: str, unit: str = "", *, mark: str = "ours", formula: str = "") -> Entry:
    return number(description, unit, blank="blank: cannot be estimated, see note", mark=mark, formula=formula)


CANDIDATES = TableEntry(
    "the metric and its further candidates side by side, on the items that have all of them",
    {
        "domain": DOMAIN,
        "population": POPULATION,
        "metric": text("metric: that of the calibration; else a further one by name", "metric, or a name"),
        "target": TARGET,
        "n_items": count("Items with responses"),
        "n_responses": count("Responses behind it"),
        "spearman": measure("Rank correlation of the metric and the items' means", mark="article"),
        "kendall": measure("Kendall's tau-b of the same"),
        "location": measure("Metric half-way between floor and ceiling", "metric"),
        "slope": measure("Slope of the curve", "per metric"),
        "deviance": measure("Of the curve against the items' own means",
                            formula="2 (log likelihood of the means - that of the curve)"),
        "degrees_of_freedom": count("Of the deviance"),
        "dispersion": measure("Pearson's statistic over the degrees of freedom: above 1, items of one metric"
                              " differ"),
        "isotonic_distance": measure("How far the curve is from the monotone one", "rate",
                                     formula="root mean square over responses"),
        "held_out_loss": measure("Mean loss of items left out", "nats",
                                 formula=f"-y log F - (1 - y) log(1 - F) {HELD_OUT}"),
        "held_out_rmse": measure("Error of the means of items left out", "rate",
                                 formula=f"root mean square {HELD_OUT}"),
        "held_out_gain": measure("Share of the loss of a constant that the metric saves; 0 or less: it tells"
                                 " nothing", "rate"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

ANSWER_RELIABILITY = TableEntry(
    "how reliable ratings and answers are: split halves, agreement, variance components, dispersion",
    {
        "domain": DOMAIN,
        "population": POPULATION,
        "target": TARGET,
        "quantity": text(
            "split_half: of the items' means, Spearman and Brown; alpha: Krippendorff's, interval for"
            " ratings, nominal for failures; variance_...: of ratings in squared points; icc_single and"
            " icc_mean: of one rating and of an item's mean; dispersion: correlation of two answers to one"
            " item beyond the curve, and the p value of none",
            "split_half, alpha, variance_participant, variance_item, variance_residual, icc_single, icc_mean,"
            " dispersion, dispersion_p_value", mark="ours",
        ),
        "estimate": measure("The quantity", "see quantity"),
        "low": measure("Lower end of the 95 % interval; of split halves, of the middle 95 % of splits",
                       "as estimate"),
        "high": measure("Upper end of the 95 % interval; of split halves, of the middle 95 % of splits",
                        "as estimate"),
        "n": count("Ratings or answers behind it"),
        "n_items": count("Items behind it"),
        "n_participants": count("Participants behind it"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

ITEM_RESPONSE = TableEntry(
    "Rasch and two-parameter models of who gets which item right, where answers were marked",
    {
        "item_id": key("Item, as in items"),
        "domain": DOMAIN,
        "model": text("rasch: all slopes are 1; 2pl: each item has its own", "rasch, 2pl", mark="ours"),
        "difficulty_logit": measure("Ability at which half of the people get it right", "logit",
                                    formula="marginal maximum likelihood, - intercept / slope"),
        "se": measure("Its standard error", "logit", formula="observed information"),
        "slope": measure("How sharply the item parts people", "per logit"),
        "slope_se": measure("Its standard error", "per logit"),
        "ability_sd": measure("Standard deviation of abilities; 1 in the 2pl", "logit"),
        "n": count("Answers that the model was fitted to"),
        "n_participants": count("Participants who gave them"),
        "note": text("What must be said of the model, in its first row", blank="blank: nothing"),
    },
    people=True,
)  # fmt: skip

PEOPLE_AVOIDANCE = TableEntry(
    'what people decline ("don\'t know"), by difficulty: to be read beside the avoidance of systems',
    {
        "domain": DOMAIN,
        "bin": whole("Bin of difficulty of the domain's items, 1 the easiest; each answer by a difficulty"
                     " that its own person did not help to estimate", "1, 2, ...", blank=NO_BIN),
        "difficulty_low": points("Lowest difficulty of an item of the bin's", blank=NO_BIN),
        "difficulty_high": points("Highest difficulty of an item of the bin's", blank=NO_BIN),
        "n": count('Answers "don\'t know"'),
        "total": count("Answers to items where it could be chosen"),
        "rate": rate("Share that was declined", blank="blank: no answer in the bin", mark="ours"),
        "low": rate("Lower end of the 95 % interval", blank=NOT_ESTIMATED, mark="ours",
                    formula=TWO_WAY.replace("outputs (or items)", "items")),
        "high": rate("Upper end of the 95 % interval", blank=NOT_ESTIMATED, mark="ours",
                     formula=TWO_WAY.replace("outputs (or items)", "items")),
        "n_participants": count("Participants behind it"),
    },
    people=True,
)  # fmt: skip

TABLES = {
    "metric_candidates": CANDIDATES,
    "answer_reliability": ANSWER_RELIABILITY,
    "item_response": ITEM_RESPONSE,
    "people_avoidance": PEOPLE_AVOIDANCE,
}
