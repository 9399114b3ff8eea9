"""One study and everything that people, providers, researchers, the schedule and workers do to it."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import IntegrityError

from annotations.allocation.models import Assignment
from annotations.allocation.services import leave, sweep_leases
from annotations.analysis.frames import read_study
from annotations.analysis.pipeline import want_analysis
from annotations.catalogue.models import Grade
from annotations.core import clock
from annotations.core.errors import NotFound, Refusal
from annotations.core.jobs.runner import run_job
from annotations.core.jobs.sweeper import sweep_jobs
from annotations.core.models import Job
from annotations.participation import flow
from annotations.participation.hooks import Ending, end_passage
from annotations.people.enrolling import find_enrolment, session_token
from annotations.people.identities import Arrival, entry_key_of, erase_identity, opened
from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, Identity, Participant
from annotations.responses.answers import Answer
from annotations.responses.declared import apply_declared
from annotations.responses.erasure import erase_participant
from annotations.responses.excluding import (
    exclude_people,
    exclude_responses,
    readmit_people,
    readmit_responses,
)
from annotations.responses.models import Response
from annotations.responses.recording import correct_response, record_first
from annotations.responses.skipping import skip_unit
from annotations.studies.models import Study
from annotations.studies.services import amend_study, open_study, pause_study
from tests.participation.kit import read_instructions

SETTINGS: dict[str, Any] = {
    "asking": {"own_answer": True},
    "skipping": {"allowed": True},
    "corrections": {"allowed": True},
    "repeats": {"share": 0.2, "gap": 1},
    "conditions": [{"name": "a"}, {"name": "b"}],
    "recruitment": {"provider": "prolific"},
}
# What may be said to somebody who was erased, put out or too late in the middle of an act.
GONE = (Refusal, Participant.DoesNotExist, Enrolment.DoesNotExist, Identity.DoesNotExist, Job.DoesNotExist)
JUDGED = Answer(verdict="correct", confidence=50.0)


class Town:
    """Acts on random rows, each with a seed of its own."""

    def __init__(self, study: Study, seed: int) -> None:
        self.slug, self.chance = study.slug, random.Random(seed)

    @property
    def acts(self) -> list[Callable[[], Any]]:
        return [
            *[self.take_part] * 6, *[self.lapse] * 2, *[self.erase] * 2, self.forget, self.end, self.stop,
            self.amend, self.decide, self.regrade, self.analyse, self.invite,
        ]  # fmt: skip

    @property
    def study(self) -> Study:
        return Study.objects.select_related("version").get(slug=self.slug)

    def live(self, until: float) -> None:
        """Act after act until that moment of the monotonic clock, and each at least as often as it stands
        among the acts."""
        while True:
            for act in self.chance.sample(self.acts, len(self.acts)):
                with suppress(*GONE):
                    act()
            if time.monotonic() > until:
                return

    def take_part(self) -> None:
        """One of a hundred people of a provider, who may be under way in another browser already."""
        study, number = self.study, self.chance.randrange(100)
        arrival = Arrival("prolific", f"{number:024x}", {"SESSION_ID": f"session{number}"})
        key = entry_key_of(study, arrival)
        flow.enter(study=study, entry_key=key, arrival=arrival)
        for _ in range(8):
            enrolment = find_enrolment(self.slug, session_token(key))
            if enrolment is None:
                return
            if enrolment.step == "instructions":
                read_instructions(enrolment)
                continue
            unit = flow.stand(enrolment).assignment
            if unit is None:
                return
            self.do_unit(enrolment, unit)

    def do_unit(self, enrolment: Enrolment, unit: Assignment) -> None:
        draw = self.chance.random()
        if draw < 0.1:
            leave(enrolment=enrolment)
        elif draw < 0.2:
            skip_unit(enrolment=enrolment, assignment=unit)
        else:
            record_first(enrolment=enrolment, assignment=unit, answer=Answer(answer="4", dont_know=False))
            response = flow.submit(enrolment=enrolment, assignment=unit, answer=JUDGED).response
            if draw < 0.4:
                correct_response(response=response, answer=Answer(verdict="unsure", confidence=draw))

    def lapse(self) -> None:
        enrolment = self.any_of(Enrolment.objects.filter(state=Enrolment.ACTIVE))
        past = clock.now() - timedelta(minutes=1)
        Enrolment.objects.filter(pk=enrolment.pk).update(expires_at=past)
        Assignment.objects.filter(enrolment=enrolment, state=Assignment.LEASED).update(expires_at=past)
        sweep_leases()

    def erase(self) -> None:
        erase_participant(participant=self.any_of(Participant.objects.all()), actor="ada")

    def forget(self) -> None:
        erase_identity(participant=self.any_of(Identity.objects.all()).participant, actor="ada")

    def end(self) -> None:
        identity = self.any_of(Identity.objects.select_related("participant"))
        submission = opened(identity).details["SESSION_ID"]
        end_passage(identity, Ending("", submission, self.chance.choice(["returned", "timed_out"])))

    def stop(self) -> None:
        pause_study(study=self.study, actor="ada")
        open_study(study=self.study, actor="ada")

    def amend(self) -> None:
        study = self.study
        definition = copy.deepcopy(study.definition) | {"title": f"Sums {self.chance.random()}"}
        amend_study(study=study, definition=definition, actor="ada")

    def decide(self) -> None:
        """About one answer, about a person, or by a rule."""
        response, study = self.any_of(Response.objects.all()), self.study
        why: dict[str, Any] = {"study": study, "reason": "late", "actor": "ada"}
        exclude_responses(responses=[response.pk], **why)
        readmit_responses(responses=[response.pk], **why)
        self.chance.choice([exclude_people, readmit_people])(people=[response.participant_id], **why)
        study.definition["exclusions"] = [{"name": "warm_up", "parameters": {}}]
        apply_declared(study)

    def regrade(self) -> None:
        grade = self.any_of(Grade.objects.filter(current=True))
        with suppress(IntegrityError):  # somebody else graded it again meanwhile
            Grade.objects.filter(pk=grade.pk).update(current=False)
            Grade.objects.create(output=grade.output, revision=grade.revision + 1, grade="avoidant")

    def analyse(self) -> None:
        study = self.study
        read_study(study)
        want_analysis(study=study, wanted_by="ada", only=("supervision",), resamples=0)
        for pk in Job.objects.filter(state=Job.QUEUED).values_list("pk", flat=True):
            run_job(pk)
        sweep_jobs()

    def invite(self) -> None:
        make_invitations(study=self.study, count=2, actor="ada")

    def any_of(self, rows: Any) -> Any:
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise NotFound("Nobody is there yet.")
        return rows.get(pk=self.chance.choice(keys))
