"""Drawing a grade audit: all outputs graded incorrect of the easiest bins, and a sample of those correct."""

from __future__ import annotations

from annotations.catalogue.handgrading.models import HandRound, HandTask
from annotations.catalogue.handgrading.rounds import CORRECT, INCORRECT, Drawn, seeded
from annotations.core.errors import Refusal
from annotations.studies.drawing import candidates
from annotations.studies.freezing import loads_of
from annotations.studies.models import Axis, Study


def draw_for_audit(study: Study, round: HandRound) -> list[Drawn]:
    """What the round asks for: `bins` from the easiest, `sample` of outputs graded correct, `seed`.

    Bins are those of the axis by which the study sorts its items. What was audited under the grade that it
    has now is left out.
    """
    asked = round.asked
    source = study.definition["analysis"]["difficulty_from"]
    if study.state == Study.DRAFT and source and not Axis.objects.filter(study=study).exists():
        raise Refusal(
            f"The difficulty axis comes from {source!r} and is copied when the study opens:"
            " make the audit then."
        )
    audits = HandTask.objects.filter(
        round__collection=study.collection_id, round__purpose=HandRound.AUDIT, round__subject=study.slug
    )
    # Its own tasks are those of an attempt that was broken off.
    audited = set(audits.exclude(round=round.pk).values_list("output_id", "graded"))
    found = [
        (one, Drawn(one.output, one.output_key, one.grade, one.grade))
        for one in candidates(study, loads_of(study))
        if one.output is not None and not one.is_check and (one.output, one.grade) not in audited
    ]
    bins = range(1, int(asked["bins"]) + 1)
    incorrect = [drawn for one, drawn in found if one.grade == INCORRECT and one.difficulty_bin in bins]
    correct = [drawn for one, drawn in found if one.grade == CORRECT]
    return incorrect + seeded(correct, int(asked["sample"]), int(asked["seed"]))
