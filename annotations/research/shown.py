"""What the results page reads of a study's runs: four queries, and of each table only what it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from annotations.analysis.models import Figure, Run, RunTable
from annotations.analysis.runs import is_older, stamp_of
from annotations.research.tables import ALL, Row
from annotations.studies.models import Axis, Study

GROUPS_SHOWN = ("domain", "system", "participant_group", "condition")
KINDS = ("calibration", "supervision", "reliability")
# Blocks of `reliability` in which the lines of all systems that the page shows begin and end.
SYSTEM_BLOCKS = 3
# The first block tells that a table is there, and is all of `difficulty` that the page shows. Of other
# tables, and of other groups of these, it shows no row.
SHOWN = (
    Q(block=0)
    | Q(name__in=("calibration", "calibration_intervals", "telling_apart", "agreement"))
    | Q(name="supervision", group__in=("", ALL, *GROUPS_SHOWN))
    | Q(name__in=("supervision_rates", "supervision_sensitivity", "safe_region"), group__in=("", ALL))
    | Q(name="reliability", block__lt=SYSTEM_BLOCKS)
)


@dataclass(frozen=True)
class RunView:
    """A run with what every result shows of it. `lender` is the study whose axis was borrowed, if one was."""

    run: Run
    stale: bool
    lender: str
    figures: list[Figure]
    tables: list[str]
    rows: dict[str, list[Row]]

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = self.run.summary
        return found

    @property
    def method(self) -> str:
        return str(self.summary.get("method", ""))

    @property
    def resamples(self) -> int:
        return int(self.run.params.get("resamples") or 0)

    @property
    def same_people(self) -> bool:
        return bool(self.summary.get("same_people"))

    @property
    def warnings(self) -> list[str]:
        """But for the one that the page says louder."""
        return [str(one) for one in self.run.warnings if "(same_people)" not in str(one)]


def shown_runs(study: Study, *, figures: bool = True) -> dict[str, RunView]:
    """By kind, of each the run stored or confirmed last. Without figures a query less."""
    latest = Q()
    for kind in KINDS:
        of_kind = Run.objects.filter(study=study, kind=kind).order_by("-confirmed_at", "-pk")
        latest |= Q(pk=of_kind.values("pk")[:1])
    lender = Axis.objects.filter(study=study).values("source_slug")
    runs = list(Run.objects.filter(latest).annotate(lender=lender))
    if not runs:
        return {}
    stamp = stamp_of(study)
    drawn: dict[int, list[Figure]] = defaultdict(list)
    if figures:
        for figure in Figure.objects.filter(run__in=runs).order_by("pk").defer("svg", "dark"):
            drawn[figure.run_id].append(figure)
    tables = _tables(runs)
    return {
        run.kind: RunView(
            run=run,
            stale=is_older(run, stamp),
            lender=run.lender or "",
            figures=drawn[run.pk],
            tables=list(tables[run.pk]),
            rows=tables[run.pk],
        )
        for run in runs
    }


def _tables(runs: Sequence[Run]) -> dict[int, dict[str, list[Row]]]:
    """By run the names of all tables, in the order in which they were stored, with the rows read."""
    blocks = RunTable.objects.filter(SHOWN, run__in=runs).order_by("pk")
    found: dict[int, dict[str, list[Row]]] = defaultdict(dict)
    for run, name, rows in blocks.values_list("run_id", "name", "rows"):
        found[run].setdefault(name, []).extend(rows)
    return found
