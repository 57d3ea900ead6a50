"""Which data centre this emulator is, where the others are, and which users live there.

Two emulators on one file, each with a location of its own, are a Zoho of two data centres.
https://zoho.com/accounts/protocol/oauth/multi-dc.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zcrm_tools.datacenters import DATA_CENTERS

CODES = frozenset(DATA_CENTERS)


class Locations:
    """Of the process, not of the file: `location` is this one's code, `servers` the accounts servers of others."""

    def __init__(self) -> None:
        self.location = "us"
        self.servers: dict[str, str] = {}
        self.homes: dict[int, str] = {}

    def change(self, given: Mapping[str, Any]) -> None:
        """Raises ValueError and changes nothing when something is wrong."""
        location = given.get("location", self.location)
        servers, homes = given.get("servers", {}), given.get("homes", {})
        if given.keys() - {"location", "servers", "homes"}:
            raise ValueError("There are location, servers and homes.")
        if not isinstance(servers, dict) or not isinstance(homes, dict):
            raise ValueError('"servers" and "homes" are objects.')  # noqa: TRY004 - one kind of mistake
        named = (location, *servers, *homes.values())
        if unknown := [str(code) for code in named if code not in CODES]:
            raise ValueError(
                f"Zoho has no data centre {', '.join(unknown)}; it has {', '.join(sorted(CODES))}."
            )
        if not all(
            isinstance(url, str) and url.startswith(("http://", "https://")) for url in servers.values()
        ):
            raise ValueError("An accounts server is an http or https address.")
        if not all(str(user).isdecimal() for user in homes):
            raise ValueError("Homes are data centre codes by user id.")
        self.location = location
        self.servers |= {code: url.rstrip("/") for code, url in servers.items()}
        self.homes |= {int(user): code for user, code in homes.items()}

    def home(self, user_id: int) -> str:
        """The data centre of a user: this one unless it was said otherwise."""
        return self.homes.get(user_id, self.location)

    def server(self, code: str, own: str) -> str:
        """The accounts server of a data centre; `own` is where this one was asked."""
        return own if code == self.location else self.servers.get(code, own)

    def all_servers(self, own: str) -> dict[str, str]:
        return {**self.servers, self.location: own}

    def report(self) -> dict[str, Any]:
        return {
            "location": self.location,
            "servers": self.servers,
            "homes": {str(user): code for user, code in self.homes.items()},
        }
