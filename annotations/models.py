"""All models of the app, gathered from the areas that define them."""

from __future__ import annotations

from annotations.accounts.models import User
from annotations.allocation.models import Assignment
from annotations.analysis.models import Figure, Run, RunTable
from annotations.catalogue.autograding.models import GradingRun, Mark
from annotations.catalogue.handgrading.models import HandPlace, HandRound, HandTask
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.models import Collection, Grade, Image, Item, Load, Output, System, Template
from annotations.core.models import AuditEntry, Job, WorkerBeat
from annotations.people.models import (
    Enrolment,
    EntryCount,
    Identity,
    Invitation,
    Participant,
    ProviderEvent,
    Suppression,
)
from annotations.releases.models import Release, ReleasedParticipant
from annotations.responses.models import (
    Exclusion,
    Message,
    PersonDecision,
    PersonSignals,
    Response,
    StepAnswer,
)
from annotations.studies.history import PreviewWalk, Registration, Revision
from annotations.studies.models import (
    Axis,
    Batch,
    Member,
    RetentionDate,
    StratumLevel,
    Study,
    StudyVersion,
    Unit,
)
from annotations.studies.watches import Alert, AlertDismissal, Watch

__all__ = [
    "Alert",
    "AlertDismissal",
    "Assignment",
    "AuditEntry",
    "Axis",
    "Batch",
    "Collection",
    "Enrolment",
    "EntryCount",
    "Exclusion",
    "Figure",
    "Grade",
    "GradingRun",
    "HandPlace",
    "HandRound",
    "HandTask",
    "Identity",
    "Image",
    "Invitation",
    "Item",
    "Job",
    "Load",
    "Mark",
    "Member",
    "Message",
    "Output",
    "Participant",
    "PersonDecision",
    "PersonSignals",
    "PreviewWalk",
    "ProviderEvent",
    "Registration",
    "Release",
    "ReleasedParticipant",
    "Response",
    "RetentionDate",
    "Revision",
    "Run",
    "RunTable",
    "StepAnswer",
    "StratumLevel",
    "Study",
    "StudyVersion",
    "Suppression",
    "System",
    "Template",
    "Unit",
    "Upload",
    "User",
    "Watch",
    "WorkerBeat",
]
