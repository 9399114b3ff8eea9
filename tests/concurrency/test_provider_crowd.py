"""People of a provider, each on two devices, while its messages rain down: over HTTP, on two web workers."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.parse
from http.client import HTTPConnection

from annotations.participation.hooks import sign
from tests.concurrency.driver import Browser, Log, answers_for
from tests.participation.kit import write_bundle
from tests.participation.providers.kit import HOOK, SECRET, prolific_query, told
from tests.servers import rows, run_manage
from tests.servers.web import Web

PEOPLE, PLACES, EACH, OVERLAP = 8, 6, 4, 3
# The first three run out of time and the next two return, whenever the messages find them.
MESSAGES = [told("TIMED-OUT", person) for person in (1, 2, 3)] + [
    told("RETURNED", person) for person in (4, 5)
]


def device(port, person, seed, log):
    """To the end of the passage, or to wherever this device is sent away."""
    browser, chance = Browser(port, log), random.Random(seed)
    entry = f"/join/crowd/?{urllib.parse.urlencode(prolific_query(person))}"
    page = browser.get(entry)
    if page.step == "consent":
        browser.ask("POST", entry, page.form.filled(consent="1", next="1"))
        page = browser.get(entry)
    while page.step in ("instructions", "units"):
        given = answers_for(page, chance) if page.step == "units" else {}
        form = page.form.filled(next="1", **given)
        status, _leads_to, _text = browser.ask("POST", "/take/crowd/", form)
        if status == 303 and given:
            log.acknowledged.append(form["submission_key"])
        page = browser.get("/take/crowd/")
    log.ends.append(page.step)
    browser.close()


def rain(port, over, log):
    """All messages, again and again. The sender is told the same whether they find anybody or not."""
    while not over.is_set():
        for body in MESSAGES:
            sent_at = str(int(time.time()))
            headers = {
                "X-Prolific-Request-Timestamp": sent_at,
                "X-Prolific-Request-Signature": sign(SECRET, sent_at, body).decode(),
            }
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", HOOK, body, headers)
            log.statuses.append(connection.getresponse().status)
            connection.close()


def play(port):
    log, sender, over = Log(), Log(), threading.Event()
    devices = [
        threading.Thread(target=device, args=(port, person, 10 * person + number, log))
        for person in range(1, PEOPLE + 1)
        for number in range(2)
    ]
    messages = threading.Thread(target=rain, args=(port, over, sender))
    for thread in (messages, *devices):
        thread.start()
    for thread in devices:
        thread.join()
    over.set()
    messages.join()
    return log, sender


def test_every_place_is_answered_once_or_free_again(database_env, tmp_path):
    folder = write_bundle(
        tmp_path / "crowd", protocol="supervision", items=20, systems=1, participants=PLACES,
        overlap=OVERLAP, units_per_participant=EACH, settings={"recruitment": {"provider": "prolific"}},
    )  # fmt: skip
    env = {
        **database_env,
        "PROLIFIC_WEBHOOK_SECRETS": SECRET,
        # Paths without what stands behind the question mark, as the documentation has it.
        "GUNICORN_CMD_ARGS": "--access-logformat '%(m)s %(U)s %(s)s'",
    }
    run_manage(env, "load_bundle", str(folder), "--open")
    with Web(env, workers=2) as web:
        log, sender = play(web.port)
        said = web.log()
    assert len(log.ends) == 2 * PEOPLE  # no device broke off
    assert {status for status in log.statuses if status >= 500} == set()
    assert set(sender.statuses) == {200}

    stored = [key for (key,) in rows(env, "SELECT submission_key FROM annotations_response")]
    assert len(stored) == len(set(stored))
    assert set(log.acknowledged) == set(stored)

    enrolments = rows(env, "SELECT id, state, outcome, answered FROM annotations_enrolment")
    assert len(enrolments) == rows(env, "SELECT count(*) FROM annotations_identity")[0][0] <= PEOPLE
    states = [state for _pk, state, _outcome, _answered in enrolments]
    running, completed = rows(env, "SELECT running, completed FROM annotations_batch")[0]
    assert (running, completed) == (0, states.count("completed"))
    assert completed <= PLACES
    assert {answered for _pk, state, _outcome, answered in enrolments if state == "completed"} == {EACH}
    leased = rows(env, "SELECT count(*) FROM annotations_assignment WHERE state = 'leased'")
    assert leased[0][0] == 0
    counted = "SELECT count(*) FROM annotations_response WHERE NOT surplus"
    assert rows(env, "SELECT sum(filled) FROM annotations_unit") == rows(env, counted)

    assert "GET /join/crowd/ 200" in said
    for body in MESSAGES:
        assert json.loads(body)["participant_id"] not in said
