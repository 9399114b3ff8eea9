"""What the schedule last saw of a study, and alerts: raised once, shown until they are over or dismissed."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q

from annotations.accounts.models import User
from annotations.core import clock, mail
from annotations.studies.models import Member, Study


class Watch(models.Model):
    """`seen` holds the figures of the overview, counted by a worker. `stamp` tells whether anything has moved
    since, `signals_stamp` the same of the signals of quality, which took `signals_ms`."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="watch")
    seen = models.JSONField(default=dict)
    stamp = models.JSONField(default=list)
    looked_at = models.DateTimeField(default=clock.now)
    signals_stamp = models.JSONField(default=list)
    signals_at = models.DateTimeField(null=True)
    signals_ms = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "watches"


class AlertQuerySet(models.QuerySet["Alert"]):
    def standing(self) -> AlertQuerySet:
        return self.filter(over_at__isnull=True)

    def shown_to(self, user: User) -> AlertQuerySet:
        """Those that stand and that this user has not dismissed."""
        dismissed = AlertDismissal.objects.filter(alert=OuterRef("pk"), user=user)
        return self.standing().exclude(Exists(dismissed)).order_by("-pk")


class Alert(models.Model):
    """Something that whoever runs the study wants to know. It decides nothing, about nobody.

    `about` tells alerts of one kind apart: the name of a batch, or a number that was reached.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=100, blank=True)
    words = models.CharField(max_length=500)
    raised_at = models.DateTimeField(default=clock.now)
    over_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "kind", "about"],
                condition=Q(over_at__isnull=True),
                name="one_standing_alert",
            )
        ]
        indexes = [models.Index(fields=["study", "-id"], name="alert_by_study")]


class AlertDismissal(models.Model):
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="dismissals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="dismissed_once")]


def raise_alert(*, study: Study, kind: str, about: str = "", words: str) -> Alert | None:
    """Raise it and mail it to the members who want mail, unless it stands already: then None.

    Call it outside a transaction: the row is committed before a mail server is asked.
    """
    try:
        with transaction.atomic():
            alert = Alert.objects.create(study=study, kind=kind, about=about, words=words[:500])
    except IntegrityError:
        return None  # it stands, or another worker has just raised it
    members = Member.objects.filter(study=study, alert_mail=True, user__is_active=True)
    to = list(members.order_by("pk").values_list("user__email", flat=True))
    body = (
        f"{words}\n\nThe study: {study.title} ({study.slug}). Its overview shows more, and lets you dismiss"
        " this alert or turn these mails off.\n"
    )
    if to and mail.send(to=to, subject=f"{study.title}: {words[:120]}", body=body):
        Alert.objects.filter(pk=alert.pk).update(mailed_at=clock.now())
    return alert


def end_alerts(*, study: Study, kind: str, but: set[str]) -> int:
    """What the alerts of a kind told is over, but for these."""
    over = Alert.objects.standing().filter(study=study, kind=kind).exclude(about__in=but)
    return over.update(over_at=clock.now())


def dismiss_alert(*, alert: Alert, user: User) -> None:
    """For this user alone; the others still see it."""
    AlertDismissal.objects.get_or_create(alert=alert, user=user)


def choose_mail(*, study: Study, user: User, wanted: bool) -> bool:
    """Whether alerts of the study go to this member by mail. False where the user is no member."""
    return Member.objects.filter(study=study, user=user).update(alert_mail=wanted) > 0
