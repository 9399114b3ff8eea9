"""Responses, which are never changed, and decisions to leave some out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotations.allocation.models import Assignment
from annotations.catalogue.models import VERDICTS, Item, Output
from annotations.core import clock
from annotations.people.models import Enrolment, Participant
from annotations.studies.models import Batch, Study


class ResponseQuerySet(models.QuerySet["Response"]):
    def standing(self) -> ResponseQuerySet:
        """Without those that a correction superseded."""
        return self.filter(superseded_by__isnull=True)

    def scored(self) -> ResponseQuerySet:
        """What analyses count: the latest ones, neither check nor surplus nor excluded."""
        excluded = Exclusion.objects.standing().values("response")
        return self.countable().exclude(pk__in=excluded)

    def scored_without_rules(self) -> ResponseQuerySet:
        """The same with what declared rules leave out; what a person left out stays out."""
        excluded = Exclusion.objects.standing().filter(rule="").values("response")
        return self.countable().exclude(pk__in=excluded)

    def countable(self) -> ResponseQuerySet:
        """The latest ones, neither check nor surplus, whether they are excluded or not."""
        return self.standing().filter(is_check=False, surplus=False)


class Response(models.Model):
    """The answer of one participant to one unit. A correction is a new row that supersedes this one.

    An imported response has no assignment. Times are in milliseconds.
    """

    # Found by the index on study and id.
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="responses", db_index=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="responses")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    output = models.ForeignKey(Output, null=True, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.CASCADE, related_name="+")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT, related_name="responses")
    definition_hash = models.CharField(max_length=64)
    submission_key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 (many have none)
    body_hash = models.CharField(max_length=64, blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="superseded_by"
    )
    condition = models.CharField(max_length=100, blank=True)
    answer = models.TextField(blank=True)
    dont_know = models.BooleanField(null=True)
    answer_correct = models.BooleanField(null=True)
    initial_answer = models.TextField(blank=True)
    difficulty = models.FloatField(null=True)
    verdict = models.CharField(max_length=10, blank=True)
    confidence = models.FloatField(null=True)
    position = models.PositiveIntegerField(null=True)
    started_ms = models.BigIntegerField(null=True)
    duration_ms = models.BigIntegerField(null=True)
    active_ms = models.BigIntegerField(null=True)
    idle_ms = models.BigIntegerField(null=True)
    away_ms = models.BigIntegerField(null=True)
    changes = models.PositiveIntegerField(null=True)
    repeat = models.BooleanField(default=False)
    is_check = models.BooleanField(default=False)
    check_passed = models.BooleanField(null=True)
    surplus = models.BooleanField(default=False)
    probability = models.FloatField(null=True)
    meta = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["study", "id"], name="response_by_study")]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(supersedes__isnull=True), name="one_answer_an_assignment"
            ),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(verdict__in=VERDICTS), name="verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(difficulty__isnull=True) | Q(difficulty__gte=0, difficulty__lte=100),
                name="difficulty_is_0_to_100",
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=100),
                name="confidence_is_0_to_100",
            ),
        ]


# In `meta`, of an answer to a unit that was drawn from its stratum: the probability of that, as text.
DRAWN = "drawing_probability"


class ExclusionQuerySet(models.QuerySet["Exclusion"]):
    def standing(self) -> ExclusionQuerySet:
        """Without those that were taken back."""
        return self.filter(revoked_at__isnull=True)

    def overruled(self) -> ExclusionQuerySet:
        """Taken back by a person, for good: no rule brings them back."""
        return self.filter(revoked_at__isnull=False).exclude(revoked_by=Exclusion.DECLARED)


class Exclusion(models.Model):
    """A recorded, reversible decision to leave a response out of analyses.

    `rule` names the declared rule that it follows from, and is blank where somebody decided. A row that the
    platform wrote for a rule is decided by `DECLARED`; whatever else took it back was a person.
    """

    DECLARED = "declared rules"

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="exclusions")
    reason = models.CharField(max_length=500)
    rule = models.CharField(max_length=100, blank=True)
    decided_by = models.CharField(max_length=254)
    decided_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=254, blank=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["response"], condition=Q(revoked_at__isnull=True), name="excluded_once"
            )
        ]


class PersonDecision(models.Model):
    """What somebody decided about all answers of a person, given or still to come; the latest one holds."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="decisions")
    excluded = models.BooleanField()
    reason = models.CharField(max_length=500)
    decided_by = models.CharField(max_length=254)
    decided_at = models.DateTimeField(default=clock.now)


class PersonSignals(models.Model):
    """What a job last saw of the quality of one person's answers, for lists that sort and filter by it.

    Shares are 0-1 and None where there is nothing to count. `alarms` names the signals whose evidence ever
    passed the threshold: see docs/quality.md.
    """

    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="signals")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="+", db_index=False)
    answers = models.PositiveIntegerField(default=0)
    checks = models.PositiveIntegerField(default=0)
    checks_failed = models.PositiveIntegerField(default=0)
    # Median of an answer's time beside the others' median at the unit, and beside the person's own median.
    speed = models.FloatField(null=True)
    fast_share = models.FloatField(null=True)
    fast_for_self = models.FloatField(null=True)
    alike_share = models.FloatField(null=True)
    said_correct = models.FloatField(null=True)
    agreement = models.FloatField(null=True)
    drift = models.FloatField(null=True)
    alarms = models.JSONField(default=list)
    n_alarms = models.PositiveIntegerField(default=0)
    computed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "signals of people"
        indexes = [
            models.Index(fields=["study", "-n_alarms", "participant"], name="signals_by_alarms"),
            models.Index(fields=["study", "-checks_failed", "participant"], name="signals_by_checks"),
        ]


class StepAnswer(models.Model):
    """One answer to a question of a step that is no unit: kept apart from responses and never released."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="step_answers")
    step = models.CharField(max_length=100)
    question = models.CharField(max_length=100)
    attempt = models.PositiveIntegerField(default=1)
    value = models.JSONField()
    correct = models.BooleanField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "answer to a step"
        verbose_name_plural = "answers to steps"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "step", "question", "attempt"], name="one_answer_an_attempt"
            )
        ]


class Message(models.Model):
    """What a participant wrote to the researchers."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="messages")
    # Whoever writes before they have consented is nobody.
    participant = models.ForeignKey(Participant, null=True, on_delete=models.CASCADE, related_name="messages")
    submission_key = models.CharField(max_length=64, unique=True)
    step = models.CharField(max_length=100, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["study", "-id"], name="message_by_study")]
