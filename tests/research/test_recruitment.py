"""The tab Recruitment: what to set up at the provider, who sees it, invitations, and forgetting."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotations.core.models import AuditEntry
from annotations.core.tokens import hashed
from annotations.people.enrolling import completion_code
from annotations.people.models import Enrolment, Identity, Invitation, Participant
from annotations.people.outcomes import OUTCOMES, outcome_code
from annotations.responses.models import Response
from tests.research import rows
from tests.research.recruited import LISTS, come, recruit, text_of

# What to set up.


@pytest.mark.parametrize(
    ("provider", "address"),
    [
        ("open", "http://testserver/join/sums-s2/"),
        (
            "prolific",
            "http://testserver/join/sums-s2/?PROLIFIC_PID={{%PROLIFIC_PID%}}"
            "&amp;STUDY_ID={{%STUDY_ID%}}&amp;SESSION_ID={{%SESSION_ID%}}",
        ),
        ("mturk", "http://testserver/join/sums-s2/frame/"),
        ("sona", "http://testserver/join/sums-s2/?id=%SURVEY_CODE%"),
    ],
)
def test_entry_address_is_as_the_provider_wants_it(study, get, provider, address):
    assert f'value="{address}"' in get(recruit(study, provider)).content.decode()


def test_codes_are_shown_with_what_to_choose(prolific, get):
    content = get(prolific).content.decode()
    for outcome in OUTCOMES:
        assert f"<code>{outcome_code(prolific, outcome)}</code>" in content
    assert "Prolific allows no rejection for this" in content


@pytest.mark.parametrize("provider", ["prolific", "mturk"])
def test_page_says_that_who_completed_and_withdrew_is_paid_by_hand(study, get, provider):
    content = get(recruit(study, provider)).content.decode()
    assert "completed the study and then withdrew is on no list" in content
    assert "Approve it there by hand" in content


def test_codes_of_the_definition_stand_instead(study, get):
    content = get(recruit(study, "mturk", codes={"completed": "DONE-2"})).content.decode()
    assert "<code>DONE-2</code>" in content
    assert outcome_code(study, "full") in content


def test_code_of_each_batch_is_shown_where_nobody_waits_for_one(study, get):
    code = completion_code(Enrolment(batch=study.batches.get()))
    assert code in get(study).content.decode()
    assert code not in get(recruit(study, "prolific")).content.decode()


def test_page_says_whether_messages_are_taken(prolific, get, settings):
    settings.PROLIFIC_WEBHOOK_SECRETS = []
    assert b"none are taken" in get(prolific).content
    settings.PROLIFIC_WEBHOOK_SECRETS = ["hush-hush"]
    content = get(prolific).content
    assert b"http://testserver/hooks/prolific/" in content
    assert b"hush-hush" not in content


def test_people_are_counted_by_how_it_ended(prolific, get):
    come(prolific, "a" * 24)
    come(prolific, "b" * 24, state=Enrolment.LEFT, outcome="returned")
    come(prolific, "c" * 24, state=Enrolment.LEFT)
    come(prolific, "d" * 24, state=Enrolment.ACTIVE)
    come(prolific, "e" * 24, state=Enrolment.ACTIVE, outcome="timed_out")  # who has come back
    words = " ".join(get(prolific).content.decode().split())
    for name, count in {"completed": 1, "returned": 1, "left": 1, "at work": 2, "timed out": 0}.items():
        assert f'<th scope="row">{name}</th><td class="n">{count}</td>' in words


# Who may see it.


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_viewer_and_stranger_find_nothing(prolific, who, as_user, request):
    client = as_user(request.getfixturevalue(who))
    before = AuditEntry.objects.count()
    assert client.get(reverse("research:recruitment", args=[prolific.slug])).status_code == 404
    acts = [("invite",), ("forget",), *(("recruits", name) for name in LISTS)]
    for name, *more in acts:
        assert client.post(reverse(f"research:{name}", args=[prolific.slug, *more])).status_code == 404
    assert AuditEntry.objects.count() == before


def test_visitor_is_asked_to_log_in(prolific, client):
    address = reverse("research:recruitment", args=[prolific.slug])
    assert client.get(address)["Location"] == f"/accounts/login/?next={address}"
    address = reverse("research:recruits", args=[prolific.slug, "approve"])
    assert client.post(address)["Location"].startswith("/accounts/login/")


def test_tab_is_there_for_whom_it_is(prolific, alice, bob, as_user):
    overview, tab = (
        reverse(f"research:{name}", args=[prolific.slug]) for name in ("overview", "recruitment")
    )
    assert f'href="{tab}"' in as_user(alice).get(overview).content.decode()
    assert f'href="{tab}"' not in as_user(bob).get(overview).content.decode()


def test_lists_are_not_made_by_a_link(prolific, alice, as_user):
    come(prolific, "a" * 24)
    for name in LISTS:
        assert as_user(alice).get(reverse("research:recruits", args=[prolific.slug, name])).status_code == 405
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(reverse("research:recruits", args=[prolific.slug, "approve"])).status_code == 403


# Invitations, and forgetting.


@pytest.fixture
def invited(study):
    return recruit(study, "invitation")


def test_invitations_are_shown_once(invited, post, get):
    content = post("invite", invited, count="2").content.decode()
    (first, second) = (line for line in content.splitlines() if "?invitation=" in line)
    tokens = {line.rpartition("=")[2] for line in (first, second)}
    assert {hashed(token) for token in tokens} == set(Invitation.objects.values_list("token_hash", flat=True))
    page = get(invited).content.decode()
    assert "2 made, 0 used" in page
    assert not any(token in page for token in tokens)


@pytest.mark.parametrize("count", ["", "0", "1001", "-1", "٣", "1e3", "9" * 5000])
def test_number_of_invitations_that_is_none_makes_none(invited, post, count):
    assert post("invite", invited, count=count).status_code < 400
    assert not Invitation.objects.exists()


def test_invitations_come_as_a_file(invited, post):
    lines = text_of(post("invite", invited, count="3", **{"as": "file"})).splitlines()
    assert len(set(lines)) == 3
    assert all(line.startswith("http://testserver/join/sums-s2/?invitation=") for line in lines)


@pytest.mark.parametrize("count", ["", "0", "-1", "1001", "²", "ten"])
def test_number_of_invitations_that_is_none_is_refused(invited, post, count):
    assert "between 1 and 1000" in post("invite", invited, count=count, follow=True).content.decode()
    assert not Invitation.objects.exists()


def test_study_without_invitations_makes_none(study, post):
    assert "does not recruit by invitation" in post("invite", study, count="1", follow=True).content.decode()
    assert not Invitation.objects.exists()


def test_identity_is_erased_and_answers_stay(crowd, post):
    person = Participant.objects.get(key="p0")
    response = post("forget", crowd, participant=" p0 ", follow=True)
    assert "has been erased" in response.content.decode()
    assert not Identity.objects.filter(participant=person).exists()
    assert Response.objects.filter(participant=person).count() == 3
    assert "a" * 24 not in text_of(post("recruits", crowd, "approve"))


@pytest.mark.parametrize("key", ["", "p6", "nobody", "p\x000"])
def test_nobody_is_erased_who_is_not_known(crowd, post, key):
    before = Identity.objects.count()
    assert "Nobody of this pseudonym" in post("forget", crowd, participant=key, follow=True).content.decode()
    assert Identity.objects.count() == before


def test_person_of_another_study_is_not_erased(crowd, post, alice, collection):
    other = recruit(rows.make_study("other", alice, collection=collection, opened=True), "prolific")
    come(other, "a" * 24)
    assert "Nobody of this pseudonym" in post("forget", crowd, participant="p7", follow=True).content.decode()
    assert Identity.objects.filter(study=other).exists()
