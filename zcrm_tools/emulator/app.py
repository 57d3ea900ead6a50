"""The emulator put together: accounts, the CRM API, the control plane and a front page over one store."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from zcrm_tools.emulator import accounts, control, pages, routes
from zcrm_tools.emulator.access import EVERYTHING, NEEDS
from zcrm_tools.emulator.clock import Clock
from zcrm_tools.emulator.dispatch import CrmApi, wrong_address, wrong_method
from zcrm_tools.emulator.grants import Grants, Holder
from zcrm_tools.emulator.journal import Journal, Journaled, internal_error
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

Seed = Literal["demo", "empty"]

REDIRECT_URIS = (
    "http://localhost:8765/callback",
    "http://localhost:53682/",
    "https://app.example.com/oauth/callback",
)
"""Registered for the emulator's own client; `POST /__emulator__/clients` registers others."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Plain text that exists only here: the database keeps hashes."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    org_id: str


@dataclass(frozen=True, slots=True)
class Emulator:
    """One org behind one ASGI app. Make it with `open_emulator`; `close` gives the database back."""

    app: Journaled
    store: Store
    clock: Clock
    grants: Grants
    journal: Journal
    credentials: Credentials

    def reset(self) -> None:
        """The org as it was seeded and an empty journal; ids start again, tokens and clients stay."""
        with self.store.transaction():
            self.store.clear()
            _fill(self.store)
        self.journal.clear()

    def counts(self) -> dict[str, int]:
        """Records per module, the modules that are metadata left out."""
        shown = (m.api_name for m in self.store.modules.values() if m.generated_type != "system")
        return {name: self.store.count(name) for name in shown}

    def close(self) -> None:
        self.store.close()


def open_emulator(
    db: Path | None = None,
    *,
    seed: Seed = "demo",
    number: int = 1,
    scale: int = 1,
    clock: Clock | None = None,
    image: bytes | None = None,
) -> Emulator:
    """Open an org: in memory, or in a file that outlives the process; or in memory as a copy of `Store.image()`.

    A file that holds an org is opened as it is: `seed`, `number` and `scale` count for a new one only. Every opening
    registers a client with credentials of its own, so that two processes can share a file.
    """
    if seed not in get_args(Seed):
        raise ValueError(f"seed is one of {', '.join(get_args(Seed))}, not {seed!r}")
    if scale < 1:
        raise ValueError("scale counts from 1")
    clock = clock or Clock.system()
    if image is not None and db is not None:
        raise ValueError("an image is opened in memory: give no file")
    store = Store(db, clock=clock, image=image)
    with store.transaction():
        if not store.org():
            for name, value in (("seed", seed), ("seed_number", number), ("seed_scale", scale)):
                store.set_meta(name, value)
            _fill(store)
    grants, journal = Grants(store), Journal(clock)
    starlette = _compose()
    emulator = Emulator(
        Journaled(starlette, journal), store, clock, grants, journal, _credentials(store, grants)
    )
    starlette.state.emulator = emulator
    starlette.state.store = store
    starlette.state.grants = grants
    return emulator


def _compose() -> Starlette:
    composed = Starlette(
        routes=[
            Route("/", _front),
            *accounts.routes,
            *control.routes,
            Mount("/crm/bulk/{version}", CrmApi(crm_routes("bulk_routes"))),
            Mount("/crm/{version}", CrmApi(crm_routes())),
            Mount("/{version}/crm/{org}", CrmApi(crm_routes("content_routes"))),
        ],
        exception_handlers={
            Refusal: lambda _request, refusal: refusal.to_response(),
            404: lambda _request, _error: wrong_address().to_response(),
            405: lambda _request, _error: wrong_method().to_response(),
            Exception: lambda _request, _error: internal_error(),
        },
    )
    composed.router.redirect_slashes = False  # a redirect would carry the request, and its token, elsewhere
    return composed


def crm_routes(kind: str = "routes") -> list[Route]:
    """Every route of `routes/`, by the name of the lists they are in. One without a line in the scope table is a mistake, found here and not in a call."""
    found: list[Route] = []
    for module in pkgutil.iter_modules(routes.__path__, f"{routes.__name__}."):
        found += getattr(importlib.import_module(module.name), kind, ())
    unguarded = sorted({route.name for route in found} - NEEDS.keys())
    if unguarded:
        raise RuntimeError(f"emulator/access.py says no scopes for these routes: {', '.join(unguarded)}")
    return found


async def _front(request: Request) -> Response:
    emulator: Emulator = request.app.state.emulator
    company = str(emulator.store.org().get("company_name", ""))
    return HTMLResponse(pages.front(company, emulator.counts()), headers=pages.HEADERS)


def _credentials(store: Store, grants: Grants) -> Credentials:
    """The first user is who made the org: its administrator."""
    client_id, secret = grants.register("zcrm-tools emulator", REDIRECT_URIS)
    user_id = next(iter(accounts.people(store)))
    issued = grants.issue(Holder(client_id, user_id, EVERYTHING))
    org_id = str(store.org()["zgid"])
    return Credentials(client_id, secret, issued.refresh_token, issued.access_token, org_id)


def _fill(store: Store) -> None:
    """Seed an empty store the way its meta rows say."""
    if store.meta("seed") == "empty":
        _new_org(store)
        return
    from zcrm_tools.emulator.seed import demo_org

    demo = demo_org(store.meta("seed_number"), scale=store.meta("seed_scale"), now=store.clock.now())
    store.load_org(demo.org)
    store.load_roles(demo.roles)
    store.load_profiles(demo.profiles)
    store.load_users(demo.users)
    for module, rows in demo.rows.items():
        store.load(module, rows)


def _new_org(store: Store) -> None:
    """An org on its first day: one administrator, Zoho's two roles and two profiles, no record."""
    ceo, manager, administrator, standard, user = (store.next_id() for _ in range(5))
    store.load_org(
        {
            "id": str(store.next_id()),
            "zgid": "700000001",
            "company_name": "Empty Org",
            "time_zone": "Etc/UTC",
            "currency": "US Dollar",
            "iso_code": "USD",
            "currency_symbol": "$",
            "country_code": "US",
        }
    )
    store.load_roles(
        [
            {"id": ceo, "name": "CEO", "reporting_to": None, "share_data_with_peers": True},
            {"id": manager, "name": "Manager", "reporting_to": ceo, "share_data_with_peers": False},
        ]
    )
    store.load_profiles(
        [
            {"id": administrator, "name": "Administrator", "custom": False},
            {"id": standard, "name": "Standard", "custom": False},
        ]
    )
    store.load_users(
        [
            {
                "id": user,
                "first_name": "Ada",
                "last_name": "Admin",
                "email": "admin@example.com",
                "role": ceo,
                "profile": administrator,
                "time_zone": "Etc/UTC",
                "locale": "en_US",
            }
        ]
    )
