"""Who and where we are, and what may be done."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zcrm_tools import endpoints, scopes
from zcrm_tools.actions import needs, registry
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.card import Card
from zcrm_tools.errors import AuthError, PermissionDenied
from zcrm_tools.scopes import Scope


class GetConnection(Input):
    """Who you are connected as: the user, the org with its currency and time zone, whether writing is allowed, and which tools the sign-in cannot use. Call it first."""

    toolsets: Annotated[
        list[str], Field(max_length=20, description="Judge these groups of tools, not core")
    ] = []


class Connection(Output):
    profile: str
    kind: str
    environment: str
    mode: str
    user: str = ""
    user_id: str = ""
    role: str = ""
    org: str = ""
    org_id: str = ""
    currency: str = ""
    time_zone: str = ""
    scopes: list[str] = []
    unusable_tools: Annotated[dict[str, list[str]], Field(description="Tool → scopes that are missing")] = {}
    to_use_them: str = ""
    note: str = ""

    def _repr_html_(self) -> str:
        from zcrm_tools.screens import page

        told = self.model_dump(exclude_defaults=True, exclude={"scopes", "unusable_tools"})
        return page.facts(
            self.org or self.profile, self.mode, {**told, "scopes": f"{len(self.scopes)}, in .scopes"}
        )


async def do(call: Call, given: GetConnection) -> Connection:
    profile = call.org.profile
    granted = scopes.parse(profile.scopes)
    shown = Connection(
        profile=profile.name,
        kind="demo org on the emulator" if profile.kind == "emulator" else "Zoho CRM",
        environment=profile.environment,
        mode="read and write" if call.gate.policy.write else "read-only",
        scopes=sorted(map(str, granted)),
    )
    if granted:
        _judge(shown, registry.choose(given.toolsets, write=True), granted, profile.name)
    unknown = []
    try:
        user = await call.org.catalogue.me()
        shown.user, shown.user_id = f"{user.full_name} <{user.email}>", user.id
        shown.role = user.role.name if user.role else ""
    except (AuthError, PermissionDenied) as refused:
        unknown.append(str(refused.problem))
    try:
        org = await call.org.catalogue.org()
        shown.org, shown.org_id = org.company_name, org.id
        shown.currency, shown.time_zone = org.iso_code or "", org.time_zone or ""
    except (AuthError, PermissionDenied) as refused:
        unknown.append(str(refused.problem))
    shown.note = " ".join(unknown)
    return shown


def _judge(shown: Connection, actions: tuple[Card, ...], granted: frozenset[Scope], profile: str) -> None:
    lacking = {action.name: missing for action in actions if (missing := needs.missing(action, granted))}
    if not lacking:
        return
    shown.unusable_tools = {name: [str(scope) for scope in missing] for name, missing in lacking.items()}
    wanted = sorted({scope for missing in shown.unusable_tools.values() for scope in missing})
    shown.to_use_them = (
        f"A person runs `zcrm login --profile {profile} --scopes {','.join(wanted)}` and restarts the server."
    )


get_connection = Action(
    "get_connection",
    "Who am I connected as",
    "read",
    GetConnection,
    Connection,
    do,
    calls=(endpoints.LIST_USERS, endpoints.GET_ORG),
)
