"""The columns of the tables of supervision beside those of the contract."""

from __future__ import annotations

from annotations.releases.dictionary.entry import TableEntry, count, key, number, points, rate, text, whole
from annotations.releases.dictionary.results import (
    DOMAIN,
    MEASURES,
    NOT_ESTIMATED,
    POPULATION,
    cell,
    interval,
)

SCOPE = text(
    "counted: the answers that count; with_excluded: all, whatever is excluded; without_rules: decisions of"
    " persons left out, the declared rules not applied; put_back: what the named rule leaves out counts",
    "counted, with_excluded, without_rules, put_back",
)
RULE = text("The declared rule that is put back", "a rule of definition.json", blank="blank: see scope")
NOTE = text("What must be said of the row, such as why a number is missing", blank="blank: nothing")
TWO_WAY = "two-way over participants and outputs (or items), t with min(P, O) - 1 degrees of freedom"
GROUP = text("By what the judgements are split", "all, domain, system, participant_group")
VALUE = text("Which part", blank="blank: all together")


CALIBRATION_SENSITIVITY = TableEntry(
    "the calibration with and without what is excluded; only where something is",
    {
        "scope": SCOPE,
        "rule": RULE,
        "domain": DOMAIN,
        "population": POPULATION,
        "target": text("What is fitted, as in calibration", "failure, rated"),
        "method": text("How, as in calibration", "likelihood, least_squares"),
        "n_items": count("Items with responses"),
        "n_responses": count("Responses behind the fit"),
        "n_participants": count("Participants behind the fit"),
        **{
            name: number(f"As in calibration: {name}", "metric, or per metric", blank=NOT_ESTIMATED,
                         mark="by method")
            for name in ("location", "slope")
        },
        **{
            f"{name}_{end}": number(f"{end} end of the 95 % interval of the {name}", "metric, or per metric",
                                    blank=NOT_ESTIMATED, mark="ours", formula="sandwich over participants")
            for name in ("location", "slope") for end in ("low", "high")
        },
    },
    people=True,
)  # fmt: skip

SUPERVISION_SENSITIVITY = TableEntry(
    "slips and their companions with and without what is excluded; only where something is",
    {
        "scope": SCOPE,
        "rule": RULE,
        **cell(n="Judgements that the measure counts, unweighted",
               total="Judgements that it counts among, unweighted"),
        "measure": text("slip: incorrect, verdict correct; the others as in supervision_rates",
                        f"slip, {MEASURES}"),
        "rate": rate("The measure, weighted", blank="blank: nothing to count among", mark="ours",
                     formula="sum(w y) / sum(w)"),
        **interval(),
        "n_participants": count("Participants who judged some of the cell's outputs"),
    },
    people=True,
)  # fmt: skip

REJECT = TableEntry(
    "letting systems answer only up to a difficulty: what that covers, and the risk before and after people",
    {
        "difficulty": points("Outputs at or below it are covered"),
        "coverage": rate("Share of the outputs with a difficulty that is covered", mark="ours"),
        "risk": text("before: incorrect, of graded outputs; after: incorrect and accepted, of verdicts on"
                     " graded outputs", "before, after", mark="ours"),
        "n": count("Events, unweighted"),
        "total": count("Outputs, or verdicts, among which they are counted"),
        "rate": rate("The risk", blank="blank: nothing to count among", mark="ours",
                     formula="sum(w y) / sum(w)"),
        "low": rate("Lower end of the 95 % interval at this point", blank=NOT_ESTIMATED, mark="ours",
                    formula=TWO_WAY),
        "high": rate("Upper end of the 95 % interval at this point", blank=NOT_ESTIMATED, mark="ours",
                     formula=TWO_WAY),
        "band_low": rate("Lower edge of the 95 % band that holds all points at once", blank=NOT_ESTIMATED,
                         mark="ours", formula="max-t over participants and outputs drawn together"),
        "band_high": rate("Upper edge of that band", blank=NOT_ESTIMATED, mark="ours",
                          formula="max-t over participants and outputs drawn together"),
    },
    people=True,
)  # fmt: skip

