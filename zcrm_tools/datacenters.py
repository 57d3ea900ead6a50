"""Zoho's ten data centres and three environments: which hosts a profile may talk to, and no others.

Hosts are taken from Zoho's multi-DC pages and the official SDK; those marked `confirmed=False` have no primary source
(https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html). What a callback or a token reply says about hosts is
input from outside: it is looked up here and never used as it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from zcrm_tools.errors import NotConfigured, Problem

Environment = Literal["production", "sandbox", "developer"]


@dataclass(frozen=True, slots=True)
class DataCenter:
    """One data centre. `code` is what Zoho's callback calls `location`."""

    code: str
    region: str
    accounts: str
    domain: str
    upload: str
    confirmed: bool = True

    def api(self, environment: Environment = "production") -> str:
        """Base URL of the CRM API for an environment; a token for one is refused by the others."""
        prefix = "www" if environment == "production" else environment
        return f"https://{prefix}.{self.domain}"


_ALL = (
    DataCenter(
        "us", "United States", "https://accounts.zoho.com", "zohoapis.com", "https://content.zohoapis.com"
    ),
    DataCenter("eu", "Europe", "https://accounts.zoho.eu", "zohoapis.eu", "https://content.zohoapis.eu"),
    DataCenter("in", "India", "https://accounts.zoho.in", "zohoapis.in", "https://content.zohoapis.in"),
    DataCenter(
        "au",
        "Australia",
        "https://accounts.zoho.com.au",
        "zohoapis.com.au",
        "https://content.zohoapis.com.au",
    ),
    DataCenter("jp", "Japan", "https://accounts.zoho.jp", "zohoapis.jp", "https://content.zohoapis.jp"),
    DataCenter(
        "cn", "China", "https://accounts.zoho.com.cn", "zohoapis.com.cn", "https://content.zohoapis.com.cn"
    ),
    DataCenter("ca", "Canada", "https://accounts.zohocloud.ca", "zohoapis.ca", "https://upload.zohocloud.ca"),
    DataCenter("sa", "Saudi Arabia", "https://accounts.zoho.sa", "zohoapis.sa", "https://files.zoho.sa"),
    DataCenter(
        "uk",
        "United Kingdom",
        "https://accounts.zoho.uk",
        "zohoapis.uk",
        "https://content.zohoapis.uk",
        False,
    ),
    DataCenter(
        "ae",
        "United Arab Emirates",
        "https://accounts.zoho.ae",
        "zohoapis.ae",
        "https://content.zohoapis.ae",
        False,
    ),
)
DATA_CENTERS: dict[str, DataCenter] = {dc.code: dc for dc in _ALL}


def data_center(code: str) -> DataCenter:
    """Look up a data centre by its code (`us`, `eu`, `in`, …) or by its domain ending (`com`, `com.au`, …)."""
    wanted = code.strip().lower().removeprefix(".")
    if old := sandbox_of_older_guides(wanted):
        raise NotConfigured(old)
    for dc in _ALL:
        if wanted in (dc.code, dc.domain, dc.domain.removeprefix("zohoapis.")):
            return dc
    raise NotConfigured(
        Problem(
            "UNKNOWN_DATA_CENTER",
            f"There is no Zoho data centre {code!r}.",
            next_step="Use the one in the address bar when you are signed in to Zoho CRM: crm.zoho.eu means eu.",
            allowed=tuple(DATA_CENTERS),
        )
    )


def sandbox_of_older_guides(place: str) -> Problem | None:
    """What to do about `crmsandbox.zoho.com`, which guides for the API's first versions name; None for any other place.

    It is never sent a token: https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html has the hosts of today.
    """
    try:
        host = urlsplit(place if "//" in place else f"//{place}").hostname
    except ValueError:
        return None
    for dc in _ALL:
        if host == f"crmsandbox.{dc.accounts.removeprefix('https://accounts.')}":
            return Problem(
                "OLD_SANDBOX_HOST",
                f"{host} is the sandbox's address of older guides; it answers at {dc.api('sandbox')} now.",
                not_done="No request was sent.",
                next_step=f"Sign in to it with `zcrm login --data-center {dc.code} --environment sandbox`, or set "
                f"ZCRM_DATA_CENTER={dc.code} and ZCRM_ENVIRONMENT=sandbox.",
                fix_by="person",
            )
    return None


def environment(name: str) -> Environment:
    """Check the name of an environment."""
    for known in get_args(Environment):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise NotConfigured(
        Problem("UNKNOWN_ENVIRONMENT", f"There is no environment {name!r}.", allowed=get_args(Environment))
    )


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine; plain http is accepted nowhere else."""
    try:
        return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError:  # a bracket that is not closed, for one
        return False
