"""Makes the rules of exclusion known to the opening of studies, and jobs about answers to workers."""

from __future__ import annotations

from annotations.core.jobs import kinds
from annotations.core.reasons import Reason
from annotations.responses.exclusions import rule_faults
from annotations.studies.definition import as_served
from annotations.studies.models import Study
from annotations.studies.services import register_opening_check

APPLY, SIGNALS, DECIDE = "declared exclusions", "signals", "exclusions"

kinds.register_module(APPLY, "annotations.responses.applying")
kinds.register_module(SIGNALS, "annotations.responses.signals")
kinds.register_module(DECIDE, "annotations.responses.deciding")


@register_opening_check
def check_exclusions(study: Study) -> list[str]:
    return [Reason(fault, "exclusions") for fault in rule_faults(as_served(study.definition))]
