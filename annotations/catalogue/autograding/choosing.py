"""Which outputs of a collection are meant: by domain, system, template, and what they are graded now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotations.catalogue.grades import PUBLISHED
from annotations.catalogue.models import GRADES, Grade, Item, Output, System, Template

UNGRADED, ALL = "ungraded", "all"
STANDINGS = (UNGRADED, ALL, *GRADES)
MOST_NAMES = 300


def outputs_of(collection: int, loads: Iterable[int]) -> QuerySet[Output]:
    """The outputs that these loads brought, without checks: their right verdict is known otherwise."""
    rows = Output.objects.filter(collection=collection).of_loads(loads).visible()
    return rows.filter(check_answer="", item__check_answer="")


def standing(**of: Any) -> QuerySet[Grade]:
    """The grade that counts now of the output at hand."""
    return Grade.objects.filter(PUBLISHED, output=OuterRef("pk"), current=True, **of)


def chosen_outputs(collection: int, chosen: Mapping[str, Any]) -> QuerySet[Output]:
    """`chosen` has `loads`, `standing`, and of `domain`, `system`, `template` those that are filtered by."""
    rows = outputs_of(collection, chosen["loads"])
    for field, key in (("domain", "item__domain"), ("system", "system__key"), ("template", "template__key")):
        if name := chosen.get(field):
            rows = rows.filter(**{key: name})
    now = chosen.get("standing", UNGRADED)
    if now == UNGRADED:
        rows = rows.exclude(Exists(standing()))
    elif now != ALL:
        rows = rows.filter(Exists(standing(grade=now)))
    return rows.order_by("pk")


def names(collection: int, loads: Iterable[int]) -> dict[str, list[str]]:
    """What can be filtered by. Three queries."""
    loads = list(loads)
    items = Item.objects.filter(collection=collection).of_loads(loads).order_by("domain")
    of = {
        "domain": items.values_list("domain", flat=True).distinct(),
        "system": _keys(System, collection, loads),
        "template": _keys(Template, collection, loads),
    }
    return {field: list(rows[:MOST_NAMES]) for field, rows in of.items()}


def _keys(model: Any, collection: int, loads: list[int]) -> Any:
    rows = model.objects.filter(collection=collection).of_loads(loads)
    return rows.order_by("key").values_list("key", flat=True)
