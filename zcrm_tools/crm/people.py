"""Users of the org by what people call them: id, e-mail, full name, or `me`. Never a guess between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.crm.org import Org
from zcrm_tools.crm.writes import Create, Transition, Update, Write
from zcrm_tools.errors import NOTHING_SENT, ApiError, InvalidInput, Problem, ScopeMissing
from zcrm_tools.metadata.values import PEOPLE
from zcrm_tools.models.metadata import FieldInfo, User


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


async def given_to(org: Org, writes: Sequence[Write]) -> dict[str, str]:
    """Id → name of the users whom these writes put into fields; without those that the sign-in may not look up."""
    try:
        ids = {
            one
            for write in writes
            if isinstance(write, Create | Update | Transition)
            for one in [*_ids(write.values, await org.catalogue.fields(write.module))]
        }
        users = await org.catalogue.users() if ids else {}
    except (ScopeMissing, ApiError):
        return {}
    return {one: users[one].full_name for one in sorted(ids) if one in users}


def _ids(values: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping) and name in fields and fields[name].data_type in PEOPLE:
            yield str(value.get("id"))


def _called(who: str, users: Mapping[str, User]) -> list[User]:
    if who in users:
        return [users[who]]
    wanted = who.strip().casefold()
    if not wanted:
        return []  # or it would be whoever has no e-mail
    exact = [u for u in users.values() if wanted in (u.full_name.casefold(), u.email.casefold())]
    return exact or [u for u in users.values() if wanted in u.full_name.casefold().split()]
