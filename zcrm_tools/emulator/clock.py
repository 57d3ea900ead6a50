"""The emulator's time. Nothing in the emulator asks the operating system for it, so a test can hold or move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_SKEW: ContextVar[timedelta] = ContextVar("skew", default=timedelta())
_AT: ContextVar[datetime | None] = ContextVar("at", default=None)


@contextmanager
def skewed(by: timedelta) -> Iterator[None]:
    """Let the time of this task, and no other, be wrong: what a server with a bad clock answers and stores."""
    token = _SKEW.set(by)
    try:
        yield
    finally:
        _SKEW.reset(token)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let it be this moment for this task or thread, and no other: for work that is done later than it was due."""
    token = _AT.set(moment)
    try:
        yield
    finally:
        _AT.reset(token)


def unskewed(moment: datetime) -> datetime:
    """What a clock that was just asked would have said without `skewed`."""
    return moment - _SKEW.get()


class Clock:
    """Runs with the system's clock until it is frozen; `advance` moves it either way and never backwards."""

    def __init__(self) -> None:
        self._shift = timedelta()
        self._held: datetime | None = None

    @classmethod
    def system(cls) -> Clock:
        return cls()

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        due = _AT.get()
        if due is not None:
            return due
        return (self._held if self._held is not None else datetime.now(UTC) + self._shift) + _SKEW.get()

    @property
    def frozen(self) -> bool:
        return self._held is not None

    def freeze(self, at: datetime | None = None) -> None:
        """Stop at an aware instant, or where it stands."""
        if at is not None and at.tzinfo is None:
            raise ValueError("a clock is frozen at an aware datetime, never a naive one")
        self._held = (at or self.now()).astimezone(UTC)

    def run(self) -> None:
        """Go on from where it stands, if it was frozen."""
        if self._held is not None:
            self._shift = self._held - datetime.now(UTC)
            self._held = None

    def advance(self, by: timedelta) -> datetime:
        """Move forward; codes, tokens and limits age accordingly. Returns the new now."""
        if by < timedelta():
            raise ValueError("time moves forward only")
        if self._held is not None:
            self._held += by
        else:
            self._shift += by
        return self.now()


class FrozenClock(Clock):
    """A clock that stands still until it is advanced."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.freeze(at)
