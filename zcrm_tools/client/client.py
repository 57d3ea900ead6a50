"""`AsyncClient`, and `Client`, its synchronous face. Every action is a method of both, exactly typed.

The synchronous face runs everything on one loop thread per process. A forked child drops it and starts its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, Self, TypeVar

from zcrm_tools.actions import registry
from zcrm_tools.actions.action import (
    AnyAction,
    Blocking,
    Call,
    Face,
    Input,
    Progress,
    arguments_of,
    unseen,
)
from zcrm_tools.client.actions import Actions
from zcrm_tools.client.loop import run
from zcrm_tools.client.module import AsyncModule, Module
from zcrm_tools.client.org_wide import AsyncOrgWide, OrgWide
from zcrm_tools.client.sides import Reach
from zcrm_tools.client.standard import Modules
from zcrm_tools.client.tools import BlockingTools, Tools
from zcrm_tools.crm.org import Org
from zcrm_tools.endpoints import API_VERSION
from zcrm_tools.models.unified import MODELS
from zcrm_tools.safety.asker import Way
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.hearing import hearing
from zcrm_tools.safety.plan import Plan

P = ParamSpec("P")
T = TypeVar("T")


class AsyncClient(Actions, Modules, AsyncOrgWide, Face):
    """A connection for asyncio code. Use it on the loop that opened it, as `async with`, or close it with `aclose`."""

    def __init__(self, org: Org, gate: Gate, closing: Callable[[], Awaitable[None]]) -> None:
        super().__init__(Reach(org, gate))
        self.org = org
        self.gate = gate
        self._closing = closing
        self._loop = asyncio.get_running_loop()

    async def perform(self, action: AnyAction, given: Input, *, progress: Progress = unseen) -> Any:
        """Run one action with validated input."""
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("this AsyncClient belongs to another event loop; open one on this loop")
        self.reach.check()
        call = Call(self.org, self.gate, action.name, arguments_of(given), progress=progress)
        with hearing(progress):
            return await action.run(call, given)

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Run one action by name with unvalidated arguments, as an agent would."""
        action = registry.action(name)
        return await self.perform(action, action.accept(arguments))

    async def plan(self, plan_id: str) -> Plan:
        """A plan as a person is to see it (`safety.show`). Raises PlanUnusable for one that is not of this profile."""
        return self.gate.plan(plan_id)

    async def approve(self, plan_id: str, *, by: str, way: Way = "python") -> bool:
        """Note that a person agreed; `by` says who and how, `way` where. False when it does not wait any more.

        Raises NotAllowed where the policy takes no approval from there.

        It is applied when the same call is made again with its plan_id. A model must have no way to reach this.
        """
        return self.gate.approve(plan_id, by, way)

    async def drop(self, plan_id: str) -> None:
        """Note that a person said no: the plan can never be applied."""
        self.gate.drop(plan_id)

    @property
    def tools(self) -> Tools:
        """The actions for other agent frameworks."""
        return Tools(self)

    def module(self, name: str, *, api_version: str = API_VERSION) -> AsyncModule:
        """Any module, by API name or label. `api_version`, such as v2.1, holds for its reads of records and its raw writes."""
        return AsyncModule(self.reach, name, api_version)

    def map_fields(self, module: str, **fields: str) -> None:
        """Where this org keeps what the unified models call otherwise: `map_fields("Leads", source="Origin")`."""
        own = {**self.reach.maps.get(module, {}), **fields}
        MODELS[module].names(own)
        self.reach.maps[module] = own

    async def aclose(self) -> None:
        """Finish the writes that have begun, and close the connections."""
        await self.gate.finish()
        await self._closing()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        mode = "write" if self.gate.policy.write else "read-only"
        return f"<{type(self).__name__} {self.org.profile.name!r}, {mode}>"


class Client(Actions, Modules, OrgWide, Blocking):
    """The same connection for scripts and notebooks. Every call waits for its answer."""

    def __init__(self, opening: Callable[[], Coroutine[Any, Any, AsyncClient]]) -> None:
        self._asynchronous = run(opening())
        super().__init__(self._asynchronous.reach)

    @property
    def asynchronous(self) -> AsyncClient:
        """The client that this one waits for. It is used on the loop of `submit`, and nowhere else."""
        return self._asynchronous

    def perform(self, action: AnyAction, given: Input) -> Any:
        return self._wait(self._asynchronous.perform, action, given)

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Run one action by name with unvalidated arguments."""
        return self._wait(self._asynchronous.call, name, arguments)

    def plan(self, plan_id: str) -> Plan:
        """A plan as a person is to see it (`safety.show`). Raises PlanUnusable for one that is not of this profile."""
        return self._wait(self._asynchronous.plan, plan_id)

    def approve(self, plan_id: str, *, by: str) -> bool:
        """Note that a person agreed; `by` says who and how. False when it does not wait any more."""
        return self._wait(self._asynchronous.approve, plan_id, by=by)

    def drop(self, plan_id: str) -> None:
        """Note that a person said no: the plan can never be applied."""
        self._wait(self._asynchronous.drop, plan_id)

    @property
    def tools(self) -> BlockingTools:
        """The actions for other agent frameworks."""
        return BlockingTools(self._asynchronous.tools, run)

    def module(self, name: str, *, api_version: str = API_VERSION) -> Module:
        """Any module, by API name or label. `api_version`, such as v2.1, holds for its reads of records and its raw writes."""
        return Module(self.reach, name, api_version)

    def map_fields(self, module: str, **fields: str) -> None:
        """Where this org keeps what the unified models call otherwise: `map_fields("Leads", source="Origin")`."""
        own = {**self.reach.maps.get(module, {}), **fields}
        MODELS[module].names(own)
        self.reach.maps[module] = own

    def close(self) -> None:
        """Finish the writes that have begun, and close the connections. In a forked child there is nothing to close."""
        if self.reach.process == os.getpid():
            run(self._asynchronous.aclose())

    def _wait(self, do: Callable[P, Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.reach.check()
        return run(do(*args, **kwargs))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._asynchronous).replace("AsyncClient", "Client")

    def _repr_html_(self) -> str:
        from zcrm_tools.screens import page

        profile, writes = self._asynchronous.org.profile, self._asynchronous.gate.policy.write
        told = {
            "profile": profile.name,
            "mode": "read and write" if writes else "read-only",
            "at": profile.api_url,
        }
        return page.facts("Zoho CRM", "get_connection() says who is signed in", told)
