"""A small bundle with everything in it that a bundle may hold, and what is done with it."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

from django.apps import apps
from django.core.management import call_command

from annotations.analysis.pipeline import want_analysis
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.releases.loading import load_bundle
from annotations.studies.models import Study

OLD_HASH = "ab" * 32
STUDY = """\
title: "Sums & words: größer?"
protocol: {protocol}
seed: 7
collection: {collection}
locales: [en, de]
domains:
  - {{name: sums, metric: carries, guess: 0.1, grader: number}}
  - {{name: words, metric: letters, metric_transform: log10, grader: text}}
batches:
  - {{name: main, participants: 20, overlap: 2, units_per_participant: 6, strata: [domain, difficulty_bin]}}
consent: {{en: "Line one.\\n\\nLine two: ok?", de: "Ja"}}
conditions:
  - {{name: plain}}
  - {{name: warned, weight: 0.5}}
checks: {{share: 0.1}}
analysis: {{bins: 3{analysis}}}
"""
ITEMS = 18


def table(columns, rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return buffer.getvalue()


def write_bundle(
    folder: Path, *, protocol="both", collection="tasks", analysis=", resamples: 50", answers=True, seed=3
):
    """Written with a fixed seed; what a protocol has no use for is left out."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    study = STUDY.format(protocol=protocol, collection=collection, analysis=analysis)
    (folder / "study.yaml").write_text(study)
    items = list(item_rows())
    outputs, grades = output_rows(items, rng)
    write(folder, "items", items)
    if protocol != "difficulty":
        write(folder, "systems", SYSTEMS)
        write(folder, "templates", TEMPLATES)
        write(folder, "outputs", outputs)
        write(folder, "grades", grades)
    if answers:
        write(folder, "participants", PEOPLE)
        write(folder, "responses", list(response_rows(items, outputs, rng, protocol)))
    return folder


def write(folder, name, rows):
    columns = list(dict.fromkeys(column for row in rows for column in row))
    (folder / f"{name}.csv").write_text(table(columns, rows), newline="")


def item_rows():
    for number in range(ITEMS):
        domain = "sums" if number % 2 else "words"
        yield {
            "item_id": f"{domain}/{number:02d} é",
            "domain": domain,
            "prompt": f' Was ist "{number}, ähm"?\nZwei Zeilen,\r\nund eine\rdritte. 数',
            "reference": json.dumps([str(number), "oder, ja"]) if number % 3 == 0 else str(number),
            "metric": "" if number in (4, 5) else f"{1 + number // 4}.123456789876",
            "metric_length": number if number % 4 == 0 else "",
            "note, with comma": 'quote " and\nnewline' if number == 2 else "",
            "licence": "CC-BY-4.0",
        }
    yield {"item_id": "check-1", "domain": "sums", "prompt": "Type 7", "reference": "7", "check": "7"}


SYSTEMS = [
    {"system": "alpha", "family": "A", "parameters": "6e9", "shaping": "raw", "licence": "MIT"},
    {"system": "beta", "family": "A", "parameters": "175000000000", "flop": "3.14159265358979e23",
     "shaping": "shaped", "released": "2023-01"},
]  # fmt: skip
TEMPLATES = [
    {"template": "plain", "domain": "", "text": "{prompt}", "weight": "0.75"},
    {"template": "polite", "domain": "sums", "text": "Please:\n{prompt}", "weight": "0.2500000000001"},
]
PEOPLE = [
    {"participant_id": f"p{number:02d}", "kind": "ai" if number == 11 else "human",
     "group": ("experts", "")[number % 2], "age band": ("18-30", "31+", "")[number % 3]}
    for number in range(12)
]  # fmt: skip


