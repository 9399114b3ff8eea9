"""Real servers for the tests: PostgreSQL, a Redis-protocol server, Chromium, the web and the worker.

Each comes from the environment, else from the machine, else from a wheel of requirements-dev.txt. What
cannot be had raises `ServerError` with a sentence that says what to do; nothing is skipped.
"""

from __future__ import annotations

from tests.servers.process import ROOT, Process, ServerError, free_port, manage, run_manage
from tests.servers.query import rows

__all__ = ["ROOT", "Process", "ServerError", "free_port", "manage", "rows", "run_manage"]
