"""The emulator put together: accounts, the CRM API, the control plane and a front page over one store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from zcrm_tools.emulator import accounts, browse, control, deliveries, templates
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.emulator.api import ACCOUNTS, Apis, apis, crm_routes
from zcrm_tools.emulator.clock import Clock
from zcrm_tools.emulator.coverage import says_so
from zcrm_tools.emulator.dispatch import wrong_address, wrong_method
from zcrm_tools.emulator.faults import Faults
from zcrm_tools.emulator.faulty import Faulty
from zcrm_tools.emulator.grants import Grants, Holder
from zcrm_tools.emulator.journal import Journal, Journaled, internal_error
from zcrm_tools.emulator.limits import Limits
from zcrm_tools.emulator.locations import Locations
from zcrm_tools.emulator.replies import Refusal
from zcrm_tools.emulator.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["Credentials", "Emulator", "Seed", "crm_routes", "open_emulator"]

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
    limits: Limits
    faults: Faults
    locations: Locations
    api: Apis
    credentials: Credentials
    snapshots: dict[str, bytes] = field(default_factory=dict)

    def seed(self, seed: Seed, *, number: int = 1, scale: int = 1) -> None:
        """Start the org anew; from now on a reset comes back to this seed."""
        with self.store.transaction():
            for name, value in (("seed", seed), ("seed_number", number), ("seed_scale", scale)):
                self.store.set_meta(name, value)
        self.reset()

    def reset(self) -> None:
        """The org as it was seeded, an empty journal, no fault plans; ids start again, tokens and clients stay."""
        with self.store.transaction():
            self.store.clear()
            _fill(self.store)
        self.journal.clear()
        self.limits.reset()
        self.faults.clear()

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
    if db is not None:
        deliveries.courier_of(store).wake()  # for calls that were waiting when the last process ended
    limits, faults, journal = Limits(store), Faults(), Journal(clock)
    grants = Grants(store, limits)
    api = apis()
    starlette = _compose(api)
    app = Journaled(Faulty(starlette, faults, api.describe), journal)
    emulator = Emulator(
        app,
        store,
        clock,
        grants,
        journal,
        limits,
        faults,
        Locations(),
        api,
        _credentials(store, grants),
    )
    for name in ("store", "grants", "limits", "locations"):
        setattr(starlette.state, name, getattr(emulator, name))
    starlette.state.emulator = emulator
    return emulator


async def _graphql(_request: Request) -> Response:
    return says_so("GraphQL", "graphql").to_response()


def _compose(api: Apis) -> Starlette:
    composed = Starlette(
        routes=[
            *browse.routes,
            *ACCOUNTS,
            *control.routes,
            Mount("/crm/bulk/{version}", api.bulk),
            Route("/crm/graphql", _graphql, methods=["POST"]),
            Mount("/crm/{version}", api.main),
            Mount("/{version}/crm/{org}", api.content),
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


def _credentials(store: Store, grants: Grants) -> Credentials:
    """The first user is who made the org: its administrator."""
    client_id, secret = grants.register("zcrm-tools emulator", REDIRECT_URIS, "any")
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
    templates.load(store, demo.templates)


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
