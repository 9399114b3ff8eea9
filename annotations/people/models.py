"""Participants and their passages through batches."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from annotations.core import clock
from annotations.studies.models import Batch, Study, StudyVersion

KINDS = ("human", "ai", "simulated")


class Participant(models.Model):
    """A pseudonym within one study. `key` is the id of the data; one that came with a bundle is kept."""

    HUMAN, AI, SIMULATED = KINDS

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="participants")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in KINDS], default=HUMAN)
    group = models.CharField(max_length=200, blank=True)
    imported = models.BooleanField(default=False)
    meta = models.JSONField(default=dict)
    withdrawal_hash = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "key"], name="one_participant_a_key"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="kind_is_known"),
        ]
        indexes = [models.Index(fields=["study", "kind"], name="participant_kind")]

    def __str__(self) -> str:
        return self.key


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def overdue(self) -> EnrolmentQuerySet:
        return self.filter(state=Enrolment.ACTIVE, expires_at__lt=clock.now())


class Enrolment(models.Model):
    """One participant's place in one batch. An active or completed enrolment holds a place.

    active -> completed | left | lapsed; left and lapsed may become active again, if a place is free and
    no outcome says that the passage is over.
    """

    ACTIVE, COMPLETED, LEFT, LAPSED = "active", "completed", "left", "lapsed"
    # How a passage ended, where that is more than its state says. Only `timed_out` may come back.
    SCREENED_OUT, FAILED_CHECKS, RETURNED, TIMED_OUT = OUTCOMES = (
        "screened_out", "failed_checks", "returned", "timed_out",
    )  # fmt: skip
    MAY_COME_BACK = ("", TIMED_OUT)

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="enrolments")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="enrolments")
    version = models.ForeignKey(StudyVersion, on_delete=models.PROTECT, related_name="enrolments")
    token_hash = models.CharField(max_length=64, unique=True)
    entry_key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, default=ACTIVE)
    outcome = models.CharField(max_length=20, blank=True)
    # The name of the step that comes now, in the definition of the version.
    step = models.CharField(max_length=100, default="instructions")
    condition = models.CharField(max_length=100, blank=True)
    # Which order of the batch's Latin square; null where it has none.
    order = models.PositiveIntegerField(null=True)
    language = models.CharField(max_length=20, default="en")
    handed_out = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    # What was agreed to: version and hash of the text, language, time, and each box by its name.
    consents = models.JSONField(default=dict)
    started_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "expires_at"], name="enrolment_overdue")]

    @property
    def lease(self) -> timedelta:
        return timedelta(minutes=self.batch.setting("lease_minutes"))

    @property
    def wanted(self) -> int:
        return int(self.batch.setting("units_per_participant"))

    @property
    def done(self) -> int:
        """Units that are behind the participant: answered, or passed over where that is allowed."""
        return self.answered + self.skipped

    @property
    def may_be_told(self) -> bool:
        """Whether they can be told what was wrong: they are done, or gone without a way back."""
        gone = self.state in (self.LEFT, self.LAPSED)
        ended = self.outcome not in self.MAY_COME_BACK or self.batch.state == Batch.CLOSED
        return self.state == self.COMPLETED or (gone and ended)


class Identity(models.Model):
    """What a provider knows a participant by: found by keyed hash, sealed, erasable alone, never released."""

    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="identity")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["study", "digest"], name="one_participant_an_identity")
        ]


class Invitation(models.Model):
    """A link for one person. The token is shown once, when it is made; the database keeps its hash."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="one_invitation_a_number")]


class ProviderEvent(models.Model):
    """A message of a provider that was acted on, by its digest: the same one does nothing a second time.

    It goes with the identity that it was about.
    """

    identity = models.ForeignKey(Identity, null=True, on_delete=models.CASCADE, related_name="events")
    digest = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField(default=clock.now)


class EntryCount(models.Model):
    """How many came to a study and did not go in, by reason: a number, and nothing about anybody."""

    SCREENED_OUT, NO_CONSENT = "screened_out", "no_consent"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="entry_counts")
    outcome = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "outcome"], name="one_count_an_outcome")]


class Suppression(models.Model):
    """Keyed hash of an erased person, applied again after every restore. It names nobody by itself."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
