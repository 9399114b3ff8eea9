"""The columns of the tables that analyses find."""

from __future__ import annotations

from annotations.releases.dictionary.entry import (
    Entry,
    TableEntry,
    count,
    key,
    number,
    points,
    rate,
    text,
)
from annotations.releases.dictionary.telling import TELLING

NOT_ESTIMATED = "blank: cannot be estimated, see the warnings of the run"
NOBODY = "blank: nobody answered"
NO_UNITS = "blank: no units with a difficulty"
TWO_WAY = (
    "logit-t interval with V = max(V_P + V_O - V_PO, V_P, V_O) over participants and outputs or items,"
    " min(P, O) - 1 degrees of freedom; Clopper-Pearson at n_eff where a count is below 10"
)
POPULATION = text("Group of participants whose responses were used", "all, or a group")
DOMAIN = text("Domain of the items", "a domain of definition.json")
MEASURES = "committed_slip, slip_through, residual_error, false_rejection, missed_avoidance"
REGION_MEASURES = "slip, slip_through, model_error, either"


def cell(*, n: str, total: str) -> dict[str, Entry]:
    """What tables of rates share: where the cell is, and how often something was seen in it."""
    return {
        "group": text("By what the judgements are split",
                      "all, domain, system, participant_group, condition, domain*system"),
        "value": text("Which part: a domain, a system and so on; domain|system for the product",
                      blank="blank: all together"),
        "bin": text("Bin of difficulty, 1 the easiest; missing: outputs without a difficulty",
                    "1, 2, ..., missing", blank="blank: all bins together"),
        "difficulty_low": points("Lowest difficulty of an output of the bin's", blank=NO_UNITS),
        "difficulty_high": points("Highest difficulty of an output of the bin's", blank=NO_UNITS),
        "n": count(n),
        "total": count(total),
    }  # fmt: skip


def interval(mark: str = "ours") -> dict[str, Entry]:
    return {
        "low": rate("Lower end of the 95 % interval", blank=NOT_ESTIMATED, mark=mark, formula=TWO_WAY),
        "high": rate("Upper end of the 95 % interval", blank=NOT_ESTIMATED, mark=mark, formula=TWO_WAY),
        "n_eff": number("Independent judgements that would give the same interval", "judgements", "0 or more",
                        blank=NOT_ESTIMATED, mark=mark, formula="min(n, rate (1 - rate) / V)"),
    }  # fmt: skip


DIFFICULTY = TableEntry(
    "human difficulty of the items, 0 to 100",
    {
        "item_id": key("Item"),
        "domain": DOMAIN,
        "population": POPULATION,
        "metric": number("Value of the metric, as in items", "as the domain's metric says",
                         blank="blank: the item has none"),
        "n_responses": count("Responses to the item that were used"),
        "n_participants": count("Participants who gave them"),
        "failure_rate": rate("Share of answers that failed; blank and don't know are failures", blank=NOBODY,
                             mark="ours", formula="failed answers / marked answers"),
        "rated_difficulty": points("Mean of the ratings of difficulty", blank=NOBODY, mark="reconstructed",
                                   formula="mean of responses.difficulty"),
        "difficulty": points("Expected percentage of people who fail", blank=NOT_ESTIMATED, mark="ours",
                             formula="100 E[F | data], F = floor + (ceiling - floor)"
                             " expit(slope (x - location) + u), u ~ N(0, tau^2);"
                             " mid-rank percentile where source is metric-rank"),
        "difficulty_low": points("Lower end of its 95 % interval", blank=NOT_ESTIMATED, mark="ours",
                                 formula="posterior of u and uncertainty of the curve"),
        "difficulty_high": points("Upper end of its 95 % interval", blank=NOT_ESTIMATED, mark="ours",
                                  formula="posterior of u and uncertainty of the curve"),
        "source": text("What it rests on; metric-rank is the rank of the metric, not human difficulty",
                       "metric, ratings, failures, both, borrowed, metric-rank"),
    },
    people=True,
)  # fmt: skip

