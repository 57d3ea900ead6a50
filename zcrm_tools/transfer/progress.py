"""Where a transfer stands, for whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` is as counted when it began; `rows` includes what an earlier run did, `now` is of this run alone."""

    rows: int
    total: int
    credits: int
    seconds: float
    now: int

    @property
    def rate(self) -> float:
        """Rows a second of this run."""
        return self.now / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        return max(0, self.total - self.rows) / self.rate if self.rate else None

    def line(self) -> str:
        left = "" if self.seconds_left is None else f", {_span(self.seconds_left)} left"
        share = min(100, 100 * self.rows // max(1, self.total))
        return f"{share:3}%  {self.rows:,} of {self.total:,}, {self.rate:,.0f} a second{left}, {self.credits:,} credits"


def counted(number: int, noun: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def left_out(reasons: Mapping[str, str]) -> list[str]:
    """A sentence for each reason, with the names that it is the reason of."""
    groups: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        groups.setdefault(reason, []).append(name or "(no name)")
    return [f"Left out, as {reason}: {', '.join(names)}." for reason, names in groups.items()]


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
