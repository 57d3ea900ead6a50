"""The Python face: `AsyncClient`, and `Client`, its synchronous side.

async for lead in crm.leads.all(fields=["Last_Name", "Email"]): …
await crm.deals.update(id, stage="Closed Won")
"""

from zcrm_tools.client.client import AsyncClient as AsyncClient
from zcrm_tools.client.client import Client as Client
from zcrm_tools.client.loop import run as run
from zcrm_tools.client.loop import submit as submit
