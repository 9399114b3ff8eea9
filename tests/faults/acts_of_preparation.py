"""Acts before people come and beside the studies: forgotten passwords, plans, amendments, previews, sweepers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from annotations.accounts import links
from annotations.accounts.forgotten import want_password_mail
from annotations.catalogue.importing import staging
from annotations.core import clock
from annotations.research.watching.looking import COUNTED_EVERY, watch_studies
from annotations.studies.adding import _begin, filled_settings, prepare_batch, sweep_preparing
from annotations.studies.definition import to_yaml
from annotations.studies.models import Batch, Study
from annotations.studies.watches import Watch, raise_alert
from tests.faults.acts import Act, Asking, act
from tests.faults.acts_of_jobs import BATCH
from tests.faults.acts_of_managers import at_desk, at_setup, bob, run_the_only_job
from tests.faults.acts_of_researchers import answered, research
from tests.participation.kit import Visitor, Walker, make_study

LONG_AGO = timedelta(days=60)


@act
def asking_for_a_forgotten_password(folder: Path) -> Act:
    bob()
    ask = Asking(Client(), "post", reverse("forgotten"), {"email": "bob@example.org"}, status=200)
    return with_mail(ask)


@act
def mailing_a_password_link(folder: Path) -> Act:
    bob()
    want_password_mail(email="bob@example.org", address="::1", base="http://testserver")
    return with_mail(run_the_only_job())


def with_mail(do: Act) -> Act:
    def act_with_mail() -> None:
        with override_settings(MAIL_ON=True):
            do()

    return act_with_mail


@act
def choosing_a_password(folder: Path) -> Act:
    """By a link, which is used up by it: whoever lost the reply is told so, and logs in."""
    client = Client()
    path = links.password_link(user=bob(), base="", actor="test")
    address = client.get(path)["Location"]
    new = "battery staple correct"
    data = {"new_password1": new, "new_password2": new}
    return Asking(client, "post", address, data, status=302, when_done=200)


@act
def recording_a_registration(folder: Path) -> Act:
    return research(
        folder, "setup-register", address="https://osf.io/abcde", registered_on="2026-01-02", opened=True
    )


@act
def making_an_amendment(folder: Path) -> Act:
    return amending_over_the_page(folder)


@act
def discarding_an_amendment_over_the_page(folder: Path) -> Act:
    return amending_over_the_page(folder, act="discard")


def amending_over_the_page(folder: Path, **data: str) -> Asking:
    asked = at_setup(folder, opened=True)
    asked()
    asked.address = reverse("research:setup-amend", args=["sums"])
    asked.data = {"revision": str(Study.objects.get().revision), **data}
    asked.when_done = 422  # there is no amendment any more
    return asked


@act
def putting_a_file_in_place_of_the_settings(folder: Path) -> Act:
    asked = research(folder, "setup-file", opened=False)
    study = Study.objects.get()
    content = to_yaml({**study.definition, "title": "Products"})
    asked.data = {"content": content, "confirmed": "1", "revision": str(study.revision)}
    asked.when_done = 422  # it was changed meanwhile: by themselves
    return asked


@act
def walking_to_the_end_of_the_preview(folder: Path) -> Act:
    asked = research(folder, "close", opened=False)
    walker = Visitor(client=asked.client)
    walker.get("/take/sums/preview/")
    while True:
        last = walker.page.form.filled(next="1", **answers_of(walker))
        before = walker.client.cookies.copy()
        walker.post(walker.address, last)
        if walker.page.step == "exit":
            break
    asked.client.cookies = before
    return Asking(asked.client, "post", "/take/sums/preview/", last, follow=True, status=200)


def answers_of(walker: Visitor) -> dict[str, str]:
    given = {"consent": {"consent": "1"}, "units": {"answer": "4", "difficulty": "10", "confidence": "50"}}
    return given.get(walker.page.step, {})


def watching(folder: Path, state: str) -> Act:
    """For the first time since all places were taken: there are answers to compute signals of."""
    study = answered(folder)
    Walker(study, "last").walk()
    Study.objects.update(state=state)

    def watch() -> None:
        Watch.objects.update(looked_at=clock.now() - COUNTED_EVERY)
        watch_studies()

    return watch


@act
def watching_a_study(folder: Path) -> Act:
    return watching(folder, Study.OPEN)


@act
def watching_a_closed_study(folder: Path) -> Act:
    """It is looked at no more once that has been done; what an alert told before is over."""
    watch = watching(folder, Study.CLOSED)
    raise_alert(study=Study.objects.get(), kind="study full", words="All places are taken.")
    return watch


@act
def sweeping_a_batch_that_nobody_prepares(folder: Path) -> Act:
    study = make_study(folder)
    with transaction.atomic():
        batch = _begin(study, filled_settings(BATCH), "test")
    prepare_batch(batch)
    Batch.objects.filter(state=Batch.PREPARING).update(created_at=clock.now() - LONG_AGO)
    return sweep_preparing


@act
def sweeping_files_that_nobody_came_back_to(folder: Path) -> Act:
    desk = at_desk(folder)
    type(desk.upload).objects.update(touched_at=clock.now() - LONG_AGO)
    return staging.sweep_uploads
