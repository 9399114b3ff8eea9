"""Collections: items, systems, templates, outputs and their grades.

Every row belongs to a load. Rows of a load that is not published are nobody's to read: go through
`visible()`, or through a study, whose loads are fixed when it opens.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.core import clock

GRADES = ("correct", "avoidant", "incorrect")
VERDICTS = ("correct", "avoidant", "incorrect", "unsure")


class Collection(models.Model):
    name = models.SlugField(max_length=100, unique=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class LoadQuerySet(models.QuerySet["Load"]):
    def published(self) -> LoadQuerySet:
        return self.filter(published_at__isnull=False)

    def abandoned(self) -> LoadQuerySet:
        limit = clock.now() - timedelta(seconds=settings.LOAD_LOST_AFTER)
        return self.filter(published_at__isnull=True, beat_at__lt=limit)


class Load(models.Model):
    """One bundle on its way in. Setting `published_at` is the one update that publishes its rows."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="loads")
    source = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)
    beat_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True)

    objects = LoadQuerySet.as_manager()


RowType = TypeVar("RowType", bound=models.Model, covariant=True)


class RowQuerySet(models.QuerySet[RowType]):
    """Reads of rows that came with loads."""

    def visible(self) -> RowQuerySet[RowType]:
        return self.filter(load__published_at__isnull=False)

    def of_loads(self, loads: Iterable[int]) -> RowQuerySet[RowType]:
        return self.filter(load__in=list(loads))


class Row(models.Model):
    """What all rows of a collection share. `digest` is the SHA-256 of the row's own columns."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    meta = models.JSONField(default=dict)

    class Meta:
        abstract = True


class Image(Row):
    """A picture that items show, as it came. Its name is the researcher's and never reaches a page."""

    key = models.CharField(max_length=200)
    media_type = models.CharField(max_length=20)
    content = models.BinaryField()

    objects = RowQuerySet["Image"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "key"], name="one_image_a_key")]

    def __str__(self) -> str:
        return self.key


class Item(Row):
    key = models.CharField(max_length=200)
    domain = models.CharField(max_length=100)
    prompt = models.TextField()
    image = models.ForeignKey(Image, null=True, on_delete=models.PROTECT, related_name="+")
    image_alt = models.TextField(blank=True)
    reference = models.JSONField(default=list)
    metric = models.FloatField(null=True)
    metrics = models.JSONField(default=dict)
    check_answer = models.CharField(max_length=1000, blank=True)

    objects = RowQuerySet["Item"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "key"], name="one_item_a_key")]

    def __str__(self) -> str:
        return self.key


class System(Row):
    key = models.CharField(max_length=200)
    family = models.CharField(max_length=200, blank=True)
    parameters = models.FloatField(null=True)
    flop = models.FloatField(null=True)
    shaping = models.CharField(max_length=10, blank=True)
    licence = models.CharField(max_length=200, blank=True)

    objects = RowQuerySet["System"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "key"], name="one_system_a_key")]

    def __str__(self) -> str:
        return self.key


class Template(Row):
    key = models.CharField(max_length=200)
    domain = models.CharField(max_length=100, blank=True)
    text = models.TextField(blank=True)
    weight = models.FloatField(null=True)

    objects = RowQuerySet["Template"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "key"], name="one_template_a_key")]

    def __str__(self) -> str:
        return self.key


class Output(Row):
    key = models.CharField(max_length=200)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="outputs")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="outputs")
    template = models.ForeignKey(Template, null=True, on_delete=models.CASCADE, related_name="outputs")
    text = models.TextField()
    trace = models.TextField(blank=True)
    severity = models.FloatField(null=True)
    check_answer = models.CharField(max_length=1000, blank=True)

    objects = RowQuerySet["Output"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "key"], name="one_output_a_key")]

    def __str__(self) -> str:
        return self.key


class Grade(models.Model):
    """One grading of one output. Revisions are kept; `current` marks the one that counts."""

    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="grades")
    load = models.ForeignKey(Load, null=True, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    grade = models.CharField(max_length=10, choices=[(grade, grade) for grade in GRADES])
    avoidance_kind = models.CharField(max_length=20, blank=True)
    grader = models.CharField(max_length=200, blank=True)
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["output", "revision"], name="one_grade_a_revision"),
            models.UniqueConstraint(
                fields=["output"], condition=Q(current=True), name="one_current_grade_an_output"
            ),
            models.CheckConstraint(condition=Q(grade__in=GRADES), name="grade_is_known"),
        ]
