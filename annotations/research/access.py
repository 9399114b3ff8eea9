"""How the workbench obtains what hangs on a study. Forbidden and missing read the same."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet

from annotations.accounts.models import User
from annotations.analysis.models import Figure, Run
from annotations.catalogue.models import Collection
from annotations.core.errors import NotFound, Refusal
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.releases.models import Release
from annotations.research.watching.person import counted
from annotations.studies.access import studies_of
from annotations.studies.drafts import COLLECTION_TAKEN
from annotations.studies.models import Batch, Member, Study
from annotations.studies.watches import Alert

T = TypeVar("T", bound=models.Model)


def _one(rows: QuerySet[T], otherwise: str) -> T:
    """The first of them. Raises NotFound with the sentence where there is none."""
    found = rows.first()
    if found is None:
        raise NotFound(otherwise)
    return found


def collections_of(user: User) -> QuerySet[Collection]:
    """Collections that studies of the user draw on; for an admin all that have been loaded."""
    published = Collection.objects.filter(loads__published_at__isnull=False).distinct().order_by("name")
    if user.is_admin:
        return published
    return published.filter(pk__in=studies_of(user).values("collection"))


def access_collection(user: User, name: str) -> Collection:
    return _one(collections_of(user).filter(name=name), "There is no such collection among yours.")


def access_member(study: Study, pk: int) -> Member:
    return _one(study.members.select_related("user").filter(pk=pk), "There is no such member of this study.")


def deleted_of(user: User) -> QuerySet[Study]:
    """Deleted studies that the user may have back: they own them, or are an admin."""
    deleted = Study.objects.deleted().order_by("-deleted_at", "pk")
    return deleted if user.is_admin else deleted.filter(members__user=user, members__role=Member.OWNER)


def access_deleted(user: User, slug: str) -> Study:
    return _one(
        deleted_of(user).filter(slug=slug), "There is no such study among those that you may have back."
    )


def access_user(admin: User, pk: int) -> User:
    """Another user, for admins alone."""
    user = User.objects.filter(pk=pk).first() if admin.is_admin else None
    if user is None:
        raise NotFound("There is no such user.")
    return user


def is_new_collection(user: User, name: str) -> bool:
    """Whether a study that is set up with this collection makes it. Raises Refusal if it is not theirs."""
    if "\x00" in name:
        return True  # no collection is called so, and the definition says that none can be
    if collections_of(user).filter(name=name).exists():
        return False
    if Collection.objects.filter(name=name).exists():
        raise Refusal(COLLECTION_TAKEN.format(name=name))
    return True


def access_batch(study: Study, name: str) -> Batch:
    return _one(
        Batch.objects.released().filter(study=study, name=name), "There is no such batch of this study."
    )


def access_job(study: Study, pk: uuid.UUID) -> Job:
    return _one(Job.objects.tops().filter(subject=study.slug, pk=pk), "There is no such job of this study.")


def access_participant(study: Study, pk: int) -> Any:
    """With signals and numbers of answers, for their page."""
    return _one(
        counted(Participant.objects.filter(study=study, pk=pk)), "There is nobody like this in the study."
    )


def access_alert(study: Study, pk: int) -> Alert:
    return _one(Alert.objects.filter(study=study, pk=pk), "There is no such alert of this study.")


def access_run(study: Study, pk: int) -> Run:
    return _one(Run.objects.filter(study=study, pk=pk), "There is no such run of this study.")


def access_figure(study: Study, pk: int) -> Figure:
    return _one(Figure.objects.filter(run__study=study, pk=pk), "There is no such figure of this study.")


def access_release(study: Study, number: int) -> Release:
    return _one(Release.objects.filter(study=study, number=number), "There is no such release of this study.")
