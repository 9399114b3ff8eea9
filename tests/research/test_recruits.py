"""Lists that open identities, and who might be rejected."""

from __future__ import annotations

import pytest
from django.conf import settings as live_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.core.models import AuditEntry
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from tests.research import rows
from tests.research.recruited import LISTS, come, recruit, text_of


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
