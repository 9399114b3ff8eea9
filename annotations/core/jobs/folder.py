"""The embedded broker: kombu's folder of messages, into which each message is put whole.

Kombu creates a message's file under its final name and then writes into it. A worker that looks in
between takes an empty file for a message, and ends. Here the file gets its name when it is complete.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        draft = Path(self.data_folder_out, f"{name}.draft")
        try:
            draft.write_bytes(str(dumps(payload)).encode())
            draft.rename(draft.with_suffix(""))
        except OSError as error:
            raise ChannelError(f"Cannot put a message into {self.data_folder_out}: {error}") from error


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this one, in this process."""
    TRANSPORT_ALIASES["filesystem"] = f"{Transport.__module__}:{Transport.__qualname__}"
