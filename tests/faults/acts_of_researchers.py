"""Acts of researchers, over pages and by commands, and of their jobs."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from annotations.accounts.models import User
from annotations.analysis.pipeline import want_analysis
from annotations.core import clock
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.people.identities import erase_identity
from annotations.people.models import Participant
from annotations.releases.loading import load_bundle, sweep_loads
from annotations.releases.services import want_release
from annotations.responses.messages import write_message
from annotations.studies.models import Member, RetentionDate, Study
from annotations.studies.services import amend_study, close_study, open_study, pause_study
from tests.faults.acts import Act, Asking, act, carrying_out
from tests.participation.kit import Walker, make_study, write_bundle, write_table
from tests.participation.providers.kit import Sent, prolific_query
from tests.security.days import kept


def research(
    folder: Path, name: str, *arguments: Any, opened: bool = True, bundle: Any = None, **data: Any
) -> Asking:
    study = make_study(folder, open_now=opened, **(bundle or {}))
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
    return carrying_out(RetentionDate.ANSWERS)


@act
def opening(folder: Path) -> Act:
    study = make_study(folder, open_now=False, settings=kept())
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


def once(study: Study, state: str, move: Callable[..., Study]) -> None:
    """As somebody moves it who has looked what has come of it."""
    fresh = Study.objects.get(pk=study.pk)
    if fresh.state != state:
        move(study=fresh, actor="test")


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
