"""Pages of the set-up: saved by a button or as one writes, refused with the reason, nothing overwritten."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.core.models import AuditEntry
from annotations.research.setup.sections import sections
from annotations.studies.definition import Definition, as_served
from annotations.studies.history import Revision
from annotations.studies.models import Member, Study
from tests.research.setup.forms import Setup

NAMES = [one.name for one in sections()]


@pytest.fixture
def at(draft, alice, as_user):
    return lambda name: Setup(as_user(alice), draft, name)


def stored():
    return Study.objects.get(slug="draft")


def test_every_setting_stands_on_a_page():
    placed = [key for section in sections() for key in section.keys]
    assert sorted(placed) == sorted(Definition.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_as_it_stands_changes_nothing(at, name):
    """So every value finds its way to the page and back."""
    before = as_served(stored().definition)
    page = at(name)
    page.send()
    assert "Saved" in page.words
    assert stored().definition == before


def test_rich_definition_goes_through_every_page_unchanged(at, draft, tmp_path):
    import yaml

    from annotations.studies.definition import filled, parse_definition
    from tests.servers import ROOT

    text = (ROOT / "examples" / "arithmetic-supervision" / "study.yaml").read_text()
    more = yaml.safe_load(text) | {
        "collection": "sums",
        "conditions": [{"name": "a", "parameters": {"trace": True}}, {"name": "b", "weight": 2.5}],
        "exclusions": [{"name": "fast_answers", "parameters": {"seconds": 2.5, "of_own": 0.25}}],
        "questions": [
            {"name": "why", "text": {"en": "Why?", "fr": "Pourquoi ?"}, "per": "unit", "required": False},
            {"name": "how", "kind": "scale", "low": 0, "high": 7, "text": {"en": "How\nfar?"}},
        ],
        "recruitment": {"provider": "sona", "settings": {"site": "x.sona-systems.com", "experiment_id": 12}},
        "retention": {"identities_until": "2040-01-01"},
    }
    draft.definition = filled(parse_definition(yaml.safe_dump(more), file="s", default_collection="sums"))
    draft.save()
    for name in NAMES:
        page = at(name)
        page.send()
        assert page.response.status_code == 200, (name, page.form.errors)
        assert stored().definition == draft.definition, name


def test_save_is_stored_remembered_and_audited(at, alice):
    at("basics").send(title="Other sums")
    study = stored()
    assert (study.title, study.definition["title"], study.revision) == ("Other sums", "Other sums", 2)
    revision, base = Revision.objects.all()
    assert (revision.number, revision.saved_by, revision.changed) == (2, alice.email, ["title"])
    assert (base.number, base.definition["title"]) == (1, "Study draft")
    assert AuditEntry.objects.filter(action="set-up saved").count() == 1


def test_save_as_one_writes_says_so_only_when_it_is_stored(at):
    page = at("basics")
    good = page.send(htmx=True, title="Other sums").content.decode()
    assert "Saved" in good
    assert 'name="revision" value="2"' in good
    bad = page.send(htmx=True, title="", revision="2").content.decode()
    assert "Saved" not in bad
    assert "Not saved" in bad
    assert stored().title == "Other sums"


@pytest.mark.parametrize(
    ("section", "values", "slot", "says"),
    [
        ("basics", {"title": "  "}, "e-title", "must not be empty"),
        ("basics", {"seed": "many"}, "e-seed", "must be a whole number"),
        ("basics", {"seed": "-1"}, "e-seed", "must be 0 or more"),
        ("basics", {"protocol": "x"}, "e-protocol", "must be"),
        ("basics", {"locales": ""}, "e-locales", "needs 1 or more"),
        ("basics", {"locales": "English"}, "e-locales", "characters"),
        ("domains", {"domains.0.guess": "1.5"}, "e-domains-0-guess", "must be less than 1"),
        ("batches", {"batches.0.participants": ""}, "e-batches-0-participants", "must not be empty"),
        ("batches", {"batches.0.name": "a b"}, "e-batches-0-name", "characters"),
        ("analysis", {"analysis.thresholds": "20, 10"}, "e-analysis-thresholds", "must rise"),
        ("analysis", {"analysis.thresholds": "5, many"}, "e-analysis-thresholds", "must be a number"),
        ("retention", {"retention.answers_until": "soon"}, "e-retention-answers_until", "is no day"),
        ("asking", {"asking.revise": "1"}, "e-asking-revise", "needs `asking.own_answer`"),
        ("asking", {"asking.forecast": "1"}, "e-asking-forecast", "asks for no items"),
        ("recruitment", {"recruitment.settings": "site: x"}, "e-recruitment-settings", "does not know"),
        ("recruitment", {"recruitment.settings": "nonsense"}, "e-recruitment-settings", "must be a mapping"),
        (
            "recruitment",
            {"recruitment.codes.completed": "A", "recruitment.codes.full": "A"},
            "e-recruitment-codes",
            "same code for two outcomes",
        ),
        ("recruitment", {"recruitment.settings": "on: a\non: b"}, "e-recruitment-settings", "mapping"),
        ("retention", {"retention.answers_until": "2001-01-01"}, "e-retention-answers_until", "later day"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_refused_beside_the_field_and_typed_is_kept(at, section, values, slot, says, htmx):
    from tests.research.setup.forms import SetupForm

    before, page = stored().definition, at(section)
    response = page.send(htmx=htmx, **values)
    errors = SetupForm(response.content.decode()).errors
    assert says in errors[slot]
    assert (stored().definition, stored().revision) == (before, 1)
    if not htmx:
        assert response.status_code == 422
        # A list of choices cannot hold another.
        kept = {name: value.strip() for name, value in values.items() if name != "protocol"}
        assert {name: page.form.values[name][0] for name in kept} == kept


def test_unfinished_may_be_saved_and_keeps_the_study_from_opening(at, alice, as_user, draft):
    page = at("questions")
    page.send(act="add:questions")
    page.send(questions__0__text__en="How old is your cat?")
    assert stored().definition["questions"][0]["name"] == "question-1"
    overview = as_user(alice).get(reverse("research:overview", args=[draft.slug])).content.decode()
    assert "No step asks question-1" in overview


def test_list_is_added_to_moved_and_taken_from(at):
    page = at("conditions")
    page.send(act="add:conditions")
    page.send(act="add:conditions")
    assert [one["name"] for one in stored().definition["conditions"]] == ["arm-1", "arm-2"]
    page.send(act="up:conditions.1")
    assert [one["name"] for one in stored().definition["conditions"]] == ["arm-2", "arm-1"]
    page.send(act="down:conditions.0", conditions__0__weight="3")
    found = stored().definition["conditions"]
    assert [(one["name"], one["weight"]) for one in found] == [("arm-1", 1.0), ("arm-2", 3.0)]
    page.send(act="remove:conditions.0")
    assert [one["name"] for one in stored().definition["conditions"]] == ["arm-2"]


def test_new_part_that_wants_more_is_kept_and_saved_when_it_is_whole(at):
    page = at("steps")
    page.send(act="add:steps", added="comprehension")
    assert "Fill in the new part" in page.words
    assert len(stored().definition["steps"]) == 5
    kinds = [page.form.values[f"steps.{n}.kind"][0] for n in range(6)]
    assert kinds[-2:] == ["comprehension", "exit"]
    values = {
        "text.en": "Well?",
        "options.0.value": "y",
        "options.1.value": "n",
        "right": "y",
        "name": "well",
    }
    page.send(**{f"steps.4.questions.0.{name}": value for name, value in values.items()})
    assert stored().definition["steps"][4]["questions"][0]["right"] == ["y"]
    page.send(act="add:steps.4.questions.0.options")
    page.send(**{"steps.4.questions.0.options.2.value": "maybe"})
    assert [one["value"] for one in stored().definition["steps"][4]["questions"][0]["options"]] == [
        "y",
        "n",
        "maybe",
    ]


def test_rule_of_exclusion_is_chosen_and_its_parameters_are_judged(at):
    page = at("checks")
    page.send(act="add:exclusions")
    assert len(stored().definition["exclusions"]) == 1
    page.send(exclusions__0__name="fast_answers", exclusions__0__parameters="seconds: 2")
    assert stored().definition["exclusions"] == [{"name": "fast_answers", "parameters": {"seconds": 2}}]
    page.send(exclusions__0__parameters="second: 2")
    assert "fast_answers" in page.form.errors["e-exclusions"]
    assert page.form.values["exclusions.0.parameters"] == ["second: 2"]
    assert stored().definition["exclusions"][0]["parameters"] == {"seconds": 2}


def test_order_of_steps_that_cannot_be_is_refused(at):
    page = at("steps")
    page.send(act="up:steps.1")
    assert "may come before consent" in page.form.errors["e-steps"]
    assert stored().definition["steps"][0]["kind"] == "consent"
    assert page.form.values["steps.1.kind"] == ["consent"]


@pytest.mark.parametrize(
    "act", ["up:steps.0", "remove:steps.99", "remove:title", "add:steps:nothing", "x", "up:a.b"]
)
def test_button_of_a_part_that_is_gone_is_refused_kindly(at, act):
    page = at("steps")
    assert page.send(act=act).status_code == 422
    assert stored().revision == 1


def test_another_protocol_brings_its_own_instructions(at):
    before = stored().definition["instructions"]["en"]
    at("basics").send(protocol="difficulty")
    assert stored().definition["instructions"]["en"] != before
    at("texts").send(instructions__en="Ours.")
    at("basics").send(protocol="supervision")
    assert stored().definition["instructions"]["en"] == "Ours."


def test_language_comes_with_texts_and_goes_with_them_only_when_told(at):
    at("basics").send(locales="en\nes")
    assert "Le invitamos" in stored().definition["consent"]["es"]
    page = at("basics")
    page.send(locales="en")
    assert list(stored().definition["consent"]) == ["en"]
    page.send(locales="en\nes")
    at("texts").send(consent__es="Nuestro.")
    page.open()
    page.send(locales="en")
    assert "written in es" in page.form.errors["e-locales"]
    page.send(locales="en", drop_texts="1")
    assert list(stored().definition["consent"]) == ["en"]


def test_two_people_are_told_shown_the_difference_and_choose(at, draft, charlie, as_user):
    Member.objects.create(study=draft, user=charlie, role=Member.EDITOR)
    mine, theirs = at("texts"), Setup(as_user(charlie), draft, "texts")
    theirs.send(consent__en="Of Charlie.")
    mine.send(consent__en="Of Alice.")
    assert mine.response.status_code == 409
    assert "charlie@example.org changed this page" in mine.words
    assert "Of Charlie." in mine.words
    assert mine.form.values["consent.en"] == ["Of Alice."]
    assert stored().definition["consent"]["en"] == "Of Charlie."
    mine.send()
    assert stored().definition["consent"]["en"] == "Of Alice."


def test_two_people_told_while_they_write(at, draft, charlie, as_user):
    Member.objects.create(study=draft, user=charlie, role=Member.EDITOR)
    mine, theirs = at("texts"), Setup(as_user(charlie), draft, "texts")
    theirs.send(htmx=True, consent__en="Of Charlie.")
    for _ in range(2):  # it does not give way when one goes on writing
        said = mine.send(htmx=True, consent__en="Of Alice.").content.decode()
        assert "charlie@example.org changed this page" in said
    assert stored().definition["consent"]["en"] == "Of Charlie."


def test_two_people_on_different_pages_do_not_hinder_each_other(at, draft, charlie, as_user):
    Member.objects.create(study=draft, user=charlie, role=Member.EDITOR)
    mine, theirs = at("texts"), Setup(as_user(charlie), draft, "checks")
    theirs.send(checks__share="0.2")
    mine.send(consent__en="Of Alice.")
    assert stored().definition["consent"]["en"] == "Of Alice."
    assert stored().definition["checks"]["share"] == 0.2


def test_save_from_a_revision_that_is_not_known_any_more_overwrites_nothing(at):
    page = at("texts")
    page.send(revision="99", consent__en="Of Alice.")
    assert page.response.status_code == 409
    assert stored().revision == 1


@pytest.mark.parametrize("name", NAMES)
def test_viewer_may_look_and_stranger_finds_nothing(draft, bob, charlie, as_user, name):
    address = reverse("research:setup-section", args=[draft.slug, name])
    response = as_user(bob).get(address)
    assert response.status_code == 200
    assert "<fieldset disabled>" in response.content.decode()
    assert as_user(bob).post(address, {}).status_code == 404
    assert as_user(charlie).get(address).status_code == 404
    assert stored().revision == 1


def test_closed_study_stays_what_it_was(study, alice, as_user):
    Study.objects.update(state=Study.CLOSED)
    page = Setup(as_user(alice), study, "texts")
    assert "stays what it was" in page.words
    page.send(consent__en="Other.", revision="1")
    assert page.response.status_code == 422


def test_text_is_shown_as_participants_read_it(draft, alice, as_user):
    address = reverse("research:setup-rendered", args=[draft.slug])
    shown = as_user(alice).post(address, {"consent.en": "- a\n- <b>"}).content.decode()
    assert "<li>a</li><li>&lt;b&gt;</li>" in shown


def test_queries_of_a_page_stay_few(at, django_assert_max_num_queries):
    page = at("steps")
    with django_assert_max_num_queries(12):
        page.open()


def test_what_cannot_be_read_is_shown_beside_what_somebody_else_saved(at, draft, charlie, as_user):
    Member.objects.create(study=draft, user=charlie, role=Member.EDITOR)
    mine, theirs = at("checks"), Setup(as_user(charlie), draft, "checks")
    theirs.send(checks__share="0.2")
    mine.send(checks__share="a tenth")
    assert mine.response.status_code == 409
    assert "a tenth" in mine.words
    lists, others = at("analysis"), Setup(as_user(charlie), draft, "analysis")
    others.send(analysis__seed="7", analysis__resamples="300")
    lists.send(analysis__thresholds="5, ten")
    assert lists.response.status_code == 409
    assert "ten" in lists.words
