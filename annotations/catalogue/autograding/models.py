"""Runs of automatic graders, and what each says of every output that it was asked of."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from annotations.catalogue.models import GRADES, Collection, Output
from annotations.core import clock

KEPT = timedelta(days=7)


class GradingRun(models.Model):
    """marking -> marked -> recording -> recorded. `chosen` says which outputs, `grader_name` who graded them.

    Until it is recorded no grade has changed.
    """

    MARKING, MARKED, RECORDING, RECORDED = "marking", "marked", "recording", "recorded"

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="grading_runs")
    # The study through which it was wanted.
    subject = models.CharField(max_length=200, db_index=True)
    wanted_by = models.CharField(max_length=254)
    grader = models.CharField(max_length=40)
    grader_name = models.CharField(max_length=200)
    options = models.JSONField(default=dict)
    chosen = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=MARKING)
    counts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.grader_name


class Mark(models.Model):
    """What a run says of one output; a blank grade with the reason why it was not understood."""

    run = models.ForeignKey(GradingRun, on_delete=models.CASCADE, related_name="marks")
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="marks")
    grade = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "output"], name="one_mark_an_output"),
            models.CheckConstraint(condition=Q(grade__in=(*GRADES, "")), name="mark_is_known"),
        ]
        indexes = [models.Index(fields=["run", "grade", "id"], name="marks_of_run")]
