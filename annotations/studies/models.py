"""Studies, their versions, batches, units and members."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotations.catalogue.models import Collection, Item, Load, Output
from annotations.core import clock
from annotations.studies.definition.batches import setting_of


class StudyQuerySet(models.QuerySet["Study"]):
    def visible(self) -> StudyQuerySet:
        return self.filter(load__published_at__isnull=False, deleted_at__isnull=True)

    def deleted(self) -> StudyQuerySet:
        """Deleted, and to be had back until the days for that are over."""
        return self.filter(load__published_at__isnull=False, deleted_at__isnull=False)


class Study(models.Model):
    """draft -> open <-> paused -> closed. Until it opens, `definition` may change; then versions count."""

    DRAFT, OPEN, PAUSED, CLOSED = "draft", "open", "paused", "closed"
    STATES = [(state, state) for state in (DRAFT, OPEN, PAUSED, CLOSED)]
    MOVES = {DRAFT: (OPEN, CLOSED), OPEN: (PAUSED, CLOSED), PAUSED: (OPEN, CLOSED), CLOSED: ()}

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=STATES, default=DRAFT)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="studies")
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="studies")
    definition = models.JSONField()
    version = models.ForeignKey("StudyVersion", null=True, on_delete=models.PROTECT, related_name="+")
    # Counts saves of the set-up; a save names the revision that it was made from.
    revision = models.PositiveIntegerField(default=1)
    # What an opened study is to become, while that is written.
    amendment = models.JSONField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # Out of the way, not out of reach.
    archived_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True, db_index=True)
    # Its answers came with a release, and so did all that was decided about them.
    decided_before = models.BooleanField(default=False)

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.title

    def can_move(self, state: str) -> bool:
        return state in self.MOVES[self.state]

    @property
    def judges_outputs(self) -> bool:
        return self.definition["protocol"] in ("supervision", "both")

    @property
    def rates_difficulty(self) -> bool:
        return self.definition["protocol"] in ("difficulty", "both")


class StudyVersion(models.Model):
    """What a study was from `frozen_at` on: its filled-in definition and the loads its rows come from."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    definition_hash = models.CharField(max_length=64, db_index=True)
    loads = models.JSONField(default=list)
    frozen_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"{self.study_id}:{self.number}"


class RetentionDate(models.Model):
    """A day that a version promises, and when the schedule did what was promised for it."""

    IDENTITIES, ANSWERS = WHAT = ("identities_until", "answers_until")

    version = models.ForeignKey(StudyVersion, on_delete=models.CASCADE, related_name="retention_dates")
    what = models.CharField(max_length=20)
    due = models.DateField(db_index=True)
    carried_out_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "what"], name="one_day_a_promise")]


class Axis(models.Model):
    """A borrowed 0-100 axis, copied with the hash of the study it came from.

    `difficulty` and `calibration` hold tables as lists of rows, with the columns of a release.
    `same_people`: participants of this study, by their ids, gave answers that made it.
    """

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="axis")
    source_slug = models.CharField(max_length=100)
    source_hash = models.CharField(max_length=64)
    same_people = models.BooleanField(default=False)
    difficulty = models.JSONField(default=list)
    calibration = models.JSONField(default=list)
    copied_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "axes"


class BatchQuerySet(models.QuerySet["Batch"]):
    def released(self) -> BatchQuerySet:
        """Without those that are being prepared, which nobody may see."""
        return self.exclude(state=Batch.PREPARING)

    def with_places(self) -> BatchQuerySet:
        """Open now, by state and by moment, with a place left that its budget pays for."""
        now = clock.now()
        return self.filter(
            Q(opens_at__isnull=True) | Q(opens_at__lte=now),
            Q(closes_at__isnull=True) | Q(closes_at__gt=now),
            Q(affordable__isnull=True) | Q(affordable__gt=F("running") + F("spent")),
            state=Batch.OPEN,
            places__gt=F("running") + F("completed"),
        )


