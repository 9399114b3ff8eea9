"""What the results page says of ratings and answers beside the calibration."""

from __future__ import annotations

from collections.abc import Callable

from annotations.research.sections import Section, hundred, share
from annotations.research.shown import RunView
from annotations.research.tables import ALL, Row, number, said, whole

QUANTITIES = {
    "split_half": "Split halves of the people",
    "icc_mean": "An item\u2019s mean rating, ICC(2,k)",
    "icc_single": "A single rating, ICC(2,1)",
    "alpha": "Agreement, Krippendorff\u2019s alpha",
    "dispersion": "Dispersion of failures beyond the curve",
}
NONE = "\u2013"


def answer_sections(view: RunView) -> list[Section]:
    """Those of a calibration that have something to say."""
    found = []
    for table, make in SECTIONS.items():
        rows = view.rows.get(table, [])
        if rows and (section := make(rows)) is not None:
            found.append(section)
    return found


def _number(row: Row, name: str) -> str:
    value = number(row[name])
    return NONE if value is None else said(value)


def _ends(row: Row, name: str = "estimate", low: str = "low", high: str = "high") -> str:
    value, ends = _number(row, name), [number(row[end]) for end in (low, high)]
    if ends[0] is None or ends[1] is None:
        return value
    return f"{value} ({said(ends[0])} to {said(ends[1])})"


def _exclusions(rows: list[Row]) -> Section | None:
    mine = [row for row in rows if row["population"] == ALL and row["scope"] != "put_back"]
    scopes = {"counted": "what counts", "with_excluded": "all", "without_rules": "rules not applied"}
    counted = next((row for row in mine if row["scope"] == "counted"), None)
    other = next((row for row in mine if row["scope"] == "with_excluded"), None)
    if counted is None or other is None:
        return None
    return Section(
        "curve-exclusions", "The curve with and without what is excluded",
        f"{counted['domain']}: half-way up at {_number(counted, 'location')}; with every excluded answer"
        f" counted it would be {_number(other, 'location')}.",
        ["Domain, answers", "Answers", "Location", "Slope"],
        [
            [f"{row['domain']}, {scopes[row['scope']]}", f"{whole(row['n_responses']):,}",
             _ends(row, "location", "location_low", "location_high"),
             _ends(row, "slope", "slope_low", "slope_high")]
            for row in mine
        ],
        "By group of participants, and with each rule put back, in the table.",
        "calibration_sensitivity",
    )  # fmt: skip


def _candidates(rows: list[Row]) -> Section | None:
    mine = [row for row in rows if row["population"] == ALL]
    gains = [row for row in mine if number(row["held_out_gain"]) is not None]
    if not gains:
        return None
    best = max(gains, key=lambda row: float(row["held_out_gain"]))
    return Section(
        "candidates", "How well the metric tells difficulty",
        f"{best['domain']}: {best['metric']} saves most, {hundred(best, 'held_out_gain')}\u00a0% of the loss"
        f" of a constant on items left out ({best['target']}).",
        ["Metric", "Domain", "Target", "Spearman", "Kendall", "Saved on items left out", "From monotone"],
        [
            [str(row["metric"]), str(row["domain"]), str(row["target"]), _number(row, "spearman"),
             _number(row, "kendall"),
             NONE if number(row["held_out_gain"]) is None else f"{hundred(row, 'held_out_gain')}\u00a0%",
             _number(row, "isotonic_distance")]
            for row in mine
        ],
        "All metrics on the items that have all of them; by group of participants in the table.",
        "metric_candidates",
    )  # fmt: skip


def _reliability(rows: list[Row]) -> Section | None:
    mine = [row for row in rows if row["population"] == ALL and row["quantity"] in QUANTITIES]
    if not mine:
        return None
    first = mine[0]
    return Section(
        "answer-reliability", "How reliable ratings and answers are",
        f"{first['domain']}: two random halves of the people would put the items in the same order to"
        f" {_number(first, 'estimate')} (1 is the same order).",
        ["Measure", "Domain", "Of", "Value", "Answers", "Items"],
        [
            [QUANTITIES[row["quantity"]], str(row["domain"]), str(row["target"]), _ends(row),
             f"{whole(row['n']):,}", f"{whole(row['n_items']):,}"]
            for row in mine
        ],
        "Variance components, notes and groups of participants are in the table.",
        "answer_reliability",
    )  # fmt: skip


def _avoidance(rows: list[Row]) -> Section | None:
    whole_ones = [row for row in rows if row["bin"] is None]
    if not whole_ones:
        return None
    first = whole_ones[0]
    return Section(
        "avoidance", "What people decline",
        f"{first['domain']}: of 100 answers, {hundred(first)} are \u201cI don\u2019t know\u201d.",
        ["Domain, bin", "Difficulty", "Declined", "Answers"],
        [
            [f"{row['domain']}, {'all items' if row['bin'] is None else row['bin']}",
             NONE if row["bin"] is None else f"{row['difficulty_low']:.0f}\u2013{row['difficulty_high']:.0f}",
             share(row), f"{whole(row['total']):,}"]
            for row in rows
        ],
        "Systems avoid, too: see theirs. Each answer by a difficulty without its own person\u2019s help.",
        "people_avoidance",
    )  # fmt: skip


def _items(rows: list[Row]) -> Section | None:
    by: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by.setdefault((str(row["domain"]), str(row["model"])), []).append(row)
    (domain, model), mine = next(iter(by.items()))
    known = [row for row in mine if number(row["difficulty_logit"]) is not None]
    if not known:
        return None
    hardest = max(known, key=lambda row: float(row["difficulty_logit"]))
    return Section(
        "item-response", "Items by the Rasch model and the 2PL",
        f"{domain}: abilities differ by {_number(mine[0], 'ability_sd')} logits (sd, {model}); of the items"
        f" shown, the hardest is {hardest['item_id']}, at {_number(hardest, 'difficulty_logit')}.",
        ["Item", "Model", "Difficulty (logit)", "Standard error", "Slope"],
        [
            [str(row["item_id"]), str(row["model"]), _number(row, "difficulty_logit"), _number(row, "se"),
             _number(row, "slope")]
            for row in mine[:10]
        ],
        "Of who got which item right, where answers were marked. All items and both models are in the table.",
        "item_response",
    )  # fmt: skip


SECTIONS: dict[str, Callable[[list[Row]], Section | None]] = {
    "calibration_sensitivity": _exclusions,
    "metric_candidates": _candidates,
    "answer_reliability": _reliability,
    "people_avoidance": _avoidance,
    "item_response": _items,
}
