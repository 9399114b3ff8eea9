"""Kinds of jobs for the tests. A worker learns of them through tests.core.worker_settings."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.models import AuditEntry, Job

ACT, MERGE = "tests.act", "tests.merge"


def work(context: kinds.Context) -> str:
    """Leaves a line in `folder`/trace, then refuses, breaks, or waits for a gate, as the params say."""
    params = context.job.params
    number = note(params, "work")
    if params.get("refuse"):
        raise Refusal(params["refuse"])
    if number <= params.get("breaks", 0):
        raise ValueError(f"break {number}")
    gate = params.get("gate")
    while gate and not (Path(params["folder"]) / gate).exists():
        if not params.get("silent"):
            context.progress(0.5, "half way")
        time.sleep(0.02)
    if params.get("breaks_after_gate"):
        raise ValueError("broke after the gate")
    return str(params.get("say", ""))


def store(job: Job, outcome: Any) -> dict[str, Any]:
    """A row as the result; then breaks as often as the params say, after the row was written."""
    AuditEntry.objects.create(actor="tests", action="stored", subject=str(job.pk), details={"say": outcome})
    time.sleep(job.params.get("store_pause", 0))
    if note(job.params, "store") <= job.params.get("store_breaks", 0):
        raise RuntimeError("store broke")
    return {"say": outcome}


def merge(job: Job, outcome: Any) -> dict[str, Any]:
    """What the parts left, in their order."""
    note(job.params, "merge")
    parts = job.parts.order_by("stage", "part")
    return {"parts": [part.result.get("say") for part in parts]}


def note(params: dict[str, Any], what: str) -> int:
    """Adds a line; returns how many of its kind there are now."""
    if "folder" not in params:
        return 1
    trace = Path(params["folder"]) / "trace"
    line = f"{what} {params.get('say', '')}"
    with trace.open("a") as file:
        file.write(f"{line}\n")
    return trace.read_text().splitlines().count(line)


kinds.register(kinds.Kind(ACT, work, store))
kinds.register(kinds.Kind(MERGE, lambda context: None, merge))
