from __future__ import annotations

import pytest

from annotations.core.jobs.runner import run_job
from annotations.core.models import Job
from annotations.research.watching.looking import watch_studies
from tests.analysis.conftest import no_broker as no_broker
from tests.participation.fixtures import make  # noqa: F401 (fixture)
from tests.participation.kit import Walker


@pytest.fixture
def walked(make):  # noqa: F811
    """Ann and Bob are through, Cid has answered one of three units and is at work."""
    study = make(protocol="supervision", participants=12, overlap=12)
    for key in ("ann", "bob"):
        Walker(study, key).walk()
    cid = Walker(study, "cid")
    cid.submit(cid.unit())
    return study


@pytest.fixture
def looked(no_broker):
    """What the schedule of a worker does, with the jobs that it wants."""

    def look():
        watch_studies()
        for pk in list(Job.objects.filter(state=Job.QUEUED).values_list("pk", flat=True)):
            run_job(pk)

    return look
