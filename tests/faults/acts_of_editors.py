"""Acts of editors: on batches, on grades, and about people, their answers and what the schedule has seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from annotations.accounts.models import User
from annotations.catalogue.autograding.models import KEPT, GradingRun
from annotations.catalogue.autograding.services import sweep_runs, want_marks
from annotations.catalogue.handgrading.giving import give_grade
from annotations.catalogue.handgrading.models import LEASE, HandPlace, HandRound
from annotations.catalogue.handgrading.places import new_place, sweep_rounds
from annotations.core import clock
from annotations.people.models import Participant
from annotations.responses.models import Response
from annotations.studies.batches import close_due_batches
from annotations.studies.freezing import loads_of
from annotations.studies.handrounds import want_round
from annotations.studies.models import Batch, Study
from annotations.studies.watches import raise_alert
from tests.faults.acts import Act, Asking, act
from tests.faults.acts_of_people import sending
from tests.faults.acts_of_researchers import research
from tests.participation.kit import Visitor, Walker, make_study

JUDGED = {"protocol": "supervision"}
WHY = {"reason": "Too fast by far."}


@act
def pausing_a_batch(folder: Path) -> Act:
    return research(folder, "pause-batch", "batch-0")


@act
def resuming_a_batch(folder: Path) -> Act:
    asking = research(folder, "resume-batch", "batch-0")
    Batch.objects.update(state=Batch.PAUSED, held=True)
    return asking


@act
def closing_a_batch(folder: Path) -> Act:
    return research(folder, "close-batch", "batch-0")


@act
def extending_a_batch(folder: Path) -> Act:
    return research(folder, "extend-batch", "batch-0", participants="60", overlap="9", closes_at="")


@act
def adding_a_batch(folder: Path) -> Act:
    settings = {"participants": "3", "units_per_participant": "2", "overlap": "1", "strategy": "least_filled"}
    asking = research(folder, "add-batch", lease_minutes="30", do="add", **settings)
    asking.data = {**(asking.data or {}), "name": "second"}
    asking.when_done = 422  # it has a batch of that name
    return asking


@act
def beginning_a_round(folder: Path) -> Act:
    return research(folder, "grading-begin", bundle=JUDGED, purpose="grading", standing="all", seed="1")


def in_a_round(folder: Path, name: str) -> Asking:
    asking = research(folder, name, *([1] if name == "grading-close" else []), bundle=JUDGED)
    asked = {"standing": "all", "sample": None, "seed": 1}
    want_round(study=Study.objects.get(), purpose="grading", asked=asked, actor="test")
    asking.address = asking.address.replace("/1/", f"/{HandRound.objects.get().pk}/")
    return asking


@act
def giving_the_first_grade(folder: Path) -> Act:
    asking = in_a_round(folder, "grading-give")
    asking.data = {"key": str(placed(User.objects.get()).key), "grade": "incorrect"}
    return asking


@act
def giving_the_second_grade(folder: Path) -> Act:
    """The same as the first, which settles it and is recorded."""
    asking = in_a_round(folder, "grading-give")
    eve = User.objects.create_user("eve@example.org", "correct horse")
    first = placed(eve)
    give_grade(subject="sums", key=first.key, user=eve, grade="avoidant")
    second = placed(User.objects.exclude(pk=eve.pk).get())
    assert second.task_id == first.task_id
    asking.data = {"key": str(second.key), "grade": "avoidant"}
    return asking


@act
def taking_places_of_graders_back(folder: Path) -> Act:
    in_a_round(folder, "grading-give")
    placed(User.objects.get())
    HandPlace.objects.update(expires_at=clock.now() - LEASE)
    return sweep_rounds


def placed(user: User) -> HandPlace:
    study = Study.objects.get()
    place = new_place(collection=study.collection_id, subject=study.slug, user=user, may_break_own=False)
    assert place is not None
    return place


@act
def closing_a_round(folder: Path) -> Act:
    return in_a_round(folder, "grading-close")


@act
def marking_outputs(folder: Path) -> Act:
    return research(folder, "grading-mark", bundle=JUDGED, grader="exact", standing="all")


def marked(folder: Path, name: str) -> Asking:
    asking = research(folder, name, 1, bundle=JUDGED)
    study = Study.objects.get()
    chosen = {"standing": "all", "loads": loads_of(study)}
    want_marks(
        collection=study.collection,
        subject=study.slug,
        grader="exact",
        options={},
        chosen=chosen,
        actor="test",
    )
    asking.address = asking.address.replace("/1/", f"/{GradingRun.objects.get().pk}/")
    return asking


@act
def recording_marks(folder: Path) -> Act:
    return marked(folder, "grading-record")


@act
def dropping_marks(folder: Path) -> Act:
    """What a process that died has left of it the sweeper takes away."""
    asking = marked(folder, "grading-drop")
    asking.when_done = 404

    def sweep() -> None:
        GradingRun.objects.update(created_at=clock.now() - 2 * KEPT)
        sweep_runs()

    asking.afterwards = sweep
    return asking


def deciding_on(
    folder: Path, name: str, pks: Callable[[], list[int]], *arguments: Any, **data: Any
) -> Asking:
    asking = research(folder, name, *arguments, bundle=JUDGED | {"units_per_participant": 2}, **WHY, **data)
    Walker(Study.objects.get(), "ann").walk()
    assert asking.data is not None
    asking.data["pk"] = pks()
    asking.address = asking.address.replace("/1/", f"/{Participant.objects.get().pk}/")
    return asking


def people() -> list[int]:
    return list(Participant.objects.values_list("pk", flat=True))


def answers() -> list[int]:
    return list(Response.objects.values_list("pk", flat=True))


@act
def leaving_people_out(folder: Path) -> Act:
    return deciding_on(folder, "decide-people", people, act="exclude")


@act
def taking_people_in_again(folder: Path) -> Act:
    asking = deciding_on(folder, "decide-people", people, act="exclude")
    asking()
    assert asking.data is not None
    asking.data["act"] = "readmit"
    return asking


@act
def leaving_a_person_out(folder: Path) -> Act:
    return deciding_on(folder, "decide-person", people, 1, act="exclude")


@act
def leaving_answers_out(folder: Path) -> Act:
    return deciding_on(folder, "decide-answers", answers, act="exclude")


@act
def taking_answers_in_again(folder: Path) -> Act:
    asking = leaving_answers_out(folder)
    assert isinstance(asking, Asking)
    assert asking.data is not None
    asking()
    asking.data["act"] = "readmit"
    return asking


@act
def closing_batches_whose_moment_came(folder: Path) -> Act:
    make_study(folder)
    Batch.objects.update(closes_at=clock.now() - LEASE)
    return close_due_batches


@act
def dismissing_an_alert(folder: Path) -> Act:
    asking = research(folder, "dismiss-alert", 1)
    alert = raise_alert(study=Study.objects.get(), kind="pace", words="Nobody comes.")
    assert alert is not None
    asking.address = asking.address.replace("/1/", f"/{alert.pk}/")
    return asking


@act
def choosing_mails(folder: Path) -> Act:
    return research(folder, "alert-mail", by_mail="1")


@act
def declining(folder: Path) -> Act:
    make_study(folder)
    person = Visitor()
    person.get("/join/sums/")
    asking = sending(person, address="/join/sums/decline/")
    asking.status = 200
    return asking
