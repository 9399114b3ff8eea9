"""The tab Recruitment: what to set up at the provider, who came, and the lists that open identities."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as live_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.catalogue.models import Item
from annotations.core import clock
from annotations.core.models import AuditEntry
from annotations.core.tokens import hashed
from annotations.people.enrolling import completion_code
from annotations.people.identities import Arrival, remember
from annotations.people.models import Enrolment, Identity, Invitation, Participant
from annotations.people.outcomes import OUTCOMES, outcome_code
from annotations.responses.models import Response
from annotations.studies.models import StudyVersion
from tests.research import rows

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


# The lists.


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


def test_lists_of_prolific(crowd, post):
    given = {"bonus": "0.5", "person": "p2"}
    made = {name: text_of(post("recruits", crowd, name, **given)) for name in LISTS}
    a, b, c, d, e = (letter * 24 for letter in "abcde")
    assert made == {
        "approve": f"{a}\n{b}\n",
        "spare": f"{c}\n",
        "reject": f"{c}\n",
        "bonus": f"{a},0.50\n{b},0.50\n",
        "ended": f"participant_id,outcome\r\n{d},returned\r\n{e},lapsed\r\n",
    }


def test_lists_hold_nobody_of_another_study_or_provider(crowd, post, get, alice, collection):
    other = recruit(rows.make_study("other", alice, collection=collection, opened=True), "prolific")
    come(other, "9" * 24, failed=2)
    come(other, "8" * 24)
    assert text_of(post("recruits", other, "approve")) == "8" * 24 + "\n"
    assert keys_offered(get(other)) == set()
    recruit(crowd, "mturk", minutes=10)
    come(crowd, "W1", assignmentId="A1")
    assert text_of(post("recruits", crowd, "approve")).splitlines()[1:] == ["A1,x,"]
    assert post("recruits", crowd, "reject", person="p2").status_code == 302
    assert b"Nobody may be rejected" in get(crowd).content
    assert text_of(post("recruits", other, "reject", person="p7")) == "9" * 24 + "\n"


def test_lists_of_mturk(study, post):
    recruit(study, "mturk", minutes=4)
    come(study, "W1", assignmentId="A1")
    come(study, "W2", assignmentId="A2", failed=1)
    come(study, "W3", assignmentId="A3", state=Enrolment.LEFT)
    given = {"bonus": "1,25", "person": "p1"}
    made = {name: text_of(post("recruits", study, name, **given)).splitlines() for name in LISTS}
    assert made == {
        "approve": ["AssignmentId,Approve,Reject", "A1,x,"],
        "spare": ["AssignmentId,Approve,Reject", "A2,x,"],
        "reject": ["AssignmentId,Approve,Reject", "A2,,Attention checks failed: 1."],
        "bonus": ["WorkerId,AssignmentId,BonusAmount", "W1,A1,1.25"],
        "ended": ["WorkerId,AssignmentId,outcome", "W3,A3,left"],
    }


def test_order_of_a_list_does_not_tell_whose_pseudonym_is_whose(prolific, post):
    for letter in "cab":
        come(prolific, letter * 24)
    lines = [letter * 24 for letter in "abc"]
    assert text_of(post("recruits", prolific, "approve")).splitlines() == lines


@pytest.mark.parametrize("name", ["spare", "reject"])
def test_decision_is_about_those_who_were_ticked(crowd, post, name):
    """A person looks at each: nobody is rejected by one button for all."""
    come(crowd, "9" * 24, failed=3)
    assert text_of(post("recruits", crowd, name, person=["p2"])) == f"{'c' * 24}\n"
    assert text_of(post("recruits", crowd, name, person=["p7", "p2"])) == f"{'9' * 24}\n{'c' * 24}\n"


@pytest.mark.parametrize("ticked", [[], ["p1"], ["p2", "p0"], ["p3"], ["nobody"], ["p\x002"]])
def test_nobody_is_rejected_whom_the_rules_protect(crowd, post, ticked):
    response = post("recruits", crowd, "reject", person=ticked, follow=True)
    assert ("Tick those" if not ticked else "allow no rejection") in response.content.decode()
    assert not AuditEntry.objects.filter(action="identities opened").exists()


@pytest.mark.parametrize(
    ("provider", "details", "lines"),
    [
        ("sona", {"survey_code": "17"}, ["survey_code,outcome", "17,completed"]),
        ("invitation", {"invitation": "3"}, ["invitation,outcome", "3,completed"]),
    ],
)
def test_list_of_everybody(study, post, provider, details, lines):
    recruit(study, provider)
    come(study, "17", **details)
    assert text_of(post("recruits", study, "everyone")).splitlines() == lines


@pytest.mark.parametrize(("provider", "name"), [("open", "everyone"), ("sona", "reject"), ("prolific", "x")])
def test_list_that_a_provider_has_not_is_not_there(study, post, provider, name):
    assert post("recruits", recruit(study, provider), name).status_code == 404


@pytest.mark.parametrize("amount", ["", "-1", "0", "much", "1e9", "0.001", "nan", "inf", "1001", "1e-999999"])
def test_bonus_that_is_none_is_refused(crowd, post, amount):
    response = post("recruits", crowd, "bonus", bonus=amount, follow=True)
    assert "A bonus is an amount of money" in response.content.decode()
    assert not AuditEntry.objects.filter(action="identities opened").exists()


def test_lists_are_put_on_record_without_ids(crowd, post, alice):
    post("recruits", crowd, "approve")
    entry = AuditEntry.objects.get(action="identities opened")
    assert (entry.actor, entry.subject) == (alice.email, crowd.slug)
    assert entry.details == {"list": "approve", "people": 2}


def test_list_without_the_key_says_so(crowd, post, settings, monkeypatch):
    from dataclasses import replace

    from cryptography.fernet import Fernet, MultiFernet

    monkeypatch.setattr(
        live_settings, "KEYS", replace(settings.KEYS, identity=MultiFernet([Fernet(Fernet.generate_key())]))
    )
    response = post("recruits", crowd, "approve", follow=True)
    assert "Restore var/keys/identity" in response.content.decode()


# Who might be rejected.


def keys_offered(response):
    return {key for key in ("p0", "p1", "p2", "p3") if f"<code>{key}</code>" in response.content.decode()}


@pytest.mark.parametrize(("minutes", "offered"), [(10, {"p2"}), (5, {"p2"}), (4.9, {"p1", "p2"})])
def test_rejection_takes_two_failed_checks_and_one_in_a_short_study(study, get, minutes, offered):
    recruit(study, "prolific", minutes=minutes)
    for number in range(3):
        come(study, str(number) * 24, failed=number)
    come(study, "9" * 24, failed=2, state=Enrolment.LEFT, outcome="returned")
    assert keys_offered(get(study)) == offered
    assert b"as it tells participants" in get(study).content


@pytest.mark.parametrize(("taken", "offered"), [((20, 3, 4), {"p0"}), ((20, 4, 5), set())])
def test_length_is_measured_where_it_is_not_said(study, get, taken, offered):
    recruit(study, "prolific")
    come(study, "0" * 24, failed=1, minutes=taken[0])
    come(study, "1" * 24, minutes=taken[1])
    come(study, "2" * 24, minutes=taken[2])
    response = get(study)
    assert keys_offered(response) == offered
    assert f"{taken[2]} minutes long: the median".encode() in response.content


def test_study_of_unknown_length_counts_as_long(study, get):
    recruit(study, "prolific")
    come(study, "0" * 24, failed=1, state=Enrolment.ACTIVE)
    assert b"so it counts as long" in get(study).content


def test_checks_that_were_corrected_or_are_none_cost_nobody(prolific, get):
    person = come(prolific, "0" * 24, failed=2)
    first = Response.objects.filter(participant=person).first()
    Response.objects.create(
        study=prolific,
        participant=person,
        item=first.item,
        is_check=True,
        check_passed=True,
        supersedes=first,
    )
    another = come(prolific, "1" * 24, failed=2)
    Response.objects.filter(participant=another).update(is_check=False)
    assert keys_offered(get(prolific)) == set()


def test_candidates_come_in_pages(prolific, get):
    for number in range(51):
        come(prolific, f"{number:024d}", failed=2)
    assert get(prolific).content.count(b'<td class="n">2</td>') == 50
    assert get(prolific, "?page=2").content.count(b'<td class="n">2</td>') == 1


@pytest.mark.parametrize(("provider", "minutes"), [("prolific", None), ("invitation", None), ("mturk", 4)])
def test_page_asks_as_little_among_many_as_alone(study, get, provider, minutes):
    recruit(study, provider, minutes=minutes)
    come(study, "first", failed=2, invitation="0")
    get(study)  # what is read once in a process is read now
    with CaptureQueriesContext(connection) as alone:
        get(study)
    for number in range(60):
        come(study, f"more{number}", failed=2, invitation=str(number))
    with CaptureQueriesContext(connection) as crowded:
        get(study)
    assert len(crowded) == len(alone) <= 12


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
