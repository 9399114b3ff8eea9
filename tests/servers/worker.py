"""A real Celery worker with its schedule, as `up` and production run it; never eager mode."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers.process import ROOT, Process, ServerError


class Worker(Process):
    """Ready for jobs when the constructor is done. With `beat` it runs the schedule (the sweeper) as well."""

    def __init__(self, env: Mapping[str, str], *, concurrency: int = 1, beat: bool = True) -> None:
        var = Path(env.get("STUDYPLATFORM_VAR", ROOT / "var"))
        for folder in ("queue", "control"):
            (var / "broker" / folder).mkdir(parents=True, exist_ok=True)
        schedule = ("-B", "--schedule", str(var / "beat-schedule")) if beat else ()
        super().__init__(
            [
                *(sys.executable, "-m", "celery", "-A", "studyplatform", "worker", *schedule),
                *("--concurrency", str(concurrency), "--loglevel", "INFO"),
                *("--without-mingle", "--without-gossip"),
            ],
            name="worker",
            env={**env, "C_FORCE_ROOT": "1"},
        )
        try:
            self.wait_until(lambda: " ready." in self.log(), timeout=60)
        except ServerError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self
