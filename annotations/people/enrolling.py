"""Coming into a study, and the codes that a participant is given."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from annotations.core import clock, keys, tokens
from annotations.core.composed import Composed
from annotations.core.errors import Refusal
from annotations.core.retrying import retried
from annotations.people import places
from annotations.people.conditions import choose_condition, choose_order
from annotations.people.earlier import leaving_out
from annotations.people.identities import Arrival, remember
from annotations.people.models import Enrolment, Participant
from annotations.studies.frozen import fill_definition
from annotations.studies.models import Batch, StratumLevel, Study, StudyVersion
from annotations.studies.retention import is_past


class NoPlace(Refusal):
    """Every place is taken, or the study takes nobody just now."""


@dataclass(frozen=True)
class Entry:
    enrolment: Enrolment
    token: str


@retried
def enrol(
    *,
    study: Study,
    entry_key: str,
    kind: str = Participant.HUMAN,
    key: str = "",
    language: str = "en",
    arrival: Arrival | None = None,
    consents: Mapping[str, Any] | None = None,
    sessions: Collection[str] = (),
) -> Entry:
    """Give a new participant a place in the study's first open batch that has one for them.

    Sent twice with the same `entry_key`, it gives the same enrolment. `sessions` are tokens by which the
    browser is known in other studies. Raises NoPlace.
    """
    known = find_entry(study, entry_key)
    if known:
        return known
    try:
        with transaction.atomic():
            version = _version_now(study)
            batch = _take_place(study, arrival, sessions)
            entry = _enrol(version, batch, entry_key, kind, key, language, consents or {})
            if arrival:
                remember(entry.enrolment.participant, arrival)
            return entry
    except IntegrityError:
        known = find_entry(study, entry_key)
        if known is not None:
            return known  # the same form, posted twice at once
        if _related().filter(entry_key=tokens.hashed(entry_key)).exists():
            # A form that was taken from another study's page.
            raise Refusal(_("This form is not one of this session. Open the study’s page again.")) from None
        raise


def open_batches(study: Study) -> Any:
    """The study's open batches in their order, each with `has_room`: whether some unit wants an answer.

    A place without a task helps nobody. Those whose moment is still to come are among them.
    """
    wanting = StratumLevel.objects.filter(batch=OuterRef("pk"), units__gt=0, filled__lt=OuterRef("overlap"))
    still = Q(closes_at__isnull=True) | Q(closes_at__gt=clock.now())
    batches = Batch.objects.filter(still, study=study, state=Batch.OPEN).order_by("position")
    return batches.annotate(has_room=Exists(wanting))


def find_entry(study: Study, entry_key: str) -> Entry | None:
    enrolment = _filled(_related().filter(entry_key=tokens.hashed(entry_key), batch__study=study).first())
    return Entry(enrolment, session_token(entry_key)) if enrolment else None


def find_enrolment(study_slug: str, token: str) -> Enrolment | None:
    """The enrolment that a browser's token opens, with all that a page needs. One query."""
    return _filled(OF_SESSION.first(token_hash=tokens.hashed(token), slug=study_slug))


def session_token(entry_key: str) -> str:
    """Derived from the form's key, so that a replayed form gets the same session back."""
    raw = keys.digest(settings.KEYS.pseudonym, "session", entry_key)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def completion_code(enrolment: Enrolment) -> str:
    return keys.code(settings.KEYS.pseudonym, "completion", enrolment.batch_id, length=8)


def withdrawal_code(participant: Participant) -> str:
    """Twelve characters in groups of four; whoever holds them may delete the answers."""
    code = keys.code(settings.KEYS.pseudonym, "withdrawal", participant.study_id, participant.key)
    return "-".join(code[start : start + 4] for start in range(0, 12, 4))


def withdrawal_hash(code: str) -> str:
    letters = "".join(character for character in code.upper() if character.isalnum())
    return keys.digest(settings.KEYS.pseudonym, "withdrawal-hash", letters).hex()


def over_text() -> str:
    return _("This study is over. Thank you for your interest.")


def left_out_text() -> str:
    return _(
        "This study looks for people who have not taken part in certain earlier studies, and you have. Thank"
        " you for your interest."
    )


def _version_now(study: Study) -> StudyVersion:
    """What people come into. Raises NoPlace where nobody does any more."""
    if study.version is None:
        raise NoPlace(_("This study is not open."))
    fill_definition(study.version)
    if is_past(study.version.definition):
        raise NoPlace(over_text())
    return study.version


def _take_place(study: Study, arrival: Arrival | None, sessions: Collection[str]) -> Batch:
    """In the first batch that has one for this person. Call in a transaction."""
    # A batch that was full when it was read is not asked again: of many, few can have filled up since.
    free: list[Batch] = list(open_batches(study).filter(has_room=True).with_places())
    left_out = leaving_out(free, arrival, sessions)
    for batch in free:
        if batch.pk not in left_out and places.take_place(batch.pk):
            batch.study = study
            return batch
    if left_out and len(left_out) == len(free):
        raise NoPlace(left_out_text())
    raise NoPlace(_("All places of this study are taken. Thank you for your interest."))


def _enrol(
    version: StudyVersion,
    batch: Batch,
    entry_key: str,
    kind: str,
    key: str,
    language: str,
    consents: Mapping[str, Any],
) -> Entry:
    definition, study = version.definition, batch.study
    participant = Participant(study=study, key=key or f"p{secrets.token_hex(8)}", kind=kind)
    if "training_use" in consents:
        # Whoever uses a release has to know whose answers may train models.
        participant.meta = {"training_use": str(int(consents["training_use"]))}
    participant.withdrawal_hash = withdrawal_hash(withdrawal_code(participant))
    participant.save()
    token = session_token(entry_key)
    now = clock.now()
    condition = choose_condition(definition, batch, participant.key)
    enrolment = Enrolment(
        participant=participant,
        batch=batch,
        version=version,
        token_hash=tokens.hashed(token),
        entry_key=tokens.hashed(entry_key),
        condition=condition,
        order=choose_order(definition, batch, participant.key, condition),
        language=language,
        step=_first_step(definition),
        consents=dict(consents),
        started_at=now,
    )
    enrolment.expires_at = now + enrolment.lease
    enrolment.save(force_insert=True)
    return Entry(enrolment, token)


def _first_step(definition: Mapping[str, Any]) -> str:
    """The step after consent: a passage begins when somebody has agreed to it."""
    steps = definition["steps"]
    consent = next(number for number, step in enumerate(steps) if step["kind"] == "consent")
    return str(steps[consent + 1]["name"])


# What the pages of a passage read of it, and no more: they are asked for at every step.
READ = (
    *(field.attname for field in Enrolment._meta.concrete_fields),
    *("participant__study_id", "participant__key", "participant__kind"),
    *(
        "batch__study_id",
        "batch__name",
        "batch__state",
        "batch__settings",
        "batch__overlap",
        "batch__closes_at",
    ),
    *("batch__orders", "batch__study__slug", "batch__study__title"),
    *("version__study_id", "version__definition_hash", "version__frozen_at"),
)


def _related() -> models.QuerySet[Enrolment]:
    return Enrolment.objects.select_related("participant", "batch__study", "version").only(*READ).order_by()


OF_SESSION = Composed(
    lambda token_hash, slug: _related().filter(token_hash=token_hash, batch__study__slug=slug),
    token_hash="",
    slug="",
)


def _filled(enrolment: Enrolment | None) -> Enrolment | None:
    if enrolment is not None:
        fill_definition(enrolment.version)
    return enrolment
