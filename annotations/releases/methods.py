"""The methods paragraph of a release, with the mark of each method, and its intervals in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.releases.contents import Contents

METHODS = {
    "likelihood": "maximum likelihood, binomial for failures and fractional logit for ratings (ours)",
    "least_squares": "least squares on item means (kind of curve recalled, algorithm reconstructed)",
    "mixed": "a logistic model with crossed random effects of participants and items (ours)",
    "isotonic": "weighted monotone regression (ours)",
}
SOURCES = {
    "own": "this study's own calibration; each judgement is put into its bin by a difficulty to which its"
    " participant, or their fold of participants, did not contribute (ours)",
    "borrowed": "the calibration of another study, copied into `difficulty` and `calibration`",
    "metric-rank": "the rank of the metric within its domain: metric rank, not human difficulty",
}
ANSWERS = {
    "calibration_sensitivity": "the curve with and without what is excluded, by group of participants",
    "metric_candidates": "the metric and further candidates compared, on items left out too",
    "answer_reliability": "split halves, Krippendorff's alpha, variance components by restricted maximum"
    " likelihood with ICC(2,k), beta-binomial dispersion",
    "item_response": "Rasch and 2PL by marginal maximum likelihood",
    "people_avoidance": "what people decline, by difficulty",
}
BEYOND = {
    "supervision_sensitivity": "slips and companions with and without what is excluded, by group",
    "reject_option": "coverage and risk if systems answered only up to a difficulty",
    "wrong_grades": "the slip rate if some grades were wrong, and where a threshold is crossed",
    "slips_against": "slips against own answer, own rating, confidence, position, time, trust",
    "slip_effects": "logistic model of slips with crossed effects of participants and outputs, by Laplace's"
    " approximation",
    "severity": "slips weighed by the severity of outputs",
    "agreement": "Krippendorff's alpha of verdicts",
    "machine_supervisors": "machines beside people and in pairs with them; they are in no other number",
    "inferred_grades": "grades inferred (Dawid and Skene) for outputs without one; they enter no rate",
    "raters": "what each participant did",
}
RELATED = (
    "After Zhou et al., Nature 634, 61-68 (2024), doi 10.1038/s41586-024-07930-y. Each method has a mark:"
    " *article*, read in the article or its authors' code; *recalled*, believed to be its way and not"
    " checked; *reconstructed*, its detail is not known to us and this is our choice; *ours*, beyond it. Read"
    " there: three grades, the metrics of its five domains, its templates, a calibration that is monotone in"
    " each domain. Wording, scales, sample sizes and quality rules of this data set are reconstructed."
)


def methods(contents: Contents) -> Iterator[str]:
    yield RELATED
    lines = [line for run in contents.runs for line in DESCRIBED.get(run["kind"], _other)(run, contents)]
    yield "\n".join(lines)
    yield _intervals(contents)


def _calibration(run: dict[str, Any], contents: Contents) -> Iterator[str]:
    settings = contents.definition["analysis"]
    method = run["parameters"].get("method", settings["method"])
    curve = "curve" if method == "isotonic" else "two-parameter logistic curve"
    family = "" if method == "isotonic" else "; this curve family is recalled"
    yield (
        f"- Difficulty (`calibration`): a monotone {curve} of the metric in each domain,"
        f" fitted by {METHODS[method]}. That the calibration is"
        f" monotone in each domain is the article's{family}."
    )
    if free := run["parameters"].get("free_ends"):
        yield f"- {' and '.join(free).capitalize()} of the curve are found by likelihood with it (ours)."
    yield from _beside(contents, ANSWERS)
    yield (
        "- Values of items (`difficulty`): responses to the item shrunk towards the curve, so that an item"
        " nobody answered has a wide interval (ours)."
    )
    reliability = run["summary"].get("reliability", {})
    if found := [f"{name} {one['split_half']:.2f}" for name, one in reliability.items() if one["split_half"]]:
        yield (
            "- Reliability of the axis: correlation of the items' means of two random halves of the people,"
            f" stepped up by Spearman and Brown (ours): {', '.join(found)}."
        )
    resamples = run["parameters"].get("resamples")
    if resamples:
        yield (
            f"- Intervals of location and slope and the band of the curve (`calibration_curve`): percentiles"
            f" over {resamples:,} refits to participants drawn with replacement;"
            " percentiles corrected for bias and skewness (Efron 1987, expanded after Hesterberg 2015) and"
            " the cluster-robust sandwich stand beside them in `calibration_intervals`, the latter alone"
            " for least squares (ours)."
        )


def _supervision(run: dict[str, Any], contents: Contents) -> Iterator[str]:
    settings = contents.definition["analysis"]
    source = SOURCES.get(str(run["summary"].get("axis")), "as the run's summary in `manifest.json` says")
    yield (
        "- Supervision (`supervision`): counts and shares of verdicts for each true grade (recalled) in"
        f" {settings['bins']} bins of equal numbers of outputs, cut without looking at verdicts"
        f" (reconstructed). Difficulty is {source}."
    )
    if "supervision_rates" in contents.census.columns:
        yield "- Rates beside it (`supervision_rates`): slip-through, residual error and so on (ours)."
    if "slip_curve" in contents.census.columns:
        yield (
            "- Curve (`slip_curve`): logistic regression of slip on difficulty, with a band that holds the"
            f" whole curve at once (max-t over {run['parameters'].get('resamples', 0):,} resamples of"
            " participants) and monotone regression beside it; it certifies nothing (ours)."
        )
    if "safe_region" in contents.census.columns:
        limits = ", ".join(f"{threshold:.10g}" for threshold in settings["thresholds"])
        yield (
            f"- Safe region (`safe_region`): from the easiest bin on, as long as the one-sided 95 % upper"
            f" bound stays below {limits} %; the article asks for it in words, the rule is ours. `none` and"
            " `not_measured` are answers."
        )
    if "telling_apart" in contents.census.columns:
        yield (
            "- Telling apart (`telling_apart`): d' and criterion with the log-linear correction, unsure and"
            " avoidant verdicts left out and counted, and the ordered curve correct < unsure < incorrect with"
            " its area; all together, by bin, and as median and quartiles over participants (ours)."
        )

    yield from _beside(contents, BEYOND)


def _beside(contents: Contents, told: dict[str, str]) -> Iterator[str]:
    """A line for each table that the release has."""
    for name, line in told.items():
        if name in contents.census.columns:
            yield f"- `{name}`: {line} (ours)."


def _reliability(run: dict[str, Any], contents: Contents) -> Iterator[str]:
    source = SOURCES.get(str(run["summary"].get("axis")), "as the run's summary in `manifest.json` says")
    yield (
        "- Systems (`reliability`): correctness, prudence and avoidance of graded outputs, weighted by"
        " template, of all items and by bin of equal numbers of a domain's items (article; bins"
        " reconstructed), and the easiest bin by itself (the article's question). Difficulty is"
        f" {source.partition(';')[0]}. Spearman (article), AUC and Brier score (ours) say how well it"
        " foretells correctness; difficulty concordance over 30 bins (recalled, its unit reconstructed)"
        " stands with the value of a flat curve and the excess over it (ours); prompting stability with both"
        " its parts (recalled); the best template is chosen on other items (ours); ultracrepidarianism"
        " (recalled)."
    )
    if "reliability_scale" in contents.census.columns:
        yield (
            "- Scale (`reliability_scale`): slopes of ultracrepidarianism on log10 parameters and log10"
            " FLOP within families, and shaped systems less raw ones of the same family and size, on the"
            " items that both answered (recalled)."
        )


def _other(run: dict[str, Any], contents: Contents) -> Iterator[str]:
    yield f"- {run['kind']}: with the parameters in `manifest.json` (ours)."


def _intervals(contents: Contents) -> str:
    texts = ["Intervals are at 95 % and pointwise unless it is said otherwise (ours)."]
    tables = contents.census.columns
    if "calibration" in tables:
        texts.append(
            "Those of the calibration say what other people like these would give on these items: they vary"
            " participants only."
        )
    if "supervision" in tables:
        texts.append(
            "Those of rates of supervision are two-way clustered: they say what other people like these would"
            " do on other outputs like these, and are wider than those for exactly these outputs."
        )
    if "reliability" in tables:
        texts.append(
            "Those of systems say what the same systems would do on other items like these: items are drawn"
            " with replacement, together for all systems."
        )
    return " ".join(texts)


DESCRIBED = {"calibration": _calibration, "supervision": _supervision, "reliability": _reliability}
