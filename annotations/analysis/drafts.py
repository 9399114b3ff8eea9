"""Findings between the parts of a job: packed into a row that any worker may read."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from scipy import sparse

from annotations.analysis.findings import Findings, Fit
from annotations.analysis.models import Draft
from annotations.core.models import Job
from annotations.statistics.resampling import Levels

ARRAYS = ("x", "data", "indices", "indptr")


def keep_draft(*, job: Job, name: str, findings: Findings, more: dict[str, Any]) -> None:
    """In the transaction that ends the part. `more` are plain values that `read_draft` gives back."""
    plain = {
        "params": findings.params,
        "summary": findings.summary,
        "warnings": findings.warnings,
        "tables": findings.tables,
        "fits": [[fit.part, fit.about, fit.target, fit.floor, fit.ceiling] for fit in findings.fits],
        "more": more,
    }
    arrays: dict[str, Any] = {"plain": np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)}
    for at, fit in enumerate(findings.fits):
        counts = fit.levels.counts
        parts = (fit.levels.x, counts.data, counts.indices, counts.indptr)
        arrays |= {f"{name}{at}": part for name, part in zip(ARRAYS, parts, strict=True)}
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    Draft.objects.update_or_create(job=job, name=name, defaults={"content": stream.getvalue()})


def read_draft(*, job: Job, name: str) -> tuple[Findings, dict[str, Any]]:
    content = bytes(Draft.objects.get(job=job, name=name).content)
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        plain = json.loads(arrays["plain"].tobytes())
        fits = [
            Fit(part, about, _levels([arrays[f"{name}{at}"] for name in ARRAYS]), target, floor, ceiling)
            for at, (part, about, target, floor, ceiling) in enumerate(plain["fits"])
        ]
    findings = Findings(plain["params"], plain["summary"], plain["warnings"], plain["tables"], fits)
    return findings, plain["more"]


def drop_draft(*, job: Job, name: str) -> None:
    """Also those that jobs left which failed or were cancelled."""
    Draft.objects.filter(job=job, name=name).delete()
    Draft.objects.left().delete()


def _levels(parts: list[Any]) -> Levels:
    x, data, indices, indptr = parts
    return Levels(x, sparse.csr_array((data, indices, indptr), shape=(indptr.size - 1, 2 * x.size)))
