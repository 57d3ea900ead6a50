"""`Doubt`: why a value was not understood, and what could be meant. Returned in place of the value, never raised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """`said` completes "takes …". `closest` is the one thing that is likely meant, `allowed` are several."""

    said: str
    closest: str = ""
    allowed: tuple[str, ...] = ()
    why: str = ""
    """A sentence of its own, where "X is not" would say too little."""
    code: str = "INVALID_DATA"
