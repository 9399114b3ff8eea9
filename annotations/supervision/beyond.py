"""What is computed of judgements beside the tables of the contract, each in a module of its own."""

from __future__ import annotations

from typing import Any

from annotations.analysis.findings import Rows
from annotations.supervision.against import effect_rows, slips_against
from annotations.supervision.agreement import agreement
from annotations.supervision.cohort import Cohort
from annotations.supervision.inferring import inferred_grades
from annotations.supervision.machines import machine_supervisors
from annotations.supervision.rejecting import reject_option
from annotations.supervision.sensitivity import sensitivity
from annotations.supervision.severity import severity
from annotations.supervision.wronggrades import wrong_grades


def beyond(study: Cohort, given: dict[str, Any]) -> tuple[dict[str, Rows], list[str]]:
    """Tables by name, those without rows left out, and what must be said before anybody reads on.

    What only concerns one number stands in its `note`.
    """
    inferred, said = inferred_grades(study)
    effects, effects_said = effect_rows(study)
    tables = {
        "supervision_sensitivity": sensitivity(study, given),
        "reject_option": reject_option(study),
        "wrong_grades": wrong_grades(study),
        "slips_against": slips_against(study),
        "slip_effects": effects,
        "severity": severity(study),
        "agreement": agreement(study),
        "machine_supervisors": machine_supervisors(study),
        "inferred_grades": inferred,
    }
    return {name: rows for name, rows in tables.items() if rows}, [*said, *effects_said]
