"""Acts of jobs that do what is large: opening, batches, overlap, grading, exclusions, signals, whole studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotations.accounts.models import User
from annotations.catalogue.autograding import services as autograding
from annotations.catalogue.autograding.models import GradingRun
from annotations.core.jobs.outbox import want_job
from annotations.releases.importing import bundles
from annotations.releases.importing import services as importing
from annotations.research.watching import deciding
from annotations.research.watching.looking import want_signals
from annotations.responses.register import APPLY
from annotations.studies import adding, extending, handrounds, opening
from annotations.studies.models import Batch
from tests.faults.acts import Act, Asking, act
from tests.faults.acts_of_editors import answers, deciding_on, marked
from tests.faults.acts_of_managers import at_desk, run_the_only_job
from tests.faults.acts_of_researchers import answered, lose_loads, research
from tests.participation.kit import Walker, make_study
from tests.research.importing.test_bundles import packed


def wanted_by(ask: Act, *, limit: tuple[Any, str]) -> Act:
    """The job that is wanted where more is asked for than is done at once."""
    module, name = limit
    with mock.patch.object(module, name, 0):
        ask()
    return run_the_only_job()


@act
def opening_by_a_job(folder: Path) -> Act:
    study = make_study(folder, open_now=False)
    return wanted_by(lambda: opening.begin_opening(study=study, actor="test"), limit=(opening, "AT_ONCE"))


BATCH = {"name": "second", "participants": 3, "units_per_participant": 2, "overlap": 1}


@act
def preparing_a_batch_by_a_job(folder: Path) -> Act:
    study = make_study(folder)
    return wanted_by(
        lambda: adding.add_batch(study=study, given=BATCH, actor="test"), limit=(adding, "AT_ONCE")
    )


@act
def making_room_by_a_job(folder: Path) -> Act:
    make_study(folder)
    extend = {"batch": Batch.objects.get(), "wanted": {"overlap": 9}, "actor": "test"}
    return wanted_by(lambda: extending.extend_batch(**extend), limit=(extending, "AT_ONCE"))


@act
def drawing_a_round_by_a_job(folder: Path) -> Act:
    study = make_study(folder, protocol="supervision")
    asked = {"standing": "all", "sample": None, "seed": 1}
    want = {"study": study, "purpose": "grading", "asked": asked, "actor": "test"}
    return wanted_by(lambda: handrounds.want_round(**want), limit=(handrounds, "SMALL"))


@act
def marking_by_a_job(folder: Path) -> Act:
    asking = research(
        folder, "grading-mark", bundle={"protocol": "supervision"}, grader="exact", standing="all"
    )
    return wanted_by(asking, limit=(autograding, "SMALL"))


@act
def recording_marks_by_a_job(folder: Path) -> Act:
    asking = marked(folder, "grading-record")
    assert GradingRun.objects.get().state == GradingRun.MARKED
    return wanted_by(asking, limit=(autograding, "SMALL"))


@act
def leaving_answers_out_by_a_job(folder: Path) -> Act:
    asking = deciding_on(folder, "decide-answers", answers, act="exclude")
    with mock.patch.dict(deciding.AT_ONCE, answers=0):
        asking()
    return run_the_only_job()


@act
def applying_declared_exclusions(folder: Path) -> Act:
    rules = [{"name": "warm_up", "parameters": {}}]
    study = make_study(folder, protocol="supervision", settings={"exclusions": rules})
    Walker(study, "ann").walk()
    want_job(kind=APPLY, subject="sums", params={"study": study.pk}, wanted_by="test")
    return run_the_only_job()


@act
def computing_signals(folder: Path) -> Act:
    want_signals(answered(folder), [1, 1])
    return run_the_only_job()


@act
def loading_a_file_by_a_job(folder: Path) -> Act:
    desk = at_desk(folder).check()
    with mock.patch.object(importing, "SMALL", 10):
        desk.load()
    load = run_the_only_job()

    def lost() -> None:
        load()
        lose_loads()

    return lost


def sending_a_zip(folder: Path) -> Asking:
    client = Client()
    client.force_login(User.objects.create_user("alice@example.org", "correct horse"))

    class Sending(Asking):
        """A file can be read once."""

        def __call__(self) -> None:
            self.data = {"file": SimpleUploadedFile("sums.zip", packed())}
            super().__call__()

    return Sending(client, "post", reverse("research:bundle"), status=302, afterwards=lose_loads)


@act
def sending_a_bundle_in(folder: Path) -> Act:
    return sending_a_zip(folder)


@act
def loading_a_bundle_by_a_job(folder: Path) -> Act:
    with mock.patch.object(bundles, "SMALL", 10):
        sending_a_zip(folder)()
    load = run_the_only_job()

    def lost() -> None:
        load()
        lose_loads()

    return lost
