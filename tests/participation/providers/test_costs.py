"""What providers add to a page: an identity to look at, and no more."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.people.invitations import make_invitations
from tests.participation.providers.kit import SECRET, Sent, prolific_query, tell, told

LIMIT = 8
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
SONA = {"site": "example.sona-systems.com", "experiment_id": 12, "credit_token": "abc"}


def asked(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not one["sql"].startswith(TRANSACTION) for one in captured)


@pytest.fixture(params=["prolific", "mturk", "sona", "invitation"])
def ann(request, recruit):
    study = recruit(request.param, given=SONA if request.param == "sona" else {})
    query = {
        "prolific": prolific_query(),
        "mturk": {"workerId": "A1B2C3D4E5", "assignmentId": "3ABCDEFGHIJKLMNOPQ"},
        "sona": {"id": "4711"},
    }
    if request.param == "invitation":
        query["invitation"] = {"invitation": make_invitations(study=study, count=1, actor="test")[0]}
    return Sent(query[request.param])


def test_pages_ask_little(ann):
    address = ann.whole_address
    counts = {"arrival": asked(ann.arrive)}
    ann.consent()
    counts["arrival again"] = asked(lambda: ann.client.get(address))
    ann.get()
    ann.send()
    ann.answer_unit()
    counts["exit"] = asked(lambda: ann.client.get(ann.take_address))
    assert {name: count for name, count in counts.items() if count > LIMIT} == {}


def test_another_device_with_another_submission_asks_little(recruit):
    recruit("prolific")
    Sent(prolific_query(1, 1)).begin()
    phone = Sent(prolific_query(1, 2))
    assert asked(lambda: phone.client.get(phone.whole_address)) <= LIMIT


def test_message_asks_as_much_among_many_studies(recruit, settings):
    settings.PROLIFIC_WEBHOOK_SECRETS = [SECRET]
    recruit("prolific")
    Sent(prolific_query(1)).begin()
    Sent(prolific_query(2)).begin()
    alone = asked(lambda: tell(told("RETURNED", 1)))
    for number in range(4):
        slug = f"other-{number}"
        recruit("prolific", slug=slug, settings={"collection": slug})
        Sent(prolific_query(2, 5), slug=slug).arrive()
    assert asked(lambda: tell(told("RETURNED", 2))) == alone
