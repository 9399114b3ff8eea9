"""What to look at before a study opens: what stands in its way, and what is better done before.

Few queries, whatever there is: rows are counted, not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from annotations.catalogue.models import GRADES, Grade, Item, Load, Output
from annotations.core.problems import listing
from annotations.core.reasons import Reason
from annotations.studies.definition import as_served
from annotations.studies.drawing import practice_units
from annotations.studies.models import Study
from annotations.studies.services import reasons_against
from annotations.studies.walks import walked
from annotations.studies.writing import missing_texts

DONE, ADVISED, NEEDED = "done", "advised", "needed"
NAMED = 5
# Filters of a batch, as they are asked of items and of outputs.
ITEM_FILTERS = {"domain": "domain__in", "system": "", "template": "", "grade": ""}
OUTPUT_FILTERS = {
    "domain": "item__domain__in",
    "system": "system__key__in",
    "template": "template__key__in",
    "grade": "now_graded__in",
}


@dataclass(frozen=True)
class Line:
    """One thing to look at. `page` is where, below the study's address; `path` is a setting's."""

    title: str
    state: str
    says: str
    page: str = ""
    path: str = ""


def checklist(study: Study) -> list[Line]:
    definition, rows = as_served(study.definition), Rows(study)
    return [
        *_rows(study, definition, rows),
        *_texts(definition),
        *_batches(definition, rows),
        *_walked(study, definition),
        *_obstacles(study, rows),
    ]


def may_open(lines: list[Line]) -> bool:
    return not any(line.state == NEEDED for line in lines)


class Rows:
    """What is counted of the study's items and outputs: a query for each table, whatever is asked."""

    def __init__(self, study: Study) -> None:
        # Not evaluated: a part of each query.
        self.loads = Load.objects.published().filter(collection=study.collection_id).values("pk")
        self.batches = study.definition["batches"]
        practised = practice_units(study.definition)
        self.items_practised = {one.partition(":")[2] for one in practised if one.startswith("item:")}
        self.outputs_practised = {one.partition(":")[2] for one in practised if one.startswith("output:")}
        beside: dict[str, Any] = {"collection": study.collection_id, "load__in": self.loads}
        self.items = self._count(Item.objects.filter(**beside), ITEM_FILTERS, judged=False)
        self.outputs: dict[str, int] = {}
        if study.judges_outputs:
            current = Grade.objects.filter(output=OuterRef("pk"), current=True).values("grade")[:1]
            outputs = Output.objects.filter(**beside).annotate(now_graded=Subquery(current))
            self.outputs = self._count(outputs, OUTPUT_FILTERS, judged=True)
        self.rated = study.rates_difficulty

    def units(self, place: int) -> int:
        """How many units a batch could be drawn from."""
        of_items = self.items[f"batch_{place}"] if self.rated else 0
        return of_items + self.outputs.get(f"batch_{place}", 0)

    def _count(self, rows: Any, filters: dict[str, str], *, judged: bool) -> dict[str, int]:
        asked = {"all": Count("pk"), "checks": Count("pk", filter=~Q(check_answer=""))}
        if judged:
            asked["graded"] = Count("pk", filter=Q(check_answer="", now_graded__in=GRADES))
        for place, batch in enumerate(self.batches):
            asked[f"batch_{place}"] = Count("pk", filter=self._wanted(batch["units"], filters, judged))
        found: dict[str, int] = rows.aggregate(**asked)
        return found

    def _wanted(self, units: dict[str, Any], filters: dict[str, str], judged: bool) -> Q:
        """As the drawing of the units takes them: no checks, nothing of what people practise on."""
        wanted = Q(check_answer="")
        for name, path in filters.items():
            if units[name]:
                # An item has no system, and so is in no batch that asks for one.
                wanted &= Q(**{path: units[name]}) if path else Q(pk__isnull=True)
        if self.items_practised:
            wanted &= ~Q(**{"item__key__in" if judged else "key__in": self.items_practised})
        if judged and self.outputs_practised:
            wanted &= ~Q(key__in=self.outputs_practised)
        return wanted


