"""Every act with its n-th statement failing, for all n: nothing torn, and the same act then succeeds.

A statement fails before it is done, or is done and its reply is lost; a commit likewise. Whoever asks over
a page is told to come back, and sends the same again. What stands in the database afterwards is what
stands there after an act that nothing disturbed.

At the small size whoever was told to come back before anything was kept meets the next trouble at once; at full
size each trouble has a world of its own.
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.db.models import Q

from annotations.allocation.models import Assignment
from annotations.analysis import drawing
from annotations.core import clock
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch, StratumLevel, Study, Unit
from tests.faults import (
    acts_at_the_workbench,
    acts_beside,
    acts_of_editors,
    acts_of_jobs,
    acts_of_machinery,
    acts_of_managers,
    acts_of_people,
    acts_of_preparation,
    acts_of_researchers,
)
from tests.faults.acts import ACTS
from tests.faults.failing import AFTER, BEFORE, NEVER, Trouble, differences, look, rows_of
from tests.faults.found import noted
from tests.faults.reaches import REACHES
from tests.faults.turns import every, telling
from tests.faults.worlds import World
from tests.load.checker import imbalances
from tests.load.stored import read_stored
from tests.participation.providers.kit import SECRET

pytestmark = pytest.mark.django_db(transaction=True)

# By being imported they register theirs.
ROOMS = (
    acts_of_people,
    acts_beside,
    acts_of_jobs,
    acts_of_preparation,
    acts_of_researchers,
    acts_at_the_workbench,
    acts_of_editors,
    acts_of_machinery,
    acts_of_managers,
)
# Of a job that was disturbed, how often it was tried, and whether it was sent before the sweeper does it; of what was tried again, that it was.
COUNTED = {f"annotations.Job.{name}" for name in ("attempts", "progress", "message", "error", "sent_at")}
KEYS = {"annotations.StudyVersion.loads", "annotations.HandTask.shuffle"}
LONG = ("analysing", "releasing")
# Turns after something was kept: each takes the whole act once more.
OF_LONG, OF_OTHERS, ALL = 2, 4, 100
# Where something was torn once, at a statement that a few turns would miss.
THOROUGH = (
    *("loading_a_file_by_a_job", "loading_a_bundle_by_a_job"),
    *("watching_a_closed_study", "applying_declared_exclusions"),
)
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
    # A second mail is better than none.
    *("asking_for_a_forgotten_password", "mailing_a_password_link"),
}
# By act, what may differ when a reply was lost: the session in which a link was opened that is used up by now,
# how many the last attempt left out.
LEFT = {
    "choosing_a_password": {"sessions.Session.session_data"},
    "leaving_answers_out_by_a_job": {"annotations.Job.result"},
    "applying_declared_exclusions": {"annotations.Job.result"},
}


# The tables that are counted, and those that say what is read.
COUNTED_TABLES = (Study, Batch, Unit, StratumLevel, Enrolment, Assignment, Response)
# The last rows of theirs that were looked through: most acts leave them alone, and to count them takes long.
fitting: list[Any] = []


def torn() -> dict[str, Any]:
    """What does not fit together, of what somebody reads: nobody draws from a batch that is in preparation,
    or of a study that is being removed."""
    rows = [rows_of(model) for model in COUNTED_TABLES]
    if rows == fitting:
        return {}
    found = count_again()
    fitting[:] = [] if found else rows
    return found


def count_again() -> dict[str, Any]:
    faults = imbalances(read_stored())
    unread = Q(state=Batch.PREPARING) | Q(study__deleted_at__isnull=False)
    batches = set(Batch.objects.filter(unread).values_list("pk", flat=True))
    faults["level_counters"] = [one for one in faults.get("level_counters", ()) if one[0][0] not in batches]
    return {name: found for name, found in faults.items() if found}


@pytest.fixture(autouse=True)
def quiet(settings, monkeypatch):
    settings.PROLIFIC_WEBHOOK_SECRETS = [SECRET]
    monkeypatch.setattr(drawing, "run_program", lambda wanted: [["<svg/>", "<svg/>"] for one in wanted])
    logging.disable()  # to write down each trouble with where it came from takes as long as the act
    yield
    logging.disable(logging.NOTSET)


SIZES = [
    pytest.param("", id="small"),
    *(pytest.param(when, id=f"full-{when}", marks=pytest.mark.proof) for when in (BEFORE, AFTER)),
]


@pytest.mark.parametrize("when", SIZES)
@pytest.mark.parametrize("name", ACTS)
def test_act_survives_each_failing_statement(tmp_path, monkeypatch, name, when):
    do = ACTS[name](tmp_path)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    world = World(settings.VAR, tmp_path)
    do()
    done = look()
    world.put_back()
    with noted() as seen, (onlooker := Trouble(NEVER)).planted():
        do()
    assert set(REACHES.get(name, ())) <= seen
    assert onlooker.kept, "An act that does nothing shows nothing."
    # What differs though nothing went wrong is random.
    random = set(differences(done, look())) | COUNTED | KEYS | LEFT.get(name, set())
    assert torn() == {}
    world.put_back()

    def done_after(trouble: Trouble) -> None:
        """They ask again, and then it is as if nothing had been."""
        do()
        wrong = {column: what for column, what in differences(done, look()).items() if column not in random}
        assert wrong == {} or (trouble.kept and name in DONE_AGAIN), trouble
        assert torn() == {}, trouble
        world.put_back()

    later = OF_LONG if name in LONG else ALL if name in THOROUGH else OF_OTHERS
    for trouble in every(onlooker.passed, when) if when else telling(onlooker.passed, later=later):
        with contextlib.suppress(OperationalError), trouble.planted():
            do()
        if name in LONG and not trouble.met:
            world.put_back()  # by the clock they tell of their progress, and this time they did so less often
            continue
        assert trouble.met
        if trouble.kept:
            assert torn() == {}, trouble
        if trouble.kept or when:
            done_after(trouble)
    if not (trouble.kept or when):
        done_after(trouble)  # of the last of them
