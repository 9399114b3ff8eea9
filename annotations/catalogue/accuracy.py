"""How often each system of a collection was right, by its current grades."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q

from annotations.catalogue.models import GRADES, Collection, Grade, Item, Output, System


@dataclass(frozen=True)
class DomainCount:
    domain: str
    items: int
    with_metric: int
    checks: int


@dataclass
class Accuracy:
    """Checks and rows of loads that are not published are left out."""

    system: str
    family: str
    shaping: str
    outputs: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRADES, 0))

    @property
    def graded(self) -> int:
        return sum(self.counts.values())

    @property
    def correctness(self) -> float | None:
        """Correct of those graded."""
        return self.counts["correct"] / self.graded if self.graded else None


def domain_counts(collection: Collection) -> list[DomainCount]:
    """Items by domain. One query."""
    rows = (
        Item.objects.visible()
        .filter(collection=collection)
        .values_list("domain")
        .annotate(
            items=Count("pk", filter=Q(check_answer="")),
            with_metric=Count("metric", filter=Q(check_answer="")),
            checks=Count("pk", filter=~Q(check_answer="")),
        )
        .order_by("domain")
    )
    return [DomainCount(*row) for row in rows]


def system_accuracies(collection: Collection) -> list[Accuracy]:
    """Outputs and grades by system, in the order of their names. Three queries, whatever the size."""
    systems = System.objects.visible().filter(collection=collection).order_by("key")
    found = {
        pk: Accuracy(key, family, shaping)
        for pk, key, family, shaping in systems.values_list("pk", "key", "family", "shaping")
    }
    outputs = Output.objects.visible().filter(
        collection=collection, check_answer="", item__check_answer="", system__in=found
    )
    for pk, count in outputs.values_list("system").annotate(Count("pk")).order_by():
        found[pk].outputs = count
    grades = Grade.objects.filter(output__in=outputs, current=True).filter(
        Q(load__isnull=True) | Q(load__published_at__isnull=False)
    )
    by_system: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, grade, count in grades.values_list("output__system", "grade").annotate(Count("pk")).order_by():
        by_system[pk][grade] = count
    for pk, counts in by_system.items():
        found[pk].counts.update(counts)
    return list(found.values())
