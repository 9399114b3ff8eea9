"""How a study came to be what it is: revisions of its set-up, walks through its preview, registrations."""

from __future__ import annotations

from django.db import models

from annotations.core import clock
from annotations.studies.models import Study


class Revision(models.Model):
    """What a draft, or an amendment in the making, was after one save. The latest are kept."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    saved_by = models.CharField(max_length=254)
    saved_at = models.DateTimeField(default=clock.now)
    # The top-level settings that it changed.
    changed = models.JSONField(default=list)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="one_save_a_revision")]

    def __str__(self) -> str:
        return f"{self.study_id}:{self.number}"


class PreviewWalk(models.Model):
    """Somebody who sets the study up went through its preview from the first step to the last.

    `shown_digest` is of what participants would see: a walk counts until that changes.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="walks")
    revision = models.PositiveIntegerField()
    shown_digest = models.CharField(max_length=64)
    locale = models.CharField(max_length=35)
    condition = models.CharField(max_length=100, blank=True)
    walked_by = models.CharField(max_length=254)
    walked_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-walked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "shown_digest", "locale", "condition"], name="one_walk_a_way"
            )
        ]


class Registration(models.Model):
    """Where the plan of a study is registered. The latest one stands; earlier ones are kept."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="registrations")
    # An address or a DOI.
    address = models.CharField(max_length=500)
    registered_on = models.DateField()
    # Of what was registered, as the bundle to register said it.
    definition_hash = models.CharField(max_length=64)
    recorded_by = models.CharField(max_length=254)
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-id"]
