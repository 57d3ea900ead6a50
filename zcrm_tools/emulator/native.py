"""From the Python values that `Store.load` takes to the values that columns hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from zcrm_tools.emulator.schema import Kind


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def stored(kind: Kind) -> Callable[[Any], Any] | None:
    """How a native value becomes a stored one; None where SQLite already does it."""
    match kind:
        case "datetime":
            return lambda value: epoch(value) if isinstance(value, datetime) else value
        case "choices":
            return lambda value: value if value is None else ";".join(value)
        case "json":
            return lambda value: value if value is None else json.dumps(value, ensure_ascii=False)
        case "boolean":
            return lambda value: int(value or 0)
        case _:
            return None
