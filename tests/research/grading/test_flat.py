"""The pages of import and grading ask the database as much for a thousand rows as for one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.catalogue.autograding.models import GradingRun, Mark
from annotations.catalogue.handgrading.models import HandPlace, HandRound, HandTask
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.models import GRADES, Grade, Item, Output, System
from tests.research import rows

MANY = 1000
LIMIT = 12


def fill(study, user, count):
    """So many outputs, uploads, marks and tasks more."""
    load = study.collection.loads.first()
    shared = {"collection": study.collection, "load": load}
    start = Output.objects.count()
    item, system = Item.objects.first(), System.objects.first()
    outputs = Output.objects.bulk_create(
        Output(key=f"more{start + n}", item=item, system=system, text="4", digest=rows.digest_of(f"{start + n}"), **shared)
        for n in range(count)
    )  # fmt: skip
    Grade.objects.bulk_create(
        Grade(output=one, grade=GRADES[n % 3], grader=f"g{n % 40}") for n, one in enumerate(outputs[::2])
    )
    Upload.objects.bulk_create(
        Upload(
            collection=study.collection, subject=study.slug, wanted_by="x", file_name="f.csv", format="csv"
        )
        for _ in range(count // 10 + 1)
    )
    runs = GradingRun.objects.bulk_create(
        GradingRun(collection=study.collection, subject=study.slug, wanted_by="x", grader="exact", grader_name="x",
                   state="marked", counts={"outputs": 2, "correct": 1, "not_understood": 1}, chosen={"loads": [load.pk]})
        for _ in range(count // 50 + 1)
    )  # fmt: skip
    Mark.objects.bulk_create(
        Mark(run=run, output=one, grade=("correct", "incorrect", "avoidant", "")[n % 4])
        for run in runs[:2]
        for n, one in enumerate(outputs)
    )
    rounds = HandRound.objects.bulk_create(
        HandRound(collection=study.collection, subject=study.slug, purpose=purpose, wanted_by="x", ready=True,
                  total=count, asked={"seed": 1})
        for purpose in ["grading", "audit"] * (count // 50 + 1)
    )  # fmt: skip
    tasks = HandTask.objects.bulk_create(
        HandTask(round=rounds[n % 2], output=one, shuffle=n, wanted=2, taken=2, given=2, state="settled",
                 first="correct", second="correct", final="correct", stratum="correct")
        for n, one in enumerate(outputs)
    )  # fmt: skip
    HandPlace.objects.bulk_create(
        HandPlace(round=task.round, task=task, user=user, role="blind", state="given", grade="correct", note="n",
                  expires_at="2026-01-01T00:00Z")
        for task in tasks
    )  # fmt: skip


@pytest.fixture
def addresses(study, alice, as_user):
    fill(study, alice, 4)
    client = as_user(alice)
    client.post(reverse("research:grading-begin", args=[study.slug]), {"purpose": "grading"})
    named = {
        "import": [],
        "grading": [],
        "grading-ungraded": [],
        "grading-choose": [],
        "grading-hand": [],
        "grading-run": [GradingRun.objects.order_by("pk").first().pk],
        "grading-round": [HandRound.objects.order_by("pk").first().pk],
    }
    return [reverse(f"research:{name}", args=[study.slug, *more]) for name, more in named.items()]


def counts(client, addresses):
    asked = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        asked[address] = len(captured)
    return asked


def test_pages_ask_as_much_for_many_rows_as_for_few(study, alice, as_user, addresses):
    client = as_user(alice)
    client.get(addresses[0])
    before = counts(client, addresses)
    fill(study, alice, MANY)
    after = counts(client, addresses)
    over = {address: asked for address, asked in after.items() if asked > LIMIT}
    assert not over
    assert all(after[address] <= before[address] for address in addresses), (before, after)
