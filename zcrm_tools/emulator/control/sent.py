"""What the org sends out: webhooks, the calls made for them and for others, and mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from zcrm_tools.emulator import deliveries, outbox, webhooks
from zcrm_tools.emulator.accounts import own_url
from zcrm_tools.emulator.control.base import Wrong, body_of, route
from zcrm_tools.emulator.people import primary_user

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator


async def list_webhooks(_request: Request, emulator: Emulator) -> Response:
    """The webhooks set up here; those of workflow rules are in the CRM API."""
    return JSONResponse({"webhooks": webhooks.listing(emulator.store)})


async def add_webhook(request: Request, emulator: Emulator) -> Response:
    """`{"url", "triggers": [...], "module"?, "name"?, "method"? (POST), "headers"?, "token"?, "criteria"? (as in custom
    views), "named"? (only the rule or transition of this name), "body"? (JSON in which `${Field_API_Name}` stands for a
    value), "every"? (seconds) or "at"? (ISO time) of a schedule, "active"?}`. A wrong trigger is told the right ones.
    """
    try:
        made = webhooks.define(emulator.store, await body_of(request), base=own_url(request))
    except webhooks.BadWebhook as problem:
        raise Wrong(str(problem)) from problem
    return JSONResponse(made, 201)


async def drop_webhook(request: Request, emulator: Emulator) -> Response:
    """Forget a webhook."""
    if not webhooks.remove(emulator.store, request.path_params["id"]):
        raise Wrong(f"There is no webhook {request.path_params['id']}.", 404)
    return JSONResponse({"status": "ok"})


async def happen(request: Request, emulator: Emulator) -> Response:
    """`{"occasion", "module", "id", "name"?}`: what the emulator does not do by itself, such as an approval."""
    try:
        webhooks.tell(emulator.store, await body_of(request), by=primary_user(emulator.store))
    except webhooks.BadWebhook as problem:
        raise Wrong(str(problem)) from problem
    return JSONResponse({"status": "ok"})


async def list_deliveries(_request: Request, emulator: Emulator) -> Response:
    """The calls the emulator made, or is about to make, to addresses of its users."""
    return JSONResponse({"deliveries": deliveries.log(emulator.store)})


async def send_anywhere(request: Request, emulator: Emulator) -> Response:
    """`{"anywhere": true}` lets calls leave this machine; false keeps them here, as they are at first."""
    body = await body_of(request)
    if not isinstance(body.get("anywhere"), bool):
        raise Wrong('"anywhere" is true or false.')
    courier = deliveries.courier_of(emulator.store)
    courier.deliver = deliveries.send_anywhere if body["anywhere"] else deliveries.send
    return JSONResponse({"anywhere": body["anywhere"]})


async def show_outbox(_request: Request, emulator: Emulator) -> Response:
    """Mail sent through the API, oldest first. None of it left the emulator."""
    return JSONResponse({"mails": outbox.as_json(emulator.store)})


routes = [
    route("/webhooks", list_webhooks),
    route("/webhooks", add_webhook, "POST"),
    route("/webhooks/{id:int}", drop_webhook, "DELETE"),
    route("/occasions", happen, "POST"),
    route("/deliveries", list_deliveries),
    route("/deliveries", send_anywhere, "POST"),
    route("/outbox", show_outbox),
]
