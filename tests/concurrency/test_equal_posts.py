"""The same form sent four times at one moment: one row, four equal replies."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from tests.concurrency.driver import Browser, Log
from tests.participation.kit import write_bundle
from tests.servers import rows, run_manage
from tests.servers.web import Web

ADDRESS = "/take/posts/"


@pytest.fixture(scope="module")
def server(shared_database_env, tmp_path_factory):
    folder = write_bundle(
        tmp_path_factory.mktemp("bundle") / "posts",
        protocol="supervision",
        settings={"corrections": {"allowed": True}},
        participants=40,
        overlap=40,
    )
    run_manage(shared_database_env, "load_bundle", str(folder), "--open")
    with Web(shared_database_env, workers=2) as server:
        yield server


@dataclass
class Counted:
    """The server, and what was in its database before a test came."""

    port: int
    env: dict[str, str]
    before: dict[str, int] = field(default_factory=dict)

    def count(self, what):
        (number,) = rows(self.env, f"SELECT {what}")[0]
        return (number or 0) - self.before.get(what, 0)


ROWS = "count(*) FROM annotations_"
PLACES = "sum(running) FROM annotations_batch"
FILLED = "sum(filled) FROM annotations_unit"
LEASED = f"{ROWS}assignment WHERE state = 'leased'"


@pytest.fixture
def web(server, shared_database_env):
    web = Counted(server.port, shared_database_env)
    tables = ("response", "enrolment", "assignment")
    for what in (*(f"{ROWS}{table}" for table in tables), PLACES, FILLED, LEASED):
        web.before[what] = web.count(what)
    return web


@pytest.fixture
def ann(web):
    return Browser(web.port, Log())


def at_once(web, ann, requests):
    """Send all requests at one moment, each by a connection of its own with Ann's cookies."""
    replies, gate = [None] * len(requests), threading.Barrier(len(requests))

    def send(place, method, address, data):
        browser = Browser(web.port, Log())
        browser.cookies = dict(ann.cookies)
        gate.wait()
        replies[place] = (*browser.ask(method, address, data), browser.cookies)
        browser.close()

    threads = [threading.Thread(target=send, args=(place, *one)) for place, one in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def begin(ann):
    form = ann.get("/join/posts/").form.filled(consent="1", next="1")
    ann.ask("POST", "/join/posts/", form)
    ann.ask("POST", ADDRESS, ann.get(ADDRESS).form.filled(next="1"))
    return ann.get(ADDRESS)


def test_equal_answers_at_once_are_one_row(web, ann):
    page = begin(ann)
    for turn in range(3):
        form = page.form.filled(verdict="correct", confidence="50", next="1")
        replies = at_once(web, ann, [("POST", ADDRESS, form)] * 4)
        assert [reply[:3] for reply in replies] == [(303, ADDRESS, "")] * 4
        assert web.count(f"{ROWS}response") == turn + 1
        assert rows(web.env, "SELECT answered FROM annotations_enrolment ORDER BY id DESC")[0] == (turn + 1,)
        page = ann.get(ADDRESS)
    assert page.step == "exit"


def test_unequal_answers_at_once_are_one_row_and_one_is_told_so(web, ann):
    form = begin(ann).form
    bodies = [form.filled(verdict=verdict, confidence="50") for verdict in ("correct", "incorrect")]
    replies = at_once(web, ann, [("POST", ADDRESS, body) for body in bodies])
    assert sorted(reply[0] for reply in replies) == [303, 409]
    assert web.count(f"{ROWS}response") == 1


def test_equal_corrections_at_once_are_one_row(web, ann):
    form = begin(ann).form
    ann.ask("POST", ADDRESS, form.filled(verdict="correct", confidence="50"))
    other = form.filled(verdict="incorrect", confidence="60")
    replies = at_once(web, ann, [("POST", f"{ADDRESS}correct/", other)] * 4)
    assert [reply[:3] for reply in replies] == [(303, ADDRESS, "")] * 4
    assert web.count(f"{ROWS}response") == 2


def test_equal_consents_at_once_are_one_place(web, ann):
    form = ann.get("/join/posts/").form.filled(consent="1", next="1")
    replies = at_once(web, ann, [("POST", "/join/posts/", form)] * 4)
    assert [reply[:3] for reply in replies] == [(303, ADDRESS, "")] * 4
    assert len({reply[3]["take_posts"] for reply in replies}) == 1
    assert web.count(f"{ROWS}enrolment") == 1
    assert web.count(PLACES) == 1


def test_tabs_opened_at_once_show_one_unit(web, ann):
    page = begin(ann)
    for _ in range(2):
        ann.ask("POST", ADDRESS, page.form.filled(verdict="correct", confidence="50"))
        replies = at_once(web, ann, [("GET", ADDRESS, None)] * 4)
        assert {reply[0] for reply in replies} == {200}
        assert web.count(LEASED) == 1
        page = ann.get(ADDRESS)
        assert all(page.unit in reply[2] for reply in replies)


def test_answer_and_other_tabs_at_once_end_nobody_s_passage(web, ann):
    """A tab that looks while another one answers sees a unit or the end, and never one unit too many."""
    page = begin(ann)
    while page.step == "units":
        answer = ("POST", ADDRESS, page.form.filled(verdict="correct", confidence="50"))
        replies = at_once(web, ann, [answer, *[("GET", ADDRESS, None)] * 3])
        assert {reply[0] for reply in replies} <= {200, 303}
        page = ann.get(ADDRESS)
    assert web.count(f"{ROWS}response") == 3
    assert web.count(f"{ROWS}assignment") == 3


def test_leaving_and_coming_back_at_once_keeps_the_count(web, ann):
    page = begin(ann)
    leave = ("POST", f"{ADDRESS}leave/", page.form.filled())
    for _ in range(4):
        replies = at_once(web, ann, [leave, leave, ("GET", ADDRESS, None), ("GET", ADDRESS, None)])
        assert {reply[0] for reply in replies} <= {200, 303}
        (state,) = rows(web.env, "SELECT state FROM annotations_enrolment ORDER BY id DESC")[0]
        assert web.count(PLACES) == (state == "active")
        leased = web.count(LEASED)
        assert leased <= (state == "active")  # who has just come back is given a unit by the next page
        assert web.count(FILLED) == leased
