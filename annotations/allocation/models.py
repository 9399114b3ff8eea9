"""Assignments: a unit handed to an enrolment, on a lease."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotations.catalogue.models import Item
from annotations.core import clock
from annotations.people.models import Enrolment, Participant
from annotations.studies.models import Unit

# What a page and the recording of an answer read of units, items and outputs, and no more.
UNIT = ("batch_id", "item_id", "output_id", "stratum", "is_check", "quota", "filled")
ITEM = ("key", "domain", "prompt", "image_id", "image_alt", "reference", "check_answer")
OUTPUT = ("key", "text", "trace", "meta", "check_answer")


def _columns(unit: str) -> tuple[str, ...]:
    items = (f"item__{name}" for name in ITEM)
    outputs = (f"{unit}output__{name}" for name in OUTPUT)
    return (*(f"{unit}{name}" for name in UNIT), *items, *outputs)


def shown(units: models.QuerySet[Unit]) -> models.QuerySet[Unit]:
    """Units with all that a page shows of them, in one query."""
    return units.select_related("item", "output").only(*_columns(""))


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def with_unit(self) -> AssignmentQuerySet:
        """With all that a page shows, in one query."""
        mine = (field.attname for field in Assignment._meta.concrete_fields)
        return self.select_related("item", "unit__output").only(*mine, *_columns("unit__"))

    def leased(self) -> AssignmentQuerySet:
        return self.filter(state=Assignment.LEASED)

    def overdue(self) -> AssignmentQuerySet:
        return self.leased().filter(expires_at__lt=clock.now())


class Assignment(models.Model):
    """leased -> answered | skipped | released; released -> leased (shown again) | answered (a late answer).

    A repeat takes no share of its unit's quota.
    """

    LEASED, ANSWERED, RELEASED, SKIPPED = "leased", "answered", "released", "skipped"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="assignments")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="assignments")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default=LEASED)
    repeat = models.BooleanField(default=False)
    submission_key = models.CharField(max_length=64, unique=True)
    # What was answered before the output was shown, where a study asks for it; then it cannot change.
    first = models.JSONField(null=True)
    position = models.PositiveIntegerField()
    eligible = models.PositiveIntegerField()
    probability = models.FloatField()
    leased_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            # Whatever the code above does, nobody labels an item twice unless a repeat is meant.
            models.UniqueConstraint(
                fields=["participant", "item"], condition=Q(repeat=False), name="no_item_twice_to_one_person"
            ),
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(state="leased"), name="one_lease_at_a_time"
            ),
            models.UniqueConstraint(fields=["enrolment", "position"], name="one_unit_a_position"),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="assignment_overdue")]