def _rows(study: Study, definition: dict[str, Any], rows: Rows) -> Iterator[Line]:
    checks, total = rows.items["checks"], rows.items["all"]
    if total:
        yield Line("Items", DONE, f"{total:,} in the collection.", "import/")
    else:
        yield Line("Items", NEEDED, "There are none: import some.", "import/")
    if study.judges_outputs:
        checks = rows.outputs["checks"] + (checks if study.rates_difficulty else 0)
        yield from _graded(rows.outputs)
    share = definition["checks"]["share"]
    if share and not checks:
        says = (
            f"{100 * share:g} % of the units are to be checks, but none has a known answer, so none are"
            " served: import some with a `check`, or set the share to 0."
        )
        yield Line("Checks", ADVISED, says, path="checks.share")


def _graded(outputs: dict[str, int]) -> Iterator[Line]:
    scored, graded = outputs["all"] - outputs["checks"], outputs["graded"]
    if not outputs["all"]:
        yield Line("Outputs", NEEDED, "There are none to be judged: import some.", "import/")
        return
    yield Line("Outputs", DONE, f"{outputs['all']:,} in the collection.", "import/")
    if graded < scored:
        says = (
            f"{scored - graded:,} of {scored:,} outputs have no grade: verdicts on them count for nothing"
            " until they have one."
        )
        yield Line("Grades", ADVISED, says, "grading/")
    else:
        yield Line("Grades", DONE, "Every output that counts is graded.", "grading/")


def _texts(definition: dict[str, Any]) -> Iterator[Line]:
    missing = list(missing_texts(definition))
    if not missing:
        names = ", ".join(definition["locales"])
        yield Line("Texts", DONE, f"Complete in {names}.", path="consent")
        return
    for path, locale in missing[:NAMED]:
        says = f"`{path}` is not there in {locale}: people would read another language."
        yield Line("Texts", ADVISED, says, path=path)
    if len(missing) > NAMED:
        yield Line("Texts", ADVISED, f"And {len(missing) - NAMED} more are missing.", path=missing[NAMED][0])


def _batches(definition: dict[str, Any], rows: Rows) -> Iterator[Line]:
    for place, batch in enumerate(definition["batches"]):
        count = rows.units(place)
        title, path = f"Batch {batch['name']}", f"batches.{place}.units"
        wanted = batch["participants"] * batch["units_per_participant"]
        if not count:
            says = "It would have no unit: its filters leave nothing, or there are no rows."
            yield Line(title, NEEDED, says, path=path)
            continue
        drawn = min(count, batch["units"]["sample"] or count)
        holds = drawn * batch["overlap"]
        says = f"{drawn:,} units, {holds:,} answers in all; {batch['participants']:,} people give {wanted:,}."
        if wanted > holds:
            more = " There is not enough for so many: fewer places, or more answers a unit."
            yield Line(title, ADVISED, says + more, path=path)
        else:
            yield Line(title, DONE, says, path=path)


def _walked(study: Study, definition: dict[str, Any]) -> Iterator[Line]:
    """In every language, and through every arm in one of them."""
    walks = walked(study)
    locales = [one for one in definition["locales"] if one not in {walk.locale for walk in walks}]
    arms = {one["name"] for one in definition["conditions"]} - {walk.condition for walk in walks}
    page = f"/take/{study.slug}/preview/"
    if not locales and not arms:
        latest = max(walks, key=lambda walk: walk.walked_at)
        says = f"Walked through by {latest.walked_by} since the last change of what people see."
        yield Line("Preview", DONE, says, page)
        return
    left = [f"in {listing(locales)}"] if locales else []
    left += [f"as {listing(arms)}"] if arms else []
    says = f"Nobody has walked through it {' and '.join(left)} since what people see was changed."
    yield Line("Preview", ADVISED, says, page)


def _obstacles(study: Study, rows: Rows) -> Iterator[Line]:
    reasons = reasons_against(study, study.definition, loads=rows.loads)
    for reason in reasons:
        path = reason.path if isinstance(reason, Reason) else ""
        yield Line("In the way", NEEDED, str(reason), path=path)
    if not reasons:
        yield Line("Settings", DONE, "They agree with one another and with the provider.", path="asking")
