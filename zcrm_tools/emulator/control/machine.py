"""The machine around the org: its clock, its limits, what goes wrong with it, what was asked of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse

from zcrm_tools.emulator import coverage, coverage_page, faults, pages
from zcrm_tools.emulator.control.base import Wrong, body_of, listed, route
from zcrm_tools.emulator.limits import BadLimit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from zcrm_tools.emulator.app import Emulator


async def show_clock(_request: Request, emulator: Emulator) -> Response:
    """What time it is in the org, and whether the clock stands still."""
    return JSONResponse({"now": emulator.clock.now().isoformat(), "frozen": emulator.clock.frozen})


async def set_clock(request: Request, emulator: Emulator) -> Response:
    """`{"freeze": true | ISO time}`, `{"run": true}`, `{"advance": seconds}`, in this order when given together."""
    body = await body_of(request)
    unknown = body.keys() - {"freeze", "run", "advance"}
    if unknown or not body:
        raise Wrong("The clock can freeze (true or an ISO time), run (true) and advance (seconds).")
    if "freeze" in body:
        emulator.clock.freeze(_moment(body["freeze"]))
    if body.get("run") is True:
        emulator.clock.run()
    if "advance" in body:
        seconds = body["advance"]
        if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not 0 <= seconds <= 10**10:
            raise Wrong('"advance" is a number of seconds from 0: time moves forward only.')
        try:
            emulator.clock.advance(timedelta(seconds=seconds))
        except OverflowError as problem:
            raise Wrong("The clock cannot go beyond the year 9999.") from problem
    return await show_clock(request, emulator)


def _moment(given: Any) -> datetime | None:
    if given is True:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError) as problem:
        raise Wrong('"freeze" is true or an ISO time with an offset.') from problem
    if moment.tzinfo is None:
        raise Wrong('"freeze" needs an offset, such as 2026-11-24T09:00:00+00:00.')
    return moment


async def show_limits(_request: Request, emulator: Emulator) -> Response:
    """The limits in force, and how many credits are used."""
    return JSONResponse(emulator.limits.report())


async def set_limits(request: Request, emulator: Emulator) -> Response:
    """`edition`, or single limits: `credits`, `at_once`, `heavy_at_once` (null: the edition's), `mints`, `codes`,
    `active_tokens`, `refresh_tokens`; of bulk jobs `jobs_at_once` and `bulk_read_page`. What was used so far counts on.
    """
    try:
        emulator.limits.change(await body_of(request))
    except BadLimit as problem:
        raise Wrong(str(problem)) from problem
    return await show_limits(request, emulator)


async def show_faults(_request: Request, emulator: Emulator) -> Response:
    """Every plan with how many requests fitted it and how many it took; `left` 0 is used up, `used` 0 never happened."""
    return JSONResponse({"faults": emulator.faults.report(), "kinds": faults.MEANINGS})


async def lay_faults(request: Request, emulator: Emulator) -> Response:
    """`{"faults": [plan, …]}` or one plan: `kind`, and which requests: `route`, `method`, `path` (`*` matches anything),
    `module`; `times` (null: always), `skip`. None is laid when one is wrong.
    """
    given = listed(await body_of(request), "faults")
    before = {plan["id"] for plan in emulator.faults.report()}
    try:
        for plan in given:
            emulator.faults.lay(plan, emulator.api.names)
    except faults.BadPlan as problem:
        for plan in emulator.faults.report():
            if plan["id"] not in before:
                emulator.faults.clear(plan["id"])
        raise Wrong(str(problem)) from problem
    laid = [plan for plan in emulator.faults.report() if plan["id"] not in before]
    return JSONResponse({"faults": laid}, 201)


async def clear_faults(_request: Request, emulator: Emulator) -> Response:
    """Drop all plans; the answer is the account of them."""
    report = emulator.faults.report()
    emulator.faults.clear()
    return JSONResponse({"faults": report})


async def clear_fault(request: Request, emulator: Emulator) -> Response:
    """Drop one plan."""
    if not emulator.faults.clear(request.path_params["id"]):
        raise Wrong(f"There is no fault plan {request.path_params['id']}.", 404)
    return JSONResponse({"status": "ok"})


async def requests(_request: Request, emulator: Emulator) -> Response:
    """The last requests, oldest first, with what was answered."""
    return JSONResponse({"requests": emulator.journal.as_list()})


async def show_coverage(request: Request, emulator: Emulator) -> Response:
    """Every documented endpoint, HTML for a browser and JSON for everybody else."""
    covered = coverage.lines(emulator.api.routes)
    beyond = [
        {"method": min(one.methods or ()), "path": one.path, "route": one.name}
        for one in coverage.undocumented(emulator.api.routes, covered)
    ]
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(coverage_page.coverage(covered, beyond), headers=pages.HEADERS)
    served = sum(bool(line.route) for line in covered)
    return JSONResponse(
        {
            "documented": len(covered),
            "served": served,
            "endpoints": coverage.report(covered),
            "beyond": beyond,
        }
    )


routes = [
    route("/clock", show_clock),
    route("/clock", set_clock, "POST"),
    route("/limits", show_limits),
    route("/limits", set_limits, "PATCH"),
    route("/faults", show_faults),
    route("/faults", lay_faults, "POST"),
    route("/faults", clear_faults, "DELETE"),
    route("/faults/{id:int}", clear_fault, "DELETE"),
    route("/requests", requests),
    route("/coverage", show_coverage),
]