PARAMETER = "F(x) = floor + (ceiling - floor) / (1 + exp(-slope (x - location)))"
CALIBRATION = TableEntry(
    "the curves from metric to difficulty, by domain",
    {
        "domain": DOMAIN,
        "population": POPULATION,
        "target": text("What is fitted: own answers that fail, or ratings of difficulty", "failure, rated"),
        "method": text("How: least_squares is recalled as the article's kind of curve, its algorithm is"
                       " reconstructed; the others are ours", "likelihood, least_squares, mixed, isotonic"),
        "n_items": count("Items that were used"),
        "n_responses": count("Responses that were used"),
        "n_participants": count("Participants who gave them"),
        "location": number("Metric half-way between floor and ceiling", "metric", blank=NOT_ESTIMATED,
                           mark="by method", formula=PARAMETER),
        "slope": number("Steepness of the curve; negative where more of the metric is easier", "per metric",
                        blank=NOT_ESTIMATED, mark="by method", formula=PARAMETER),
        "floor": rate("Share who fail at the easiest", blank=NOT_ESTIMATED, mark="ours", formula=PARAMETER),
        "ceiling": rate("Share who fail at the hardest", blank=NOT_ESTIMATED, mark="ours", formula=PARAMETER),
        "location_low": number("Lower end of the 95 % interval of location", "metric", blank=NOT_ESTIMATED,
                               mark="ours"),
        "location_high": number("Upper end of the 95 % interval of location", "metric", blank=NOT_ESTIMATED,
                                mark="ours"),
        "slope_low": number("Lower end of the 95 % interval of slope", "per metric", blank=NOT_ESTIMATED,
                            mark="ours"),
        "slope_high": number("Upper end of the 95 % interval of slope", "per metric", blank=NOT_ESTIMATED,
                             mark="ours"),
        "spearman": number("Rank correlation of metric and item mean", "correlation", "-1 to 1",
                           blank=NOT_ESTIMATED, mark="ours"),
        "rmse": number("Root of the mean squared distance of item means from the curve", "rate", "0 or more",
                       blank=NOT_ESTIMATED, mark="ours"),
        "warnings": text("What must be said of the fit", blank="blank: nothing"),
    },
    people=True,
)  # fmt: skip

BOOTSTRAP = "percentiles over refits to participants drawn with replacement"
INTERVALS = TableEntry(
    "location and slope of the calibration with each kind of interval, side by side",
    {
        "domain": DOMAIN,
        "population": POPULATION,
        "target": text("What is fitted, as in calibration", "failure, rated"),
        "method": text("How, as in calibration", "likelihood, least_squares, mixed, isotonic"),
        "quantity": text("Which parameter of the curve", "location, slope, floor, ceiling"),
        "estimate": number("The parameter, as in calibration", "metric, or per metric", blank=NOT_ESTIMATED,
                           mark="by method", formula=PARAMETER),
        "interval": text("Kind of interval; calibration shows the percentiles where there are any",
                         "percentile_participants, bca_participants (corrected for bias and skewness), "
                         "sandwich_participants, laplace, profile_likelihood"),
        "low": number("Lower end of the 95 % interval", "metric, or per metric", blank=NOT_ESTIMATED,
                      mark="ours", formula=f"{BOOTSTRAP}, or t times the cluster-robust standard error"),
        "high": number("Upper end of the 95 % interval", "metric, or per metric", blank=NOT_ESTIMATED,
                       mark="ours", formula=f"{BOOTSTRAP}, or t times the cluster-robust standard error"),
        "n_participants": count("Participants that the interval rests on"),
        "resamples": count("Resamples behind percentiles", blank="blank: a sandwich needs none"),
    },
    people=True,
)  # fmt: skip

CURVE = TableEntry(
    "the calibration curve that gives the axis, point by point, with its pointwise band",
    {
        "domain": DOMAIN,
        "population": POPULATION,
        "target": text("What is fitted, as in calibration", "failure, rated"),
        "method": text("How, as in calibration; mixed is the marginal curve, mixed_typical that of the"
                       " typical person and item",
                       "likelihood, least_squares, mixed, mixed_typical, isotonic"),
        "metric": number("Value of the metric, as in items", "as the domain's metric says"),
        "difficulty": points("Expected percentage of people who fail", mark="by method",
                             formula=f"100 F(x), {PARAMETER}"),
        "low": points("Lower edge of the pointwise 95 % band", blank=NOT_ESTIMATED, mark="ours",
                      formula=f"{BOOTSTRAP}, or the sandwich's on the logit scale"),
        "high": points("Upper edge of the pointwise 95 % band", blank=NOT_ESTIMATED, mark="ours",
                       formula=f"{BOOTSTRAP}, or the sandwich's on the logit scale"),
        "interval": text("Kind of band", "percentile_participants, sandwich_participants, laplace",
                         blank="blank: a monotone curve has none"),
    },
    people=True,
)  # fmt: skip

