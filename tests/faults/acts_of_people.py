"""Acts of participants, of their providers, and of time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import OperationalError

from annotations.allocation.models import Assignment
from annotations.allocation.services import sweep_leases
from annotations.core import clock
from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Participant
from annotations.responses.erasure import erase_participant
from tests.faults.acts import Act, Asking, act
from tests.participation.kit import JUDGED, RATED, Visitor, make_study
from tests.participation.providers.kit import Sent, prolific_query, tell, told


def sending(person: Visitor, *, address: str = "", **values: object) -> Asking:
    """The form that lies before them."""
    where = address or person.page.form.action or person.address
    return Asking(person.client, "post", where, person.page.form.filled(next="1", **values))


def looking(person: Visitor) -> Asking:
    return Asking(person.client, "get", person.take_address, status=200)


def at_unit(folder: Path, **study: Any) -> Visitor:
    make_study(folder, **{"protocol": "supervision", "units_per_participant": 2, **study})
    person = Visitor()
    person.begin()
    assert person.page.step == "units"
    return person


@act
def joining(folder: Path) -> Act:
    make_study(folder)
    person = Visitor()
    person.get("/join/sums/")
    return sending(person, consent="1")


@act
def joining_from_prolific(folder: Path) -> Act:
    make_study(folder, settings={"recruitment": {"provider": "prolific"}})
    person = Sent(prolific_query())
    person.arrive()
    return Asking(person.client, "post", person.whole_address, person.page.form.filled(consent="1"))


@act
def joining_by_invitation(folder: Path) -> Act:
    study = make_study(folder, settings={"recruitment": {"provider": "invitation"}})
    (token,) = make_invitations(study=study, count=1, actor="test")
    person = Sent({"invitation": token})
    person.arrive()
    return Asking(person.client, "post", person.whole_address, person.page.form.filled(consent="1"))


@act
def passing_a_step(folder: Path) -> Act:
    steps = [{"kind": kind} for kind in ("consent", "instructions", "units")]
    steps.insert(1, {"kind": "questionnaire", "name": "trust", "preset": "trust"})
    make_study(folder, settings={"steps": [*steps, {"kind": "exit"}]})
    person = Visitor()
    person.join()
    return sending(person, trust_correct="70", trust_rely="20", trust_notice="50")


@act
def failing_the_last_attempt(folder: Path) -> Act:
    asked = {
        "name": "q",
        "text": {"en": "Which?"},
        "options": [{"value": "x"}, {"value": "y"}],
        "right": ["x"],
    }
    steps = [{"kind": kind} for kind in ("consent", "units", "exit")]
    steps.insert(1, {"kind": "comprehension", "attempts": 1, "questions": [asked]})
    make_study(folder, settings={"steps": steps})
    person = Visitor()
    person.join()
    return sending(person, q="y")


@act
def being_handed_a_unit(folder: Path) -> Act:
    make_study(folder, checks=2, settings={"checks": {"share": 0.3}})
    person = Visitor()
    person.join()
    person.send(follow=False)
    return looking(person)


@act
def answering(folder: Path) -> Act:
    return sending(at_unit(folder), **JUDGED)


@act
def answering_the_first_part(folder: Path) -> Act:
    person = at_unit(folder, settings={"asking": {"own_answer": True}})
    return sending(person, **RATED)


@act
def answering_the_last_unit(folder: Path) -> Act:
    person = at_unit(folder, units_per_participant=1)
    person.send(follow=False, **JUDGED)
    return looking(person)


@act
def answering_late(folder: Path) -> Act:
    person = at_unit(folder)
    asking = sending(person, **JUDGED)
    lapse()
    return asking


@act
def correcting(folder: Path) -> Act:
    person = at_unit(folder, settings={"corrections": {"allowed": True}})
    form = person.page.form
    person.send(**JUDGED)
    data = form.filled(next="1", verdict="correct", confidence="10")
    return Asking(person.client, "post", f"{person.take_address}correct/", data)


@act
def skipping(folder: Path) -> Act:
    person = at_unit(folder, settings={"skipping": {"allowed": True}})
    return sending(person, skip="1")


@act
def leaving(folder: Path) -> Act:
    person = at_unit(folder)
    data = person.outer_form("leave").filled()
    return Asking(person.client, "post", f"{person.take_address}leave/", data, status=200)


@act
def coming_back(folder: Path) -> Act:
    person = at_unit(folder)
    person.leave()
    return Asking(person.client, "get", person.take_address, status=200, follow=True)


@act
def writing_to_the_researchers(folder: Path) -> Act:
    person = at_unit(folder)
    person.get("/take/sums/message/")
    data = person.page.form.filled(message="Hello", next="1")
    return Asking(person.client, "post", "/take/sums/message/", data, status=200)


@act
def withdrawing(folder: Path) -> Act:
    person = at_unit(folder)
    person.send(**JUDGED)
    participant = Participant.objects.get()

    def erase() -> None:
        # Who is told that nothing is left has what they asked for.
        for one in Participant.objects.filter(pk=participant.pk):
            erase_participant(participant=one, actor="test")

    return erase


@act
def lapsing(folder: Path) -> Act:
    at_unit(folder)
    Assignment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    Enrolment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    return sweep_leases


@act
def being_returned_by_the_provider(folder: Path) -> Act:
    make_study(folder, settings={"recruitment": {"provider": "prolific"}})
    Sent(prolific_query()).begin()

    def message() -> None:
        if tell(told("RETURNED")) == 503:
            raise OperationalError("told to come back")

    return message


def lapse() -> None:
    Assignment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    Enrolment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    sweep_leases()
