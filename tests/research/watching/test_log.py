"""Who did what: narrowed by person, act and day; the same as a table."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.urls import reverse

from annotations.core import audit, clock
from annotations.core.models import AuditEntry


@pytest.fixture
def client(study, alice, as_user):
    """Three entries: an old one of Bob's, two of Alice's, one of these with a formula in it."""
    AuditEntry.objects.all().delete()
    audit.record(actor="bob@example.org", action="study paused", subject=study.slug, why={"a": [1, None]})
    AuditEntry.objects.update(at=clock.now() - timedelta(days=3))
    audit.record(actor="alice@example.org", action="study resumed", subject=study.slug)
    audit.record(actor="=alice", action="person excluded", subject=study.slug, reason="fast")
    audit.record(actor="alice@example.org", action="elsewhere", subject="another-study")
    return as_user(alice)


def acts(client, study, query="", name="log"):
    content = client.get(reverse(f"research:{name}", args=[study.slug]) + query)
    if name == "log-csv":
        lines = b"".join(content.streaming_content).decode().splitlines()
        return list(csv.reader(lines))
    rows = content.content.decode().partition("<tbody>")[2].split("<tr>")[1:]
    return [row.split("<td>")[2].partition("</td>")[0] for row in rows]


def test_the_last_first_and_of_this_study_alone(client, study):
    assert acts(client, study) == ["person excluded", "study resumed", "study paused"]


def test_narrowed_by_who_what_and_when(client, study):
    day = (clock.now() - timedelta(days=3)).date().isoformat()
    assert acts(client, study, "?actor=bob@example.org") == ["study paused"]
    assert acts(client, study, "?action=study+resumed") == ["study resumed"]
    assert acts(client, study, f"?until={day}") == ["study paused"]
    assert acts(client, study, f"?since={day}&until={day}") == ["study paused"]
    assert acts(client, study, f"?since={clock.now().date().isoformat()}") == [
        "person excluded",
        "study resumed",
    ]
    assert acts(client, study, "?since=yesterday&until=2024-02-31&actor=%00") == acts(client, study)


def test_as_a_table_that_no_spreadsheet_takes_for_formulas(client, study):
    header, *rows = acts(client, study, "?action=person+excluded", "log-csv")
    assert header == ["at", "actor", "action", "details"]
    assert [row[1:] for row in rows] == [["'=alice", "person excluded", "reason: fast"]]
    assert acts(client, study, "", "log-csv")[-1][3] == "why: a 1, none"


def test_strangers_see_no_log(study, charlie, as_user):
    for name in ("log", "log-csv"):
        assert as_user(charlie).get(reverse(f"research:{name}", args=[study.slug])).status_code == 404


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
def test_no_day_is_too_far_away(client, study, alice, zone):
    alice.time_zone = zone
    alice.save()
    assert len(acts(client, study, "?since=0001-01-01&until=9999-12-31")) == 3
