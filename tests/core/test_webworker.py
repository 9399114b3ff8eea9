"""Clients that stall hold no thread of the web for long; clients that are slow are heard out."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from annotations.management import supervisor
from studyplatform import webworker
from studyplatform.webworker import Accepting


@pytest.fixture
def ends(monkeypatch):
    """A client, and its socket as the worker has it."""
    monkeypatch.setattr(webworker, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        connection, _address = Accepting(listener).accept()
        connection.setblocking(True)
        with client, connection:
            yield client, connection


def test_client_that_stalls_is_taken_for_one_that_went(ends):
    _client, connection = ends
    since = time.monotonic()
    with pytest.raises(ConnectionResetError):
        connection.recv(10)
    assert 0.2 < time.monotonic() - since < 5


def test_client_that_drips_is_given_no_more_time(ends):
    client, connection = ends
    stop = threading.Event()

    def drip():
        while not stop.wait(0.05):
            client.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(ConnectionResetError):
        list(iter(lambda: connection.recv(1), b""))
    stop.set()
    thread.join()


def test_slow_line_that_delivers_is_heard_out(ends):
    client, connection = ends

    def deliver():
        for _ in range(10):
            client.send(b"x" * 100)
            time.sleep(0.1)

    thread = threading.Thread(target=deliver)
    thread.start()
    assert sum(len(connection.recv(100)) for _ in range(10)) == 1000
    thread.join()


def test_each_request_of_a_connection_has_its_own_time(ends):
    client, connection = ends
    for _ in range(4):
        connection.setblocking(False)
        connection.setblocking(True)
        threading.Timer(0.2, client.send, [b"x"]).start()
        assert connection.recv(1) == b"x"


def test_platform_serves_by_this_worker():
    with socket.create_server(("127.0.0.1", 0)) as port:
        web = supervisor.children(port)[0]
    assert f"{webworker.Worker.__module__}.{webworker.Worker.__name__}" in web.command
