"""A study's answers, chosen by what they are: to look at, and to leave out or take in many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotations.catalogue.models import VERDICTS
from annotations.research.watching.filters import number_in
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Study

FILTERS = ("person", "unit", "domain", "what", "verdict", "excluded", "faster", "slower")
WHAT = {
    "scored": "scored",
    "checks": "checks",
    "failed": "failed checks",
    "repeats": "repeats",
    "surplus": "surplus",
}
EXCLUDED = {"in": "not excluded", "out": "excluded", "person": "by a person", "rule": "by a declared rule"}


def answers_of(study: Study, chosen: Mapping[str, str]) -> QuerySet[Any]:
    """Answers that stand, the last ones first."""
    rows: QuerySet[Any] = Response.objects.standing().filter(study=study)
    if text := chosen.get("person"):
        rows = rows.filter(participant__key__icontains=text)
    if text := chosen.get("unit"):
        rows = rows.filter(Q(output__key__icontains=text) | Q(item__key__icontains=text))
    if text := chosen.get("domain"):
        rows = rows.filter(item__domain=text)
    if chosen.get("verdict") in VERDICTS:
        rows = rows.filter(verdict=chosen["verdict"])
    rows = _what(rows, chosen.get("what", ""))
    rows = _excluded(rows, chosen.get("excluded", ""))
    rows = rows.annotate(ms=Coalesce("active_ms", "duration_ms"))
    if (seconds := number_in(chosen.get("faster", ""))) is not None:
        rows = rows.filter(ms__lt=1000 * seconds)
    if (seconds := number_in(chosen.get("slower", ""))) is not None:
        rows = rows.filter(ms__gt=1000 * seconds)
    return rows.order_by("-pk")


def _what(rows: QuerySet[Any], what: str) -> QuerySet[Any]:
    kinds = {
        "scored": {"is_check": False, "surplus": False, "repeat": False},
        "checks": {"is_check": True},
        "failed": {"is_check": True, "check_passed": False},
        "repeats": {"repeat": True},
        "surplus": {"surplus": True},
    }
    return rows.filter(**kinds.get(what, {}))


def _excluded(rows: QuerySet[Any], how: str) -> QuerySet[Any]:
    standing = Exclusion.objects.standing().filter(response=OuterRef("pk"))
    if how == "in":
        return rows.exclude(Exists(standing))
    which = {"out": Q(), "person": Q(rule=""), "rule": ~Q(rule="")}.get(how)
    return rows if which is None else rows.filter(Exists(standing.filter(which)))


def with_reasons(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With all that a list shows of an answer, in one query."""
    standing = Exclusion.objects.standing().filter(response=OuterRef("pk"))
    shown: QuerySet[Any] = rows.annotate(
        ms=Coalesce("active_ms", "duration_ms"),
        reason=Subquery(standing.values("reason")[:1]),
        decided_by=Subquery(standing.values("decided_by")[:1]),
        person=F("participant__key"),
        unit=Coalesce("output__key", "item__key"),
        domain=F("item__domain"),
    ).only(
        "participant_id", "verdict", "difficulty", "answer", "dont_know", "answer_correct", "confidence",
        "position", "repeat", "is_check", "check_passed", "surplus", "created_at",
    )  # fmt: skip
    return shown
