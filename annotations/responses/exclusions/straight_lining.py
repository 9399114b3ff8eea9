from __future__ import annotations

from annotations.responses.exclusions.registry import Parameter, leaves_out_people
from annotations.responses.persons import Around, Person
from annotations.responses.sameness import forms_of, longest_run, most_common


@leaves_out_people(
    "straight_lining",
    "Leaves out people who filled in the same form again and again: verdict, difficulty and confidence alike."
    " Verdicts alone do not count: judge by `always_correct`.",
    share=Parameter(0.95, "From which share of equal forms on; 0: no such limit.", high=1),
    run=Parameter(0, "From how many equal forms in a row on; 0: no such limit."),
    answers=Parameter(10, "How many answers somebody must have given to be judged.", low=2),
)
def straight_lining(person: Person, around: Around, *, share: float, run: int, answers: int) -> str:
    forms = forms_of(person.scored)
    if len(forms) < answers:
        return ""
    same, row = most_common(forms), longest_run(forms)
    if share and same >= share * len(forms):
        return f"{same} of {len(forms)} forms were filled in alike"
    return f"{row} forms in a row were filled in alike" if run and row >= run else ""
