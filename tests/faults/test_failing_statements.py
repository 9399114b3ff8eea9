"""Every act with its n-th statement failing, for all n: nothing torn, and the same act then succeeds.

A statement fails before it is done, or is done and its reply is lost; a commit likewise. Whoever asks over
a page is told to come back, and sends the same again. What stands in the database afterwards is what
stands there after an act that nothing disturbed.
"""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from annotations.accounts.models import User
from annotations.allocation.models import Assignment
from annotations.allocation.services import sweep_leases
from annotations.analysis.pipeline import want_analysis
from annotations.core import clock
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.people.identities import erase_identity
from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Participant
from annotations.releases.loading import load_bundle, sweep_loads
from annotations.releases.services import want_release
from annotations.responses.erasure import erase_participant
from annotations.responses.messages import write_message
from annotations.responses.retention import carry_out_retention
from annotations.studies.models import Batch, Member, RetentionDate, Study
from annotations.studies.services import amend_study, close_study, open_study, pause_study
from tests.faults.failing import AFTER, BEFORE, Trouble, World, differences, look
from tests.load.checker import imbalances
from tests.load.stored import read_stored
from tests.participation.kit import JUDGED, RATED, Visitor, Walker, make_study, write_bundle, write_table
from tests.participation.providers.kit import SECRET, Sent, prolific_query, tell, told

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[], object]
ACTS: dict[str, Callable[[Path], Act]] = {}
# Of a job that was disturbed, how often it was tried; of what was tried again, that it was.
COUNTED = {f"annotations.Job.{name}" for name in ("attempts", "progress", "message", "error")}
KEYS = {"annotations.StudyVersion.loads"}
MOST = 400
# Asked for again, they are another wish, or say in the audit log what was left for this turn.
DONE_AGAIN = {"inviting_over_the_page", "wanting_an_analysis", "deleting_on_the_day"}


def act(prepare: Callable[[Path], Act]) -> Callable[[Path], Act]:
    """Registers what prepares a world and gives the act to be disturbed in it."""
    ACTS[prepare.__name__] = prepare
    return prepare


@dataclass
class Asking:
    """A request of somebody whose browser is put back, too, before each time."""

    client: Client
    method: str
    address: str
    data: dict[str, Any] | None = None
    status: int = 303
    follow: bool = False

    def __post_init__(self) -> None:
        self.client.raise_request_exception = False
        self.cookies = copy.deepcopy(self.client.cookies)

    def __call__(self) -> None:
        self.client.cookies = copy.deepcopy(self.cookies)
        answer = getattr(self.client, self.method)(self.address, self.data, follow=self.follow)
        if answer.status_code == 503:
            assert int(answer["Retry-After"]) > 0
            raise OperationalError("told to come back")
        assert answer.status_code == self.status, (answer.status_code, answer.content[:2000])
        list(get_messages(answer.wsgi_request))


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


def research(folder: Path, name: str, *arguments: Any, opened: bool = True, **data: Any) -> Asking:
    study = make_study(folder, open_now=opened)
    user = User.objects.create_user("alice@example.org", "correct horse")
    Member.objects.create(study=study, user=user, role=Member.OWNER)
    client = Client()
    client.force_login(user)
    address = reverse(f"research:{name}", args=[study.slug, *arguments])
    return Asking(client, "post", address, data, status=302)


@act
def opening_over_the_page(folder: Path) -> Act:
    return research(folder, "open", opened=False)


@act
def closing_over_the_page(folder: Path) -> Act:
    return research(folder, "close")


@act
def inviting_over_the_page(folder: Path) -> Act:
    asking = research(folder, "invite", count="3")
    asking.status = 200
    Study.objects.update(
        definition={**Study.objects.get().definition, "recruitment": {"provider": "invitation"}}
    )
    return asking


@act
def reading_messages_over_the_page(folder: Path) -> Act:
    asking = research(folder, "read-messages")
    write_message(study=Study.objects.get(), participant=None, submission_key="k" * 24, text="Hello")
    return asking


@act
def forgetting_an_identity(folder: Path) -> Act:
    make_study(folder, settings={"recruitment": {"provider": "prolific"}})
    Sent(prolific_query()).begin()
    participant = Participant.objects.get()
    return lambda: erase_identity(participant=participant, actor="test")


@act
def deleting_on_the_day(folder: Path) -> Act:
    day = (clock.now() + timedelta(days=30)).date().isoformat()
    study = make_study(folder, settings={"retention": {"answers_until": day}})
    Walker(study, "ann").walk()
    RetentionDate.objects.update(due=clock.now() - timedelta(days=1))
    return carry_out_retention


@act
def opening(folder: Path) -> Act:
    study = make_study(folder, open_now=False)
    return lambda: once(study, Study.OPEN, open_study)


@act
def pausing(folder: Path) -> Act:
    study = make_study(folder)
    return lambda: once(study, Study.PAUSED, pause_study)


