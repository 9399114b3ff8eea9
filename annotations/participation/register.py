"""What a study's recruitment needs before it can open: the providers know."""

from __future__ import annotations

from annotations.participation import providers
from annotations.studies.definition import as_served
from annotations.studies.models import Study
from annotations.studies.services import register_opening_check


@register_opening_check
def check_recruitment(study: Study) -> list[str]:
    recruitment = {"settings": {}, **study.definition["recruitment"]}
    provider = providers.get(recruitment["provider"])
    return [*provider.reasons(recruitment), *provider.forbids(as_served(study.definition))]
