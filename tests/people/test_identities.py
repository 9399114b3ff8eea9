"""Who people are for a provider: sealed, found by keyed hash, erasable alone, and nowhere else."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings as installed
from django.db import connection

from annotations.core import keys
from annotations.core.clock import moved
from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from annotations.core.tokens import hashed
from annotations.people.enrolling import enrol, find_entry, session_token
from annotations.people.identities import (
    INVITATION,
    Arrival,
    details_of,
    entry_key_of,
    erase_identity,
    find_identities,
    meet_again,
    opened,
)
from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Identity, Invitation, Participant
from annotations.responses.erasure import erase_participant

CANARY = "5fcanary0123456789abcdef"
SUBMISSION = "60canary0123456789abcdef"
ANN = Arrival("prolific", CANARY, {"SESSION_ID": SUBMISSION})


def come(study, arrival=ANN):
    return enrol(study=study, entry_key=entry_key_of(study, arrival), arrival=arrival).enrolment


@pytest.fixture
def ann(rated):
    return come(rated)


@pytest.fixture
def keys_of(settings, tmp_path):
    """Loads the keys with these lines for identities, the newest first."""

    def load(*lines):
        folder = tmp_path / "keys"
        folder.mkdir(exist_ok=True)
        (folder / "identity").write_text("\n".join(lines) + "\n")
        settings.KEYS = replace(installed.KEYS, identity=keys.load(folder).identity)

    return load


def everything():
    """Every value in every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield from ((table, str(value)) for value in row)


def tables_with(*secrets):
    return {table for table, value in everything() if any(secret in value for secret in secrets)}


def test_same_arrival_is_the_same_enrolment(rated, ann):
    assert come(rated) == ann
    assert Identity.objects.count() == 1


def test_same_person_in_another_study_is_nobody_there(make, rated, ann):
    other = make("other", settings={"collection": "other"})
    assert entry_key_of(other, ANN) != entry_key_of(rated, ANN)
    assert find_entry(other, entry_key_of(other, ANN)) is None
    come(other)
    one, two = Identity.objects.order_by("pk")
    assert one.digest != two.digest


def test_same_id_of_another_provider_is_somebody_else(rated, ann):
    assert entry_key_of(rated, replace(ANN, provider="mturk")) != entry_key_of(rated, ANN)
    assert find_identities([rated.pk], "mturk", CANARY) == []


def test_nobody_known_is_somebody_else_each_time(rated):
    nobody = Arrival("open")
    assert entry_key_of(rated, nobody) != entry_key_of(rated, nobody)
    come(rated, nobody)
    assert Identity.objects.count() == 0


def test_identity_is_found_and_opened_by_who_has_the_keys(rated, ann):
    (found,) = find_identities([rated.pk, rated.pk + 1], "prolific", CANARY)
    assert (found.participant_id, opened(found)) == (ann.participant_id, ANN)


def test_no_table_holds_the_id_in_the_open(ann):
    assert "annotations_identity" in {table for table, _value in everything()}
    assert tables_with(CANARY, SUBMISSION) == set()


def test_session_is_derived_with_a_key_and_not_from_the_id(ann, settings):
    before = entry_key_of(ann.batch.study, ANN)
    settings.KEYS = replace(installed.KEYS, pseudonym=b"another")
    assert entry_key_of(ann.batch.study, ANN) != before


def test_older_keys_open_and_the_first_one_seals(ann, rated, keys_of):
    keys_of("old")
    meet_again(ann, replace(ANN, details={"SESSION_ID": "second"}))
    keys_of("new", "old")
    assert opened(Identity.objects.get()).details == {"SESSION_ID": "second"}
    meet_again(ann, replace(ANN, details={"SESSION_ID": "third"}))
    keys_of("new")
    assert opened(Identity.objects.get()).details == {"SESSION_ID": "third"}


def test_identity_whose_key_is_gone_is_refused_with_a_way_out(ann, rated, keys_of):
    keys_of("another")
    with pytest.raises(Refusal, match="var/keys/identity"):
        opened(Identity.objects.get())
    # Whoever takes part is not held up by it, and is known all the same.
    assert details_of(ann.participant) == {}
    assert come(rated) == ann


