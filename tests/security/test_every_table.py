"""No table is without somebody who looks whether an erasure reaches it.

The sweep of `test_erasure` reads all tables, but it proves nothing of one in which the person never was. A new
table fails here until they are in it when they are erased, or it is said below why no table of the kind holds people.
"""

from __future__ import annotations

from django.apps import apps

from annotations.core import audit
from annotations.people.models import Participant
from annotations.responses.models import PersonDecision, PersonSignals
from tests.releases.case import analyse, release
from tests.security.sweeping import in_tables
from tests.security.test_erasure import CANARIES, ann, erase_by_command, known_by, study

__all__ = ["ann", "study"]

HOLD_NOBODY = {
    # What is asked, and of whom nothing is told.
    **dict.fromkeys(
        ("collection", "load", "item", "image", "system", "template", "output", "grade"),
        "what is asked about",
    ),
    **dict.fromkeys(("study", "studyversion", "axis", "retentiondate"), "the study as it was designed"),
    **dict.fromkeys(
        ("batch", "unit", "stratumlevel"), "counters, which test_erasure compares with a recount"
    ),
    "invitation": "a hash that the person's row shows to be theirs; blurred with it (people/test_identities)",
    # Of researchers and of machines.
    **dict.fromkeys(("user", "member"), "researchers"),
    **dict.fromkeys(("group", "permission", "contenttype", "logentry", "session"), "of log-ins, Django's"),
    **dict.fromkeys(("group_permissions", "user_groups", "user_user_permissions"), "likewise"),
    "workerbeat": "machines",
    **dict.fromkeys(
        ("gradingrun", "mark", "handround", "handtask", "handplace"), "graders, and what they grade"
    ),
    **dict.fromkeys(("watch", "alert", "alertdismissal"), "of studies, for researchers"),
    "entrycount": "how many came in vain; who is not kept",
    **dict.fromkeys(
        ("revision", "previewwalk", "registration", "upload"), "what researchers did and sent in"
    ),
    "job": "numbers of resamples, and keys of rows",
    # Made of everybody's answers together; that they are stale is shown in test_erasure.
    **dict.fromkeys(("run", "runtable", "figure"), "counts and curves"),
    "draft": "rows of an analysis under way: test_erasure, test_left_behind",
    "release": "a closed one names nobody",
    "suppression": "keyed hashes of who was erased",
}


def people_in(canaries, key):
    """Names of the models that hold one of the canaries, or refer to the person, however indirectly."""
    places = set().union(*in_tables(canaries).values())
    tables = {place.partition(".")[0] for place in places}
    rows = {Participant: set(Participant.objects.filter(key=key).values_list("pk", flat=True))}
    grown = True
    while grown:
        grown = False
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                if field.related_model in rows and model is not Participant:
                    mine = model._base_manager.filter(**{f"{field.attname}__in": rows[field.related_model]})
                    more = set(mine.values_list("pk", flat=True)) - rows.setdefault(model, set())
                    rows[model] |= more
                    grown |= bool(more)
    found = {model for model in rows if rows[model]}
    return {
        model._meta.model_name
        for model in apps.get_models(include_auto_created=True)
        if model in found or model._meta.db_table in tables
    }


def test_person_is_in_every_table_that_may_hold_people(study, ann, tmp_path):
    canaries = known_by(ann)
    del canaries["consent"], canaries["language"]  # what everybody agreed to, and what the study speaks
    analyse("sums")
    release("sums", tmp_path / "first")
    audit.record(actor="a", action="looked at", subject="sums", participant=canaries["pseudonym"])
    person = ann.enrolment.participant
    PersonDecision.objects.create(participant=person, excluded=False, reason=CANARIES["exclusion"])
    PersonSignals.objects.create(participant=person, study=study)
    holding = people_in(canaries, canaries["pseudonym"])
    tables = {model._meta.model_name for model in apps.get_models(include_auto_created=True)}
    assert tables - holding - set(HOLD_NOBODY) == set(), "put the person into it, or say why it holds nobody"
    assert holding & set(HOLD_NOBODY) == set()
    assert set(HOLD_NOBODY) <= tables
    erase_by_command(ann)
    assert people_in(canaries, canaries["pseudonym"]) == set()
    assert (PersonDecision.objects.count(), PersonSignals.objects.count()) == (0, 0)
