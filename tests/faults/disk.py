"""A disk of a few megabytes that tests fill and free.

Where this user may mount, it is a real one, in memory. Elsewhere writing fails by the limit on the size of
files, set to nothing: of the processes that the test names, and (through `full_disk_settings`) of commands
that start meanwhile. Either way writes fail in the system, not in the platform.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers import Process

MEGABYTES = 24


class MountedDisk:
    """A tmpfs. `fill` leaves not one free page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env: dict[str, str] = {}

    def fill(self, *servers: Process) -> None:
        with contextlib.suppress(OSError), self._filler().open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096):
                pass
        assert shutil.disk_usage(self.folder).free == 0

    def free(self, *servers: Process) -> None:
        self._filler().unlink(missing_ok=True)

    def _filler(self) -> Path:
        return self.folder / "filler"


class LimitedDisk:
    """A folder as any other, and processes that may not write to files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.marker = folder.with_name(f"{folder.name}-is-full")
        self.env = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.full_disk_settings",
            "TEST_DISK_IS_FULL": str(self.marker),
        }

    def fill(self, *servers: Process) -> None:
        self.marker.touch()
        self._limit(0, servers)

    def free(self, *servers: Process) -> None:
        self.marker.unlink(missing_ok=True)
        self._limit(resource.RLIM_INFINITY, servers)

    def _limit(self, size: int, servers: tuple[Process, ...]) -> None:
        listing = subprocess.run(["ps", "-eo", "pid,pgid"], capture_output=True, text=True, check=True)
        groups = {server.pid for server in servers}
        for line in listing.stdout.splitlines()[1:]:
            pid, group = map(int, line.split())
            if group in groups:
                hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[MountedDisk | LimitedDisk]:
    folder.mkdir()
    options = f"size={MEGABYTES}m,mode=0700"
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        yield LimitedDisk(folder)
        return
    try:
        yield MountedDisk(folder)
    finally:
        # Lazily: a process that is about to end may still hold a file.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
