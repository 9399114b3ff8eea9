"""The columns of the table of how well people tell incorrect outputs from correct ones."""

from __future__ import annotations

from annotations.releases.dictionary.entry import TableEntry, count, number, points, text, whole

NOT_ESTIMATED = "blank: cannot be estimated, see the warnings of the run"
NO_BIN = "blank: all bins together"
ENDS = (
    "two-way over participants and outputs or items, t with min(P, O) - 1 degrees of freedom, on the logit"
    " scale for the area; or quartiles over participants"
)

TELLING = TableEntry(
    "telling incorrect outputs from correct ones: all together, by bin, and how participants differ",
    {
        "scope": text("All judgements, those of a bin, or the median over participants; never one person's",
                      "all, bin, participants"),
        "bin": whole("Bin of difficulty, 1 the easiest", "1, 2, ...", blank=NO_BIN),
        "difficulty_low": points("Lowest difficulty of an output of the bin's", blank=NO_BIN),
        "difficulty_high": points("Highest difficulty of an output of the bin's", blank=NO_BIN),
        "quantity": text("dprime and criterion (above 0: trusting) from correct and incorrect verdicts; area"
                         " under the ordered ROC, correct < unsure < incorrect; its points: called_incorrect"
                         " and doubted (incorrect or unsure) of incorrect outputs, falsely_... of correct;"
                         " confidence_area of verdict and confidence together, meta_dprime and meta_ratio to"
                         " d' (1: confidence as good as the signal allows)",
                         "dprime, criterion, area, called_incorrect, falsely_called_incorrect, doubted,"
                         " falsely_doubted, confidence_area, meta_dprime, meta_ratio", mark="ours"),
        "estimate": number("The quantity", "standard deviations, or 0 to 1", blank=NOT_ESTIMATED, mark="ours",
                           formula="d' = z(hit) - z(false alarm), c = -(z(hit) + z(false alarm)) / 2, rates"
                           " (k + .5) / (n + 1); area = P(more doubt of an incorrect output) + P(equal) / 2"),
        "low": number("Lower end of the 95 % interval, or lower quartile", "as estimate", blank=NOT_ESTIMATED,
                      mark="ours", formula=ENDS),
        "high": number("Upper end of the 95 % interval, or upper quartile", "as estimate",
                       blank=NOT_ESTIMATED, mark="ours", formula=ENDS),
        "ends": text("What low and high are; participants: expanded percentiles over participants drawn with"
                     " replacement", "two_way, participants, quartiles", blank="blank: there are none"),
        "n_incorrect": count("Verdicts correct or incorrect on incorrect outputs, unweighted"),
        "n_correct": count("Verdicts correct or incorrect on correct outputs, unweighted"),
        "n_unsure": count("Verdicts unsure on either: they enter the area and its points alone"),
        "n_avoidant": count("Verdicts avoidant on either: they enter nothing"),
        "n_participants": count("Participants behind it"),
        "n_outputs": count("Outputs, or items where several of one item were judged, behind it"),
        "note": text("What must be said of the row", blank="blank: nothing"),
    },
    people=True,
)  # fmt: skip
