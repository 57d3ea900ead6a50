"""The org as a whole: look into it, reset it, seed it, keep it and bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from zcrm_tools.emulator.control.base import Wrong, body_of, module_in_path, route
from zcrm_tools.emulator.seed import own

if TYPE_CHECKING:
    from starlette.requests import Request

    from zcrm_tools.emulator.app import Emulator


async def health(_request: Request, emulator: Emulator) -> Response:
    """Whether it runs, what time it is in it, and how many records each module has."""
    return JSONResponse(
        {"status": "ok", "at": emulator.clock.now().isoformat(), "records": emulator.counts()}
    )


async def record(request: Request, emulator: Emulator) -> Response:
    """The stored row with raw columns: ids are JSON numbers here."""
    module = module_in_path(request, emulator)
    row = emulator.store.get(module, request.path_params["id"])
    if row is None:
        raise Wrong(f"{module} has no record {request.path_params['id']}.", 404)
    return JSONResponse(row)


async def count(request: Request, emulator: Emulator) -> Response:
    """How many records a module has."""
    return JSONResponse({"count": emulator.store.count(module_in_path(request, emulator))})


async def reset(_request: Request, emulator: Emulator) -> Response:
    """The org as it was seeded, an empty journal, no fault plan; tokens go on working."""
    emulator.reset()
    return JSONResponse({"status": "ok", "records": emulator.counts()})


async def seed(request: Request, emulator: Emulator) -> Response:
    """`{"seed": "demo" | "empty", "number"?, "scale"?}` starts the org anew; `{"records": {module: rows}}` or CSV with
    `?module=` adds records to it. Users, roles and custom fields stay unless the org starts anew.
    """
    if request.headers.get("content-type", "").startswith("text/csv"):
        module = request.query_params.get("module", "")
        try:
            rows = own.from_csv((await request.body()).decode("utf-8-sig"))
        except UnicodeDecodeError as problem:
            raise Wrong(f"CSV is read as UTF-8: {problem}") from problem
        return _added(emulator, {module: rows})
    body = await body_of(request)
    if "records" not in body:
        if body.get("seed") not in ("demo", "empty"):
            raise Wrong('"seed" is demo or empty; or give "records".')
        for name in ("number", "scale"):
            if not isinstance(body.get(name, 1), int) or body.get(name, 1) < 1:
                raise Wrong(f'"{name}" counts from 1.')
        emulator.seed(body["seed"], number=body.get("number", 1), scale=body.get("scale", 1))
        return JSONResponse({"status": "ok", "records": emulator.counts()})
    records = body["records"]
    if not isinstance(records, dict) or not all(isinstance(rows, list) for rows in records.values()):
        raise Wrong('"records" must be an object of lists, by module.')
    return _added(emulator, records)


def _added(emulator: Emulator, records: own.Records) -> Response:
    try:
        ids = own.load(emulator.store, records)
    except own.BadSeed as problem:
        raise Wrong(str(problem)) from problem
    return JSONResponse({"status": "ok", "ids": ids}, 201)


async def list_snapshots(_request: Request, emulator: Emulator) -> Response:
    """The snapshots kept in this process."""
    found = [{"name": name, "bytes": len(image)} for name, image in emulator.snapshots.items()]
    return JSONResponse({"snapshots": found})


async def take_snapshot(request: Request, emulator: Emulator) -> Response:
    """Keep the org, its shape and its tokens under a name, in memory."""
    name: str = request.path_params["name"]
    emulator.snapshots[name] = emulator.store.image()
    return JSONResponse({"name": name, "bytes": len(emulator.snapshots[name])}, 201)


async def restore_snapshot(request: Request, emulator: Emulator) -> Response:
    """Everything as it was: records, custom fields, clients and tokens. The clock and the journal go on."""
    emulator.store.become(_snapshot(request, emulator))
    return JSONResponse({"status": "ok", "records": emulator.counts()})


async def download_snapshot(request: Request, emulator: Emulator) -> Response:
    """The image itself: a SQLite database."""
    return Response(_snapshot(request, emulator), media_type="application/vnd.sqlite3")


async def drop_snapshot(request: Request, emulator: Emulator) -> Response:
    """Forget a snapshot."""
    _snapshot(request, emulator)
    del emulator.snapshots[request.path_params["name"]]
    return JSONResponse({"status": "ok"})


def _snapshot(request: Request, emulator: Emulator) -> bytes:
    found = emulator.snapshots.get(request.path_params["name"])
    if found is None:
        raise Wrong(f"There is no snapshot {request.path_params['name']!r}.", 404)
    return found


routes = [
    route("/health", health),
    route("/records/{module}/count", count),
    route("/records/{module}/{id:int}", record),
    route("/reset", reset, "POST"),
    route("/seed", seed, "POST"),
    route("/snapshots", list_snapshots),
    route("/snapshots/{name}", take_snapshot, "PUT"),
    route("/snapshots/{name}", download_snapshot),
    route("/snapshots/{name}", drop_snapshot, "DELETE"),
    route("/snapshots/{name}/restore", restore_snapshot, "POST"),
]
