"""A grader is chosen, looked at and recorded in the browser; grades are revisions."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.analysis.runs import is_older, stamp_of
from annotations.catalogue.autograding import services
from annotations.catalogue.autograding.models import GradingRun, Mark
from annotations.catalogue.models import Grade, Item, Output
from annotations.core.jobs.driver import drive
from annotations.core.models import AuditEntry, Job
from tests.research import rows


@pytest.fixture
def sums(study):
    """Outputs say 4; the references are 0, 2, 4 ...; those of the second system lost their grades."""
    for item in Item.objects.all():
        item.reference = [str(2 * int(item.key[1:]))]
        item.save()
    Grade.objects.filter(output__system__key="system-1").delete()
    Output.objects.filter(key="i5-1").update(text="I cannot tell.")
    Output.objects.filter(key="i4-1").update(text="4 or 8")
    return study


@pytest.fixture
def client(alice, as_user):
    return as_user(alice)


def mark(client, study, **data):
    address = reverse("research:grading-mark", args=[study.slug])
    return client.post(address, {"grader": "numeric", **data}, follow=True)


def test_marks_are_shown_before_they_are_recorded(sums, client, alice):
    page = mark(client, sums, avoid_epistemic="I cannot tell").content.decode()
    run = GradingRun.objects.get()
    assert run.counts == {"outputs": 6, "correct": 1, "incorrect": 3, "avoidant": 1, "not_understood": 1}
    assert "It marked 6 outputs. No grade has changed yet." in page
    assert "2 numbers stand where the answer should be" in page
    assert not Grade.objects.filter(output__system__key="system-1").exists()
    page = client.post(reverse("research:grading-record", args=[sums.slug, run.pk]), follow=True)
    assert "The grades are recorded." in page.content.decode()
    found = Grade.objects.filter(output__system__key="system-1", current=True)
    assert dict(found.values_list("output__key", "grade")) == {
        "i0-1": "incorrect", "i1-1": "incorrect", "i2-1": "correct", "i3-1": "incorrect", "i5-1": "avoidant",
    }  # fmt: skip
    assert set(found.values_list("grader", flat=True)) == {"auto: numeric"}
    assert found.get(grade="avoidant").avoidance_kind == "epistemic"
    page = client.get(reverse("research:grading-ungraded", args=[sums.slug])).content.decode()
    assert "2 numbers stand where the answer should be" in page
    assert "i4-1" in page
    assert AuditEntry.objects.get(action="grades recorded").actor == alice.email


def test_regrade_keeps_revisions_and_makes_runs_stale(sums, client):
    rows.add_answers(sums)
    run = rows.make_run(sums, "supervision", {})
    mark(client, sums, standing="all", system="system-0")
    page = client.get(reverse("research:grading-run", args=[sums.slug, GradingRun.objects.get().pk]))
    assert "recorded, it would change 4 grades that stand" in page.content.decode()
    client.post(reverse("research:grading-record", args=[sums.slug, GradingRun.objects.get().pk]))
    revisions = Grade.objects.filter(output__key="i0-0").order_by("revision")
    assert list(revisions.values_list("revision", "grade", "current")) == [
        (1, "correct", False),
        (2, "incorrect", True),
    ]
    # What was graded so before keeps its one revision.
    assert Grade.objects.filter(output__key="i2-0").count() == 1
    assert is_older(run, stamp_of(sums))
    assert sums.versions.count() == 1


def test_grades_that_others_gave_meanwhile_stay(sums, client):
    mark(client, sums)
    Grade.objects.create(output=Output.objects.get(key="i0-1"), grade="correct", grader="somebody")
    client.post(reverse("research:grading-record", args=[sums.slug, GradingRun.objects.get().pk]))
    assert Grade.objects.get(output__key="i0-1").grader == "somebody"


def test_dropped_run_leaves_nothing(sums, client):
    mark(client, sums)
    client.post(reverse("research:grading-drop", args=[sums.slug, GradingRun.objects.get().pk]))
    assert not Mark.objects.exists()
    assert Grade.objects.filter(output__system__key="system-1").count() == 0


def test_many_are_a_job(sums, client, worker, monkeypatch):
    monkeypatch.setattr(services, "SMALL", 2)
    page = mark(client, sums).content.decode()
    assert "6 outputs are being marked." in page
    drive(Job.objects.get())
    run = GradingRun.objects.get()
    assert run.state == GradingRun.MARKED
    client.post(reverse("research:grading-record", args=[sums.slug, run.pk]))
    drive(Job.objects.unfinished().get())
    run.refresh_from_db()
    assert run.state == GradingRun.RECORDED
    assert Grade.objects.filter(output__system__key="system-1").count() == 5


def test_bad_options_come_back_with_the_reason(sums, client):
    page = mark(client, sums, grader="pattern", correct="(").content.decode()
    assert "is no regular expression" in page
    assert 'name="correct" value="("' in page
    assert not GradingRun.objects.exists()
    assert "nothing fits the filter" in mark(client, sums, system="nobody").content.decode()


def test_viewers_look_and_do_not_act(sums, client, bob, charlie, as_user):
    mark(client, sums)
    run = GradingRun.objects.get()
    seen = {
        name: [as_user(who).get(reverse(f"research:{name}", args=[sums.slug, *more])).status_code for who in (bob, charlie)]
        for name, more in (("grading", []), ("grading-ungraded", []), ("grading-choose", []), ("grading-run", [run.pk]))
    }  # fmt: skip
    assert seen == {
        "grading": [200, 404],
        "grading-ungraded": [200, 404],
        "grading-choose": [404, 404],
        "grading-run": [200, 404],
    }
    for name, more in (("grading-mark", []), ("grading-record", [run.pk]), ("grading-drop", [run.pk])):
        address = reverse(f"research:{name}", args=[sums.slug, *more])
        assert as_user(bob).post(address).status_code == 404
    assert run.marks.count() == 6
