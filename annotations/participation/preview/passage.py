"""A passage that is stored nowhere: its state is given, and given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotations.allocation.models import Assignment
from annotations.catalogue.models import Item, Output
from annotations.participation.passage import Given, Passage, Spec
from annotations.studies.drafts import working_definition
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study, Unit
from annotations.studies.walks import remember_walk

EXIT = "exit"


@dataclass
class State:
    """What the cookie holds: small, for only the present step's answers are kept."""

    step: str
    language: str
    condition: str = ""
    done: int = 0
    first: dict[str, Any] | None = None
    given: list[list[Any]] = field(default_factory=list)
    # Steps that were gone through, not jumped over.
    passed: list[str] = field(default_factory=list)


class PreviewPassage(Passage):
    preview = True
    # Who is told to have walked through it; blank: whoever does not set the study up.
    walker = ""

    def __init__(self, study: Study, state: State) -> None:
        self._study, self.state = study, state
        self.definition = definition_of(study)
        self.language, self.condition, self.step = state.language, state.condition, state.step
        batches = self.definition["batches"]
        self.wanted = int(batches[0]["units_per_participant"]) if batches else 1
        self.lease_minutes = int(batches[0]["lease_minutes"]) if batches else 1

    @property
    def study(self) -> Study:
        return self._study

    @property
    def answered(self) -> int:
        return self.state.done

    @property
    def done(self) -> int:
        return self.state.done

    def given(self, step: str) -> list[Given]:
        return [Given(*one) for one in self.state.given] if step == self.step else []

    def keep(self, spec: Spec, answers: Sequence[Given]) -> bool:
        self.state.given += [[one.question, one.value, one.correct, one.attempt] for one in answers]
        return True

    @property
    def walked(self) -> bool:
        """Whether the last step is reached and every other one was gone through."""
        names = {spec["name"] for spec in self.definition["steps"]}
        return self.spec["kind"] == EXIT and names - {self.step} <= set(self.state.passed)

    def mark_passed(self, spec: Spec) -> None:
        if spec["name"] not in self.state.passed:
            self.state.passed.append(str(spec["name"]))

    def advance(self, spec: Spec) -> bool:
        self.mark_passed(spec)
        self.step = self.state.step = str(self.after(spec)["name"])
        self.state.given = []
        if self.walked and self.walker:
            remember_walk(
                study=self._study, locale=self.language, condition=self.condition, actor=self.walker
            )
        return True

    def image_address(self, item: Item, assignment: Assignment | None = None) -> str:
        return "" if item.image_id is None else f"?image={item.image_id}"

    def assignment(self) -> Assignment | None:
        """A unit as it would be handed out, stored nowhere; None where the study has none."""
        item, output = _unit(self._study, self.definition, self.state.done)
        if item is None:
            return None
        unit = Unit(item=item, output=output)
        return Assignment(unit=unit, item=item, submission_key=f"preview-{self.done}", first=self.state.first)


def definition_of(study: Study) -> dict[str, Any]:
    """Of the draft, of an amendment in the making, or of the version that holds."""
    return working_definition(study)


def _unit(study: Study, definition: dict[str, Any], number: int) -> tuple[Item | None, Output | None]:
    """The unit of this number among those that the first batch could release, in the order of their keys."""
    loads = loads_of(study)
    filters = definition["batches"][0]["units"] if definition["batches"] else {}
    domains = filters.get("domain") or []
    judged = study.judges_outputs and (not study.rates_difficulty or number % 2 == 1)
    if judged:
        outputs = Output.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
        for name, path in (
            ("domain", "item__domain"),
            ("system", "system__key"),
            ("template", "template__key"),
        ):
            if filters.get(name):
                outputs = outputs.filter(**{f"{path}__in": filters[name]})
        output = _nth(outputs.select_related("item").order_by("key"), number)
        return (output.item, output) if output else (None, None)
    items = Item.objects.filter(collection=study.collection_id, load__in=loads, check_answer="")
    return _nth((items.filter(domain__in=domains) if domains else items).order_by("key"), number), None


def _nth(rows: Any, number: int) -> Any:
    """The row of this number, from the beginning again where there are fewer."""
    count = rows.count()
    return rows[number % count] if count else None
