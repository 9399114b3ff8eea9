"""Project package: settings, the Celery app, addresses."""

from __future__ import annotations

from studyplatform.celery import app as celery_app

__all__ = ["celery_app"]
