"""Refits the curves of one part to one block of resamples."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np

from annotations.analysis.drafts import read_draft
from annotations.core.jobs import kinds
from annotations.core.models import Job
from annotations.statistics.resampling import CurveSample, join_samples


def work(context: kinds.Context) -> list[tuple[int, CurveSample]]:
    params = context.job.params
    findings, _ = read_draft(job=context.job.whole, name=params["analysis"])
    mine = [at for at, fit in enumerate(findings.fits) if fit.part == params["part"]]
    samples = []
    for done, at in enumerate(mine):
        context.progress(done / len(mine), str(params["part"]))
        sample = findings.fits[at].resample(seed=params["seed"], first=params["first"], count=params["count"])
        samples.append((at, sample))
    return samples


def store(job: Job, samples: list[tuple[int, CurveSample]]) -> dict[str, Any]:
    return {"samples": [_packed(at, sample) for at, sample in samples]}


def joined(results: Iterable[dict[str, Any]], fits: int) -> list[CurveSample]:
    """One sample for each fit, out of the parts' results; none at all where no resamples were wanted."""
    found: list[list[CurveSample]] = [[] for _ in range(fits)]
    for result in results:
        for packed in result["samples"]:
            found[packed["fit"]].append(_unpacked(packed))
    return [join_samples(samples) for samples in found] if any(found) else []


def _packed(at: int, sample: CurveSample) -> dict[str, Any]:
    return {
        "fit": at,
        "seed": sample.seed,
        "first": sample.first,
        "theta": base64.b64encode(sample.theta.astype("<f8").tobytes()).decode(),
        "penalised": sample.penalised,
        "participants": sample.participants,
    }


def _unpacked(packed: dict[str, Any]) -> CurveSample:
    theta = np.frombuffer(base64.b64decode(packed["theta"]), dtype="<f8").reshape(-1, 2)
    return CurveSample(
        packed["seed"], packed["first"], theta.astype(np.float64), packed["penalised"], packed["participants"]
    )
