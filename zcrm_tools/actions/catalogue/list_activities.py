"""Tasks, meetings and calls of a person or of everybody."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from zcrm_tools import endpoints
from zcrm_tools.actions import useful
from zcrm_tools.actions.action import Action, Call, Input, Output
from zcrm_tools.actions.tables import Table, table
from zcrm_tools.coql.build import Where, field, select
from zcrm_tools.crm import people, reads, times
from zcrm_tools.models.record import naming_field

Kind = Literal["Tasks", "Events", "Calls"]
_WHEN: dict[str, str] = {"Tasks": "Due_Date", "Events": "Start_DateTime", "Calls": "Call_Start_Time"}
USUAL_DAYS = 7


class ListActivities(Input):
    """List tasks, meetings and calls between two days, soonest first: "what is on my plate this week", "which calls did Meera make". Tasks come by due date, open ones only unless asked. The activities of one record are in get_record."""

    kinds: Annotated[list[Kind], Field(max_length=3, description="All three when empty")] = []
    owner: Annotated[str, Field(description="Name, e-mail, id or me; everybody when empty")] = ""
    since: Annotated[str, Field(description="YYYY-MM-DD; today when empty")] = ""
    until: Annotated[str, Field(description="YYYY-MM-DD, included; a week on when empty")] = ""
    done_too: Annotated[bool, Field(description="Completed tasks as well")] = False
    limit: Annotated[int, Field(ge=1, le=200, description="Of each kind")] = 20


class Activities(Output):
    tasks: Table | None = None
    events: Table | None = None
    calls: Table | None = None

    def fit(self, size: int) -> Self:
        """A third each."""
        tables = {"tasks": self.tasks, "events": self.events, "calls": self.calls}
        return self.model_copy(update={name: t.fit(size // 3) for name, t in tables.items() if t})


async def do(call: Call, given: ListActivities) -> Activities:
    owner = (await people.find(call.org, given.owner)).id if given.owner else ""
    zone = await times.zone(call.org)
    today = call.now().astimezone(zone or UTC).date()
    since = times.day(given.since) if given.since else today
    until = times.day(given.until) if given.until else since + timedelta(days=USUAL_DAYS)
    shown = Activities()
    for kind in dict.fromkeys(given.kinds or ("Tasks", "Events", "Calls")):
        when = field(_WHEN[kind])
        if kind == "Tasks":
            conditions: list[Where] = [when >= since, when <= until]
            conditions += [] if given.done_too else [field("Status") != "Completed"]
        else:
            conditions = [
                when >= await times.moment(call.org, since.isoformat()),
                when < await times.moment(call.org, (until + timedelta(days=1)).isoformat()),
            ]
        conditions += [field("Owner") == owner] if owner else []
        setattr(shown, kind.lower(), await _of_kind(call, kind, conditions, given.limit, zone))
    return shown


async def _of_kind(
    call: Call, kind: str, conditions: list[Where], limit: int, zone: ZoneInfo | None
) -> Table:
    columns = ("id", naming_field(kind), *useful.USEFUL[kind])
    query = select(*columns).from_(kind).where(*conditions).order_by(_WHEN[kind], "id").limit(limit)
    page = await reads.query(call.org, str(query), kind)
    return table(page, columns, module=kind, narrow_by="days or owner", query=str(query), zone=zone)


list_activities = Action(
    "list_activities",
    "List activities",
    "read",
    ListActivities,
    Activities,
    do,
    calls=(endpoints.COQL,),
    modules=("Tasks", "Events", "Calls"),
    optional=(endpoints.LIST_USERS, endpoints.GET_ORG),
    toolset="activities",
)
