"""Acts of participants beside their way: keeping what is theirs, writing again, coming another time, going for good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.db import OperationalError

from annotations.allocation.models import Assignment
from annotations.core import clock
from annotations.people.enrolling import withdrawal_code
from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Participant
from annotations.releases.models import Release
from tests.faults.acts import Act, Asking, act
from tests.faults.acts_of_people import at_unit, looking, sending
from tests.participation.kit import JUDGED, RATED, Visitor, make_study
from tests.participation.providers.kit import Sent, prolific_query, tell, told


@act
def keeping_the_place(folder: Path) -> Act:
    return keeping(at_unit(folder))


@act
def keeping_the_place_on_a_step(folder: Path) -> Act:
    make_study(folder)
    person = Visitor()
    person.join()
    return keeping(person)


@act
def looking_again_after_a_while(folder: Path) -> Act:
    person = at_unit(folder)
    used_up(share=0.5)
    return looking(person)


@act
def sending_an_old_step(folder: Path) -> Act:
    """From another tab, in which the instructions are still open; the answer brings the first unit."""
    make_study(folder)
    person = Visitor()
    person.join()
    old = sending(person)
    person.send(follow=False)
    return old


@act
def being_handed_what_lapsed(folder: Path) -> Act:
    """The only unit is out to somebody whose lease is over, and who has their place yet."""
    make_study(folder, items=1, overlap=1, units_per_participant=1)
    first, second = Visitor(), Visitor()
    second.join()
    second.send(follow=False)
    first.begin()
    assert first.page.step == "units"
    Assignment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    return looking(second)


@act
def coming_where_a_place_lapsed(folder: Path) -> Act:
    at_unit(folder, participants=1)
    used_up(share=2)
    person = Visitor()
    return Asking(person.client, "get", "/join/sums/", status=200)


@act
def failing_an_attempt(folder: Path) -> Act:
    asked = {
        "name": "q",
        "text": {"en": "Which?"},
        "options": [{"value": "x"}, {"value": "y"}],
        "right": ["x"],
    }
    steps = [{"kind": kind} for kind in ("consent", "units", "exit")]
    steps.insert(1, {"kind": "comprehension", "attempts": 3, "questions": [asked]})
    make_study(folder, settings={"steps": steps})
    person = Visitor()
    person.join()
    return sending(person, q="y")


@act
def choosing_a_language(folder: Path) -> Act:
    person = at_unit(folder, settings={"locales": ["en", "es"]})
    data = person.outer_form("language").filled(language="es")
    return Asking(person.client, "post", f"{person.take_address}language/", data)


@act
def coming_with_another_submission(folder: Path) -> Act:
    make_study(folder, settings={"recruitment": {"provider": "prolific"}})
    person = Sent(prolific_query())
    person.begin()
    person.query = prolific_query(submission=2)
    return Asking(person.client, "get", person.whole_address)


@act
def being_returned_after_leaving(folder: Path) -> Act:
    make_study(folder, settings={"recruitment": {"provider": "prolific"}})
    person = Sent(prolific_query())
    person.begin()
    person.leave()

    def message() -> None:
        if tell(told("RETURNED")) == 503:
            raise OperationalError("told to come back")

    return message


@act
def withdrawing_over_the_page(folder: Path) -> Act:
    """By an invited person who is in a release. Whose reply was lost is told that nobody is there any more."""
    study = make_study(folder, settings={"recruitment": {"provider": "invitation"}})
    (token,) = make_invitations(study=study, count=1, actor="test")
    person = Sent({"invitation": token})
    person.begin()
    person.answer_unit(**RATED)
    participant = Participant.objects.get()
    release = Release.objects.create(study=study, number=1, fingerprint="f", folder="sums/1")
    release.people.create(participant=participant)
    data = {"code": withdrawal_code(participant), "sure": "1"}
    data["csrfmiddlewaretoken"] = person.get("/take/withdraw/").form.filled()["csrfmiddlewaretoken"]
    return Asking(person.client, "post", "/take/withdraw/", data, status=200, when_done=404)


@act
def answering_before_the_first_is_known(folder: Path) -> Act:
    """Both parts at once, from a tab that does not know of the first."""
    person = at_unit(folder, settings={"asking": {"own_answer": True}})
    person.send(follow=False, **RATED)
    person.get()
    return sending(person, **{**RATED, **JUDGED})


def keeping(person: Visitor) -> Asking:
    used_up(share=0.5)
    data = person.outer_form("leave").filled()
    return Asking(person.client, "post", f"{person.take_address}keep/", data, status=204)


def used_up(*, share: float) -> None:
    """So much of every lease has passed."""
    for one in Enrolment.objects.select_related("batch"):
        left = clock.now() + (1 - share) * one.lease
        Enrolment.objects.filter(pk=one.pk).update(expires_at=left)
        Assignment.objects.filter(enrolment=one).update(expires_at=left)
