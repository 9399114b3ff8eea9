"""The embedded broker, read while it is written."""

from __future__ import annotations

import json
from queue import Empty

import pytest
from celery import Celery
from kombu import Connection
from kombu.transport import filesystem

from annotations.core.jobs.folder import Transport


@pytest.fixture
def folders(tmp_path):
    return {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
    }


class Looked:
    """A message during whose writing somebody looks for messages."""

    def __init__(self, channel):
        self.channel = channel
        self.saw = None

    def __json__(self):
        try:
            self.saw = self.channel._get("jobs")
        except Exception as error:
            self.saw = error
        return "message"


def put_and_look(transport, folders):
    with Connection(transport=transport, transport_options=folders) as connection:
        message = Looked(connection.default_channel)
        connection.default_channel._put("jobs", message)
        try:
            left = connection.default_channel._get("jobs")
        except Empty:
            left = None
        return message.saw, left


def test_message_is_not_seen_before_it_is_whole(folders):
    saw, left = put_and_look(Transport, folders)
    assert isinstance(saw, Empty)
    assert left == "message"


def test_message_of_kombu_is_seen_too_early(folders):
    """The control: what our transport is for. When this fails, ours may go."""
    saw, left = put_and_look(filesystem.Transport, folders)
    assert isinstance(saw, json.JSONDecodeError)
    assert left is None


def test_filesystem_means_ours():
    app = Celery("tests", broker="filesystem://", set_as_current=False)
    assert isinstance(app.connection().transport, Transport)


def test_folder_that_cannot_be_written_is_said(folders, tmp_path):
    folders["data_folder_out"] = str(tmp_path / "nowhere")
    with (
        Connection(transport=Transport, transport_options=folders) as connection,
        pytest.raises(connection.channel_errors, match="Cannot put a message"),
    ):
        connection.default_channel._put("jobs", "message")
