from __future__ import annotations

import contextlib
import threading
import time
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connections

from annotations.core.jobs.sweeper import send_all_queued
from annotations.management import listening, supervisor
from annotations.management.base import BadInput, PlatformCommand

PATIENCE = 30.0


class Command(PlatformCommand):
    help = "Run the platform on this machine: web and one worker, until stopped by Ctrl-C."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def act(self, **options: Any) -> dict[str, Any]:
        host, port = options["host"], options["port"]
        if not 0 < port < 65536:
            raise BadInput("--port is a number from 1 to 65535.")
        with supervisor.only_one(settings.VAR) as last_was_killed:
            if last_was_killed:
                listener = listening.listen_after_others(host, port, self.tell)
            else:
                listener = listening.listen(host, port)
            warning = supervisor.disk_warning(settings.VAR)
            if warning:
                self.tell(warning)
            supervisor.prepare_database(self.tell)
            supervisor.empty_broker()
            send_all_queued()
            connections.close_all()
            announcing = threading.Thread(target=self._announce, args=[host, port], daemon=True)
            supervisor.run(supervisor.children(listener), self.tell, announcing.start)
        return {"stopped": True}

    def describe(self, result: dict[str, Any]) -> str:
        return "Stopped."

    def _announce(self, host: str, port: int) -> None:
        """Say that it is up once it answers, not before."""
        own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        name = "localhost" if own == "127.0.0.1" else own
        probe = f"http://{f'[{own}]' if ':' in own else own}:{port}/healthz"
        address = f"http://{f'[{name}]' if ':' in name else name}:{port}"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(probe, timeout=PATIENCE):
                self.tell(f"The platform is up at {address} (stop it with Ctrl-C).")
                return
            time.sleep(0.2)
        self.tell(f"The web process does not answer at {address} yet; its messages stand above.")
