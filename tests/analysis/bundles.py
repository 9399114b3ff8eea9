"""Bundles made by tests, loaded and analysed as anybody's are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from annotations.analysis.models import Run
from annotations.analysis.pipeline import want_analysis
from annotations.analysis.runs import latest_run
from annotations.catalogue.bundle import BundleErrors
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.releases.loading import load_bundle
from annotations.studies.models import Study
from tests.statistics.data import columns

GRADES = {"C": "correct", "A": "avoidant", "I": "incorrect"}
Row = Mapping[str, Any]


def write_bundle(folder: Path, definition: Mapping[str, Any], **tables: Iterable[Row]) -> Path:
    """study.yaml (JSON is YAML) and a CSV for each table that has rows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(json.dumps(definition))
    for name, given in tables.items():
        rows = list(given)
        if not rows:
            continue
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def defined(
    protocol: str, *, metric: str = "proxy", domain: Row | None = None, **rest: Any
) -> dict[str, Any]:
    analysis = {"resamples": 0, **rest.pop("analysis", {})}
    return {
        "title": f"A study of {protocol}",
        "protocol": protocol,
        "domains": [{"name": "synth", "metric": metric, **(domain or {})}],
        "analysis": analysis,
        **rest,
    }


def item(key: str, metric: Any = "", domain: str = "synth") -> dict[str, Any]:
    return {"item_id": key, "domain": domain, "prompt": f"Task {key}", "metric": metric}


def golden_s1(folder: Path, *, rename: str = "{}", reverse: bool = False, **analysis: Any) -> Path:
    """tests/statistics/golden/s1_synth.csv as a study of difficulty."""
    table = columns("s1_synth.csv")
    metric = dict(zip(table["item"], table["proxy"], strict=True))
    responses = [
        {
            "participant_id": rename.format(person),
            "item_id": key,
            "answer_correct": 1 - int(fail),
            "difficulty": rating,
        }
        for person, key, fail, rating in zip(
            *(table[name] for name in ("participant", "item", "fail", "rating")), strict=True
        )
    ]
    items = [item(key, metric[key]) for key in sorted(metric)]
    if reverse:
        responses, items = responses[::-1], items[::-1]
    definition = defined("difficulty", collection="golden-s1", analysis=analysis)
    return write_bundle(folder, definition, items=items, responses=responses)


def golden_s2(folder: Path, *, rename: str = "{}", reverse: bool = False, **analysis: Any) -> Path:
    """tests/statistics/golden/s2_synth.csv as a study of supervision; each output has an item of its own."""
    table = columns("s2_synth.csv")
    known = {
        key: (proxy, GRADES[truth])
        for key, proxy, truth in zip(table["output"], table["proxy"], table["truth"], strict=True)
    }
    responses = [
        {"participant_id": rename.format(person), "output_id": key, "verdict": verdict}
        for person, key, verdict in zip(
            *(table[name] for name in ("participant", "output", "verdict")), strict=True
        )
    ]
    outputs = [
        {
            "output_id": key,
            "item_id": f"i-{key}",
            "system": "one",
            "text": "x",
            "grade": known[key][1],
            "grader": "made",
        }
        for key in sorted(known)
    ]
    if reverse:
        responses, outputs = responses[::-1], outputs[::-1]
    return write_bundle(
        folder,
        defined("supervision", collection="golden-s2", analysis={"bins": 10, **analysis}),
        items=[item(f"i-{key}", known[key][0]) for key in sorted(known)],
        systems=[{"system": "one"}],
        outputs=outputs,
        responses=responses,
    )


def load(folder: Path, slug: str = "") -> Study:
    try:
        return load_bundle(folder=folder, slug=slug, actor="tests").study
    except BundleErrors as errors:
        raise AssertionError([str(problem) for problem in errors.problems]) from errors


def analyse(study: Study, **options: Any) -> Job:
    return drive(want_analysis(study=study, wanted_by="tests", **options))


def run_of(study: Study, kind: str) -> Run:
    """The run of a study that is analysed here and must come to its end."""
    job = analyse(study)
    assert (job.state, job.error) == (Job.DONE, "")
    run = latest_run(study, kind)
    assert run is not None
    return run
