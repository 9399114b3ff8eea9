"""How log records are written."""

from __future__ import annotations

import logging

from annotations.core.problems import shown


class ShortLine(logging.Formatter):
    """One short line a record, escaped and without traceback: for what strangers make us log."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record)} {record.levelname} {record.name} {shown(record.getMessage())}"
