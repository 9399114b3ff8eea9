"""A Chromium for the browser tests: the machine's own, else Debian's."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.process import ServerError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
ADVICE = (
    "No Chromium for the browser tests: install it, e.g. `apt install chromium`, then run the tests again."
)

# It must talk to nobody but the server under test.
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def arguments() -> list[str]:
    """Chromium's sandbox does not work for root."""
    return [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS


def chromium() -> str:
    """The path of a Chromium, installed on the way where we may."""
    found = find()
    if found:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ServerError(ADVICE)
    install()
    found = find()
    if not found:
        raise ServerError(ADVICE)
    return found


def find() -> str | None:
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return str(MAC) if MAC.exists() else None


def install() -> None:
    """One installation at a time: parallel test processes wait for the first."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if find():
            return
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            done = subprocess.run(
                ["apt-get", *command],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise ServerError(f"{ADVICE} (`apt-get {command[0]}` failed: {done.stderr.strip()[-1000:]})")