SUPERVISION = TableEntry(
    "grade by verdict over difficulty; a slip is grade incorrect, verdict correct",
    {
        **cell(n="Judgements with this grade and verdict, unweighted",
               total="Judgements of outputs of this grade, unweighted"),
        "n_outputs": count("Outputs of the cell, judged or not"),
        "n_participants": count("Participants who judged some"),
        "grade": text("What the outputs truly are", "correct, avoidant, incorrect"),
        "verdict": text("What participants said they are", "correct, avoidant, incorrect, unsure"),
        "rate": rate("Share of this verdict among judgements of this grade, weighted",
                     blank="blank: no judgement of this grade", mark="recalled",
                     formula="sum(w y) / sum(w)"),
        **interval(),
    },
    people=True,
)  # fmt: skip

RATES = TableEntry(
    "rates beside it: committed slips, slip-through, residual error, false rejection, missed avoidance",
    {
        **cell(n="Judgements that the measure counts, unweighted",
               total="Judgements that it counts among, unweighted"),
        "measure": text("committed_slip: correct among correct and incorrect verdicts on incorrect outputs;"
                        " slip_through: incorrect and accepted; residual_error: incorrect among accepted;"
                        " false_rejection: correct output, verdict incorrect; missed_avoidance: avoidant"
                        " output, verdict correct", MEASURES),
        "rate": rate("The measure, weighted", blank="blank: nothing to count among", mark="ours",
                     formula="sum(w y) / sum(w)"),
        **interval(),
    },
    people=True,
)  # fmt: skip

SLIP_CURVE = TableEntry(
    "slips against difficulty as a curve, with a band that holds all of it at once; it certifies nothing",
    {
        "group": text("By what the judgements are split", "all, system"),
        "value": text("Which system", blank="blank: all together"),
        "difficulty": points("Where on the axis"),
        "rate": rate("Share of verdicts on incorrect outputs that are correct, by the curve", mark="ours",
                     formula="logistic regression of slip on difficulty"),
        "low": rate("Lower edge of the simultaneous 95 % band", blank=NOT_ESTIMATED, mark="ours",
                    formula="eta - c se on the logit scale, c by max-t over resampled participants"),
        "high": rate("Upper edge of the simultaneous 95 % band", blank=NOT_ESTIMATED, mark="ours",
                     formula="eta + c se on the logit scale, c by max-t over resampled participants"),
        "isotonic": rate("The same share by monotone regression", mark="ours",
                         formula="pool adjacent violators, weighted"),
        "n": count("Slips behind the curve, unweighted"),
        "total": count("Verdicts on incorrect outputs behind it, unweighted"),
        "n_participants": count("Participants behind it"),
        "resamples": count("Resamples behind the band"),
    },
    people=True,
)  # fmt: skip

REGION = TableEntry(
    "up to which difficulty errors are certified to stay below a threshold",
    {
        "group": cell(n="", total="")["group"],
        "value": cell(n="", total="")["value"],
        "measure": text("Which error: either takes the model's own error or the slip, each at 97.5 %",
                        REGION_MEASURES, mark="ours"),
        "threshold": rate("Rate that the error has to stay below", blank="never blank", mark="ours"),
        "status": text("region: certified up to limit_difficulty; none: the first bin fails; not_measured:"
                       " too few judgements to tell", "region, none, not_measured", mark="ours"),
        "from_difficulty": points("Where the region begins", blank="blank: there is no region", mark="ours"),
        "limit_difficulty": points(
            "Upper edge of the last bin that passes", blank="blank: there is no region", mark="ours",
            formula="bins from the easiest while the one-sided 95 % Clopper-Pearson bound at"
            " n* = min(n, n / deff (z / t)^2) is below the threshold",
        ),
        "reason": text("The status in words", blank="blank: nothing to say"),
    },
    people=True,
)  # fmt: skip

TABLES = {
    "difficulty": DIFFICULTY,
    "calibration": CALIBRATION,
    "calibration_intervals": INTERVALS,
    "calibration_curve": CURVE,
    "supervision": SUPERVISION,
    "supervision_rates": RATES,
    "slip_curve": SLIP_CURVE,
    "safe_region": REGION,
    "telling_apart": TELLING,
}
