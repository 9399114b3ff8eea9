"""What the pages of the grading read: numbers of grades, outputs without one, marks of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from annotations.catalogue.autograding.choosing import outputs_of, standing
from annotations.catalogue.autograding.models import GradingRun, Mark
from annotations.catalogue.grades import PUBLISHED
from annotations.catalogue.models import GRADES, Grade, Output
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

GRADERS_SHOWN = 20
EXAMPLES = 5
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Standing:
    """How the outputs of a study are graded now."""

    outputs: int
    counts: dict[str, int]
    graders: list[tuple[str, int]]

    @property
    def graded(self) -> int:
        return sum(self.counts.values())

    @property
    def ungraded(self) -> int:
        return self.outputs - self.graded


def outputs_in(study: Study) -> QuerySet[Output]:
    return outputs_of(study.collection_id, loads_of(study))


def standing_of(study: Study) -> Standing:
    """Three queries."""
    outputs = outputs_in(study)
    grades = Grade.objects.filter(PUBLISHED, output__in=outputs, current=True)
    rows = grades.values_list("grade", "grader").annotate(n=Count("pk")).order_by("-n")
    counts = dict.fromkeys(GRADES, 0)
    graders: dict[str, int] = {}
    for grade, grader, count in rows:
        counts[grade] += count
        graders[grader or NOT_STATED] = graders.get(grader or NOT_STATED, 0) + count
    most = sorted(graders.items(), key=lambda one: (-one[1], one[0]))[:GRADERS_SHOWN]
    return Standing(outputs.count(), counts, most)


def ungraded_outputs(study: Study) -> QuerySet[Any]:
    """Those without a grade, with the reason that the last grader which looked at each gave."""
    last = Mark.objects.filter(output=OuterRef("pk"), grade="").order_by("-run_id")
    return (
        outputs_in(study)
        .exclude(Exists(standing()))
        .annotate(
            reason=Subquery(last.values("reason")[:1]), asked=Subquery(last.values("run__grader_name")[:1])
        )
        .select_related("item", "system")
        .only("key", "text", "item__key", "item__prompt", "item__reference", "system__key")
        .order_by("pk")
    )


def runs_of(study: Study) -> QuerySet[GradingRun]:
    return GradingRun.objects.filter(subject=study.slug, collection=study.collection_id)


@dataclass(frozen=True)
class Marks:
    grade: str
    count: int
    examples: list[Mark]


def marks_of(run: GradingRun) -> list[Marks]:
    """By grade, with the first of each to look at. A query a grade."""
    found = []
    for grade in (*GRADES, ""):
        count = run.counts.get(grade or "not_understood", 0)
        rows = run.marks.filter(grade=grade).select_related("output__item", "output__system").order_by("pk")
        examples = list(rows[:EXAMPLES]) if grade and count else []
        found.append(Marks(grade, count, examples))
    return found


def changes_of(run: GradingRun) -> int:
    """How many outputs would be graded otherwise than they are now."""
    now = Grade.objects.filter(PUBLISHED, output=OuterRef("output"), current=True)
    same = now.filter(grade=OuterRef("grade"), avoidance_kind=OuterRef("kind"))
    return run.marks.filter(~Q(grade=""), Exists(now), ~Exists(same)).count()


def not_understood(run: GradingRun) -> QuerySet[Mark]:
    return run.marks.filter(grade="").select_related("output__item", "output__system").order_by("pk")