class Batch(models.Model):
    """Places for participants, and units for them to label. Counters move by compare-and-swap.

    preparing -> open <-> paused -> closed. `settings` and their hash are what it began as; `places`,
    `overlap`, `closes_at` and `affordable` are what holds now. A batch that was `held` was paused by
    itself, and stays so when its study goes on. `spent` counts who ever completed it: money does not come
    back with the place of somebody who withdraws. `orders` are those of a Latin square,
    0 where there is none.
    """

    PREPARING, OPEN, PAUSED, CLOSED = "preparing", "open", "paused", "closed"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="batches")
    name = models.SlugField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, default=PREPARING)
    settings = models.JSONField()
    batch_hash = models.CharField(max_length=64)
    places = models.PositiveIntegerField()
    running = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    spent = models.PositiveIntegerField(default=0)
    affordable = models.PositiveIntegerField(null=True)
    overlap = models.PositiveIntegerField(default=1)
    orders = models.PositiveIntegerField(default=0)
    held = models.BooleanField(default=False)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    # Whom it leaves out: pairs of a study and a batch of it, or None for all of it.
    left_out = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["study_id", "position"]
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["study", "name"], name="one_batch_a_name"),
            models.CheckConstraint(
                condition=Q(places__gte=F("running") + F("completed")), name="places_are_not_given_twice"
            ),
            models.CheckConstraint(
                condition=Q(affordable__isnull=True) | Q(affordable__gte=F("running") + F("spent")),
                name="budgets_are_not_exceeded",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def free_places(self) -> int:
        free = self.places - self.running - self.completed
        return free if self.affordable is None else min(free, self.affordable - self.running - self.spent)

    @property
    def is_over(self) -> bool:
        """Closed, or its moment has come though the schedule has not seen it: nothing more is given out."""
        return self.state == Batch.CLOSED or (self.closes_at is not None and self.closes_at <= clock.now())

    @property
    def is_ahead(self) -> bool:
        """Nobody comes in yet."""
        return self.opens_at is not None and self.opens_at > clock.now()

    @property
    def gives_out(self) -> bool:
        return self.state == Batch.OPEN and not self.is_over

    def setting(self, name: str) -> Any:
        return setting_of(self.settings, name)


class Unit(models.Model):
    """One item (S1) or output (S2) of a batch.

    `filled` counts leases and counted responses together, `answered` the latter alone. Checks carry no
    quota. `shuffle` is a keyed hash: the order in which equals are offered.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="units")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    output = models.ForeignKey(Output, null=True, on_delete=models.PROTECT, related_name="+")
    stratum = models.PositiveIntegerField()
    # On the axis that the study had when the batch was drawn; 0 where it has none.
    difficulty_bin = models.PositiveIntegerField(default=0)
    shuffle = models.BigIntegerField()
    is_check = models.BooleanField(default=False)
    drawing_probability = models.FloatField(default=1.0)
    quota = models.PositiveIntegerField(null=True)
    filled = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quota__isnull=True) | Q(filled__lte=F("quota")), name="quotas_are_not_exceeded"
            ),
            models.CheckConstraint(condition=Q(answered__lte=F("filled")), name="answers_had_a_place"),
            models.UniqueConstraint(
                fields=["batch", "item"], condition=Q(output__isnull=True), name="one_unit_an_item"
            ),
            models.UniqueConstraint(
                fields=["batch", "output"], condition=Q(output__isnull=False), name="one_unit_an_output"
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch", "is_check", "stratum", "filled", "shuffle"], name="unit_least_filled"
            ),
            # Begins with the item, as an index of the foreign key alone would.
            models.Index(fields=["item", "batch", "is_check", "stratum", "filled"], name="unit_of_item"),
        ]


class StratumLevel(models.Model):
    """How many units of a stratum stand at one fill level: what `least_filled` reads instead of the units."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="levels")
    stratum = models.PositiveIntegerField()
    label = models.CharField(max_length=500)
    # Of all its units, where the batch's strata tell grades apart.
    grade = models.CharField(max_length=10, blank=True)
    filled = models.PositiveIntegerField()
    units = models.PositiveIntegerField()

    class Meta:
        verbose_name = "stratum level"
        constraints = [
            models.UniqueConstraint(fields=["batch", "stratum", "filled"], name="one_row_a_fill_level")
        ]


class Member(models.Model):
    OWNER, EDITOR, VIEWER = "owner", "editor", "viewer"
    ROLES = [(role, role) for role in (OWNER, EDITOR, VIEWER)]

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=ROLES, default=VIEWER)
    # Whether alerts of the study go to their mail address too.
    alert_mail = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "user"], name="one_role_a_member")]
