"""Small studies, and people who walk through them with a browser that has no JavaScript."""

from __future__ import annotations

import csv
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from django.http import HttpResponse
from django.test import Client

from annotations.allocation.models import Assignment
from annotations.participation import flow
from annotations.participation.passage import RealPassage
from annotations.people.enrolling import session_token
from annotations.people.models import Enrolment
from annotations.releases.loading import load_bundle
from annotations.responses.answers import Answer
from annotations.responses.models import Response
from annotations.studies.models import Study
from tests.load.checker import imbalances
from tests.load.stored import read_stored
from tests.participation.reading import Page

RATED = {"answer": "12", "difficulty": "40", "confidence": "70"}
JUDGED = {"verdict": "incorrect", "confidence": "80"}


def write_table(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def write_bundle(
    folder: Path,
    *,
    protocol: str = "difficulty",
    items: int = 6,
    systems: int = 2,
    checks: int = 0,
    batches: int = 1,
    settings: dict[str, Any] | None = None,
    **batch: Any,
) -> Path:
    """Sums of two equal numbers. Every system answers each; system n is wrong about every (n + 2)nd."""
    folder.mkdir(parents=True, exist_ok=True)
    main = {"participants": 3, "overlap": 2, "units_per_participant": 3, **batch}
    definition = {
        "title": "Sums",
        "protocol": protocol,
        "seed": 7,
        "domains": [{"name": "sums", "metric": "size", "grader": "number"}],
        "batches": [{"name": f"batch-{number}", **deepcopy(main)} for number in range(batches)],
        "checks": {"share": 0.0},
        **(settings or {}),
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(definition))
    scored = [
        {
            "item_id": f"i{n}",
            "domain": "sums",
            "prompt": f"What is {n} + {n}?",
            "reference": 2 * n,
            "metric": n,
            "check": "",
        }
        for n in range(1, items + 1)
    ]
    known = [
        {
            "item_id": f"c{n}",
            "domain": "sums",
            "prompt": f"Type {n}.",
            "reference": n,
            "metric": n,
            "check": n,
        }
        for n in range(1, checks + 1)
    ]
    write_table(
        folder,
        "items",
        scored + (known if protocol == "difficulty" else [row | {"check": ""} for row in known]),
    )
    if protocol != "difficulty":
        write_table(folder, "systems", [{"system": f"s{n}", "family": "f"} for n in range(systems)])
        rows = []
        for number, item in enumerate(scored):
            for system in range(systems):
                wrong = number % (system + 2) == 0
                text = f"It is {item['reference'] + wrong}."
                grade = "incorrect" if wrong else "correct"
                rows.append(
                    {
                        "output_id": f"{item['item_id']}-{system}",
                        "item_id": item["item_id"],
                        "system": f"s{system}",
                        "text": text,
                        "grade": grade,
                        "check": "",
                    }
                )
        rows += [
            {
                "output_id": f"{item['item_id']}-0",
                "item_id": item["item_id"],
                "system": "s0",
                "text": "Bananas.",
                "grade": "",
                "check": "avoidant",
            }
            for item in known
        ]
        write_table(folder, "outputs", rows)
    return folder


def make_study(folder: Path, slug: str = "sums", *, open_now: bool = True, **bundle: Any) -> Study:
    return load_bundle(
        folder=write_bundle(folder / slug, **bundle), slug=slug, actor="test", open_now=open_now
    ).study


class Visitor:
    """Somebody with a browser of their own: keeps cookies, follows redirects, sends forms as they stand."""

    def __init__(self, slug: str = "sums", client: Client | None = None) -> None:
        self.slug = slug
        self.client = client or Client(enforce_csrf_checks=True)
        self.page = Page("")
        self.answer: HttpResponse | None = None

    @property
    def take_address(self) -> str:
        return f"/take/{self.slug}/"

    def get(self, address: str = "") -> Page:
        return self._read(self.client.get(address or self.take_address, follow=True))

    def post(self, address: str, data: dict[str, str], *, follow: bool = True) -> Page:
        return self._read(self.client.post(address, data, follow=follow))

    def send(self, *, follow: bool = True, **values: object) -> Page:
        """Send the form of the page that is open."""
        form = self.page.form
        address = form.action or self.address
        return self.post(address, form.filled(next="1", **values), follow=follow)

    def join(self) -> Page:
        self.get(f"/join/{self.slug}/")
        return self.send(consent="1")

    def begin(self) -> Page:
        """As far as the first unit."""
        self.join()
        return self.send()

    def finish(self, **values: str) -> Page:
        while self.page.step == "units":
            self.send(**values)
        return self.page

    def leave(self) -> Page:
        return self.post(f"/take/{self.slug}/leave/", self.outer_form("leave").filled())

    def outer_form(self, ending: str) -> Any:
        (form,) = [one for one in self.page.forms if one.action.endswith(f"/{ending}/")]
        return form

    def twin(self) -> Visitor:
        """Another tab of the same browser."""
        other = Visitor(self.slug, self.client)
        other.page, other.address = self.page, self.address
        return other

    @property
    def enrolment(self) -> Enrolment:
        from annotations.core.tokens import hashed

        return Enrolment.objects.get(token_hash=hashed(self.client.cookies[f"take_{self.slug}"].value))

    def _read(self, answer: Any) -> Page:
        self.answer = answer
        self.address = (
            answer.redirect_chain[-1][0]
            if getattr(answer, "redirect_chain", None)
            else answer.request["PATH_INFO"]
        )
        self.page = Page(answer.content.decode(), status=answer.status_code)
        return self.page


def read_instructions(enrolment: Enrolment) -> None:
    flow.take_step(RealPassage(enrolment), {"step": "instructions"})


class Walker:
    """Somebody below the pages: the same steps by the flow's functions, with a key that a test may set."""

    def __init__(self, study: Study, key: str, *, until: str = "units") -> None:
        self.study, self.entry_key = study, f"entry-of-{study.slug}-{key}".ljust(30, "-")
        self.entry = flow.enter(study=study, entry_key=self.entry_key, key=key)
        if until == "units":
            read_instructions(self.enrolment)

    @property
    def enrolment(self) -> Enrolment:
        """As the next request would read it."""
        from annotations.people.enrolling import find_enrolment

        found = find_enrolment(self.study.slug, session_token(self.entry_key))
        assert found is not None
        return found

    def stand(self) -> flow.Standing:
        return flow.stand(self.enrolment)

    def unit(self) -> Assignment:
        assignment = self.stand().assignment
        assert assignment is not None
        return assignment

    def submit(self, assignment: Assignment, **values: Any) -> Response:
        given = values or (
            {"verdict": "correct"}
            if assignment.unit.output_id
            else {"answer": "4", "dont_know": False, "difficulty": 10.0}
        )
        return flow.submit(
            enrolment=self.enrolment,
            assignment=assignment,
            answer=Answer(**({"confidence": 50.0} | given)),
        ).response

    def walk(self) -> list[Assignment]:
        """To the end. The units in their order."""
        seen = []
        while (standing := self.stand()).assignment is not None:
            seen.append(standing.assignment)
            self.submit(standing.assignment)
        return seen


def assert_balanced() -> None:
    """Every counter in the database equals a recount, and no limit is passed."""
    assert imbalances(read_stored()) == {}
