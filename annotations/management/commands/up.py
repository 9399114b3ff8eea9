from __future__ import annotations

import time
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connections

from annotations.core.jobs.sweeper import send_all_queued
from annotations.management import supervisor
from annotations.management.base import BadInput, PlatformCommand


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
                supervisor.wait_for_port(host, port, self.tell)
            else:
                supervisor.check_port(host, port)
            warning = supervisor.disk_warning(settings.VAR)
            if warning:
                self.tell(warning)
            supervisor.prepare_database(self.tell)
            supervisor.empty_broker()
            send_all_queued()
            connections.close_all()
            address = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"
            supervisor.run(
                supervisor.children(host, port), self.tell, lambda: self._announce(address, host, port)
            )
        return {"stopped": True}

    def describe(self, result: dict[str, Any]) -> str:
        return "Stopped."

    def _announce(self, address: str, host: str, port: int) -> None:
        """Say that it is up once it answers, not before."""
        probe = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz"
        for _ in range(150):
            try:
                with urllib.request.urlopen(probe, timeout=2):
                    self.tell(f"The platform is up at {address} (stop it with Ctrl-C).")
                    return
            except OSError:
                time.sleep(0.2)
        self.tell(f"The web process does not answer at {address} yet; its messages stand above.")
