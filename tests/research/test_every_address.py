"""Every address of the workbench, by role: what is not one's own is not there, and nothing acts on a GET."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.core.models import AuditEntry
from tests.research import rows
from tests.research.addresses import every_address

ADDRESSES = every_address()
IN_STUDY = [one for one in ADDRESSES if one.in_study]
# What somebody who may only look may send: about themselves, or to see what it would look like.
VIEWERS_SEND = {"leave-study", "alert-mail"}
# That somebody took them away is put on record.
PUT_ON_RECORD = {"step-answers"}
LIMIT = 12


def test_addresses_are_found():
    names = {one.name for one in ADDRESSES}
    assert {"overview", "setup", "grading", "batches", "users", "delete"} <= names


@pytest.mark.parametrize("method", ["get", "post"])
def test_stranger_cannot_tell_a_study_from_none(study, charlie, as_user, method):
    client = as_user(charlie)
    for address in IN_STUDY:
        there, missing = (getattr(client, method)(address.of(slug)) for slug in (study.slug, "no-such"))
        assert there.status_code in (404, 405), address
        assert (there.status_code, there.content) == (missing.status_code, missing.content), address


@pytest.mark.parametrize("method", ["get", "post"])
def test_visitor_is_asked_to_log_in(study, client, method):
    for address in ADDRESSES:
        response = getattr(client, method)(address.of(study.slug))
        assert response.status_code in (302, 405), address
        if response.status_code == 302:
            assert response["Location"].startswith("/accounts/login/"), address


def test_viewer_changes_nothing(study, bob, as_user):
    rows.add_answers(study)
    client, before = as_user(bob), AuditEntry.objects.count()
    for address in IN_STUDY:
        if address.name not in VIEWERS_SEND:
            status = client.post(address.of(study.slug)).status_code
            assert status in (404, 405), f"a viewer's form was taken: {address.name}"
    study.refresh_from_db()
    assert (study.state, AuditEntry.objects.count()) == ("open", before)


def test_looking_changes_nothing_and_asks_little(study, alice, as_user):
    rows.add_answers(study)
    rows.make_run(study, "supervision", {"supervision": rows.supervision_rows({"": (1, 2)})})
    client, asked, entries = as_user(alice), {}, {}
    for address in IN_STUDY:
        client.get(address.of(study.slug))  # what is read once in a process is read now
        before = AuditEntry.objects.count()
        with CaptureQueriesContext(connection) as captured:
            status = client.get(address.of(study.slug)).status_code
        assert status in (200, 302, 404, 405), address
        asked[address.name] = len(captured)
        entries[address.name] = AuditEntry.objects.count() - before
    assert {name: count for name, count in asked.items() if count > LIMIT} == {}
    assert {name for name, count in entries.items() if count} <= PUT_ON_RECORD


def test_act_without_a_token_is_refused(study, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    for address in ADDRESSES:
        status = client.post(address.of(study.slug)).status_code
        assert status in (403, 405), address.name
