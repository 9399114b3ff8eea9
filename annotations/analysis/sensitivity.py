"""The same study with other exclusions: what results are shown for beside those that count."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.analysis.data import StudyData, rule_of

COUNTED, EVERYTHING, NO_RULES, PUT_BACK = "counted", "with_excluded", "without_rules", "put_back"
# Of many rules those that leave out most: each costs an analysis.
MOST_RULES = 8


def scopes(data: StudyData) -> Iterator[tuple[str, str, StudyData]]:
    """Scope, rule and data: what counts; with all that is excluded; where rules were declared, without what
    they leave out, and each of them alone put back. Nothing where nothing is excluded."""
    if data.whole is None:
        return
    yield COUNTED, "", data
    yield EVERYTHING, "", data.of(data.whole)
    declared = [one["name"] for one in data.definition["exclusions"]]
    reasons = data.whole.responses["reason"]
    rules = [rule_of(one, declared) for one in reasons[reasons != ""]]
    applied = sorted(set(rules) - {""}, key=lambda rule: (-rules.count(rule), rule))
    if applied and "" in rules:
        yield NO_RULES, "", data.of(data.whole.without(frozenset([""]), declared))
    if len(applied) > 1 or (applied and "" in rules):
        for rule in applied[:MOST_RULES]:
            others = frozenset({*applied, ""} - {rule})
            yield PUT_BACK, rule, data.of(data.whole.without(others, declared))


def said_of(data: StudyData) -> list[str]:
    """How much is left out, and where it is shown what that does."""
    if data.whole is None:
        return []
    out = len(data.whole.responses) - len(data.responses)
    gone = len(data.whole.people) - len(data.people)
    people = f", and with them all of {gone} participants," if gone else ""
    return [
        f"{out:,} of {len(data.whole.responses):,} answers{people} are excluded; the results with them stand"
        " beside these."
    ]
