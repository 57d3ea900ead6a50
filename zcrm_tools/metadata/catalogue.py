"""What the org says about itself, fetched when first needed, and kept: in this process, and on disk for the next ones.

Each answer is fetched once however many ask at the same time. Unknown names are refused with the nearest known one.
An answer is good for an hour. Then modules that have changed since are asked for (If-Modified-Since, one credit for all
of them), and only their fields, layouts and pipelines are fetched again; users are asked for in the same way. After a
day everything is fetched anew, whatever Zoho says. What seems to have changed sooner is `doubt`ed.
https://www.zoho.com/crm/developer/docs/api/v8/modules-api.html, get-users.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import ValidationError

from zcrm_tools import endpoints
from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_SENT, ApiError, InvalidInput, Problem, ScopeMissing, ServerFault
from zcrm_tools.metadata import kinds
from zcrm_tools.metadata.kept import Changes, Entry, Kept
from zcrm_tools.metadata.kinds import Fields, Kind
from zcrm_tools.models.metadata import FieldInfo, Layout, ModuleInfo, OrgInfo, Pipeline, User

if TYPE_CHECKING:  # to list tools loads no HTTP client
    from zcrm_tools.http.session import Session

__all__ = ["Catalogue", "Fields"]

T = TypeVar("T")
M = TypeVar("M", ModuleInfo, FieldInfo, User)
DAY = timedelta(days=1)
AGAIN = timedelta(seconds=30)
"""What is younger is not fetched again because something in it is doubted."""
_OF_A_MODULE: tuple[Kind[Any], ...] = (kinds.FIELDS, kinds.LAYOUTS, kinds.PIPELINES)
_OUT_OF_DATE = frozenset(
    "INVALID_DATA INVALID_MODULE INVALID_QUERY MAPPING_MISMATCH MANDATORY_NOT_FOUND".split()
)
"""What Zoho says of fields, choices and stages that are not there any more, or are mandatory by now."""
_USUAL = (
    "modules",
    "users",
    "org",
    "pipelines.Deals",
    *(f"fields.{m}" for m in ("Leads", "Contacts", "Accounts", "Deals")),
)
_OVERLAP = timedelta(minutes=1)
"""Asked for twice rather than never, as clocks differ."""
_MONTHS = "January February March April May June July August September October November December".split()


class Catalogue:
    """The metadata of one org, as one signed-in user sees it. `kept` is where it outlives the process."""

    def __init__(self, session: Session, kept: Kept | None = None) -> None:
        self._session = session
        self._kept = kept
        self._held: dict[str, Entry] = {}
        self._changes: Changes | None = None
        self._asking: dict[str, asyncio.Task[Any]] = {}
        self.unreadable: dict[str, str] = {}
        """Modules and fields whose description made no sense → what was wrong. Their names are used all the same."""

    @property
    def kept(self) -> Kept | None:
        """Where answers outlive the process, for `pin.Pin`; None where they do not."""
        return self._kept

    async def modules(self) -> Mapping[str, ModuleInfo]:
        """Every module that the API serves, by API name, in Zoho's order."""
        return await self._answer(kinds.MODULES, "", self._fetch_modules)

    async def module(self, name: str) -> ModuleInfo:
        """One module by API name or label, in any case. Raises InvalidInput with the nearest names."""
        known = await self.modules()
        found = _called(name, known)
        if found is None and await self.module_appeared(name):
            known = await self.modules()
            found = _called(name, known)
        if found is not None:
            return found
        raise InvalidInput(
            Problem(
                "UNKNOWN_MODULE",
                f"There is no module {name!r} in this org.",
                NOTHING_SENT,
                closest=nearest(name, known) or "",
                allowed=tuple(known),
            )
        )

    async def module_appeared(self, name: str) -> bool:
        """For a module that is not known: whether Zoho knows it now, asked again where what we have is older."""
        if not self._old(kinds.MODULES.key()):
            return False
        self._drop(kinds.MODULES.key())
        return _called(name, await self.modules()) is not None

    async def fields(self, module: str) -> Fields:
        """Every field of a module, by API name, in Zoho's order."""
        return await self._answer(kinds.FIELDS, module, lambda: self._fetch_fields(module))

    async def layouts(self, module: str) -> tuple[Layout, ...]:
        """The layouts in use, with what is mandatory on each."""
        return await self._answer(kinds.LAYOUTS, module, lambda: self._fetch_layouts(module))

    async def users(self) -> Mapping[str, User]:
        """The active users, by id."""
        return await self._answer(kinds.USERS, "", self._fetch_users)

    async def me(self) -> User:
        """The user that the token acts as."""
        return await self._answer(kinds.ME, "", self._fetch_me)

    async def org(self) -> OrgInfo:
        org = await self._answer(kinds.ORG, "", self._fetch_org)
        self._session.line.places.learn(org.edition)
        return org

    async def pipelines(self, module: str = "Deals") -> tuple[Pipeline, ...]:
        """The pipelines of every layout, with their stages in order. Empty when the org has none."""
        return await self._answer(kinds.PIPELINES, module, lambda: self._fetch_pipelines(module))

    async def fiscal_start(self) -> int:
        """The month the fiscal year begins in, 1 to 12."""
        return await self._answer(kinds.FISCAL_START, "", self._fetch_fiscal_start)

    def forget(self) -> None:
        """Drop everything, also on disk: the next question asks Zoho again."""
        self._held.clear()
        self._changes = None
        if self._kept is not None:
            self._kept.forget()

    async def renew(self) -> list[str]:
        """Ask again for all that is kept, and for what most people need; what was fetched."""
        keys = {*(self._kept.answers() if self._kept else ()), *_USUAL}
        self.forget()
        by_kind: dict[str, Callable[[str], Awaitable[Any]]] = {
            "modules": lambda _: self.modules(),
            "users": lambda _: self.users(),
            "org": lambda _: self.org(),
            "fiscal_start": lambda _: self.fiscal_start(),
            "fields": self.fields,
            "layouts": self.layouts,
            "pipelines": self.pipelines,
        }
        done = []
        for key in sorted(keys, key=lambda key: (key != "modules", key)):
            name, _, module = key.partition(".")
            if name in by_kind and (not module or module in await self.modules()):
                await by_kind[name](module)
                done.append(key)
        return done

    def doubt(self, module: str) -> None:
        """What is known of a module may no longer be so: the next question asks Zoho again."""
        self._drop(*(kind.key(module) for kind in _OF_A_MODULE))

    async def refreshed(self, module: str) -> bool:
        """After a name or value that is not known: whether it makes sense to look again, as what we have is older.

        At most once in half a minute, so that a caller who repeats a mistake spends no credits on it.
        """
        if not any(self._old(kind.key(module)) for kind in _OF_A_MODULE):
            return False
        self.doubt(module)
        return True

    async def users_refreshed(self) -> bool:
        """The same after a user that is not known."""
        old = self._old(kinds.USERS.key())
        if old:
            self._drop(kinds.USERS.key())
        return old

    def refused(self, module: str, code: str) -> None:
        """Zoho refused a write or a query: when it may be for what we know of the module, it is asked for again."""
        if code in _OUT_OF_DATE and self._old(kinds.FIELDS.key(module)):
            self.doubt(module)

    # --- how an answer is had

    async def _answer(self, kind: Kind[T], module: str, fetch: Callable[[], Awaitable[T]]) -> T:
        key = kind.key(module)
        held = self._held.get(key)
        if held is not None and self._fresh(held, kind):
            return cast("T", held.body)
        return await self._once(key, lambda: self._renewed(kind, module, fetch))

    async def _once(self, key: str, do: Callable[[], Awaitable[T]]) -> T:
        """However many ask at the same time; one of them that gives up takes it away from no other."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.ensure_future(do())
            task.add_done_callback(lambda done: self._answered(key, done))
        return cast("T", await asyncio.shield(task))

    def _answered(self, key: str, task: asyncio.Task[Any]) -> None:
        self._asking.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever still waits is told; when nobody does, it is no news

    async def _renewed(self, kind: Kind[T], module: str, fetch: Callable[[], Awaitable[T]]) -> T:
        key = kind.key(module)
        held = self._held.get(key) or await self._from_disk(kind, key)
        if held is not None and not self._fresh(held, kind):
            held = replace(held, checked=await self._true_until(kind, module, held))
        if held is None or not self._fresh(held, kind):
            now = self._now()
            held = Entry(await fetch(), now, now)
        return await self._put(kind, key, held)

    def _fresh(self, held: Entry, kind: Kind[Any]) -> bool:
        """Not either when it comes from the future: the clock was wrong then or is wrong now."""
        now = self._now()
        return -_OVERLAP < now - held.checked < kind.life and now - held.fetched < DAY

    async def _true_until(self, kind: Kind[Any], module: str, held: Entry) -> datetime:
        """The last moment at which an answer was true for sure, as Zoho tells what changed since."""
        if kind.changes == "" or self._now() - held.fetched >= DAY:
            return held.checked
        now = self._now()
        try:
            if kind.changes == "users":
                people = await self._modified(endpoints.LIST_USERS, "users", held.checked, type="AllUsers")
                return held.checked if people else now
            changes = await self._once("changes", lambda: self._changes_since(held.fetched))
        except (ApiError, ScopeMissing):
            return held.checked  # then it is fetched anew, and what is wrong is raised there
        times = changes.modules.values() if kind is kinds.MODULES else [changes.modules.get(module)]
        changed = held.fetched < changes.since or any(at and at > held.fetched for at in times)
        return held.checked if changed else changes.checked

    async def _changes_since(self, moment: datetime) -> Changes:
        """Which modules changed, as known from the last hour or asked for now. It reaches back to `moment` at least."""
        known = self._changes
        if known is None and self._kept is not None:
            known = await asyncio.to_thread(self._kept.changes)
        if known is None or moment < known.since:
            known = Changes(moment, moment)
        now = self._now()
        if now - known.checked >= kinds.HOUR:
            items = await self._modified(endpoints.LIST_MODULES, "modules", known.checked)
            names = {str(item.get("api_name")): now for item in items if isinstance(item, dict)}
            known = Changes(known.since, now, {**known.modules, **names})
            if self._kept is not None:
                await asyncio.to_thread(self._kept.write_changes, known)
        self._changes = known
        return known

    async def _modified(
        self, endpoint: endpoints.Endpoint, key: str, since: datetime, **params: str
    ) -> list[Any]:
        """What was modified since; nothing for 304. By Zoho's clock, with a minute to spare."""
        theirs = since + self._session.server_ahead - _OVERLAP
        header = {"If-Modified-Since": theirs.isoformat(timespec="seconds")}
        reply = await self._session.call(endpoint, params=params, headers=header)
        return list((reply.body or {}).get(key) or ())

    async def _from_disk(self, kind: Kind[T], key: str) -> Entry | None:
        if self._kept is None or not kind.kept:
            return None
        return await asyncio.to_thread(kind.read, self._kept, key)

    async def _put(self, kind: Kind[T], key: str, entry: Entry) -> T:
        if self._kept is not None and kind.kept and entry != self._held.get(key):
            await asyncio.to_thread(kind.write, self._kept, key, entry)
        self._held[key] = entry
        return cast("T", entry.body)

    def _drop(self, *keys: str) -> None:
        for key in keys:
            self._held.pop(key, None)
        if self._kept is not None:
            self._kept.forget(*keys)

    def _old(self, key: str) -> bool:
        held = self._held.get(key)
        return held is not None and self._now() - held.fetched >= AGAIN

    def _now(self) -> datetime:
        return self._session.line.patience.wall()

    # --- what is asked

    async def _items(self, endpoint: endpoints.Endpoint, key: str, **params: str) -> list[Any]:
        reply = await self._session.call(endpoint, params=params)
        return list((reply.body or {}).get(key) or ())

    async def _one(self, endpoint: endpoints.Endpoint, key: str, **params: str) -> Any:
        for item in await self._items(endpoint, key, **params):
            return item
        raise ServerFault(
            Problem(
                "NOTHING_TOLD",
                f"Zoho named no {key} of this sign-in.",
                next_step="Try again in a minute.",
                fix_by="wait",
            ),
            status=200,
        )

    async def _fetch_modules(self) -> Mapping[str, ModuleInfo]:
        items = await self._items(endpoints.LIST_MODULES, "modules")
        found = [self._read(ModuleInfo, item, _bare_module) for item in items]
        return {m.api_name: m for m in found if m is not None and m.api_supported and m.viewable}

    async def _fetch_fields(self, module: str) -> Fields:
        items = await self._items(endpoints.LIST_FIELDS, "fields", module=module)
        found = [self._read(FieldInfo, item, _bare_field, of=f"{module}.") for item in items]
        return {f.api_name: f for f in found if f is not None}

    def _read(self, model: type[M], item: Any, bare: Callable[[str], M | None], of: str = "") -> M | None:
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
            found = [self._read(User, item, lambda _: None, of="users.") for item in body.get("users") or ()]
            users |= {user.id: user for user in found if user is not None}
            if not (body.get("info") or {}).get("more_records"):
                break
        return users

    async def _fetch_me(self) -> User:
        return User.model_validate(await self._one(endpoints.LIST_USERS, "users", type="CurrentUser"))

    async def _fetch_org(self) -> OrgInfo:
        return OrgInfo.model_validate(await self._one(endpoints.GET_ORG, "org"))

    async def _fetch_fiscal_start(self) -> int:
        reply = await self._session.call(endpoints.GET_FISCAL_YEAR)
        month = str(((reply.body or {}).get("fiscal_year") or {}).get("start_month") or "January")
        return _MONTHS.index(month.capitalize()) + 1

    async def _fetch_layouts(self, module: str) -> tuple[Layout, ...]:
        items = await self._items(endpoints.LIST_LAYOUTS, "layouts", module=module)
        return tuple(one for one in map(Layout.model_validate, items) if one.status == "active")

    async def _fetch_pipelines(self, module: str) -> tuple[Pipeline, ...]:
        found: dict[str, Pipeline] = {}
        for layout in await self.layouts(module):
            for item in await self._items(endpoints.LIST_PIPELINES, "pipeline", layout_id=layout.id):
                pipeline = Pipeline.model_validate(item)
                found[pipeline.id] = pipeline
        return tuple(found.values())


def _called(name: str, known: Mapping[str, ModuleInfo]) -> ModuleInfo | None:
    if name in known:
        return known[name]
    wanted = name.strip().lower().replace(" ", "_")
    for info in known.values():
        labels = (info.api_name, info.plural, info.singular)
        if wanted in (label.lower().replace(" ", "_") for label in labels):
            return info
    return None


def _bare_module(name: str) -> ModuleInfo:
    return ModuleInfo(api_name=name, singular_label=name, plural_label=name)


def _bare_field(name: str) -> FieldInfo:
    """Any value goes into it as it is, for Zoho to judge."""
    return FieldInfo(api_name=name, field_label=name, data_type="unknown")
