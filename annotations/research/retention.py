"""Until when a study keeps identities and answers, as its overview says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from annotations.studies.models import RetentionDate, Study
from annotations.studies.retention import today

WARNED_FOR = 14
LABELS = {
    RetentionDate.IDENTITIES: "Identities kept until",
    RetentionDate.ANSWERS: "Answers kept until",
}
WILL = {
    RetentionDate.IDENTITIES: "what ties people to their answers is deleted and nobody can come in any more:"
    " approve and pay before",
    RetentionDate.ANSWERS: "the study closes, everybody's answers are deleted and its releases can no longer"
    " be downloaded: keep a copy of what you may keep",
}


@dataclass(frozen=True)
class Day:
    what: str
    due: date
    carried_out_at: datetime | None = None

    @property
    def label(self) -> str:
        return LABELS[self.what]

    @property
    def warning(self) -> str:
        left = (self.due - today()).days
        if self.carried_out_at or left > WARNED_FOR:
            return ""
        when = f"In {left} day{'' if left == 1 else 's'}" if left > 0 else "Today"
        return f"{when}, on {self.due:%-d %B %Y}, {WILL[self.what]}."


def days_kept(study: Study) -> list[Day]:
    """Of the version that holds, or, of a draft, of its definition. One query where there are any."""
    days = study.definition.get("retention") or {}
    if study.version_id is None or not any(days.values()):
        return [Day(what, date.fromisoformat(days[what])) for what in RetentionDate.WHAT if days.get(what)]
    kept = RetentionDate.objects.filter(version=study.version_id).order_by("-what")
    return [Day(one.what, one.due, one.carried_out_at) for one in kept]