def output_rows(items, rng):
    outputs, grades = [], []
    for item in items[:ITEMS]:
        for system in ("alpha", "beta"):
            key = f"{item['item_id']}:{system}"
            grade = rng.choice(["correct", "incorrect", "incorrect", "avoidant", ""])
            outputs.append({
                "output_id": key, "item_id": item["item_id"], "system": system,
                "template": rng.choice(["plain", "polite", ""]),
                "text": "" if rng.random() < 0.1 else f"Antwort <b>{key}</b>\n, 'ja'",
                "trace": "step 1\nstep 2" if rng.random() < 0.2 else "",
                "grade": grade,
                "avoidance_kind": rng.choice(["epistemic", "ethical", ""]) if grade == "avoidant" else "",
                "grader": "key" if grade else "",
                "severity": "2.5" if grade == "incorrect" else "",
                "tokens": rng.randint(1, 9),
            })  # fmt: skip
    first, second, third = (one["output_id"] for one in outputs[:3])
    grades = [
        {"output_id": second, "revision": 3, "grade": "correct", "grader": "Dr. B", "avoidance_kind": ""},
        {
            "output_id": second,
            "revision": 2,
            "grade": "avoidant",
            "grader": "Dr. A",
            "avoidance_kind": "ethical",
        },
        {"output_id": first, "revision": "", "grade": "incorrect", "grader": "Dr. A", "avoidance_kind": ""},
        {"output_id": third, "revision": 2, "grade": "incorrect", "grader": "Dr. A", "avoidance_kind": ""},
    ]
    gold = {
        "output_id": "gold",
        "item_id": items[1]["item_id"],
        "system": "alpha",
        "text": "12",
        "check": "incorrect",
    }
    return [*outputs, gold], grades


def response_rows(items, outputs, rng, protocol):
    """Written person by person in an order of its own; the last rows correct earlier ones."""
    rows = []
    people = [*(one["participant_id"] for one in PEOPLE), "unlisted ü"]
    rng.shuffle(people)
    for person in people:
        if protocol != "supervision":
            rows += [rating(person, item, rng) for item in rng.sample(items[:ITEMS], 9)]
            rows.append({**rating(person, items[-1], rng), "is_check": 1})
        if protocol != "difficulty":
            rows += [judgement(person, output, rng) for output in rng.sample(outputs[:-1], 12)]
            rows.append({**judgement(person, outputs[-1], rng), "is_check": 1})
    rows[3] |= {"surplus": 1}
    rows[4] |= {"excluded": 1, "exclusion_reason": 'too fast, "clearly"'}
    rows[5] |= {"excluded": 1}
    rows[6] |= {"repeat": 1, "definition_hash": OLD_HASH}
    rows.append({**rows[1], "difficulty": rows[1].get("difficulty") and 99, "position": 1, "supersedes": 2})
    rows.append({**rows[-1], "confidence": 1, "changes": 2, "supersedes": len(rows)})
    rows.append({**rows[8], "confidence": 2, "supersedes": 9})
    return rows


def common(rng):
    return {
        "batch": "main", "condition": rng.choice(["plain", "warned", ""]),
        "confidence": rng.choice(["", 50, "66.66666666666667"]), "position": rng.choice(["", 1, 2, 3, 4]),
        "started_ms": rng.randint(0, 9999), "duration_ms": rng.randint(100, 9000), "idle_ms": "",
        "probability": "0.33333333333333331", "browser": rng.choice(["", "Firefox"]),
    }  # fmt: skip


def rating(person, item, rng):
    knows = rng.random() < 0.8
    return {
        "participant_id": person, "item_id": item["item_id"], "answer": f"ant\nwort {rng.randint(0, 9)}" if knows else "",
        "dont_know": 0 if knows else 1, "answer_correct": rng.choice([0, 1]) if knows else "",
        "difficulty": rng.randint(0, 100), **common(rng),
    }  # fmt: skip


def judgement(person, output, rng):
    verdict = rng.choice(["correct", "correct", "incorrect", "avoidant", "unsure"])
    return {
        "participant_id": person, "output_id": output["output_id"], "verdict": verdict,
        "item_id": output["item_id"] if rng.random() < 0.5 else "", **common(rng),
    }  # fmt: skip


def load(folder, **options):
    return load_bundle(folder=folder, actor="test", **options).study


def analyse(slug):
    job = drive(want_analysis(study=Study.objects.get(slug=slug), wanted_by="test"))
    assert job.state == Job.DONE, job.error


def release(slug, out):
    call_command("release", slug, out=out)
    return files(out)


def files(folder):
    """By path from the folder."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def row_counts():
    """Rows of every table of the platform, but for the audit log's."""
    return {
        model._meta.label: model.objects.count() for model in apps.get_app_config("annotations").get_models()
    }