def test_erasing_the_identity_keeps_the_answers_and_the_place(ann):
    assert erase_identity(participant=ann.participant, actor="alice@example.org")
    assert not erase_identity(participant=ann.participant, actor="alice@example.org")
    assert Identity.objects.count() == 0
    after = Enrolment.objects.get()
    assert (after.pk, after.state, after.participant_id) == (ann.pk, ann.state, ann.participant_id)


def test_erased_identity_leaves_no_way_to_the_rows(rated, ann):
    """With the database, all keys and the provider's ids, whoever looks finds nobody."""
    key = entry_key_of(rated, ANN)
    (identity,) = Identity.objects.all()
    derived = [hashed(key), hashed(session_token(key)), identity.digest, identity.sealed]
    assert tables_with(*derived) == {"annotations_enrolment", "annotations_identity"}
    erase_identity(participant=ann.participant, actor="test")
    assert tables_with(*derived, CANARY, SUBMISSION) == set()
    assert find_entry(rated, key) is None
    assert come(rated) != ann


def test_erasing_the_identity_is_recorded_without_it(ann):
    erase_identity(participant=ann.participant, actor="alice@example.org")
    entry = AuditEntry.objects.get(action="identity erased")
    assert (entry.actor, entry.subject) == ("alice@example.org", "sums")
    assert entry.details == {"participant": ann.participant.key}


def test_erased_participant_takes_the_identity_along(rated, ann):
    (identity,) = Identity.objects.all()
    key = entry_key_of(rated, ANN)
    derived = [hashed(key), hashed(session_token(key)), identity.digest, identity.sealed]
    erase_participant(participant=ann.participant, actor="participant")
    assert tables_with(*derived, CANARY, SUBMISSION) == set()
    assert Participant.objects.count() == 0


@pytest.mark.parametrize("act", ["identity", "participant"])
def test_used_invitation_does_not_tell_by_whom(rated, act):
    """The moment at which it was used is the one at which the enrolment began."""
    for token in make_invitations(study=rated, count=2, actor="test"):
        with moved(timedelta(hours=1)):
            arrival = Arrival(INVITATION, hashed(token), once=True)
            enrolment = enrol(study=rated, entry_key=token, arrival=arrival).enrolment
    used = Invitation.objects.get(number=2)
    assert used.used_at - used.created_at > timedelta(minutes=59)
    erase = erase_identity if act == "identity" else erase_participant
    erase(participant=enrolment.participant, actor="test")
    used.refresh_from_db()
    assert used.used_at is not None
    if act == "identity":
        assert used.used_at == used.created_at
        assert Enrolment.objects.filter(pk=enrolment.pk).exists()
    # The other one's is as it was.
    other = Invitation.objects.get(number=1)
    assert other.used_at - other.created_at > timedelta(minutes=59)


def test_identity_that_cannot_be_opened_can_be_erased(ann, keys_of):
    keys_of("another")
    assert erase_identity(participant=ann.participant, actor="test")


def test_admin_shows_no_identity_and_no_invitation():
    from django.contrib import admin

    for name in ("Identity", "Invitation", "ProviderEvent"):
        assert not admin.site.is_registered(apps.get_model("annotations", name))


@pytest.mark.parametrize("address", ["enrolment", "participant", "auditentry"])
def test_admin_pages_hold_no_id_and_no_hash_of_one(ann, admin_client, address):
    (identity,) = Identity.objects.all()
    erase = [CANARY, SUBMISSION, identity.digest, identity.sealed, ann.entry_key, ann.token_hash]
    shown = admin_client.get(f"/admin/annotations/{address}/").content.decode()
    with contextlib.suppress(KeyError):
        row = {"enrolment": ann.pk, "participant": ann.participant_id}[address]
        shown += admin_client.get(f"/admin/annotations/{address}/{row}/change/").content.decode()
    assert "<html" in shown
    assert not [one for one in erase if one in shown]
