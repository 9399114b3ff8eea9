"""How a connection finds out whether its server is there."""

from __future__ import annotations

import socket
import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client

from annotations.core.health import why_not_ready
from studyplatform.postgresql import watching
from tests.servers import free_port


@pytest.fixture
def server():
    """Answers each first message with one byte, as PostgreSQL does; `deaf` are the first so many that it drops."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)
    heard = []

    def serve():
        while True:
            try:
                other, _ = listener.accept()
            except OSError:
                return
            with other:
                heard.append(other.recv(8))
                if len(heard) > server.deaf:
                    other.sendall(b"N")

    server = threading.Thread(target=serve, daemon=True)
    server.deaf, server.port, server.heard = 0, str(listener.getsockname()[1]), heard
    server.start()
    yield server
    listener.close()


def test_server_that_answers_is_there(server):
    assert watching.answers("127.0.0.1", server.port)
    assert server.heard == [watching.SSL_REQUEST]


def test_nobody_listens():
    assert not watching.answers("127.0.0.1", str(free_port()))


def test_each_address_of_a_name_is_asked(server, monkeypatch):
    dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", free_port()))
    alive = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(server.port)))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: [dead, alive])
    assert watching.answers("db.example.org", server.port)


@pytest.mark.parametrize("host", ["", "one,two", "no-such-host.invalid"])
def test_who_cannot_be_asked_is_taken_to_be_there(host):
    """psycopg has the word then."""
    assert watching.answers(host, "5432")


def test_one_question_may_get_lost(server, monkeypatch):
    server.deaf = 1

    class Here:
        hostaddr, host, port = b"127.0.0.1", b"db.example.org", server.port.encode()
        status = psycopg.pq.ConnStatus.BAD

    connected = watching.WatchedConnection.__new__(watching.WatchedConnection)
    connected.pgconn = Here
    assert connected._server_answers()
    assert len(server.heard) == 2


@pytest.mark.postgresql
def test_slow_statement_on_a_living_server_goes_on(db):
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 7, pg_sleep(%s)", [2 * watching.ASK_AFTER + 0.3])
        assert cursor.fetchone()[0] == 7
    assert time.monotonic() - began > 2 * watching.ASK_AFTER


@pytest.mark.postgresql
def test_silence_ends_when_the_server_answers_again(db, monkeypatch):
    monkeypatch.setattr(watching._silence, "noticed", True)
    with monkeypatch.context() as patched:
        patched.setattr(watching, "answers", lambda *_: False)
        with pytest.raises(psycopg.OperationalError, match="does not answer"):
            watching.WatchedConnection.connect(**parameters())
    watching.WatchedConnection.connect(**parameters()).close()
    assert not watching._silence.noticed


def parameters():
    here = connections["default"].get_connection_params()
    return {name: here[name] for name in ("host", "port", "user", "password", "dbname")}


@pytest.fixture
def standby(transactional_db):
    """The database takes no writes."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    connection.close()
    yield
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
        cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    connection.close()


@pytest.mark.postgresql
def test_database_that_takes_no_writes_is_an_outage_and_not_ready(standby):
    client = Client(raise_request_exception=False)
    client.cookies[settings.CSRF_COOKIE_NAME] = "x" * 32
    reply = client.post("/accounts/login/", {"username": "a@example.org", "password": "x"})
    assert (reply.status_code, reply["Retry-After"]) == (503, "5")
    assert why_not_ready() == "the database takes no writes"


@pytest.mark.postgresql
def test_database_without_its_tables_is_an_outage(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE annotations_study RENAME TO elsewhere")
    try:
        reply = Client(raise_request_exception=False).get("/join/some-study/")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO annotations_study")
    assert (reply.status_code, reply["Retry-After"]) == (503, "5")
