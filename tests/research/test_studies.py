from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from annotations.core import clock
from annotations.people.models import Participant
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Batch
from tests.research import rows


@pytest.fixture
def listed(study, alice, as_user):
    def page():
        return as_user(alice).get(reverse("research:studies")).content.decode()

    return page


def test_list_shows_own_studies_only(study, draft, charlie, collection, alice, bob, as_user):
    other = rows.make_study("charlies", charlie, collection=collection)
    for user, seen in ((alice, False), (bob, False), (charlie, True)):
        content = as_user(user).get(reverse("research:studies")).content.decode()
        assert (other.title in content) is seen
        assert (study.title in content) is not seen


def test_list_is_kind_when_empty(charlie, as_user):
    assert "no study of yours yet" in as_user(charlie).get(reverse("research:studies")).content.decode()


def test_list_says_what_to_do_next(study, listed):
    assert "5 places free" in listed()
    Batch.objects.filter(study=study).update(completed=4, running=1)
    assert "Wait for 1 still at work" in listed()
    Batch.objects.filter(study=study).update(completed=5, running=0)
    assert "close it" in listed()
    study.state = "paused"
    study.save()
    assert "Resume it, or close it" in listed()
    study.state = "closed"
    study.save()
    assert "it has no answers" in listed()
    rows.add_answers(study)
    assert "Analyse it" in listed()
    run = rows.make_run(study, "supervision", {})
    assert "make a release" in listed()
    release = rows.make_release(study)
    assert "Download release 1" in listed()
    release.closed_at = clock.now()
    release.save()
    assert "make a release" in listed()
    run.confirmed_at = clock.now() - timedelta(days=1)
    run.save()
    assert "Analyse it again" in listed()


def test_list_counts_each_thing_once(study, listed):
    """Batches, answers and members in one query must not multiply one another."""
    Batch.objects.create(
        study=study, name="second", settings={}, batch_hash="0", places=7, completed=2, state=Batch.OPEN
    )
    rows.add_answers(study, people=3, each=2)
    content = listed()
    assert "2 of 12" in content
    assert '<td class="n">6</td>' in content


@pytest.mark.parametrize("kind, mark", [("human", ""), ("simulated", "simulated")])
def test_simulated_people_are_marked_everywhere(study, alice, as_user, kind, mark):
    rows.add_answers(study, kind=kind)
    rows.make_run(study, "supervision", {"supervision": rows.supervision_rows({"": (3, 10)})})
    client = as_user(alice)
    addresses = [reverse("research:studies")]
    addresses += [
        reverse(f"research:{name}", args=[study.slug])
        for name in ("overview", "batches", "people", "results", "releases")
    ]
    for address in addresses:
        assert ('<span class="mark alarm">simulated</span>' in client.get(address).content.decode()) is bool(
            mark
        ), address


def test_mixed_people_are_marked_as_partly_simulated(study, alice, as_user, listed):
    rows.add_answers(study, people=1, kind="simulated", prefix="s")
    rows.add_answers(study, people=1, kind="human", prefix="h")
    assert "partly simulated" in listed()
    content = as_user(alice).get(reverse("research:overview", args=[study.slug])).content.decode()
    assert "1 human, <strong>1 simulated</strong>" in content


def test_overview_counts_answers(study, alice, as_user):
    rows.add_answers(study, people=3, each=3)
    first, second, third, fourth = Response.objects.order_by("pk")[:4]
    Response.objects.filter(pk=first.pk).update(surplus=True)
    Response.objects.filter(pk=second.pk).update(is_check=True, check_passed=True)
    Exclusion.objects.create(response=third, reason="too quick", decided_by="alice")
    Exclusion.objects.create(response=fourth, reason="mistaken", decided_by="alice", revoked_at=clock.now())
    Response.objects.filter(pk=Response.objects.last().pk).update(supersedes=fourth)
    content = as_user(alice).get(reverse("research:overview", args=[study.slug])).content.decode()
    assert "8 answers stored" in content
    assert "5 counted, 1 surplus, 1 to checks (1 passed), 1 excluded" in content
    assert "Last answer 0\u00a0minutes ago" in content
    assert Response.objects.filter(study=study).scored().count() == 5


def test_overview_shows_the_join_address(study, alice, as_user):
    address = reverse("research:overview", args=[study.slug])
    assert "http://testserver/join/sums-s2/" in as_user(alice).get(address).content.decode()


def test_overview_of_a_draft_says_why_it_cannot_open(draft, alice, as_user):
    address = reverse("research:overview", args=[draft.slug])
    assert "Open the study" in as_user(alice).get(address).content.decode()
    draft.definition["conditions"] = [{"name": "a", "weight": 1.0, "parameters": {"tracing": True}}]
    draft.save()
    content = as_user(alice).get(address).content.decode()
    assert "tracing" in content
    assert "Open the study" not in content


def test_tabs_without_content_are_left_out(draft, study, alice, as_user):
    of_draft = as_user(alice).get(reverse("research:overview", args=[draft.slug])).content.decode()
    assert "/results/" not in of_draft
    assert "/releases/" not in of_draft
    rows.add_answers(study)
    of_study = as_user(alice).get(reverse("research:overview", args=[study.slug])).content.decode()
    assert f"/research/studies/{study.slug}/results/" in of_study
    assert f"/research/studies/{study.slug}/people/" in of_study


def test_people_page_names_pseudonyms_and_no_secret(study, alice, as_user):
    rows.add_answers(study, people=1)
    Participant.objects.update(withdrawal_hash="w" * 64)
    content = as_user(alice).get(reverse("research:people", args=[study.slug])).content.decode()
    assert "p0" in content
    assert "w" * 64 not in content


def test_titles_are_escaped(alice, collection, as_user):
    rows.make_study("hostile", alice, collection=collection, title="<script>alert(1)</script>")
    for address in (reverse("research:studies"), reverse("research:overview", args=["hostile"])):
        assert b"<script>alert" not in as_user(alice).get(address).content


def test_corrected_answers_count_once_whatever_they_were(study):
    from annotations.research.overview import answers_of
    from annotations.responses.models import Response

    rows.add_answers(study, people=2, each=2)
    first, second = Response.objects.order_by("pk")[:2]
    Response.objects.filter(pk=second.pk).update(surplus=True)
    for old, surplus in ((first, False), (second, True)):
        Response.objects.create(
            study=study,
            participant=old.participant,
            item=old.item,
            output=old.output,
            verdict="unsure",
            surplus=surplus,
            supersedes=old,
        )
    answers = answers_of(study)
    assert (answers.stored, answers.surplus, answers.counted) == (4, 1, 3)
