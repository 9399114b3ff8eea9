"""People who came from a provider, and an owner who looks at them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from annotations.catalogue.models import Item
from annotations.core import clock
from annotations.core.tokens import hashed
from annotations.people.identities import Arrival, remember
from annotations.people.models import Enrolment, Participant
from annotations.responses.models import Response
from annotations.studies.models import StudyVersion

LISTS = ("approve", "spare", "reject", "bonus", "ended")


@pytest.fixture
def get(alice, as_user):
    client = as_user(alice)
    return lambda study, query="": client.get(reverse("research:recruitment", args=[study.slug]) + query)


@pytest.fixture
def post(alice, as_user):
    client = as_user(alice)

    def send(name, study, *args, follow=False, **data):
        return client.post(reverse(f"research:{name}", args=[study.slug, *args]), data, follow=follow)

    return send


def recruit(study, provider, *, minutes=None, **recruitment):
    study.definition["recruitment"] = {"provider": provider, "codes": {}, "settings": {}, **recruitment}
    study.save()
    lasting(study, minutes)
    return study


def lasting(study, minutes):
    version = study.version
    version.definition["information"]["duration_minutes"] = minutes
    # Definitions are kept by their hash: another one here stands for another version.
    version.definition_hash = hashed(f"{version.pk} {minutes} {clock.now()}")
    StudyVersion.objects.filter(pk=version.pk).update(
        definition=version.definition, definition_hash=version.definition_hash
    )


@pytest.fixture
def prolific(study):
    return recruit(study, "prolific", minutes=10)


def come(
    study, identity, *, state=Enrolment.COMPLETED, outcome="", failed=0, passed=0, minutes=10, **details
):
    """Somebody of the study's provider, as far as they got; blank: somebody who is not known."""
    person = Participant.objects.create(study=study, key=f"p{Participant.objects.count()}")
    now = clock.now()
    Enrolment.objects.create(
        participant=person, batch=study.batches.get(), version=study.version, token_hash=person.key,
        entry_key=person.key, state=state, outcome=outcome, expires_at=now,
        started_at=now - timedelta(minutes=minutes),
        finished_at=None if state == Enrolment.ACTIVE else now,
    )  # fmt: skip
    if identity:
        remember(person, Arrival(study.definition["recruitment"]["provider"], identity, details))
    shared = {"study": study, "participant": person, "item": Item.objects.first(), "is_check": True}
    for number in range(failed + passed):
        Response.objects.create(check_passed=number >= failed, **shared)
    return person


def text_of(response):
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    return response.content.decode()


@pytest.fixture
def crowd(prolific):
    come(prolific, "a" * 24, passed=3)
    come(prolific, "b" * 24, failed=1, passed=2)
    come(prolific, "c" * 24, failed=2, passed=1)
    come(prolific, "d" * 24, state=Enrolment.LEFT, outcome="returned", failed=2)
    come(prolific, "e" * 24, state=Enrolment.LAPSED)
    come(prolific, "f" * 24, state=Enrolment.ACTIVE)
    come(prolific, "")
    return prolific
