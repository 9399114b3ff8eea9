"""People over HTTP: chosen and sorted, one of them, excluded and readmitted, one by one and many at once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.core.jobs.runner import run_job
from annotations.core.models import AuditEntry, Job
from annotations.people.models import Identity, Participant
from annotations.research.watching import deciding
from annotations.responses.models import Message, PersonDecision, PersonSignals, Response
from tests.participation.kit import make_study

REASON = "their cat walked over the keys"


@pytest.fixture
def client(ada, as_user):
    return as_user(ada)


@pytest.fixture
def people(walked):
    return {one.key: one for one in walked.participants.all()}


def listed(client, study, query=""):
    page = client.get(reverse("research:people", args=[study.slug]) + query).content.decode()
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr")[1:]
    return [row.partition("<code>")[2].partition("</code>")[0] for row in rows]


def decide(client, study, act="exclude", reason=REASON, name="decide-people", **data):
    address = reverse(f"research:{name}", args=[study.slug])
    return client.post(address, {"act": act, "reason": reason, **data}, follow=True)


def scored():
    return sorted(set(Response.objects.scored().values_list("participant__key", flat=True)))


def signal(person, **values):
    PersonSignals.objects.create(participant=person, study=person.study, **values)


def test_people_are_chosen_by_state_name_and_decision(client, walked, people):
    assert listed(client, walked) == ["ann", "bob", "cid"]
    assert listed(client, walked, "?state=active") == ["cid"]
    assert listed(client, walked, "?q=AN") == ["ann"]
    assert listed(client, walked, "?sort=newest") == ["cid", "bob", "ann"]
    decide(client, walked, pk=[people["ann"].pk])
    assert listed(client, walked, "?decision=out") == ["ann"]
    assert listed(client, walked, "?decision=in") == ["bob", "cid"]
    assert listed(client, walked, "?q=%00&state=x&sort=x&decision=x&signal=x") == ["ann", "bob", "cid"]


def test_people_are_sorted_and_chosen_by_signals(client, walked, people):
    signal(people["bob"], n_alarms=1, alarms=["speed"], speed=0.1)
    signal(people["cid"], n_alarms=0, checks_failed=1, speed=0.9)
    assert listed(client, walked, "?sort=alarms") == ["bob", "cid", "ann"]
    assert listed(client, walked, "?sort=speed") == ["bob", "cid", "ann"]
    assert listed(client, walked, "?signal=alarm") == ["bob"]
    assert listed(client, walked, "?signal=failed") == ["cid"]
    page = client.get(reverse("research:people", args=[walked.slug])).content.decode()
    assert '<span class="mark alarm">speed</span>' in page


def test_a_page_keeps_what_was_chosen(client, walked):
    Participant.objects.bulk_create(Participant(study=walked, key=f"more-{n}") for n in range(60))
    page = client.get(reverse("research:people", args=[walked.slug]) + "?q=more&sort=newest").content.decode()
    assert 'href="?q=more&amp;sort=newest&amp;page=2"' in page


def test_the_ticked_are_excluded_and_readmitted(client, walked, people):
    page = decide(client, walked, pk=[people["ann"].pk, people["cid"].pk], q="a").content.decode()
    assert "4 answers of 2 people excluded" in page
    assert 'name="q" value="a"' in page
    assert scored() == ["bob"]
    entries = AuditEntry.objects.filter(action="person excluded").order_by("pk")
    assert [(one.actor, one.details["participant"], one.details["reason"]) for one in entries] == [
        ("ada@example.org", "ann", REASON),
        ("ada@example.org", "cid", REASON),
    ]
    page = decide(client, walked, "readmit", pk=[people["ann"].pk]).content.decode()
    assert "3 answers of 1 person readmitted" in page
    assert scored() == ["ann", "bob"]
    assert "Nothing changed" in decide(client, walked, "readmit", pk=[people["ann"].pk]).content.decode()


def test_all_of_the_list_are_those_that_were_chosen(client, walked):
    decide(client, walked, scope="all", state="completed", q="b")
    assert scored() == ["ann", "cid"]


def test_many_are_decided_about_by_a_job(client, walked, monkeypatch, no_broker):
    monkeypatch.setitem(deciding.AT_ONCE, "people", 2)
    page = decide(client, walked, scope="all").content.decode()
    assert "3 people are being looked through" in page
    assert "Exclusion</strong> waits for a worker" in page
    assert scored() == ["ann", "bob", "cid"]
    run_job(Job.objects.get(kind="exclusions").pk)
    assert (scored(), Job.objects.get(kind="exclusions").result) == ([], {"people": 3, "answers": 7})
    assert PersonDecision.objects.filter(decided_by="ada@example.org").count() == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"reason": " "}, "Give a reason"),
        ({"reason": "x" * 501}, "up to 500 characters"),
        ({"pk": []}, "Tick the people that are meant"),
        ({"pk": ["x", "-1", "9" * 19]}, "Tick the people that are meant"),
        ({"act": "reject"}, "Choose whether to exclude or to readmit"),
    ],
)
def test_what_is_not_clear_is_refused_and_nothing_is_done(client, walked, people, data, words):
    given = {"act": "exclude", "pk": [people["ann"].pk], **data}
    assert words in decide(client, walked, **given).content.decode()
    assert scored() == ["ann", "bob", "cid"]


def test_viewers_look_and_strangers_do_not(walked, people, bob, charlie, as_user):
    from tests.research.rows import add_viewer

    add_viewer(walked, bob)
    page = as_user(bob).get(reverse("research:people", args=[walked.slug]))
    assert page.status_code == 200
    assert b'name="reason"' not in page.content
    one = reverse("research:person", args=[walked.slug, people["ann"].pk])
    assert b'name="reason"' not in as_user(bob).get(one).content
    assert as_user(charlie).get(one).status_code == 404
    for user in (bob, charlie):
        for name in ("decide-people", "decide-answers"):
            assert decide(as_user(user), walked, name=name, pk=[people["ann"].pk]).status_code == 404
        address = reverse("research:decide-person", args=[walked.slug, people["ann"].pk])
        assert as_user(user).post(address, {"act": "exclude", "reason": REASON}).status_code == 404
    assert scored() == ["ann", "bob", "cid"]


def test_one_person_with_all_that_is_known_and_never_who_they_are(client, walked, people):
    ann = people["ann"]
    Identity.objects.create(
        participant=ann, study=walked, provider="prolific", digest="d" * 64, sealed="sealed-secret"
    )
    Message.objects.create(study=walked, participant=ann, submission_key="m", text="Task 2 <b>broke</b>")
    signal(ann, n_alarms=1, alarms=["drift"], answers=3, checks=1, checks_failed=1)
    address = reverse("research:person", args=[walked.slug, ann.pk])
    page = client.get(address).content.decode()
    for words in ("completed, 3 answered of 3", "Alarm:</strong> drift", "1 of 1 failed", "3 answers"):
        assert words in page, words
    assert "Task 2 &lt;b&gt;broke&lt;/b&gt;" in page
    assert "prolific" not in page.replace("Recruitment", "")
    assert "sealed-secret" not in page
    assert "d" * 64 not in page


def test_a_person_and_their_answers_are_decided_about_on_their_page(client, walked, people):
    ann = people["ann"]
    address = reverse("research:decide-person", args=[walked.slug, ann.pk])
    first, other = ann.responses.order_by("pk").first(), people["bob"].responses.first()
    ticked = {"act": "exclude", "reason": REASON, "scope": "answers", "pk": [first.pk, other.pk]}
    page = client.post(address, ticked, follow=True).content.decode()
    assert "1 answer of 1 person excluded" in page
    assert REASON in page
    assert set(Response.objects.exclude(pk=first.pk)) == set(Response.objects.scored())
    page = client.post(address, {"act": "exclude", "reason": "and more"}, follow=True).content.decode()
    assert "Excluded by ada@example.org" in page
    assert scored() == ["bob", "cid"]
    client.post(address, {"act": "readmit", "reason": "after all"})
    assert scored() == ["ann", "bob", "cid"]


def test_a_person_of_another_study_is_not_there(client, walked, people, tmp_path):
    other = make_study(tmp_path, "other", settings={"collection": "other"})
    for name in ("person", "decide-person"):
        address = reverse(f"research:{name}", args=[other.slug, people["ann"].pk])
        answer = client.get(address) if name == "person" else client.post(address, {"act": "exclude"})
        assert answer.status_code == 404
