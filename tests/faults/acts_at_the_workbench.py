"""More acts of researchers: over the workbench's pages, at the log-in, and with bundles that bring much along."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import Client

from annotations.accounts.models import User
from annotations.analysis.pipeline import want_analysis
from annotations.analysis.tables import CALIBRATION_COLUMNS, DIFFICULTY_COLUMNS
from annotations.calibration.axis import axis_hash
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.releases.loading import load_bundle
from annotations.releases.reading import TEXTS
from annotations.studies import axis
from annotations.studies.axis import Borrowed
from annotations.studies.models import Study
from annotations.studies.services import amend_study, open_study
from tests.faults.acts import Act, Asking, act
from tests.faults.acts_of_researchers import lose_loads, once, research
from tests.participation.kit import RATED, Walker, make_study, write_bundle, write_table
from tests.participation.providers.kit import Sent, prolific_query
from tests.releases.case import release

BORROWS = {"analysis": {"difficulty_from": "other"}}
CREDENTIALS = {"username": "alice@example.org", "password": "correct horse"}


@act
def pausing_over_the_page(folder: Path) -> Act:
    return research(folder, "pause")


@act
def analysing_over_the_page(folder: Path) -> Act:
    asking = research(folder, "analyse", bundle={"protocol": "supervision"})
    Walker(Study.objects.get(), "ann").walk()
    return asking


@act
def releasing_over_the_page(folder: Path) -> Act:
    asking = research(folder, "make-release", bundle={"protocol": "supervision"})
    for number in range(2):
        Walker(Study.objects.get(), f"p{number}").walk()
    drive(want_analysis(study=Study.objects.get(), wanted_by="test", resamples=20))
    return asking


@act
def cancelling_over_the_page(folder: Path) -> Act:
    asking = research(folder, "close")
    job = Job.objects.create(kind="analysis", subject="sums", key="k")
    asking.address = f"/research/studies/sums/jobs/{job.pk}/cancel/"
    return asking


@act
def forgetting_over_the_page(folder: Path) -> Act:
    asking = recruiting(folder, "forget")
    assert asking.data is not None
    asking.data["participant"] = Participant.objects.get().key
    return asking


@act
def opening_identities_over_the_page(folder: Path) -> Act:
    asking = recruiting(folder, "recruits", "approve")
    asking.status = 200
    return asking


@act
def downloading_answers_to_steps(folder: Path) -> Act:
    asking = research(folder, "step-answers")
    asking.method, asking.status = "get", 200
    return asking


@act
def logging_in(folder: Path) -> Act:
    User.objects.create_user("alice@example.org", "correct horse")
    return Asking(Client(), "post", "/accounts/login/", CREDENTIALS, status=302)


@act
def failing_to_log_in(folder: Path) -> Act:
    return Asking(Client(), "post", "/accounts/login/", CREDENTIALS, status=200)


@act
def logging_out(folder: Path) -> Act:
    asking = research(folder, "close")
    asking.address = "/accounts/logout/"
    return asking


@act
def opening_on_a_borrowed_axis(folder: Path) -> Act:
    study = make_study(folder, open_now=False, settings=BORROWS)
    return lambda: open_borrowing(study)


@act
def loading_answers_of_an_open_study(folder: Path) -> Act:
    bundle = write_bundle(folder / "sums", protocol="supervision")
    rows = [
        {"participant_id": f"p{n % 3}", "output_id": f"i{n}-0", "verdict": "correct", "batch": "batch-0"}
        for n in range(1, 7)
    ]
    write_table(bundle, "responses", rows)

    def load() -> None:
        load_bundle(folder=bundle, actor="test", open_now=True)
        lose_loads()

    return load


@act
def loading_a_release(folder: Path) -> Act:
    """Of two versions of a study whose axis was borrowed."""
    open_borrowing(make_study(folder, protocol="supervision", open_now=False, settings=BORROWS))
    Walker(Study.objects.get(), "ann").walk()
    study = Study.objects.get()
    amend_study(study=study, definition={**study.definition, "title": "Products"}, actor="test")
    Walker(Study.objects.get(), "ben").walk()
    drive(want_analysis(study=Study.objects.get(), wanted_by="test", resamples=20))
    settings.VAR.mkdir(exist_ok=True)
    release("sums", folder / "released")

    def load() -> None:
        load_bundle(folder=folder / "released", slug="copy", actor="test")
        lose_loads()

    return load


def open_borrowing(study: Study) -> None:
    calibration = [row_of(CALIBRATION_COLUMNS, domain="sums", population="all")]
    difficulty = [
        row_of(DIFFICULTY_COLUMNS, item_id=f"i{n}", domain="sums", population="all", difficulty=10 * n)
        for n in range(1, 7)
    ]
    source = axis_hash(difficulty, calibration)
    lent = Borrowed(source_hash=source, difficulty=difficulty, calibration=calibration)
    with mock.patch.object(axis, "_lenders", [lambda study, source: lent]):
        once(study, Study.OPEN, open_study)


def row_of(columns: tuple[str, ...], **values: Any) -> dict[str, Any]:
    return {name: "" if name in TEXTS else None for name in columns} | values


def recruiting(folder: Path, name: str, *arguments: str) -> Asking:
    """A study of which one person is known by an identity."""
    bundle = {"settings": {"recruitment": {"provider": "prolific"}}, "units_per_participant": 1}
    asking = research(folder, name, *arguments, bundle=bundle)
    person = Sent(prolific_query())
    person.begin()
    person.answer_unit(**RATED)
    return asking
