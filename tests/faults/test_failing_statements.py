"""Every act with its n-th statement failing, for all n: nothing torn, and the same act then succeeds.

A statement fails before it is done, or is done and its reply is lost; a commit likewise. Whoever asks over
a page is told to come back, and sends the same again. What stands in the database afterwards is what
stands there after an act that nothing disturbed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Q

from annotations.core import clock
from annotations.studies.models import Batch
from tests.faults import (
    acts_at_the_workbench,
    acts_beside,
    acts_of_editors,
    acts_of_machinery,
    acts_of_managers,
    acts_of_people,
    acts_of_researchers,
)
from tests.faults.acts import ACTS
from tests.faults.failing import AFTER, BEFORE, Trouble, World, differences, look
from tests.load.checker import imbalances
from tests.load.stored import read_stored
from tests.participation.providers.kit import SECRET

pytestmark = pytest.mark.django_db(transaction=True)

# By being imported they register theirs.
ROOMS = (
    acts_of_people,
    acts_beside,
    acts_of_researchers,
    acts_at_the_workbench,
    acts_of_editors,
    acts_of_machinery,
    acts_of_managers,
)
# Of a job that was disturbed, how often it was tried; of what was tried again, that it was.
COUNTED = {f"annotations.Job.{name}" for name in ("attempts", "progress", "message", "error")}
KEYS = {"annotations.StudyVersion.loads", "annotations.HandTask.shuffle"}
MOST = 400
LONG = ("analysing", "releasing", "loading_a_release", "simulating")
# Asked for again, they are another wish, or say in the audit log what was left for this turn.
DONE_AGAIN = {
    *(
        "inviting_over_the_page",
        "wanting_an_analysis",
        "deleting_on_the_day",
        "deleting_identities_on_the_day",
    ),
    *("opening_identities_over_the_page", "downloading_answers_to_steps", "logging_in", "failing_to_log_in"),
    *("analysing_over_the_page", "releasing_over_the_page", "simulating"),
    *("marking_outputs", "declining", "making_a_password_link", "wanting_interim_data"),
    # What was begun is swept away; who changed their password and was not told logs in anew.
    *("sending_a_file_in", "changing_ones_password"),
    # Whose account was made before the reply was lost is there, and is given a link by the page of users.
    "inviting_a_user",
}


def torn() -> dict[str, Any]:
    """What does not fit together, of what somebody reads: nobody draws from a batch that is in preparation,
    or of a study that is being removed."""
    faults = imbalances(read_stored())
    unread = Q(state=Batch.PREPARING) | Q(study__deleted_at__isnull=False)
    batches = set(Batch.objects.filter(unread).values_list("pk", flat=True))
    faults["level_counters"] = [one for one in faults.get("level_counters", ()) if one[0][0] not in batches]
    return {name: found for name, found in faults.items() if found}


@pytest.fixture(autouse=True)
def quiet(settings):
    settings.PROLIFIC_WEBHOOK_SECRETS = [SECRET]


@dataclass(frozen=True)
class Size:
    """Of how many statements one has its turn: jobs compute between theirs, and PostgreSQL puts a world back
    in a longer time. Without `when` the turns fail before and after by turns."""

    of_acts: int
    of_jobs: int
    when: str = ""

    def turns(self, name: str) -> Iterator[Trouble]:
        numbers = range(1, MOST, self.of_jobs if name in LONG else self.of_acts)
        for number, when in zip(numbers, cycle([self.when] if self.when else [BEFORE, AFTER]), strict=False):
            yield Trouble(number, when)


SIZES = [
    pytest.param(Size(2 if connection.vendor == "sqlite" else 5, 31), id="small"),
    *(pytest.param(Size(1, 1, when), id=f"full-{when}", marks=pytest.mark.proof) for when in (BEFORE, AFTER)),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ACTS)
def test_act_survives_each_failing_statement(tmp_path, monkeypatch, name, size):
    do = ACTS[name](tmp_path)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    world = World()
    do()
    done = look()
    world.put_back()
    do()
    # What differs though nothing went wrong is random.
    random = set(differences(done, look())) | COUNTED | KEYS
    assert torn() == {}
    for trouble in size.turns(name):
        world.put_back()
        try:
            with trouble.planted():
                do()
        except OperationalError:
            assert trouble.met
        if not trouble.met:
            break
        assert torn() == {}, trouble
        do()
        wrong = {column: what for column, what in differences(done, look()).items() if column not in random}
        assert wrong == {} or name in DONE_AGAIN, trouble
        assert torn() == {}, trouble
    assert not trouble.met
    assert trouble.seen > 2
