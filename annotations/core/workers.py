"""Signs of life of the workers, as rows: a worker that cannot reach the database is no worker."""

from __future__ import annotations

import logging
import os
import socket
import threading
from datetime import timedelta

from django.conf import settings
from django.db import connection

from annotations.core import clock
from annotations.core.models import WorkerBeat

logger = logging.getLogger(__name__)


class WorkerPulse(threading.Thread):
    """Writes this worker's row every second for as long as its process lives."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="worker-pulse")
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self.over = threading.Event()

    def run(self) -> None:
        while True:
            try:
                WorkerBeat.objects.update_or_create(name=self.worker, defaults={"seen_at": clock.now()})
            except Exception as error:
                logger.warning("no sign of life written: %s", error)
                connection.close()
            if self.over.wait(settings.WORKER_BEAT):
                break
        WorkerBeat.objects.filter(name=self.worker).delete()
        connection.close()

    def stop(self) -> None:
        self.over.set()
        self.join(timeout=5)


def any_alive() -> bool:
    """Whether some worker gave a sign of life within the last seconds. One query."""
    limit = clock.now() - timedelta(seconds=settings.WORKER_LOST_AFTER)
    return WorkerBeat.objects.filter(seen_at__gte=limit).exists()


def forget_dead() -> None:
    WorkerBeat.objects.filter(seen_at__lt=clock.now() - timedelta(days=1)).delete()
