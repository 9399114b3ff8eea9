"""Project package: settings, the Celery app, addresses."""

from __future__ import annotations

import os

# Before anybody imports numpy. Several processes compute side by side, and the matrices are small: with
# threads of its own in each, OpenBLAS takes many times as long, and how it splits a sum would depend on
# the machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from studyplatform.celery import app as celery_app

# Whatever is written holds answers of people, or what could tell who they are: it is this user's alone.
os.umask(os.umask(0o077) | 0o077)

__all__ = ["celery_app"]
