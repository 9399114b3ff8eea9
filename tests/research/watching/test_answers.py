"""Answers over HTTP: chosen by what they are, and excluded or readmitted many at once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.responses.excluding import exclude_responses
from annotations.responses.models import Exclusion, Response


@pytest.fixture
def client(ada, as_user):
    return as_user(ada)


@pytest.fixture
def answers(walked):
    """The seven answers in their order. The first took a second, the others ten."""
    found = list(Response.objects.order_by("pk"))
    Response.objects.update(duration_ms=10_000)
    Response.objects.filter(pk=found[0].pk).update(duration_ms=1_000)
    return found


def shown(client, study, query=""):
    page = client.get(reverse("research:answers", args=[study.slug]) + query).content.decode()
    boxes = page.split('type="checkbox" name="pk" value="')[1:]
    return sorted(int(box.partition('"')[0]) for box in boxes)


def decide(client, study, **data):
    data = {"act": "exclude", "reason": "too fast to read", **data}
    return client.post(reverse("research:decide-answers", args=[study.slug]), data, follow=True)


def test_answers_are_chosen_by_what_they_are(client, walked, answers):
    pks = [one.pk for one in answers]
    exclude_responses(study=walked, responses=pks[1:2], reason="made up", actor="a")
    Exclusion.objects.create(response=answers[2], reason="warm_up: x", rule="warm_up", decided_by="rules")
    Response.objects.filter(pk=pks[3]).update(verdict="unsure")
    assert shown(client, walked) == pks
    assert shown(client, walked, "?faster=2") == pks[:1]
    assert shown(client, walked, "?slower=2,5") == pks[1:]
    assert shown(client, walked, "?excluded=out") == pks[1:3]
    assert shown(client, walked, "?excluded=person") == pks[1:2]
    assert shown(client, walked, "?excluded=rule") == pks[2:3]
    assert shown(client, walked, "?excluded=in") == [pks[0], *pks[3:]]
    assert shown(client, walked, "?verdict=unsure") == pks[3:4]
    assert shown(client, walked, "?person=ci") == pks[6:]
    assert shown(client, walked, "?unit=no-such") == []
    assert shown(client, walked, "?what=checks") == []
    assert shown(client, walked, "?faster=x&slower=-1&what=x&excluded=x&verdict=x") == pks


def test_the_ticked_and_all_that_match(client, walked, answers):
    page = decide(client, walked, pk=[answers[6].pk]).content.decode()
    assert "1 answer of 1 person excluded" in page
    assert "too fast to read" in page
    decide(client, walked, scope="all", faster="2")
    standing = Exclusion.objects.standing().order_by("response").values_list("response", flat=True)
    assert list(standing) == [answers[0].pk, answers[6].pk]
    decide(client, walked, act="readmit", scope="all", excluded="out", reason="looked again")
    assert not Exclusion.objects.standing().exists()
    assert set(Exclusion.objects.values_list("revoked_by", "revoked_reason")) == {
        ("ada@example.org", "looked again")
    }


def test_answers_of_another_study_are_left_alone(client, walked, answers, make):
    other = make("other", protocol="supervision", settings={"collection": "other"})
    assert "Nothing changed" in decide(client, other, pk=[answers[0].pk]).content.decode()
    assert not Exclusion.objects.exists()
