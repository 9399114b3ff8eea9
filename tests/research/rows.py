"""Made-up rows for the workbench's tests: a collection, studies on it, people, answers, runs."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from annotations.accounts.models import User
from annotations.analysis.models import Figure, Run, RunTable
from annotations.analysis.runs import stamp_of, table_blocks
from annotations.catalogue.models import GRADES, VERDICTS, Collection, Grade, Item, Load, Output, System
from annotations.core import clock
from annotations.people.models import Participant
from annotations.releases.models import Release
from annotations.responses.models import Response
from annotations.studies.definition import filled, parse_definition
from annotations.studies.models import Member, Study
from annotations.studies.services import create_study, open_study
from annotations.version import CODE_VERSION

DEFINITION = """
title: {title}
protocol: {protocol}
collection: sums
domains:
  - {{name: addition, metric: carries, grader: number}}
batches:
  - {{name: main, participants: 5, overlap: 2, units_per_participant: 3}}
checks: {{share: 0}}
"""


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def published_load(collection: Collection) -> Load:
    return Load.objects.create(
        collection=collection, source="sums", digest="0" * 64, published_at=clock.now()
    )


def make_collection(name: str = "sums", items: int = 6, systems: int = 2) -> Collection:
    """Every system answers every item; system n is right on all but the last n + 1 items."""
    collection = Collection.objects.create(name=name)
    load = published_load(collection)
    shared = {"collection": collection, "load": load}
    made = [
        Item(
            key=f"i{n}",
            domain="addition",
            prompt=f"{n} + {n}",
            metric=float(n),
            digest=digest_of(f"i{n}"),
            **shared,
        )
        for n in range(items)
    ]
    Item.objects.bulk_create(made)
    for number in range(systems):
        system = System.objects.create(
            key=f"system-{number}", family="sum", digest=digest_of(f"s{number}"), **shared
        )
        outputs = [
            Output(
                key=f"{item.key}-{number}",
                item=item,
                system=system,
                text="4",
                digest=digest_of(f"o{item.key}{number}"),
                **shared,
            )
            for item in made
        ]
        Output.objects.bulk_create(outputs)
        right = items - number - 1
        Grade.objects.bulk_create(
            Grade(output=output, load=load, grade="correct" if place < right else "incorrect")
            for place, output in enumerate(outputs)
        )
    return collection


def make_study(
    slug: str,
    owner: User | None,
    *,
    collection: Collection,
    title: str = "",
    protocol: str = "supervision",
    opened: bool = False,
    **analysis: Any,
) -> Study:
    text = DEFINITION.format(title=title or f"Study {slug}", protocol=protocol)
    definition = filled(parse_definition(text, file="study.yaml", default_collection=slug))
    definition["analysis"] |= analysis
    load = Load.objects.filter(collection=collection).first()
    assert load is not None
    study = create_study(slug=slug, definition=definition, collection=collection, load=load, owner=owner)
    return open_study(study=study, actor="test") if opened else study


def add_viewer(study: Study, user: User) -> None:
    Member.objects.create(study=study, user=user, role=Member.VIEWER)


def add_answers(study: Study, people: int = 2, kind: str = "human", each: int = 2, prefix: str = "p") -> None:
    """Imported-like answers: no assignments, so counters stay where they are."""
    outputs = list(Output.objects.filter(collection=study.collection).select_related("item")[:each])
    assert study.version is not None
    for number in range(people):
        participant = Participant.objects.create(study=study, key=f"{prefix}{number}", kind=kind)
        Response.objects.bulk_create(
            Response(
                study=study,
                participant=participant,
                item=output.item,
                output=output,
                definition_hash=study.version.definition_hash,
                verdict="correct",
            )
            for output in outputs
        )


def supervision_rows(
    counts: dict[int | str, tuple[int, int]], group: str = "all", value: str = ""
) -> list[dict[str, Any]]:
    """All 12 rows of each bin ("" for all bins), given (slips, judged incorrect outputs) of each."""
    rows = []
    for bin_, (slips, total) in counts.items():
        low = 10.0 * (bin_ - 1) if isinstance(bin_, int) else 0.0
        for grade in GRADES:
            for verdict in VERDICTS:
                n = (
                    {"correct": slips, "incorrect": total - slips}.get(verdict, 0)
                    if grade == "incorrect"
                    else 0
                )
                if grade == verdict == "correct":
                    n = total
                denominator = total if grade in ("incorrect", "correct") else 0
                rate = n / denominator if denominator else None
                rows.append(
                    {
                        "group": group, "value": value, "bin": bin_, "difficulty_low": low,
                        "difficulty_high": low + 10, "n_outputs": 40, "n_participants": 20, "grade": grade,
                        "verdict": verdict, "n": n, "total": denominator, "rate": rate,
                        "low": None if rate is None else max(0.0, rate - 0.08),
                        "high": None if rate is None else min(1.0, rate + 0.08), "n_eff": denominator * 0.6,
                    }
                )  # fmt: skip
    return rows


def calibration_rows() -> list[dict[str, Any]]:
    return [
        {
            "domain": "addition", "population": "all", "target": "rated", "method": "likelihood", "n_items": 6,
            "n_responses": 240, "n_participants": 30, "location": 4.21, "location_low": 3.9,
            "location_high": 4.52, "slope": 0.8, "slope_low": 0.6, "slope_high": 1.0, "floor": 0.0,
            "ceiling": 1.0, "spearman": 0.71, "rmse": 0.12, "warnings": "",
        }
    ]  # fmt: skip


def difficulty_rows(source: str = "both", items: int = 30) -> list[dict[str, Any]]:
    return [
        {
            "item_id": f"i{n}", "domain": "addition", "population": "all", "metric": float(n), "n_responses": 8,
            "n_participants": 8, "failure_rate": n / items, "rated_difficulty": 100 * n / items,
            "difficulty": 100 * n / items, "difficulty_low": max(0, 100 * n / items - 9),
            "difficulty_high": min(100, 100 * n / items + 9), "source": source,
        }
        for n in range(items)
    ]  # fmt: skip


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="520" height="240" viewBox="0 0 520 240">'
    '<rect width="520" height="240" fill="#fff"/>'
    '<polyline points="40,200 120,180 200,150 280,120 360,90 440,60" fill="none" stroke="#D55E00"/></svg>'
)
DARK = SVG.replace("#fff", "#15171a")


def make_run(study: Study, kind: str, tables: dict[str, list[dict[str, Any]]], **fields: Any) -> Run:
    """A run of the data as they are now, with one figure."""
    values = {
        "key": f"{kind}{Run.objects.count()}",
        "params": {},
        "stamp": stamp_of(study),
        "fingerprint": "f" * 64,
        "code_version": CODE_VERSION,
        "seed": 7,
    }
    run = Run.objects.create(study=study, kind=kind, **(values | fields))
    RunTable.objects.bulk_create(
        block for name, rows in tables.items() for block in table_blocks(run, name, rows)
    )
    Figure.objects.create(
        run=run,
        name="curve",
        title="Slips by difficulty",
        table=next(iter(tables), ""),
        alt="from 14 per cent in the easiest bin to 48",
        svg=SVG,
        dark=DARK,
    )
    return run


def make_release(study: Study, number: int = 1, **fields: Any) -> Release:
    return Release.objects.create(
        study=study, number=number, fingerprint=f"{number:064d}", folder=f"{study.slug}/{number}", **fields
    )


def long_ago(**span: float) -> Any:
    return clock.now() - timedelta(**span)
