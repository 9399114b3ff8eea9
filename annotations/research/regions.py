"""The safe operating region and the companion rates, in words and rows for the results page."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.analysis.models import Run
from annotations.research.tables import Row, is_all_bins, number, rows_of, said

MEASURES = {
    "slip": "wrong answers that people let pass, of all wrong answers",
    "slip_through": "answers that are wrong and pass, of all answers",
    "model_error": "wrong answers, of all answers",
    "either": "model errors or slips, whichever is rarer",
}
RATES = {
    "committed_slip": "Slips among those who said correct or incorrect",
    "slip_through": "Wrong and accepted, of all answers",
    "residual_error": "Wrong, of those accepted",
    "false_rejection": "Right answers rejected",
    "missed_avoidance": "Avoidant answers taken for correct",
}


@dataclass(frozen=True)
class Region:
    threshold: str
    status: str
    sentence: str


def regions_of(run: Run) -> list[tuple[str, list[Region]]]:
    """Of everybody and all outputs: each measure in words, with an answer for every threshold."""
    if not run.tables.filter(name="safe_region").exists():
        return []
    rows = [row for row in rows_of(run, "safe_region") if row["group"] == "all"]
    return [
        (words, [_region(row) for row in rows if row["measure"] == measure])
        for measure, words in MEASURES.items()
    ]


def rates_of(run: Run) -> list[tuple[str, Row]]:
    """The companion rates over all bins together."""
    if not run.tables.filter(name="supervision_rates").exists():
        return []
    rows = [row for row in rows_of(run, "supervision_rates") if row["group"] == "all" and is_all_bins(row)]
    found = {str(row["measure"]): row for row in rows}
    return [(words, found[measure]) for measure, words in RATES.items() if measure in found]


def _region(row: Row) -> Region:
    threshold = f"{100 * float(row['threshold']):g}\u00a0%"
    if row["status"] == "region":
        low, limit = number(row["from_difficulty"]), number(row["limit_difficulty"])
        sentence = f"Below {threshold} from difficulty {said(low or 0.0)} up to {said(limit or 0.0)}."
    elif row["status"] == "none":
        sentence = f"No region below {threshold}. {row['reason']}"
    else:
        sentence = f"Not measured at {threshold}. {row['reason']}"
    return Region(threshold, str(row["status"]), sentence)
