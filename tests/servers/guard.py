"""Ends a process group once whoever started it is gone: `python guard.py GROUP LEFTOVER...`.

The starter holds the other end of our stdin and writes to it when it has cleaned up itself. A bare end
of file means that it crashed or was killed, so the clean-up falls to us. Standard library only: this is
run as a script, in a session of its own, so that what kills the tests does not kill it too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time


def end_group(group: int, *, patience: float = 5.0) -> None:
    """SIGINT first (PostgreSQL's fast shutdown), SIGKILL to what is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGINT)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)


def main(group: int, leftovers: list[str]) -> None:
    if sys.stdin.buffer.read():
        return
    end_group(group)
    for path in leftovers:
        shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.unlink(path)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
