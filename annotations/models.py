"""All models of the app, gathered from the areas that define them."""

from __future__ import annotations

from annotations.accounts.models import User
from annotations.allocation.models import Assignment
from annotations.analysis.models import Figure, Run, RunTable
from annotations.catalogue.models import Collection, Grade, Item, Load, Output, System, Template
from annotations.core.models import AuditEntry, Job, WorkerBeat
from annotations.people.models import Enrolment, Participant, Suppression
from annotations.releases.models import Release, ReleasedParticipant
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Axis, Batch, Member, StratumLevel, Study, StudyVersion, Unit

__all__ = [
    "Assignment",
    "AuditEntry",
    "Axis",
    "Batch",
    "Collection",
    "Enrolment",
    "Exclusion",
    "Figure",
    "Grade",
    "Item",
    "Job",
    "Load",
    "Member",
    "Output",
    "Participant",
    "Release",
    "ReleasedParticipant",
    "Response",
    "Run",
    "RunTable",
    "StratumLevel",
    "Study",
    "StudyVersion",
    "Suppression",
    "System",
    "Template",
    "Unit",
    "User",
    "WorkerBeat",
]
