"""Jobs, signs of life, and the audit log."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.core import clock


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> JobQuerySet:
        return self.filter(state__in=Job.UNFINISHED)

    def tops(self) -> JobQuerySet:
        return self.filter(parent__isnull=True)

    def lapsed(self) -> JobQuerySet:
        """Running, but without a sign of life for too long."""
        limit = clock.now() - timedelta(seconds=settings.JOB_LOST_AFTER)
        return self.filter(state=Job.RUNNING, beat_at__lt=limit)


class Job(models.Model):
    """A piece of background work: the record of which the broker only carries a note.

    A long job is a parent whose parts run stage by stage. A parent waits while its parts run and is
    then itself run, to put their results together.
    """

    QUEUED, WAITING, RUNNING, DONE, FAILED, CANCELLED = (
        "queued",
        "waiting",
        "running",
        "done",
        "failed",
        "cancelled",
    )
    UNFINISHED = (QUEUED, WAITING, RUNNING)
    MAX_ATTEMPTS = 3

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=50)
    subject = models.CharField(max_length=200, blank=True, db_index=True)
    key = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=QUEUED)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="parts")
    stage = models.PositiveIntegerField(default=0)
    part = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    claim = models.UUIDField(null=True)
    cancel_wanted = models.BooleanField(default=False)
    progress = models.FloatField(default=0.0)
    message = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    wanted_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # Wanting the same work twice while it is under way gives the job that exists.
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(state__in=["queued", "waiting", "running"], parent__isnull=True),
                name="one_unfinished_job_a_key",
            ),
            models.UniqueConstraint(fields=["parent", "stage", "part"], name="one_row_a_part"),
        ]
        indexes = [models.Index(fields=["state", "beat_at"], name="job_state")]

    @property
    def finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def whole(self) -> Job:
        """The job that this one is a part of."""
        if self.parent is None:
            raise ValueError(f"job {self.pk} is no part of another")
        return self.parent

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "kind": self.kind,
            "state": self.state,
            "progress": round(self.progress, 3),
            "message": self.message,
            "error": self.error,
        }


class WorkerBeat(models.Model):
    """A worker's last sign of life, a row each."""

    name = models.CharField(max_length=200, primary_key=True)
    started_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)


class AuditEntry(models.Model):
    """Who did what to which object; never a participant's answer or identity."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, db_index=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
