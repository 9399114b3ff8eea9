"""The columns of the tables about the reliability of the systems."""

from __future__ import annotations

from annotations.releases.dictionary.entry import TableEntry, count, key, number, points, text, whole
from annotations.releases.dictionary.results import DOMAIN

NO_BIN = "blank: not of one bin"
OVER_ITEMS = "percentiles over items drawn with replacement; Clopper-Pearson over items for a rate of 0 or 1"
NO_VALUE = "blank: nothing to count among (see n), or no variation; the run's warnings say which"
NO_INTERVAL = "blank: fewer than two items, or resamples that all gave the same"
NO_FAMILY = "blank: the system has none"
INDICATORS = (
    "correctness, prudence, avoidance, ultracrepidarianism, spearman, auc, brier, easiest_correct,"
    " easiest_incorrect, template_correctness, best_less_mean; concordance, spread, generality, flat, excess,"
    " stability, stability_in, stability_out, each with _correctness and _prudence"
)
MARKS = (
    "Which indicator; article: correctness, prudence, avoidance, spearman; recalled: concordance, spread and"
    " generality (unit reconstructed), stability, ultracrepidarianism; ours: the others"
)
FORMULAS = (
    "of the weighted masses c, a, i of correct, avoidant, incorrect outputs: correctness c / (c + a + i);"
    " prudence (c + a) / (c + a + i); avoidance a / (c + a + i); ultracrepidarianism i / (a + i); spearman"
    " and auc of correctness by difficulty; brier with forecast 1 - difficulty / 100; spread"
    " sqrt(max(0, 2 sum((k - .5) psi_k) - (sum psi_k)^2)) over 30 bins, generality 1 / spread, concordance"
    " 1 / (1 + spread), flat that of a flat curve of the same mean, excess concordance - flat; stability"
    " half of stability_in + stability_out, .5 is chance; best_less_mean the best template, chosen on other"
    " items, less the mean"
)
RELIABILITY = TableEntry(
    "indicators of the systems by domain, of all items and by bin of difficulty",
    {
        "system": key("System"),
        "family": text("Family that it belongs to", blank=NO_FAMILY),
        "domain": DOMAIN,
        "bin": whole("Bin of difficulty of the domain's items, 1 the easiest", "1, 2, ...",
                     blank="blank: all items together"),
        "indicator": text(MARKS, INDICATORS),
        "value": number("The indicator", "see indicator", "-1 to 1; spread and generality 0 or more",
                        blank=NO_VALUE, mark="by indicator", formula=FORMULAS),
        "low": number("Lower end of the 95 % interval over items", "as value", blank=NO_INTERVAL,
                      mark="ours", formula=OVER_ITEMS),
        "high": number("Upper end of the 95 % interval over items", "as value", blank=NO_INTERVAL,
                       mark="ours", formula=OVER_ITEMS),
        "n": count("Graded outputs that the value is about: under templates that weigh, with a difficulty"
                   " where it is used, avoidant or incorrect for ultracrepidarianism, of items with two"
                   " templates for stability"),
        "n_items": count("Items of these outputs"),
        "template": text("Which template, for template_correctness", blank="blank: all templates, by weight"),
        "difficulty_low": points("Lowest difficulty of an item of the bin's", blank=NO_BIN),
        "difficulty_high": points("Highest difficulty of an item of the bin's", blank=NO_BIN),
    },
)  # fmt: skip

RELIABILITY_SCALE = TableEntry(
    "indicators against the size of systems within families, and shaped systems against raw ones",
    {
        "family": text("Family of the systems", blank=NO_FAMILY),
        "domain": DOMAIN,
        "indicator": text("Which indicator, as in reliability", INDICATORS),
        "against": text("parameters, flop: change per factor of ten; shaping: shaped less raw",
                        "parameters, flop, shaping"),
        "raw": text("The raw system", blank="blank: a slope"),
        "shaped": text("The shaped system", blank="blank: a slope"),
        "value": number("Slope or difference", "of the indicator", blank=NO_VALUE, mark="recalled",
                        formula="least squares on log10 size; difference on the items that both answered"),
        "low": number("Lower end of the 95 % interval over items", "as value", blank=NO_INTERVAL,
                      mark="ours", formula=OVER_ITEMS),
        "high": number("Upper end of the 95 % interval over items", "as value", blank=NO_INTERVAL,
                       mark="ours", formula=OVER_ITEMS),
        "n": count("Systems with a value (and a size, for slopes)"),
        "n_items": count("Items that both answered", blank="blank: a slope"),
    },
)  # fmt: skip

TABLES = {"reliability": RELIABILITY, "reliability_scale": RELIABILITY_SCALE}
