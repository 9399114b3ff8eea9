"""How log records are written."""

from __future__ import annotations

import logging

from annotations.core.faults import is_outage
from annotations.core.problems import shown


class ShortLine(logging.Formatter):
    """One short line a record, escaped and without traceback: for what strangers make us log."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record)} {record.levelname} {record.name} {shown(record.getMessage())}"


class OutagesInShort(logging.Filter):
    """One line for each request that the database failed: a traceback each would bury everything else."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if is_outage(error):
            record.msg, record.args = "%s: %s", (record.getMessage(), shown(str(error)))
            record.exc_info = None
        return True
