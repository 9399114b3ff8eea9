"""The reliability of the systems on the results page: a line a system, and what hangs on their size."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.research.results import axis_of
from annotations.research.shown import RunView
from annotations.research.tables import Row, is_all_bins, number, whole
from annotations.studies.models import Study

LINES_SHOWN = 40
SCALE_SHOWN = 60
CONTRASTS = ("correctness", "prudence", "ultracrepidarianism")


@dataclass(frozen=True)
class Measure:
    key: str
    name: str


MEASURES = (
    Measure("correctness", "Correct"),
    Measure("prudence", "Correct or avoidant"),
    Measure("ultracrepidarianism", "Wrong where not correct"),
    Measure("easiest_correct", "Correct at the easiest"),
    Measure("easiest_incorrect", "Wrong at the easiest"),
    Measure("auc", "Foretold by difficulty (AUC)"),
    Measure("concordance_correctness", "Concordance"),
    Measure("excess_correctness", "Concordance above a flat curve"),
    Measure("stability_correctness", "Stability S"),
    Measure("stability_in_correctness", "S within successes"),
    Measure("stability_out_correctness", "S within failures"),
)


@dataclass(frozen=True)
class Value:
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class SystemLine:
    system: str
    domain: str
    cells: list[Value | None]


@dataclass(frozen=True)
class Reliability:
    view: RunView
    sentences: list[str]
    axis: str
    lines: list[SystemLine]
    n_lines: int
    scale: list[tuple[str, Row]]

    @property
    def measures(self) -> tuple[Measure, ...]:
        return MEASURES


def reliability_of(study: Study, view: RunView) -> Reliability:
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for row in view.rows.get("reliability", []):
        if is_all_bins(row) or row["indicator"].startswith("easiest_"):
            found.setdefault((row["domain"], row["system"]), {})[row["indicator"]] = row
    lines = [
        SystemLine(system, domain, [_value(rows.get(one.key)) for one in MEASURES])
        for (domain, system), rows in list(found.items())[:LINES_SHOWN]
    ]
    domains = view.summary.get("domains", {})
    return Reliability(
        view=view,
        sentences=[_sentence(domain, lines) for domain in domains],
        axis=axis_of(study, view.summary.get("axis", ""), view.lender),
        lines=lines,
        n_lines=sum(whole(one["systems"]) for one in domains.values()),
        scale=_scale(view.rows.get("reliability_scale", []))[:SCALE_SHOWN],
    )


def _value(row: Row | None) -> Value | None:
    if row is None:
        return None
    return Value(number(row["value"]), number(row["low"]), number(row["high"]), whole(row["n"]))


def _sentence(domain: str, lines: list[SystemLine]) -> str:
    mine = [line for line in lines if line.domain == domain]
    parts = []
    for key, words in (
        ("correctness", "of 100 answers, {} are correct"),
        ("easiest_incorrect", "in the easiest bin {} are wrong"),
    ):
        at = [one.key for one in MEASURES].index(key)
        values = [
            cell.value for line in mine if (cell := line.cells[at]) is not None and cell.value is not None
        ]
        if values:
            low, high = f"{100 * min(values):.0f}", f"{100 * max(values):.0f}"
            between = low if low == high else f"{low} to {high}"
            parts.append(words.format(between))
    return f"{domain}: {'; '.join(parts)}." if parts else f"{domain}: its systems are in the table."


def _scale(rows: list[Row]) -> list[tuple[str, Row]]:
    """Slopes, and the contrasts that a page has room for, in words."""
    shown = []
    for row in rows:
        if row["against"] != "shaping":
            size = "parameters" if row["against"] == "parameters" else "training FLOP"
            shown.append((f"per ten times the {size}", row))
        elif row["indicator"] in CONTRASTS:
            shown.append((f"{row['shaped']} less {row['raw']}", row))
    return shown