@act
def closing(folder: Path) -> Act:
    study = make_study(folder)
    return lambda: once(study, Study.CLOSED, close_study)


@act
def amending(folder: Path) -> Act:
    study = make_study(folder)

    def amend() -> None:
        fresh = Study.objects.get(pk=study.pk)
        if fresh.title != "Products":
            amend_study(study=fresh, definition={**fresh.definition, "title": "Products"}, actor="test")

    return amend


@act
def loading(folder: Path) -> Act:
    bundle = write_bundle(folder / "sums", protocol="supervision", checks=2)

    def load() -> None:
        load_bundle(folder=bundle, actor="test", open_now=True)
        lose_loads()

    return load


@act
def loading_answers(folder: Path) -> Act:
    bundle = write_bundle(folder / "sums", protocol="supervision")
    rows = [
        {"participant_id": f"p{n % 3}", "output_id": f"i{n}-0", "verdict": "correct", "confidence": "50"}
        for n in range(1, 7)
    ]
    write_table(bundle, "responses", rows)

    def load() -> None:
        load_bundle(folder=bundle, actor="test")
        lose_loads()

    return load


@act
def making_a_user(folder: Path) -> Act:
    def make() -> None:
        if not User.objects.exists():
            password = mock.patch("sys.stdin", io.StringIO("correct horse battery"))
            with password, told_by_a_command():
                call_command("create_user", "eve@example.org", role="researcher", password_stdin=True)

    return make


@act
def wanting_an_analysis(folder: Path) -> Act:
    study = answered(folder)
    return lambda: want_analysis(study=study, wanted_by="test", resamples=20)


@act
def analysing(folder: Path) -> Act:
    job = want_analysis(study=answered(folder), wanted_by="test", resamples=20)
    return lambda: drive_to_the_end(job)


@act
def releasing(folder: Path) -> Act:
    study = answered(folder)
    drive(want_analysis(study=study, wanted_by="test", resamples=20))
    job = want_release(study=Study.objects.get(pk=study.pk), wanted_by="test")
    return lambda: drive_to_the_end(job)


@contextlib.contextmanager
def told_by_a_command() -> Iterator[None]:
    """A command ends with one sentence and exit code 1."""
    try:
        yield
    except SystemExit as end:
        if end.code == 1:
            raise OperationalError("told so") from end
        raise


def answered(folder: Path) -> Study:
    study = make_study(folder, protocol="supervision")
    for number in range(2):
        Walker(study, f"p{number}").walk()
    return study


def torn() -> dict[str, Any]:
    """What does not fit together, of what somebody reads: nobody draws from a batch in preparation."""
    faults = imbalances(read_stored())
    unread = set(Batch.objects.filter(state=Batch.PREPARING).values_list("pk", flat=True))
    faults["level_counters"] = [one for one in faults.get("level_counters", ()) if one[0][0] not in unread]
    return {name: found for name, found in faults.items() if found}


def once(study: Study, state: str, move: Callable[..., Study]) -> None:
    """As somebody moves it who has looked what has come of it."""
    fresh = Study.objects.get(pk=study.pk)
    if fresh.state != state:
        move(study=fresh, actor="test")


def lapse() -> None:
    Assignment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    Enrolment.objects.update(expires_at=clock.now() - timedelta(hours=1))
    sweep_leases()


def lose_loads() -> None:
    """As if their process had died: a sweeper may take back what it had begun."""
    from annotations.catalogue.models import Load

    Load.objects.filter(published_at=None).update(beat_at=clock.now() - timedelta(days=1))
    sweep_loads()


def drive_to_the_end(job: Job) -> None:
    """Whoever had claimed a part is dead."""
    long_ago = clock.now() - timedelta(days=1)
    Job.objects.filter(state=Job.RUNNING).update(beat_at=long_ago)
    done = drive(job)
    assert done.state == Job.DONE, done.error


@pytest.fixture(autouse=True)
def quiet(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.PROLIFIC_WEBHOOK_SECRETS = [SECRET]


# Jobs compute between their statements: each of those has its turn in the full size only.
SIZES = [
    pytest.param({"analysing": 61, "releasing": 31}, id="small"),
    pytest.param({}, id="full", marks=pytest.mark.proof),
]


@pytest.mark.parametrize("strides", SIZES)
@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("name", ACTS)
def test_act_survives_each_failing_statement(tmp_path, monkeypatch, name, when, strides):
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
    for number in range(1, MOST, strides.get(name, 1)):
        world.put_back()
        trouble = Trouble(number, when)
        try:
            with trouble.planted():
                do()
        except OperationalError:
            assert trouble.met
        if not trouble.met:
            break
        assert torn() == {}, number
        do()
        wrong = {column: what for column, what in differences(done, look()).items() if column not in random}
        assert wrong == {} or name in DONE_AGAIN, number
        assert torn() == {}, number
    assert not trouble.met
    assert number > 2