WRONG_GRADES = TableEntry(
    "what wrong grades would do to the slip rate, and where the conclusion tips",
    {
        "outputs": text("all: every output; easiest: those of the easiest bin", "all, easiest"),
        "part": text("tipping: how many wrong grades bring the slip rate to the threshold; supposed: the slip"
                     " rate at a supposed share; audited: at the share that second gradings found",
                     "tipping, supposed, audited"),
        "threshold": rate("Rate at which the conclusion tips", blank="blank: not of the part tipping",
                          mark="ours"),
        "misgraded": rate("Share of the correct outputs that are graded incorrect",
                          blank="blank: not of this part, or nothing tips", mark="ours"),
        "share": rate("Share of the outputs graded incorrect that are correct",
                      blank="blank: more than were graded so, or nothing tips", mark="ours"),
        "slip": rate("Slip rate: for tipping as it is observed, else with the wrong grades taken off",
                     blank="blank: cannot be, see note", mark="ours",
                     formula="((1 - q) A_incorrect - m A_correct) / (1 - m - q), first gradings"),
        "low": rate("Lower end of the 95 % interval", blank="blank: not of the part audited, or see note",
                    mark="ours", formula="delta method, two-way, with the uncertainty of the audit"),
        "high": rate("Upper end of the 95 % interval", blank="blank: not of the part audited, or see note",
                     mark="ours", formula="delta method, two-way, with the uncertainty of the audit"),
        "n": count("Slips; for audited outputs that were found correct"),
        "total": count("Verdicts on outputs first graded incorrect; for audited outputs graded again"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

SLIPS_AGAINST = TableEntry(
    "slips against what is known of a judgement: own answer, own rating, confidence, position, time, trust",
    {
        "covariate": text("Against what; trust is a column that came with participants",
                          "own_answer_right, own_rating, confidence, position, seconds, trust_before,"
                          " trust_after"),
        "part": text("group: slips among judgements with a value in this range; slope: change of logit(slip)"
                     " per unit; adjusted_slope: the same within bins of difficulty",
                     "group, slope, adjusted_slope", mark="ours"),
        "value_low": number("Lowest value of the covariate", "as covariate", blank="blank: no values"),
        "value_high": number("Highest value of the covariate", "as covariate", blank="blank: no values"),
        "n": count("Slips, unweighted"),
        "total": count("Verdicts on incorrect outputs, unweighted"),
        "estimate": number("Slip rate (0 to 1), or the slope on the logit scale", "rate, or logit per unit",
                           blank="blank: cannot be estimated, see note", mark="ours",
                           formula="sum(w y) / sum(w); logistic regression"),
        "low": number("Lower end of the 95 % interval", "as estimate", blank=NOT_ESTIMATED, mark="ours",
                      formula=TWO_WAY),
        "high": number("Upper end of the 95 % interval", "as estimate", blank=NOT_ESTIMATED, mark="ours",
                       formula=TWO_WAY),
        "n_participants": count("Participants behind it"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

SLIP_EFFECTS = TableEntry(
    "slips by a logistic model in which responses share participants and outputs (crossed random effects)",
    {
        "term": text("intercept: logit of the slip of the typical participant and output at difficulty 50;"
                     " difficulty: change per 10 points; participant_sd, output_sd: how much they differ",
                     "intercept, difficulty, participant_sd, output_sd", mark="ours"),
        "estimate": number("The term", "logit", blank="blank: cannot be estimated, see note", mark="ours",
                           formula="maximum of Laplace's approximation"),
        "low": number("Lower end of the 95 % interval", "logit", blank=NOT_ESTIMATED, mark="ours",
                      formula="t with min(P, O) - 1 degrees of freedom; of an sd on the log scale"),
        "high": number("Upper end of the 95 % interval", "logit", blank=NOT_ESTIMATED, mark="ours",
                       formula="t with min(P, O) - 1 degrees of freedom; of an sd on the log scale"),
        "se": number("Standard error", "logit", blank=NOT_ESTIMATED, mark="ours",
                     formula="observed information"),
        "n": count("Verdicts on incorrect outputs that were fitted"),
        "n_participants": count("Participants among them"),
        "n_outputs": count("Outputs among them"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

SEVERITY = TableEntry(
    "slips weighed by severity; only where incorrect outputs carry one",
    {
        "group": text("By what the judgements are split", "all, domain, system"),
        "value": VALUE,
        "quantity": text("weighted_slip: share of the severity that is let through; plain_slip: the slip rate"
                         " of the same verdicts; difference: the first less the second; mean severity of what"
                         " passed and of what was caught", "weighted_slip, plain_slip, difference,"
                         " mean_severity_passed, mean_severity_caught", mark="ours"),
        "estimate": number("The quantity", "rate, or unit of the severity", blank="blank: see note",
                           mark="ours", formula="sum(w s y) / sum(w s)"),
        "low": number("Lower end of the 95 % interval", "as estimate", blank="blank: none, see note",
                      mark="ours", formula=TWO_WAY),
        "high": number("Upper end of the 95 % interval", "as estimate", blank="blank: none, see note",
                       mark="ours", formula=TWO_WAY),
        "n": count("Slips, unweighted"),
        "total": count("Verdicts on incorrect outputs of known severity above 0"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

AGREEMENT = TableEntry(
    "agreement of verdicts beyond chance: Krippendorff's alpha",
    {
        "group": GROUP,
        "value": VALUE,
        "metric": text("How far two verdicts differ", "nominal"),
        "alpha": number("1 perfect, 0 as by chance", "", "up to 1", blank="blank: cannot be told, see note",
                        mark="ours", formula="1 - observed / expected disagreement"),
        "low": number("Lower end of the 95 % interval", "", blank="blank: none, see note", mark="ours",
                      formula="expanded percentiles over outputs drawn with replacement"),
        "high": number("Upper end of the 95 % interval", "", blank="blank: none, see note", mark="ours",
                       formula="expanded percentiles over outputs drawn with replacement"),
        "n": count("Verdicts on outputs with two or more"),
        "n_units": count("Outputs with two verdicts or more"),
        "n_single": count("Outputs with a single verdict, left out"),
        "n_participants": count("Participants behind it"),
        "resamples": count("Resamples behind the interval"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

MACHINES = TableEntry(
    "machine supervisors beside people, on the outputs that both judged, and pairs of a person and a machine",
    {
        "machine": key("The machine: a participant of kind ai"),
        "accepts": text("Who has to say correct for an output to be accepted: people, the machine, both of a"
                        " pair, either of them", "people, machine, both, either", mark="ours"),
        "measure": text("slip: accepted incorrect outputs; turned_away: correct outputs not accepted",
                        "slip, turned_away", mark="ours"),
        "n": count("Events: verdicts, or pairs of them"),
        "total": count("Verdicts, or pairs of them, among which they are counted"),
        "rate": rate("Share, weighted", blank="blank: nothing to count among", mark="ours",
                     formula="sum(w y) / sum(w)"),
        "low": rate("Lower end of the 95 % interval", blank=NOT_ESTIMATED, mark="ours", formula=TWO_WAY),
        "high": rate("Upper end of the 95 % interval", blank=NOT_ESTIMATED, mark="ours", formula=TWO_WAY),
        "expected": rate("Slip of a pair that errs independently: above it they share illusions",
                         blank="blank: not a slip of a pair", mark="ours",
                         formula="p q for both, 1 - (1 - p)(1 - q) for either"),
        "n_outputs": count("Outputs that both judged"),
        "n_participants": count("People among those who judged them; 1 for a machine"),
        "note": NOTE,
    },
    people=True,
)  # fmt: skip

INFERRED = TableEntry(
    "grades INFERRED from verdicts for outputs that nobody graded: an illusion that people share passes for"
    " the truth; they enter no rate",
    {
        "output_id": key("Output without a grade, as in outputs"),
        "domain": DOMAIN,
        "system": key("System"),
        "inferred_grade": text("Likeliest grade", "correct, avoidant, incorrect",
                               blank="blank: nothing can be inferred, see the warnings of the run",
                               mark="ours"),
        **{
            f"p_{grade}": rate(f"Probability that it is {grade}, if the model holds",
                               blank="blank: nothing can be inferred", mark="ours",
                               formula="Dawid and Skene 1979, EM, half a label added to each cell")
            for grade in ("correct", "avoidant", "incorrect")
        },
        "n_verdicts": whole("Verdicts behind it; unsure ones are left out", unit="count"),
    },
    people=True,
)  # fmt: skip

TABLES = {
    "calibration_sensitivity": CALIBRATION_SENSITIVITY,
    "supervision_sensitivity": SUPERVISION_SENSITIVITY,
    "reject_option": REJECT,
    "wrong_grades": WRONG_GRADES,
    "slips_against": SLIPS_AGAINST,
    "slip_effects": SLIP_EFFECTS,
    "severity": SEVERITY,
    "agreement": AGREEMENT,
    "machine_supervisors": MACHINES,
    "inferred_grades": INFERRED,
}
