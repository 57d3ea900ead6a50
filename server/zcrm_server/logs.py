"""Logging to stderr with secrets taken out. Under stdio, stdout belongs to the protocol."""

from __future__ import annotations

import logging

from zcrm_tools.redact import redact


class Redacted(logging.Formatter):
    """Redacts the finished line, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def to_stderr(level: int = logging.WARNING) -> None:
    """Take the root logger before the SDK does: it would log at INFO, request URLs included."""
    handler = logging.StreamHandler()
    handler.setFormatter(Redacted("zcrm-mcp %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
