"""Rules of exclusion that a study declares before its data are seen. One file each registers itself.

A rule reads one person at a time, with what others did beside it, and says in words why answers are to be
left out. It never decides about pay: nothing here rejects anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.core.problems import listing, near_miss, shown
from annotations.responses.persons import Around, Given, Person

# Reasons by primary keys of answers.
Reasons = dict[int, str]
Find = Callable[[Person, Around, Mapping[str, Any]], Reasons]


@dataclass(frozen=True)
class Parameter:
    """A setting of a rule. `low` and `high` bound numbers, `choices` are what else it may be."""

    default: int | float | str
    says: str
    low: float = 0
    high: float = 1e9
    choices: tuple[str, ...] = ()

    def fault(self, value: Any) -> str:
        """What is wrong with the value, for a sentence; blank if nothing is."""
        if self.choices:
            known = isinstance(value, str) and value in self.choices
            meant = near_miss(value, self.choices) if isinstance(value, str) else ""
            return "" if known else f"must be one of {listing(self.choices)}{meant}"
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (isinstance(self.default, int) and value != int(value)):
            return "must be a whole number" if isinstance(self.default, int) else "must be a number"
        within = self.low <= value <= self.high
        return "" if within else f"must be from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Rule:
    """`needs` says what a definition lacks that the rule reads, blank if nothing."""

    name: str
    says: str
    parameters: Mapping[str, Parameter]
    find: Find
    whole_person: bool
    needs: Callable[[Mapping[str, Any]], str] = lambda definition: ""


RULES: dict[str, Rule] = {}


def _keep(rule: Rule) -> None:
    if rule.name in RULES:
        raise ValueError(f"the rule {rule.name!r} is registered twice")
    RULES[rule.name] = rule


def leaves_out_people(
    name: str, says: str, *, needs: Callable[[Mapping[str, Any]], str] | None = None, **parameters: Parameter
) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register `judge(person, around, **parameters)`: why the person goes altogether, blank if they stay."""

    def keep(judge: Callable[..., str]) -> Callable[..., str]:
        def find(person: Person, around: Around, given: Mapping[str, Any]) -> Reasons:
            reason = judge(person, around, **given)
            return dict.fromkeys((one.pk for one in person.answers), reason) if reason else {}

        _keep(Rule(name, says, parameters, find, True, *([needs] if needs else [])))
        return judge

    return keep


def leaves_out_answers(
    name: str, says: str, *, needs: Callable[[Mapping[str, Any]], str] | None = None, **parameters: Parameter
) -> Callable[[Callable[..., Iterable[tuple[Given, str]]]], Callable[..., Iterable[tuple[Given, str]]]]:
    """Register `judge(person, around, **parameters)`: single answers of the person that go, and why."""

    def keep(
        judge: Callable[..., Iterable[tuple[Given, str]]],
    ) -> Callable[..., Iterable[tuple[Given, str]]]:
        def find(person: Person, around: Around, given: Mapping[str, Any]) -> Reasons:
            return {one.pk: reason for one, reason in judge(person, around, **given)}

        _keep(Rule(name, says, parameters, find, False, *([needs] if needs else [])))
        return judge

    return keep


def with_defaults(rule: Rule, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a rule as it takes them: a whole number may have been written 2.0."""
    return {
        name: type(parameter.default)(given.get(name, parameter.default))
        for name, parameter in rule.parameters.items()
    }


def rule_faults(definition: Mapping[str, Any]) -> list[str]:
    """Why the exclusions that a definition declares cannot be applied, each reason a sentence."""
    return [reason for one in definition["exclusions"] for reason in _faults(one, definition)]


def applicable_rules(definition: Mapping[str, Any]) -> list[tuple[Rule, dict[str, Any]]]:
    """The declared rules without fault, with their parameters, in the order in which they are declared."""
    return [
        (RULES[one["name"]], with_defaults(RULES[one["name"]], one["parameters"]))
        for one in definition["exclusions"]
        if not any(_faults(one, definition))
    ]


def _faults(declared: Mapping[str, Any], definition: Mapping[str, Any]) -> Iterable[str]:
    name, given = declared["name"], declared["parameters"]
    rule = RULES.get(name)
    if rule is None:
        meant = near_miss(name, RULES) or "."
        yield f"`exclusions` names {shown(name)}, which is none of {listing(RULES, 40)}{meant}"
        return
    for parameter, value in given.items():
        if parameter not in rule.parameters:
            meant = near_miss(parameter, rule.parameters) or "."
            known = listing(rule.parameters) or "none: it takes no parameters"
            yield f"The exclusion rule {name} has no parameter {shown(parameter)}, only {known}{meant}"
        elif fault := rule.parameters[parameter].fault(value):
            yield f"The exclusion rule {name}: `{parameter}` {fault}."
    if lacking := rule.needs(definition):
        yield f"The exclusion rule {name} {lacking}."
