"""Which language people read: their own choice, then their browser's, then the study's first."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation

from annotations.accounts.models import User
from annotations.people.models import Enrolment
from tests.participation.kit import RATED, Visitor

LOCALES = ["en", "es", "zh-CN"]
PANEL = "PROLIFIC_PID=5f1e2d3c4b5a69788796a5b4&STUDY_ID=60aa60aa60aa60aa60aa60aa&SESSION_ID=70bb70bb70bb70bb70bb70bb"


def person(accept="", kind=Visitor, slug="sums"):
    headers = {"accept-language": accept} if accept else {}
    return kind(slug, Client(enforce_csrf_checks=True, headers=headers))


def spoken(page):
    """The language and the direction that the page says it is in."""
    return re.search(r'<html lang="([^"]*)" dir="([^"]*)">', page.html).groups()


def choose(visitor, language, **more):
    form = visitor.outer_form("language")
    return visitor.post(form.action, form.filled(language=language, **more))


@pytest.fixture
def spoken_in(make):
    def make_one(locales, **settings):
        return make(participants=9, overlap=9, settings={"locales": locales, **settings})

    return make_one


@pytest.fixture
def several(spoken_in):
    return spoken_in(LOCALES)


@pytest.mark.parametrize(
    "accept, locale",
    [
        ("es-MX", "es"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("fr", "en"),
        ("fr,es;q=0.5", "es"),
        ("es;q=0.1,zh;q=0.7", "zh-CN"),
        ("es;q=0", "en"),
        ("*", "en"),
        ("", "en"),
        ("%s;;,q=\x7f" % ("x" * 300), "en"),
    ],
)
def test_browsers_language_is_taken_where_the_study_has_it(several, accept, locale):
    assert spoken(person(accept).get("/join/sums/")) == (locale, "ltr")


@pytest.mark.parametrize(
    "locales, accept, locale",
    [
        (["es", "en"], "fr", "es"),
        (["zh-Hans", "zh-Hant"], "zh-TW", "zh-Hant"),
        (["zh-Hant", "zh-Hans"], "zh-CN", "zh-Hans"),
        (["pt-BR", "pt-PT"], "pt-PT", "pt-PT"),
        (["en-GB", "de"], "en-US,de;q=0.5", "en-GB"),
    ],
)
def test_nearest_locale_is_taken(spoken_in, locales, accept, locale):
    spoken_in(locales)
    assert spoken(person(accept).get("/join/sums/"))[0] == locale


def test_choice_wins_over_the_browser_on_every_page_to_the_end(several):
    ann = person("zh-CN")
    ann.get("/join/sums/")
    pages = [choose(ann, "es"), ann.send(consent="1"), ann.send()]
    assert "Guardar y continuar" in pages[-1].words
    pages += [ann.send(**RATED) for _ in range(3)]
    assert [page.step for page in pages] == ["consent", "instructions", "units", "units", "units", "exit"]
    pages += [ann.get(address) for address in ("/take/sums/message/", "/take/sums/consent/", "/take/sums/")]
    assert {spoken(page)[0] for page in pages} == {"es"}
    assert Enrolment.objects.get().language == "es"


def test_choice_is_changed_at_the_end_as_well(several):
    ann = person()
    ann.begin()
    ann.finish(**RATED)
    page = choose(ann, "zh-CN")
    assert (page.step, spoken(page)[0]) == ("exit", "zh-CN")
    assert "完成代码" in page.words
    assert spoken(ann.get())[0] == "zh-CN"


def test_choice_holds_for_the_next_study(several, make):
    make("next", settings={"locales": ["en", "es-MX"]})
    ann = person()
    ann.get("/join/sums/")
    choose(ann, "es")
    assert spoken(ann.get("/join/next/"))[0] == "es-MX"


def test_choice_holds_where_nobody_is_in_a_study(several):
    ann = person("en")
    ann.get("/join/sums/")
    choose(ann, "zh-CN")
    assert "没有会话" in ann.get("/take/sums/").words
    assert "删除我的回答" in ann.get("/take/withdraw/").words


@pytest.mark.parametrize("language", ["", "de", "zh", "en; path=/", "x" * 5_000])
def test_unknown_language_changes_nothing(several, language):
    ann = person("es")
    ann.join()
    page = choose(ann, language)
    assert spoken(page)[0] == "es"
    assert "language" not in ann.client.cookies
    assert Enrolment.objects.get().language == "es"


def test_language_written_from_right_to_left(spoken_in):
    """The platform has no such words of its own: they are in English."""
    spoken_in(["en", "ar"], consent={"ar": "أهلا وسهلا"})
    page = person("ar-EG").get("/join/sums/")
    assert spoken(page) == ("ar", "rtl")
    assert "أهلا وسهلا" in page.words
    assert "I have read this and want to take part." in page.words


def test_study_in_one_language_offers_no_choice(spoken_in):
    spoken_in(["es"])
    page = person("en").get("/join/sums/")
    assert spoken(page)[0] == "es"
    assert not [form for form in page.forms if "/language/" in form.action]


def test_languages_are_offered_by_their_own_names(spoken_in):
    spoken_in(["en", "es-MX", "es-ES", "zh-CN", "zh-Hant", "tlh"])
    page = person().get("/join/sums/")
    names = re.findall(r'<option value="([^"]*)" lang="\1"[^>]*>([^<]*)<', page.html)
    assert names == [
        ("en", "English"),
        ("es-MX", "Español (es-MX)"),
        ("es-ES", "Español (es-ES)"),
        ("zh-CN", "中文"),
        ("zh-Hant", "繁體中文"),
        ("tlh", "tlh"),
    ]


@pytest.fixture
def paneled(spoken_in):
    return spoken_in(LOCALES, recruitment={"provider": "prolific"})


def test_choice_keeps_what_the_provider_put_into_the_address(paneled):
    ann = person()
    ann.get(f"/join/sums/?{PANEL}")
    form = ann.outer_form("language")
    answer = ann.client.post(form.action, form.filled(language="es"))
    assert (answer.status_code, answer["Location"]) == (303, f"/join/sums/?{PANEL}")
    page = ann.get(answer["Location"])
    assert (page.step, spoken(page)[0]) == ("consent", "es")


def test_choice_after_declining_leads_back_to_the_same_link(paneled):
    ann = person()
    page = ann.get(f"/join/sums/?{PANEL}")
    (decline,) = [form for form in page.forms if "/decline/" in form.action]
    assert ann.post(decline.action, decline.filled()).step == "no_consent"
    assert choose(ann, "es").step == "consent"


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example/take/", "/\\evil.example/", "/research/", "javascript:alert(1)", ""],
)  # fmt: skip
def test_choice_leads_nowhere_else(several, back):
    ann = person()
    ann.get("/join/sums/")
    form = ann.outer_form("language")
    answer = ann.client.post(form.action, form.filled(language="es") | {"back": back})
    assert (answer.status_code, answer["Location"]) == (303, "/join/sums/")


def test_choice_needs_a_form_of_this_site(several):
    ann = person()
    ann.get("/join/sums/")
    assert ann.client.post("/take/sums/language/", {"language": "es"}).status_code == 403


def test_preview_leaves_no_language_behind(several):
    ruth = Client()
    ruth.force_login(User.objects.create_superuser("ruth@example.org", "a-long-password"))
    page = ruth.get("/take/sums/preview/?language=es", follow=True).content.decode()
    assert "He leído esto y quiero participar." in page
    assert translation.get_language() == "en"


def test_study_is_called_by_a_name_in_the_persons_language(make):
    make(settings={"locales": LOCALES, "information": {"title": {"zh-CN": "加法"}}})
    ann = person("zh-CN")
    assert "加法" in ann.get("/join/sums/").words
    ann.send(consent="1")
    assert "加法" in ann.get("/take/sums/consent/").words
    assert "Sums" in person("es").get("/join/sums/").words
