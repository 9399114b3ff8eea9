"""A study of every design at once, released, verified from the folder, loaded again, released the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from annotations.responses.models import Response
from annotations.studies.models import Study
from annotations.studies.services import close_study
from tests.participation.kit import make_study
from tests.participation.whole import Guide, settings

STEADY = {
    "name": "steady",
    "kind": "scale",
    "text": {"en": "How steady?"},
    "low": 1,
    "high": 5,
    "per": "unit",
}


class Steady(Guide):
    """Also answers the question that is asked at every unit, and takes part in training."""

    def form(self, **instead):
        return {**super().form(**instead), "steady": "3", "training_use": "1", "active_ms": "900"}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.django_db
def test_release_of_every_design_verifies_and_comes_back_the_same(tmp_path):
    whole = settings("supervision")
    study = make_study(
        tmp_path, protocol="supervision", items=12, checks=4, strata=["grade"], participants=6, overlap=3,
        units_per_participant=8,
        settings=whole | {
            "questions": [*whole["questions"], STEADY],
            "asking": {"own_answer": True, "difficulty": True, "revise": True},
            "repeats": {"share": 0.4, "gap": 1},
            "skipping": {"allowed": True},
            "checks": {"share": 0.2},
            "conditions": [
                {"name": name, "parameters": {"incorrect_share": share, "told": True}}
                for name, share in (("few", 0.2), ("many", 0.5))
            ],
            "analysis": {"resamples": 0, "bins": 2},
        },
    )  # fmt: skip
    for number in range(4):
        ann = Steady()
        ann.walk("units")
        ann.post(ann.take_address, ann.page.form.filled(skip="1"))
        while ann.page.step != "exit":
            ann.send(**ann.form() | {"answer": f"{number}"})
    assert Response.objects.filter(repeat=True).exists()
    assert Response.objects.exclude(condition="").count() == Response.objects.count()
    close_study(study=study, actor="test")
    call_command("analyse", study.slug)
    call_command("release", study.slug, out=tmp_path / "one")
    call_command("verify_release", str(tmp_path / "one"))
    call_command("load_bundle", str(tmp_path / "one"), slug="again")
    assert Study.objects.get(slug="again").version.definition_hash
    call_command("analyse", "again")
    call_command("release", "again", out=tmp_path / "two")
    people = (tmp_path / "one" / "participants.csv").read_text().splitlines()
    assert people[0].endswith("training_use")
    assert {line[-1] for line in people[1:]} == {"1"}
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
