"""Studies whose every hidden place holds a canary, and twins that differ in what is hidden only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotations.catalogue.models import Grade, Image, Item, Output, System, Template
from annotations.studies.models import Study
from tests.catalogue.pictures import PNG
from tests.participation.kit import make_study

# One a place: reversed, none is a part of another.
PLACES = (
    "reference", "item-key", "item-meta", "image-name", "system", "family", "licence", "template",
    "template-text", "output-key", "trace", "output-meta", "grader", "another-answer",
)  # fmt: skip
HIDDEN = {name: f"CANARY-{name}-{name[::-1]}" for name in PLACES}
HIDDEN["severity"] = "7.654321"


def hide(study: Study) -> None:
    """Put a canary wherever nothing may be seen; keys stay unique by a number."""
    for table, about in ((Item, "item"), (Output, "output")):
        for one in table._default_manager.filter(collection=study.collection):
            one.meta = {**one.meta, "note": HIDDEN[f"{about}-meta"]}
            if not one.check_answer:
                one.key = f"{HIDDEN[f'{about}-key']}-{one.pk}"
                if about == "item":
                    one.reference = [HIDDEN["reference"]]
            one.save()
    outputs = Output.objects.filter(collection=study.collection)
    template = Template.objects.create(
        collection=study.collection, load=study.load, key=HIDDEN["template"], text=HIDDEN["template-text"]
    )
    outputs.update(trace=HIDDEN["trace"], template=template, severity=float(HIDDEN["severity"]))
    System.objects.filter(collection=study.collection).update(
        family=HIDDEN["family"], licence=HIDDEN["licence"]
    )
    for system in System.objects.filter(collection=study.collection):
        System.objects.filter(pk=system.pk).update(key=f"{HIDDEN['system']}-{system.pk}")
    Grade.objects.filter(output__collection=study.collection).update(grader=HIDDEN["grader"])
    picture = Image.objects.create(
        collection=study.collection, load=study.load, digest="0" * 64, key=f"{HIDDEN['image-name']}.png",
        media_type="image/png", content=PNG,
    )  # fmt: skip
    Item.objects.filter(collection=study.collection, check_answer="").update(image=picture, image_alt="A dot")


DESIGNS: dict[str, dict[str, Any]] = {
    "plain": {},
    "own answer, revised": {"asking": {"own_answer": True, "revise": True, "difficulty": True}},
    "skips, corrections": {"skipping": {"allowed": True}, "corrections": {"allowed": True}},
    "repeats": {"repeats": {"share": 0.3, "gap": 1}},
    "arms": {"conditions": [{"name": "one"}, {"name": "other", "weight": 2}]},
}
PROTOCOLS = ("difficulty", "supervision", "both")


def of(protocol: str, design: str) -> dict[str, Any]:
    """The settings of a design, without what outputs alone have where none are shown."""
    given = dict(DESIGNS[design])
    if protocol == "difficulty":
        given.pop("asking", None)
    return given


def make_blind(folder: Path, slug: str = "sums", **bundle: Any) -> Study:
    study = make_study(folder, slug, **bundle)
    hide(study)
    return study
