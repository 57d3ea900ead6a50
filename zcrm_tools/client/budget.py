"""What a connection has spent, and how much it may."""

from __future__ import annotations

from dataclasses import dataclass

from zcrm_tools.client.sides import Bound


@dataclass(frozen=True, slots=True)
class Credits:
    """API credits: `spent` by this connection, by the price table; `most` it may spend, None for no bound; `left_today`
    of the whole org, as Zoho last said, which it does only once half of them are used.
    """

    spent: int
    most: int | None = None
    left_today: int | None = None


class Budgeted(Bound):
    @property
    def credits(self) -> Credits:
        """As known now; nothing is asked."""
        spending = self.reach.org.session.line.spending
        return Credits(spending.spent, spending.most, spending.remaining)
