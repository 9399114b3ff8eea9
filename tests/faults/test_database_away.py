"""PostgreSQL away for a while under people's hands: refused by a stopped server, or ignored by a frozen one.

Each page says so soon, kindly and with the time to come back after; when the server is there again, so is
the platform, with all that it acknowledged and nothing twice.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from tests.concurrency.driver import Browser, Log, answers_for
from tests.conftest import environment_for
from tests.participation.kit import write_bundle
from tests.servers import rows, run_manage
from tests.servers.postgres import Postgres, create_database
from tests.servers.web import Web

pytestmark = pytest.mark.postgresql

PEOPLE = 6
EACH = 40


@dataclass(frozen=True)
class Size:
    """How long the server is away, and the seconds that it may take to say so, to be red, and to recover.

    Others use the machine of the small size, so that it only bounds what must not be minutes.
    """

    seconds: float
    to_say_so: float
    to_be_red: float
    to_recover: float


SIZES = [
    pytest.param(Size(6, 15, 15, 30), id="small"),
    pytest.param(Size(30, 3, 5, 10), id="full", marks=pytest.mark.proof),
]


@pytest.fixture
def server():
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        resume(server)
        server.close()


@pytest.fixture
def env(server, tmp_path):
    env = environment_for(tmp_path / "var", create_database(server.url))
    run_manage(env, "migrate", "--verbosity", "0")
    folder = write_bundle(
        tmp_path / "away",
        protocol="supervision",
        items=EACH,
        systems=1,
        participants=PEOPLE,
        overlap=PEOPLE,
        units_per_participant=EACH,
    )
    run_manage(env, "load_bundle", str(folder), "--open")
    return env


def stop(server):
    server.process.terminate(how=signal.SIGINT)
    server.process.close()


def freeze(server):
    for pid in processes(server):
        os.kill(pid, signal.SIGSTOP)


def resume(server):
    if not server.process.alive():
        server.start()
        return
    for pid in processes(server):
        with suppress(ProcessLookupError):  # a backend that ended since it was listed
            os.kill(pid, signal.SIGCONT)


def processes(server):
    """The server and its backends, which are in sessions of their own."""
    listing = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in listing.stdout.splitlines()[1:]]
    return [server.process.pid, *(int(pid) for pid, parent in pairs if int(parent) == server.process.pid)]


@dataclass
class Seen:
    """Replies of one person's server, as (second, seconds it took, status, Retry-After, text)."""

    replies: list[tuple[float, float, int, str, str]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


class TimedBrowser(Browser):
    def __init__(self, port, seen):
        super().__init__(port, Log())
        self.seen = seen

    def ask(self, method, address, data=None):
        """The reply that is none of an outage, after as many tries as that takes."""
        while True:
            began = time.monotonic()
            status, leads_to, text = super().ask(method, address, data)
            retry_after = self.last_headers.get("Retry-After", "")
            self.seen.replies.append((began, time.monotonic() - began, status, retry_after, text))
            if status != 503:
                return status, leads_to, text
            time.sleep(0.2)


def answer_on(port, seen, chance, over):
    """One person, who answers until told to stop or out of units."""
    browser, address = TimedBrowser(port, seen), "/take/away/"
    try:
        form = browser.get("/join/away/").form.filled(consent="1", next="1")
        browser.ask("POST", "/join/away/", form)
        page = browser.get(address)
        while page.step in ("instructions", "units") and not over.is_set():
            if page.step == "units":
                form = page.form.filled(next="1", **answers_for(page, chance))
                status, _, _ = browser.ask("POST", address, form)
                if status == 303:
                    seen.acknowledged.append(form["submission_key"])
                time.sleep(0.1)
            else:
                browser.ask("POST", address, page.form.filled(next="1"))
            page = browser.get(address)
    except Exception as error:
        seen.trouble.append(repr(error))
    finally:
        browser.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("leave", [stop, freeze])
def test_people_are_told_and_lose_nothing(server, env, size, leave):
    import random

    everybody, over = [Seen() for _ in range(PEOPLE)], threading.Event()
    with Web(env, workers=2) as web:
        threads = [
            threading.Thread(target=answer_on, args=(web.port, seen, random.Random(number), over))
            for number, seen in enumerate(everybody)
        ]
        for thread in threads:
            thread.start()
        until(lambda: all(len(seen.acknowledged) > 1 for seen in everybody), 60)
        leave(server)
        gone = time.monotonic()
        red = until(lambda: ready(web) == 503, size.to_be_red)
        time.sleep(max(0.0, size.seconds - red))
        resume(server)
        back = time.monotonic()
        until(lambda: ready(web) == 200, size.to_recover)
        before = [len(seen.acknowledged) for seen in everybody]
        until(
            lambda: all(len(seen.acknowledged) > had for seen, had in zip(everybody, before, strict=True)),
            max(1.0, size.to_recover - (time.monotonic() - back)),
        )
        over.set()
        for thread in threads:
            thread.join()
    assert [seen.trouble for seen in everybody if seen.trouble] == []
    replies = [reply for seen in everybody for reply in seen.replies]
    assert {status for _, _, status, _, _ in replies} == {200, 302, 303, 503} - {302}
    during = [reply for reply in replies if gone < reply[0] < back - size.to_say_so or reply[2] == 503]
    assert len(during) > PEOPLE
    for _, seconds, status, retry_after, text in during:
        assert status == 503
        assert seconds < size.to_say_so
        assert int(retry_after) > 0
        assert "what was stored before is safe" in text
    print(f"{leave.__name__}: red after {red:.1f} s, slowest {max(one[1] for one in during):.1f} s")
    stored = [key for (key,) in rows(env, "SELECT submission_key FROM annotations_response")]
    acknowledged = [key for seen in everybody for key in seen.acknowledged]
    assert len(set(stored)) == len(stored)
    assert set(acknowledged) <= set(stored)


def until(there, seconds):
    """Seconds until it was there."""
    began = time.monotonic()
    while not there():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


def ready(web):
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    finally:
        connection.close()
