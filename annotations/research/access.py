"""How the workbench obtains what hangs on a study. Forbidden and missing read the same."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from annotations.accounts.models import User
from annotations.analysis.models import Figure, Run
from annotations.catalogue.models import Collection
from annotations.core.errors import NotFound
from annotations.core.models import Job
from annotations.releases.models import Release
from annotations.studies.access import studies_of
from annotations.studies.models import Study


def collections_of(user: User) -> QuerySet[Collection]:
    """Collections that studies of the user draw on; for an admin all that have been loaded."""
    published = Collection.objects.filter(loads__published_at__isnull=False).distinct().order_by("name")
    if user.is_admin:
        return published
    return published.filter(pk__in=studies_of(user).values("collection"))


def access_collection(user: User, name: str) -> Collection:
    collection = collections_of(user).filter(name=name).first()
    if collection is None:
        raise NotFound("There is no such collection among yours.")
    return collection


def access_job(study: Study, pk: uuid.UUID) -> Job:
    job = Job.objects.tops().filter(subject=study.slug, pk=pk).first()
    if job is None:
        raise NotFound("There is no such job of this study.")
    return job


def access_run(study: Study, pk: int) -> Run:
    run = Run.objects.filter(study=study, pk=pk).first()
    if run is None:
        raise NotFound("There is no such run of this study.")
    return run


def access_figure(study: Study, pk: int) -> Figure:
    figure = Figure.objects.filter(run__study=study, pk=pk).first()
    if figure is None:
        raise NotFound("There is no such figure of this study.")
    return figure


def access_release(study: Study, number: int) -> Release:
    release = Release.objects.filter(study=study, number=number).first()
    if release is None:
        raise NotFound("There is no such release of this study.")
    return release
