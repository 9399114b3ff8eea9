"""Releases: frozen data sets. Their files are stored, never rebuilt."""

from __future__ import annotations

from django.db import models

from annotations.core import clock
from annotations.people.models import Participant
from annotations.studies.models import Study


class Release(models.Model):
    """`folder` lies in `var/releases`. An erasure closes a release that holds the person."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    folder = models.CharField(max_length=300)
    manifest = models.JSONField(default=dict)
    published_at = models.DateTimeField(default=clock.now)
    published_by = models.CharField(max_length=254, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="one_release_a_number"),
            models.UniqueConstraint(fields=["study", "fingerprint"], name="one_release_a_fingerprint"),
        ]

    @property
    def successor(self) -> Release | None:
        """The newest that is open, where this one is closed; none until one has been made."""
        later = Release.objects.filter(study=self.study_id, number__gt=self.number, closed_at__isnull=True)
        return later.order_by("-number").first() if self.closed_at else None


class ReleasedParticipant(models.Model):
    """Who is in which release, so that an erasure can close it."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="people")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="releases")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "participant"], name="one_row_a_released_person")
        ]
