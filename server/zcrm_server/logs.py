"""Logging to stderr with secrets taken out. Under stdio, stdout belongs to the protocol."""

from __future__ import annotations

import logging
import re

from zcrm_tools.redact import redact

_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")


class Redacted(logging.Formatter):
    """Redacts the finished line, traceback included. What drives a terminal is spelled out: callers write headers into it."""

    def format(self, record: logging.LogRecord) -> str:
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", redact(super().format(record)))


def to_stderr(level: int = logging.WARNING) -> None:
    """Take the root logger before the SDK does: it would log at INFO, request URLs included."""
    handler = logging.StreamHandler()
    handler.setFormatter(Redacted("zcrm-mcp %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
