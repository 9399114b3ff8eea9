"""The web as production runs it: gunicorn with several workers."""

from __future__ import annotations

import contextlib
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Self

from tests.servers.process import Process, ServerError, free_port


class Web(Process):
    """gunicorn on a free port, answering /healthz when the constructor is done. `url` has no slash at its end."""

    def __init__(
        self, env: Mapping[str, str], *, workers: int = 2, threads: int = 4, port: int | None = None
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            [
                *(sys.executable, "-m", "gunicorn", "studyplatform.wsgi:application"),
                *(
                    "--bind",
                    f"127.0.0.1:{self.port}",
                    "--workers",
                    str(workers),
                    "--threads",
                    str(threads),
                    "--preload",
                    "--worker-class",
                    "studyplatform.webworker.Worker",
                ),
                *("--access-logfile", "-"),
            ],
            name="web",
            env=env,
        )
        try:
            self.wait_until(self.healthy, timeout=30)
        except ServerError:
            self.close()
            raise

    def healthy(self) -> bool:
        # A stranger that took the port would answer too, but then gunicorn ends and `wait_until` sees it.
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def __enter__(self) -> Self:
        return self
