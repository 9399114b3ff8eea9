"""Until when a study keeps what it knows of people."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, model_validator

from annotations.studies.definition.values import Part

WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def known_day(text: str) -> str:
    try:
        if WRITTEN.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ValueError(f'"{text}" is no day: write it as 2031-12-31')


Day = Annotated[str, AfterValidator(known_day)]


class Retention(Part):
    """On these days the schedule deletes what ties people to their answers, and the people themselves."""

    identities_until: Day | None = None
    answers_until: Day | None = None

    @model_validator(mode="after")
    def check_order(self) -> Retention:
        first, last = self.identities_until, self.answers_until
        if first and last and last < first:
            raise ValueError(
                f"answers_until ({last}) comes before identities_until ({first}): nobody's identity is kept"
                " longer than their answers"
            )
        return self
