"""Users of the org by what people call them: id, e-mail, full name, or `me`. Never a guess between two."""

from __future__ import annotations

from collections.abc import Mapping

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.models.metadata import User


async def find(org: Org, who: str) -> User:
    """Raises InvalidInput when nobody, or more than one active user, is called that."""
    if who.strip().lower() == "me":
        return await org.catalogue.me()
    users = await org.catalogue.users()
    found = _called(who, users)
    if not found and await org.catalogue.users_refreshed():
        users = await org.catalogue.users()
        found = _called(who, users)
    if len(found) == 1:
        return found[0]
    shown = {f"{u.full_name} ({u.id})": u.full_name for u in (found or users.values())}
    near = None if found else nearest(who, shown.values())
    raise InvalidInput(
        Problem(
            "AMBIGUOUS_USER" if found else "UNKNOWN_USER",
            f"{'Several users are' if found else 'No active user is'} called {who!r}.",
            NOTHING_SENT,
            "Give the full name, the e-mail address or the id.",
            allowed=tuple(shown)[:25],
            closest=next((each for each, name in shown.items() if name == near), ""),
        )
    )


def _called(who: str, users: Mapping[str, User]) -> list[User]:
    if who in users:
        return [users[who]]
    wanted = who.strip().casefold()
    if not wanted:
        return []  # or it would be whoever has no e-mail
    exact = [u for u in users.values() if wanted in (u.full_name.casefold(), u.email.casefold())]
    return exact or [u for u in users.values() if wanted in u.full_name.casefold().split()]
