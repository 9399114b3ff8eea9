"""Rounds of grading by hand, the outputs in them, and the places of those who grade."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotations.catalogue.models import GRADES, Collection, Output
from annotations.core import clock

LEASE = timedelta(minutes=30)


class HandRound(models.Model):
    """`asked` says which outputs it was made of, so that the same could be drawn again. Tasks are read only
    once the round is `ready`: it is published at once.
    """

    GRADING, AUDIT = PURPOSES = ("grading", "audit")

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="hand_rounds")
    # The study through which it was wanted; its editors grade.
    subject = models.CharField(max_length=200, db_index=True)
    purpose = models.CharField(max_length=10)
    asked = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    wanted_by = models.CharField(max_length=254)
    ready = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=("grading", "audit")), name="purpose_is_known")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class HandTask(models.Model):
    """One output to be graded: open -> settled, by way of tie where people differ.

    `taken` counts the places that were handed out and not given back, `given` those that brought a grade.
    `first` and `second` are the grades of the two that are blind; in an audit `graded` is the grade that
    is audited, and there is a `first` alone. `stratum` says as what an audit drew it.
    """

    OPEN, TIE, SETTLED = "open", "tie", "settled"

    round = models.ForeignKey(HandRound, on_delete=models.CASCADE, related_name="tasks")
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="hand_tasks")
    shuffle = models.BigIntegerField()
    stratum = models.CharField(max_length=10, blank=True)
    graded = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10, default=OPEN)
    wanted = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField(default=0)
    given = models.PositiveSmallIntegerField(default=0)
    first = models.CharField(max_length=40, blank=True)
    second = models.CharField(max_length=40, blank=True)
    final = models.CharField(max_length=10, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__lte=F("wanted")), name="hand_places_are_not_given_twice"
            ),
            models.CheckConstraint(condition=Q(given__lte=F("taken")), name="hand_grades_have_places"),
            models.UniqueConstraint(fields=["round", "output"], name="one_task_an_output"),
        ]
        indexes = [models.Index(fields=["round", "state", "shuffle"], name="hand_tasks_to_do")]


class HandPlace(models.Model):
    """One person's place on one output: leased, then given with a grade that stays as it is.

    `key` is all that a page says of it: the key of an output may name its system.
    """

    LEASED, GIVEN = "leased", "given"
    BLIND, TIE = "blind", "tie"

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    round = models.ForeignKey(HandRound, on_delete=models.CASCADE, related_name="places")
    task = models.ForeignKey(HandTask, on_delete=models.CASCADE, related_name="places")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default=LEASED)
    grade = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "user", "role"], name="one_place_a_person"),
            models.UniqueConstraint(
                fields=["round", "user"], condition=Q(state="leased"), name="one_hand_lease_a_person"
            ),
            models.CheckConstraint(
                condition=Q(state="leased") | Q(grade__in=GRADES), name="given_places_have_grades"
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="hand_leases")]
