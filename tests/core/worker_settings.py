"""The settings of the tests' workers: the product's, with quicker clocks and the tests' kinds of jobs."""

from __future__ import annotations

import os

from studyplatform.settings import *  # noqa: F403

# Drawing holds the interpreter's lock, for seconds where the machine is busy: then a beat comes late.
JOB_LOST_AFTER = float(os.environ.get("TEST_JOB_LOST_AFTER", "2"))
CELERY_IMPORTS = ["tests.core.job_kinds"]
# A queue of one's own: whoever gave TEST_REDIS_URL may keep other things there.
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("TEST_QUEUE", "tests")
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "polling_interval": 0.1}  # noqa: F405
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "annotations.tasks.sweep", "schedule": 0.5, "options": {"expires": 1}},
}
