"""Acts of admins, owners and whoever prepares: accounts, members, drafts, files from elsewhere, interim data."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import Client
from django.urls import reverse

from annotations.accounts.models import User
from annotations.core import clock
from annotations.core.jobs.runner import run_job
from annotations.core.models import Job
from annotations.releases.importing import services
from annotations.releases.removing import remove_deleted_studies
from annotations.studies.drafts import discard_amendment
from annotations.studies.models import Member, Study
from tests.faults.acts import Act, Asking, act
from tests.faults.acts_of_researchers import answered, lose_loads, research
from tests.participation.kit import Walker
from tests.research.importing.conftest import Desk
from tests.research.importing.elsewhere import FLAT
from tests.research.setup.forms import Setup

PASSWORD = "correct horse"


def by_admin(name: str, *, of: str = "", **data: Any) -> Asking:
    ada = User.objects.create_superuser("ada@example.org", PASSWORD)
    # Another, so that each may lose what they have.
    User.objects.create_superuser("eve@example.org", PASSWORD)
    arguments = [User.objects.get(email=of).pk] if of else []
    return asking(ada, reverse(f"research:{name}", args=arguments), **data)


def asking(user: User, address: str, **data: Any) -> Asking:
    client = Client()
    client.force_login(user)
    return Asking(client, "post", address, data, status=302)


def bob(**fields: Any) -> User:
    return User.objects.create_user("bob@example.org", PASSWORD, **fields)


@act
def inviting_a_user(folder: Path) -> Act:
    invite = by_admin("invite-user", email="bob@example.org", role=User.RESEARCHER)
    invite.status, invite.when_done = 200, 302
    return invite


@act
def making_a_password_link(folder: Path) -> Act:
    bob()
    link = by_admin("password-link", of="bob@example.org")
    link.status = 200
    return link


@act
def changing_a_role(folder: Path) -> Act:
    bob()
    return by_admin("user-role", of="bob@example.org", role=User.ADMIN)


@act
def switching_a_user_off(folder: Path) -> Act:
    Client().force_login(bob())
    return by_admin("user-off", of="bob@example.org")


@act
def switching_a_user_on(folder: Path) -> Act:
    bob(is_active=False)
    return by_admin("user-on", of="bob@example.org")


@act
def changing_ones_account(folder: Path) -> Act:
    return asking(bob(), reverse("research:account"), name="Bob", time_zone="Europe/Madrid")


@act
def changing_ones_password(folder: Path) -> Act:
    new = "battery staple correct"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    change = asking(bob(), reverse("password_change"), **data)
    # Whose reply was lost has another password now, and is logged out elsewhere.
    change.when_done = 200
    return change


def managing(folder: Path, name: str, *, bobs: str = "", **data: Any) -> Asking:
    """By the owner of a closed study; with `bobs`, somebody else has that role in it."""
    asked = research(folder, "close", **data)
    study = Study.objects.get()
    Study.objects.update(state=Study.CLOSED)
    arguments: list[Any] = [study.slug]
    if bobs:
        member = Member.objects.create(study=study, user=bob(), role=bobs)
        arguments += [member.pk] if name.endswith("member") else []
        asked.data = {"member": member.pk, **data}
    asked.address = reverse(f"research:{name}", args=arguments)
    asked.when_done = 404
    return asked


@act
def adding_a_member(folder: Path) -> Act:
    bob()
    return managing(folder, "add-member", email="bob@example.org", role=Member.EDITOR)


@act
def changing_a_member(folder: Path) -> Act:
    return managing(folder, "change-member", bobs=Member.VIEWER, role=Member.EDITOR)


@act
def removing_a_member(folder: Path) -> Act:
    return managing(folder, "remove-member", bobs=Member.VIEWER)


@act
def leaving_a_study(folder: Path) -> Act:
    return managing(folder, "leave-study", bobs=Member.OWNER)


@act
def handing_a_study_over(folder: Path) -> Act:
    return managing(folder, "hand-over", bobs=Member.EDITOR)


@act
def archiving(folder: Path) -> Act:
    return managing(folder, "archive")


@act
def taking_out_of_the_archive(folder: Path) -> Act:
    asked = managing(folder, "unarchive")
    Study.objects.update(archived_at=clock.now())
    return asked


@act
def deleting_a_study(folder: Path) -> Act:
    return managing(folder, "delete", confirmation="sums")


@act
def having_a_study_back(folder: Path) -> Act:
    asked = managing(folder, "archive")
    Study.objects.update(deleted_at=clock.now())
    asked.address = reverse("research:restore", args=["sums"])
    return asked


@act
def removing_what_was_deleted(folder: Path) -> Act:
    answered(folder)
    Study.objects.update(state=Study.CLOSED, deleted_at=clock.now() - timedelta(days=60))
    return told_one_by_one(remove_deleted_studies)


@act
def beginning_a_study(folder: Path) -> Act:
    asked = asking(bob(), "/research/new/", title="Wrong sums", start="supervision")
    asked.when_done = 422  # there is one of that name: theirs
    return asked


def at_setup(folder: Path, *, opened: bool) -> Asking:
    asked = research(folder, "close", opened=opened)
    page = Setup(asked.client, Study.objects.get(), "basics")
    asked.address, asked.data = page.address, page.form.values | {"title": ["Products"]}
    # Whose reply was lost is shown what has changed since: their own change.
    asked.when_done = 409
    return asked


@act
def saving_a_draft(folder: Path) -> Act:
    return at_setup(folder, opened=False)


@act
def saving_an_amendment(folder: Path) -> Act:
    return at_setup(folder, opened=True)


@act
def dropping_an_amendment(folder: Path) -> Act:
    at_setup(folder, opened=True)()

    def drop() -> None:
        # Who is told that there is none has what they asked for.
        for study in Study.objects.filter(amendment__isnull=False):
            discard_amendment(study=study, actor="test")

    return drop


def at_desk(folder: Path) -> Desk:
    """A file was sent in to a draft; its rows are those of a flat table."""
    asked = research(folder, "close", opened=False)
    return Desk(asked.client, Study.objects.get()).send(FLAT)


def by_a_job() -> Any:
    """As a large file is checked and loaded."""
    return mock.patch.object(services, "SMALL", 10)


def at_file(desk: Desk, name: str, **data: Any) -> Asking:
    return Asking(desk.client, "post", desk.address(name), data, status=302, when_done=404)


@act
def sending_a_file_in(folder: Path) -> Act:
    asked = research(folder, "close", opened=False)
    desk = Desk(asked.client, Study.objects.get())
    return Asking(desk.client, "post", desk.address("import-send"), {"pasted": FLAT}, status=302)


@act
def mapping_a_file(folder: Path) -> Act:
    desk = at_desk(folder)
    return at_file(desk, "import-map", **desk.fields(), then="check")


@act
def checking_a_file(folder: Path) -> Act:
    desk = at_desk(folder)
    with by_a_job():
        desk.check()
    return run_the_only_job()


@act
def wanting_a_file_loaded(folder: Path) -> Act:
    asked = at_file(at_desk(folder).check(), "import-load")
    asked.afterwards = lose_loads
    return asked


@act
def dropping_a_file(folder: Path) -> Act:
    return at_file(at_desk(folder), "import-drop")


@act
def wanting_interim_data(folder: Path) -> Act:
    asked = research(folder, "want-interim")
    Walker(Study.objects.get(), "ann").walk()
    return asked


@act
def gathering_interim_data(folder: Path) -> Act:
    wanting_interim_data(folder)()
    settings.VAR.mkdir(exist_ok=True)
    return run_the_only_job()


def run_the_only_job() -> Act:
    """The last that was wanted, until it is done; whoever had claimed it before is dead."""
    job = Job.objects.latest("created_at")

    def run() -> None:
        while not Job.objects.get(pk=job.pk).finished:
            Job.objects.filter(pk=job.pk, state=Job.RUNNING).update(state=Job.QUEUED, claim=None)
            run_job(job.pk)
        done = Job.objects.get(pk=job.pk)
        assert done.state == Job.DONE, done.error

    return run


def told_one_by_one(sweep: Any) -> Act:
    from django.db import OperationalError

    def act_on_all() -> None:
        try:
            sweep()
        except* OperationalError as broken:
            raise broken.exceptions[0] from None

    return act_on_all
