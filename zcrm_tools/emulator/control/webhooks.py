"""Webhooks of the org, which Zoho sets up on a page, and what sets them off that no call does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from zcrm_tools.emulator import deliveries, webhooks
from zcrm_tools.emulator.accounts import own_url, people
from zcrm_tools.emulator.control.base import Wrong, body_of, route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator


async def show(_request: Request, emulator: Emulator) -> Response:
    return JSONResponse({"webhooks": webhooks.listing(emulator.store)})


async def define(request: Request, emulator: Emulator) -> Response:
    """See `webhooks.define` for the body."""
    try:
        made = webhooks.define(emulator.store, await body_of(request), base=own_url(request))
    except webhooks.BadWebhook as bad:
        raise Wrong(str(bad)) from bad
    return JSONResponse(made, 201)


async def remove(request: Request, emulator: Emulator) -> Response:
    if not webhooks.remove(emulator.store, request.path_params["id"]):
        raise Wrong("There is no such webhook.", 404)
    return JSONResponse({"removed": str(request.path_params["id"])})


async def tell(request: Request, emulator: Emulator) -> Response:
    """`{"occasion": "approval_requested", "module", "id", "name"?}`; see `webhooks.OCCASIONS`."""
    try:
        news = webhooks.tell(emulator.store, await body_of(request), by=next(iter(people(emulator.store))))
    except webhooks.BadWebhook as bad:
        raise Wrong(str(bad)) from bad
    return JSONResponse({"occasion": news.occasion, "module": news.module, "id": str(news.id)})


async def send_anywhere(request: Request, emulator: Emulator) -> Response:
    """`{"anywhere": true}` lets calls leave this machine; false keeps them here, as they are at first."""
    body = await body_of(request)
    if not isinstance(body.get("anywhere"), bool):
        raise Wrong('"anywhere" is true or false.')
    courier = deliveries.courier_of(emulator.store)
    courier.deliver = deliveries.send_anywhere if body["anywhere"] else deliveries.send
    return JSONResponse({"anywhere": body["anywhere"]})


routes = [
    route("/webhooks", show),
    route("/webhooks", define, "POST"),
    route("/webhooks/{id:int}", remove, "DELETE"),
    route("/happenings", tell, "POST"),
    route("/deliveries", send_anywhere, "POST"),
]
