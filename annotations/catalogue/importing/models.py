"""Files from elsewhere that wait to be imported."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models

from annotations.catalogue.models import Collection, Load
from annotations.core import clock

KEPT = timedelta(days=7)


class UploadQuerySet(models.QuerySet["Upload"]):
    def abandoned(self) -> UploadQuerySet:
        """Not loaded, and nobody came back to it."""
        return self.filter(load__isnull=True, touched_at__lt=clock.now() - KEPT)


class Upload(models.Model):
    """A staged file, how its columns are understood, and what its last check found.

    `mapping` is what `Mapping` writes, `report` what `Report` does; a change of the mapping empties the
    report. The file lies in `staging.folder_of` until it is loaded or dropped.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="uploads")
    # The study through which it came.
    subject = models.CharField(max_length=200, db_index=True)
    wanted_by = models.CharField(max_length=254)
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField(default=0)
    format = models.CharField(max_length=10)
    delimiter = models.CharField(max_length=1, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=300, blank=True)
    mapping = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    load = models.ForeignKey(Load, null=True, on_delete=models.SET_NULL, related_name="+")
    loaded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    touched_at = models.DateTimeField(default=clock.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_bundle(self) -> bool:
        return self.format == "bundle"
