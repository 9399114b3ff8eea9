from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry, Job
from annotations.research.views import acts
from annotations.studies.models import Study
from tests.research import rows


@pytest.fixture
def post(alice, as_user):
    client = as_user(alice)

    def send(name, study, *args):
        response = client.post(reverse(f"research:{name}", args=[study.slug, *args]), follow=True)
        study.refresh_from_db()
        return response

    return send


def test_study_opens_pauses_resumes_and_closes(draft, post, alice):
    states = []
    for name in ("open", "pause", "open", "close"):
        assert post(name, draft).status_code == 200
        states.append(draft.state)
    assert states == [Study.OPEN, Study.PAUSED, Study.OPEN, Study.CLOSED]
    actors = AuditEntry.objects.filter(subject=draft.slug).exclude(action="study created")
    assert set(actors.values_list("actor", flat=True)) == {alice.email}


def test_refusal_is_shown_kindly(study, post):
    post("close", study)
    response = post("pause", study)
    assert response.redirect_chain == [(reverse("research:overview", args=[study.slug]), 302)]
    assert "The study is closed and cannot become paused." in response.content.decode()


def test_admin_may_act_without_being_a_member(study, ada, as_user):
    as_user(ada).post(reverse("research:pause", args=[study.slug]))
    study.refresh_from_db()
    assert study.state == Study.PAUSED


def test_analyse_wants_an_analysis(study, post, alice, monkeypatch):
    wanted = []
    monkeypatch.setattr(acts, "want_analysis", lambda **asked: wanted.append(asked))
    response = post("analyse", study)
    assert wanted == [{"study": study, "wanted_by": alice.email}]
    assert response.redirect_chain[-1][0] == reverse("research:results", args=[study.slug])


def test_release_is_wanted(study, post, alice, monkeypatch):
    wanted = []
    monkeypatch.setattr(acts, "want_release", lambda **asked: wanted.append(asked))
    response = post("make-release", study)
    assert wanted == [{"study": study, "wanted_by": alice.email}]
    assert response.redirect_chain[-1][0] == reverse("research:releases", args=[study.slug])


def test_release_without_fresh_analyses_is_refused_kindly(study, post):
    rows.add_answers(study)
    content = post("make-release", study).content.decode()
    assert "banner alarm" in content
    assert not Job.objects.filter(kind="release").exists()


def test_analysis_is_wanted_as_a_job(study, post, alice):
    rows.add_answers(study)
    post("analyse", study)
    job = Job.objects.tops().get(subject=study.slug)
    assert (job.kind, job.wanted_by) == ("analysis", alice.email)
    post("analyse", study)
    assert Job.objects.tops().filter(subject=study.slug).count() == 1


def test_analyse_refused_says_why(study, post, monkeypatch):
    def refuse(**asked):
        raise Refusal("There is nothing to analyse.")

    monkeypatch.setattr(acts, "want_analysis", refuse)
    assert "There is nothing to analyse." in post("analyse", study).content.decode()


def test_cancel_stops_the_job_and_its_parts(study, post):
    parent = Job.objects.create(kind="analysis", subject=study.slug, key="a", state=Job.WAITING)
    part = Job.objects.create(
        kind="calibration", subject=study.slug, key="b", state=Job.RUNNING, parent=parent
    )
    post("cancel", study, parent.pk)
    parent.refresh_from_db()
    part.refresh_from_db()
    assert parent.state == Job.CANCELLED
    assert part.cancel_wanted


def test_opening_a_study_makes_its_batches(draft, post):
    content = post("open", draft).content.decode()
    assert "0 of 5 places filled" in content
    assert rows.Study.objects.get(pk=draft.pk).version is not None
