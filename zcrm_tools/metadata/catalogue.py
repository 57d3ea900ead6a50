"""What the org says about itself, fetched when first needed and kept for the life of the process.

Each answer is fetched once however many ask at the same time. Unknown names are refused with the nearest known one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from zcrm_tools import endpoints
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.http.session import Session
from zcrm_tools.models.metadata import FieldInfo, ModuleInfo, OrgInfo, Pipeline, User

T = TypeVar("T")
M = TypeVar("M", ModuleInfo, FieldInfo)
Fields = Mapping[str, FieldInfo]
_MONTHS = "January February March April May June July August September October November December".split()


class Catalogue:
    """The metadata of one org, as one signed-in user sees it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, asyncio.Task[Any]] = {}
        self.unreadable: dict[str, str] = {}
        """Modules and fields whose description made no sense → what was wrong. Their names are used all the same."""

    async def modules(self) -> Mapping[str, ModuleInfo]:
        """Every module that the API serves, by API name, in Zoho's order."""
        return await self._once("modules", self._fetch_modules)

    async def module(self, name: str) -> ModuleInfo:
        """One module by API name or label, in any case. Raises InvalidInput with the nearest names."""
        known = await self.modules()
        if name in known:
            return known[name]
        wanted = name.strip().lower().replace(" ", "_")
        for info in known.values():
            labels = (info.api_name, info.plural, info.singular)
            if wanted in (label.lower().replace(" ", "_") for label in labels):
                return info
        raise InvalidInput(
            Problem(
                "UNKNOWN_MODULE",
                f"There is no module {name!r} in this org.",
                NOTHING_SENT,
                closest=nearest(name, known) or "",
                allowed=tuple(known),
            )
        )

    async def fields(self, module: str) -> Fields:
        """Every field of a module, by API name, in Zoho's order."""
        return await self._once(f"fields {module}", lambda: self._fetch_fields(module))

    async def users(self) -> Mapping[str, User]:
        """The active users, by id."""
        return await self._once("users", self._fetch_users)

    async def me(self) -> User:
        """The user that the token acts as."""
        return await self._once("me", self._fetch_me)

    async def org(self) -> OrgInfo:
        return await self._once("org", self._fetch_org)

    async def pipelines(self, module: str = "Deals") -> tuple[Pipeline, ...]:
        """The pipelines of every layout, with their stages in order. Empty when the org has none."""
        return await self._once(f"pipelines {module}", lambda: self._fetch_pipelines(module))

    async def fiscal_start(self) -> int:
        """The month the fiscal year begins in, 1 to 12."""
        return await self._once("fiscal year", self._fetch_fiscal_start)

    def forget(self) -> None:
        """Drop everything: the next question asks Zoho again."""
        self._known.clear()

    async def _once(self, key: str, fetch: Callable[[], Awaitable[T]]) -> T:
        task = self._known.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.ensure_future(fetch())
            self._known[key] = task
        return cast("T", await asyncio.shield(task))

    async def _items(self, endpoint: endpoints.Endpoint, key: str, **params: str) -> list[Any]:
        reply = await self._session.call(endpoint, params=params)
        return list((reply.body or {}).get(key) or ())

    async def _fetch_modules(self) -> Mapping[str, ModuleInfo]:
        items = await self._items(endpoints.LIST_MODULES, "modules")
        found = [self._read(ModuleInfo, item, _bare_module) for item in items]
        return {m.api_name: m for m in found if m is not None and m.api_supported and m.viewable}

    async def _fetch_fields(self, module: str) -> Fields:
        items = await self._items(endpoints.LIST_FIELDS, "fields", module=module)
        found = [self._read(FieldInfo, item, _bare_field, of=f"{module}.") for item in items]
        return {f.api_name: f for f in found if f is not None}

    def _read(self, model: type[M], item: Any, bare: Callable[[str], M], of: str = "") -> M | None:
        """One description; a bare one under its name when it makes no sense, so that it hides no other."""
        try:
            return model.model_validate(item)
        except ValidationError as odd:
            name = str(item.get("api_name") or "") if isinstance(item, dict) else ""
            self.unreadable[of + name] = odd.errors(include_url=False)[0]["msg"]
            return bare(name) if name else None

    async def _fetch_users(self) -> Mapping[str, User]:
        users: dict[str, User] = {}
        for page in range(1, 1_000):
            reply = await self._session.call(
                endpoints.LIST_USERS, params={"type": "ActiveUsers", "page": str(page), "per_page": "200"}
            )
            body = reply.body or {}
            users |= {u.id: u for u in map(User.model_validate, body.get("users") or ())}
            if not (body.get("info") or {}).get("more_records"):
                break
        return users

    async def _fetch_me(self) -> User:
        return User.model_validate((await self._items(endpoints.LIST_USERS, "users", type="CurrentUser"))[0])

    async def _fetch_org(self) -> OrgInfo:
        org = OrgInfo.model_validate((await self._items(endpoints.GET_ORG, "org"))[0])
        self._session.line.places.learn(org.edition)
        return org

    async def _fetch_fiscal_start(self) -> int:
        reply = await self._session.call(endpoints.GET_FISCAL_YEAR)
        month = str(((reply.body or {}).get("fiscal_year") or {}).get("start_month") or "January")
        return _MONTHS.index(month.capitalize()) + 1

    async def _fetch_pipelines(self, module: str) -> tuple[Pipeline, ...]:
        found: dict[str, Pipeline] = {}
        for layout in await self._items(endpoints.LIST_LAYOUTS, "layouts", module=module):
            for item in await self._items(endpoints.LIST_PIPELINES, "pipeline", layout_id=str(layout["id"])):
                pipeline = Pipeline.model_validate(item)
                found[pipeline.id] = pipeline
        return tuple(found.values())


def _bare_module(name: str) -> ModuleInfo:
    return ModuleInfo(api_name=name, singular_label=name, plural_label=name)


def _bare_field(name: str) -> FieldInfo:
    """Any value goes into it as it is, for Zoho to judge."""
    return FieldInfo(api_name=name, field_label=name, data_type="unknown")
