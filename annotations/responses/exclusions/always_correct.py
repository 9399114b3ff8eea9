from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.responses.exclusions.registry import Parameter, leaves_out_people
from annotations.responses.persons import Around, Person


def shows_outputs(definition: Mapping[str, Any]) -> str:
    if definition["protocol"] == "difficulty":
        return "concerns verdicts on outputs, and this study asks for none: remove it"
    return ""


@leaves_out_people(
    "always_correct",
    "Leaves out people who called every output correct. It selects by what the study measures, slips:"
    " report the results without it too.",
    needs=shows_outputs,
    share=Parameter(1.0, "From which share of verdicts `correct` on.", low=0.5, high=1),
    answers=Parameter(10, "How many verdicts somebody must have given to be judged.", low=1),
    incorrect=Parameter(3, "How many of the outputs must have been graded incorrect."),
)
def always_correct(person: Person, around: Around, *, share: float, answers: int, incorrect: int) -> str:
    judged = [one for one in person.scored if one.output is not None and one.verdict]
    said = sum(one.verdict == "correct" for one in judged)
    if len(judged) < answers or said < share * len(judged):
        return ""
    wrong = sum(around.grades.get(one.output or 0) == "incorrect" for one in judged)
    if wrong < incorrect:
        return ""
    return f"called {said} of {len(judged)} outputs correct, of which {wrong} are incorrect"
