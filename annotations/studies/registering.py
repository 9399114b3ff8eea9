"""The plan of a study, to be registered before anybody answers, and where it was registered.

Deterministic: the same study gives the same bundle, before and after it opens, but for what opening adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count

from annotations.catalogue.models import Grade, Item, Output
from annotations.core import audit
from annotations.core.errors import Refusal
from annotations.studies.definition import Digests, batch_hash, definition_hash, to_yaml
from annotations.studies.freezing import digests, loads_of
from annotations.studies.history import Registration
from annotations.studies.models import Study, StudyVersion
from annotations.studies.retention import today
from annotations.version import CODE_VERSION

ADDRESS = re.compile(r"https://[^\s/]+\.[^\s]+|(doi:)?10\.\d{4,9}/\S+")
PROTOCOLS = {
    "difficulty": "People solve each item and say how many of 100 people would fail.",
    "supervision": "People judge outputs of AI systems: correct, avoidant, incorrect, or unsure.",
    "both": "People solve items and rate their difficulty, and judge outputs of AI systems.",
}
Plan = dict[str, Any]


def plan_of(study: Study) -> Plan:
    """What is registered: of a draft as it would open now, of an opened study as its first version was."""
    first = first_version(study)
    loads = list(first.loads) if first else loads_of(study)
    definition = first.definition if first else study.definition
    rows = digests(study, loads)
    hashed = first.definition_hash if first else definition_hash(definition, rows)
    return {
        "study": study.slug,
        "title": definition["title"],
        "state": "frozen" if first else "draft",
        "definition_hash": hashed,
        "frozen_at": first.frozen_at.isoformat(timespec="seconds") if first else None,
        "code_version": CODE_VERSION,
        "protocol": definition["protocol"],
        "rows": _counts(study, loads, rows),
        "batches": [{**batch, "batch_hash": batch_hash(batch)} for batch in definition["batches"]],
        "conditions": definition["conditions"],
        "checks": definition["checks"],
        "exclusions": definition["exclusions"],
        "analysis": definition["analysis"],
        "seed": definition["seed"],
        "definition": definition,
    }


def first_version(study: Study) -> StudyVersion | None:
    return study.versions.order_by("number").first()


def _counts(study: Study, loads: list[int], digested: dict[str, Digests]) -> dict[str, Any]:
    rows: dict[str, Any] = {"collection": study.collection_id, "load__in": loads}
    by_domain = Item.objects.filter(**rows, check_answer="").values_list("domain").annotate(Count("pk"))
    counts: dict[str, Any] = {
        "items": len(digested["items"]),
        "items_by_domain": dict(by_domain.order_by("domain")),
    }
    if study.judges_outputs:
        outputs = Output.objects.filter(**rows)
        grades = Grade.objects.filter(output__in=outputs, current=True).values_list("grade")
        counts |= {table: len(digested[table]) for table in ("systems", "templates", "outputs")}
        counts["outputs_by_grade"] = dict(grades.annotate(Count("pk")).order_by("grade"))
    return counts


def as_markdown(plan: Plan) -> str:
    """The plan in words, for the form of a registry."""
    return "\n\n".join(_paragraphs(plan)) + "\n"


def _paragraphs(plan: Plan) -> Iterator[str]:
    yield f"# {plan['title']}"
    yield (
        f"Study `{plan['study']}`, {plan['state']}. SHA-256 of the definition with the digests of its rows:"
        f" `{plan['definition_hash']}`. studyplatform {plan['code_version']}, seed {plan['seed']}."
    )
    yield f"## What people do\n\n{PROTOCOLS[plan['protocol']]}"
    yield f"Steps: {', '.join(step['name'] for step in plan['definition']['steps'])}."
    if arms := plan["conditions"]:
        lines = [f"- `{one['name']}`, weight {one['weight']:g}: {_pairs(one['parameters'])}" for one in arms]
        yield "## Conditions\n\n" + "\n".join(lines)
    yield "## Material\n\n" + "\n".join(f"- {name}: {_listed(value)}" for name, value in plan["rows"].items())
    yield "## Sample\n\n" + ("\n".join(_batch(one) for one in plan["batches"]) or "No batch is declared yet.")
    yield f"Checks: {100 * plan['checks']['share']:g} % of each person's units. They are never scored."
    rules = [f"- `{one['name']}`: {_pairs(one['parameters'])}" for one in plan["exclusions"]]
    yield "## Exclusion rules\n\n" + ("\n".join(rules) or "None: nobody is left out of the planned analysis.")
    yield "## Planned analysis\n\n" + "\n".join(
        f"- {name}: {_listed(value)}" for name, value in plan["analysis"].items()
    )
    yield f"## Definition in full\n\n```yaml\n{to_yaml(plan['definition'])}```"


def _batch(batch: dict[str, Any]) -> str:
    units = ", ".join(f"{name} {_listed(value)}" for name, value in batch["units"].items() if value)
    strata = ", ".join(batch["strata"]) or "no strata"
    return (
        f"- `{batch['name']}`: {batch['participants']:,} people with {batch['units_per_participant']:,} units"
        f" each, up to {batch['overlap']:,} answers a unit, handed out by `{batch['strategy']}` within"
        f" {strata}; units: {units or 'all'}. Hash `{batch['batch_hash']}`."
    )


def _pairs(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_listed(value)}" for name, value in parameters.items()) or "no parameters"


def _listed(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count:,}" for name, count in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_listed, value)) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )


def latest_registration(study: Study) -> Registration | None:
    return Registration.objects.filter(study=study).first()


def registrations(study: Study) -> list[Registration]:
    return list(Registration.objects.filter(study=study)[:50])


@transaction.atomic
def record_registration(*, study: Study, address: str, registered_on: str, actor: str) -> Registration:
    """Where and when the plan was registered; sent again, it is recorded once. Raises Refusal."""
    address = address.strip()
    if not ADDRESS.fullmatch(address) or len(address) > 500:
        raise Refusal(
            "Give the address of the registration, with https://, or its DOI, as in 10.17605/OSF.IO/ABCDE."
        )
    try:
        day = date.fromisoformat(registered_on.strip())
    except ValueError as error:
        raise Refusal("Give the day of the registration as 2031-12-31.") from error
    if day > today():
        raise Refusal(f"{day} is still to come: give the day on which it was registered.")
    hashed = plan_of(study)["definition_hash"]
    # Of two equal ones at once the second finds the first.
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    same = {"address": address, "registered_on": day, "definition_hash": hashed}
    latest = latest_registration(study)
    if latest is not None and all(getattr(latest, name) == value for name, value in same.items()):
        return latest
    made = Registration.objects.create(study=study, recorded_by=actor, **same)
    audit.record(
        actor=actor, action="registration recorded", subject=study.slug, address=address, day=str(day)
    )
    return made
