"""Runs: analyses with all that is needed to repeat them."""

from __future__ import annotations

from typing import Any

from django.db import models

from annotations.core import clock
from annotations.core.models import Job
from annotations.studies.models import Study


class Run(models.Model):
    """One analysis of one state of the data.

    `stamp` is a cheap summary of the study's rows, compared when a page asks whether the run is stale;
    `fingerprint` is the SHA-256 of the data themselves, the same on every installation.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=64)
    params = models.JSONField()
    stamp = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    code_version = models.CharField(max_length=30)
    seed = models.BigIntegerField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="runs")
    summary = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-confirmed_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["study", "kind", "key"], name="one_run_a_key")]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of one result table, as a release writes them; none where there is no such table.
        One query."""
        blocks = self.tables.filter(name=table).order_by("block").values_list("rows", flat=True)
        return [row for rows in blocks for row in rows]


class RunTable(models.Model):
    """A block of a result table: `size` rows of one `group`, where the table has groups. A page reads the
    blocks that it shows, however long the table is. A table without rows is one empty block."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="tables")
    name = models.CharField(max_length=30)
    block = models.PositiveIntegerField(default=0)
    group = models.CharField(max_length=30, blank=True)
    size = models.PositiveIntegerField(default=0)
    rows = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name", "block"], name="one_block_a_place")]


class Figure(models.Model):
    """Drawn once, for light and for dark pages; the numbers stand in the run's table of that name, `alt`
    says in words what is seen."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="figures")
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    table = models.CharField(max_length=30, blank=True)
    alt = models.TextField(blank=True)
    svg = models.TextField()
    dark = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="one_figure_a_name")]


class DraftQuerySet(models.QuerySet["Draft"]):
    def left(self) -> DraftQuerySet:
        """Of jobs that failed or were cancelled, and will not ask for them again."""
        return self.exclude(job__state__in=Job.UNFINISHED)


class Draft(models.Model):
    """Findings of an analysis under way, between the parts of its job. Packed by `drafts`."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=30)
    content = models.BinaryField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="one_draft_a_name")]
