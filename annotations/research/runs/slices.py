"""One part of the supervision results: of a domain, a system, a group of people, a condition."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annotations.analysis.models import RunTable
from annotations.core.errors import NotFound
from annotations.research.shown import RunView
from annotations.research.tables import ALL, Row
from annotations.studies.models import Study

# By their names in tables, as a page calls them.
GROUPS = {
    "domain": "Domain",
    "system": "System",
    "domain*system": "Domain and system",
    "participant_group": "Group of people",
    "condition": "Condition",
}
NO_PART = "The run has no such part."
TABLES = ("supervision", "supervision_rates", "safe_region")


@dataclass(frozen=True)
class Choice:
    """What can be chosen: the values that a run has of a group."""

    group: str
    label: str
    values: list[str]


def choices_of(view: RunView) -> list[Choice]:
    """Of the rows that the page has read: pairs of domain and system are reached from the table itself."""
    found: dict[str, dict[str, None]] = {group: {} for group in GROUPS}
    for row in view.rows.get("supervision", []):
        if row["group"] in GROUPS:
            found[row["group"]][str(row["value"])] = None
    choices = [Choice(group, GROUPS[group], list(values)) for group, values in found.items() if values]
    return [one for one in choices if len(one.values) > 1 or one.group == "system"]


def slice_of(view: RunView, group: str, value: str) -> RunView:
    """The run with only the rows of that part, which then are all there is. Raises NotFound."""
    if group not in GROUPS:
        raise NotFound(NO_PART)
    blocks = RunTable.objects.filter(run=view.run, name__in=TABLES, group=group).order_by("block")
    rows: dict[str, list[Row]] = {}
    for name, block in blocks.values_list("name", "rows"):
        mine = (row | {"group": ALL, "value": ""} for row in block if str(row["value"]) == value)
        rows.setdefault(name, []).extend(mine)
    if not rows.get("supervision"):
        raise NotFound(NO_PART)
    return replace(view, rows=rows)


def named(study: Study, group: str, value: str) -> str:
    """The part in words, for a heading."""
    return f"{GROUPS[group]}: {value.replace('|', ', ') or 'none given'}"
