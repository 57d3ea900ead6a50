"""The org itself."""

from __future__ import annotations

from zcrm_tools import endpoints, operations
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.crm import setup
from zcrm_tools.errors import ApiError, ScopeMissing


class GetOrg(Input):
    """The org: name, edition, time zone, home currency, fiscal year and other currencies with their rates. Who you are is in get_connection."""


class Currency(Output):
    code: str
    name: str = ""
    rate: str = ""
    home: bool = False
    active: bool = True


class OrgShown(Output):
    id: str
    name: str
    edition: str = ""
    time_zone: str = ""
    currency: str = ""
    fiscal_year_begins_in_month: int = 0
    currencies: list[Currency] = []
    note: str = ""


async def do(call: Call, given: GetOrg) -> OrgShown:  # noqa: ARG001 — it takes nothing
    org = await call.org.catalogue.org()
    shown = OrgShown(
        id=org.id,
        name=org.company_name,
        edition=org.edition,
        time_zone=org.time_zone or "",
        currency=org.iso_code or "",
    )
    unknown: list[str] = []
    try:
        shown.fiscal_year_begins_in_month = await call.org.catalogue.fiscal_start()
    except (ScopeMissing, ApiError, ValueError):
        unknown.append("The fiscal year could not be read.")
    try:
        shown.currencies = [_currency(one) for one in await setup.currencies(call.org)]
    except (ScopeMissing, ApiError):
        unknown.append("Currencies could not be read.")
    shown.note = " ".join(unknown)
    return shown


def _currency(one: setup.Json) -> Currency:
    return Currency(
        code=str(one.get("iso_code") or ""),
        name=str(one.get("name") or ""),
        rate=str(one.get("exchange_rate") or ""),
        home=bool(one.get("is_base")),
        active=bool(one.get("is_active", True)),
    )


get_org = Action(
    "get_org",
    "Get the org",
    "read",
    GetOrg,
    OrgShown,
    do,
    calls=(endpoints.GET_ORG,),
    optional=(endpoints.GET_FISCAL_YEAR, operations.LIST_CURRENCIES),
    toolset="users",
)
