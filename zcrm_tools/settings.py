"""Environment variables → one frozen value. Every variable this library reads is read and documented here.

| variable | meaning |
|---|---|
| `ZCRM_HOME` | folder for profiles and state; default `~/.zcrm` |
| `ZCRM_PROFILE` | name of the profile to use; default `default` |
| `ZCRM_DATA_CENTER` | `us`, `eu`, `in`, `au`, `jp`, `cn`, `ca`, `sa`, `uk`, `ae` |
| `ZCRM_ENVIRONMENT` | `production` (default), `sandbox` or `developer` |
| `ZCRM_CLIENT_ID`, `ZCRM_CLIENT_SECRET`, `ZCRM_REFRESH_TOKEN` | a whole sign-in from the environment, for containers and CI; a profile asked for by name (`--profile`) counts more |
| `ZCRM_SOID` | in place of the refresh token: `ZohoCRM.` and the org's id, for a self client that asks in its own name; `ZCRM_SCOPES` is then what is asked for |
| `ZCRM_CREDENTIALS_DIR` | a folder with the same, one file each, named like the variables in lower case (`zcrm_refresh_token`), as containers and systemd (`CREDENTIALS_DIRECTORY`) mount them; a variable that is set counts more |
| `ZCRM_KEY`, `ZCRM_KEY_FILE`, `ZCRM_PASSPHRASE` | the key of the encrypted file that holds sign-ins where there is no keyring |
| `ZCRM_SCOPES` | the scopes that refresh token was granted, comma separated; unknown when absent |
| `ZCRM_API_URL`, `ZCRM_ACCOUNTS_URL` | an emulator's URLs; loopback only, so that no file can send a live token elsewhere |
| `ZCRM_DEMO` | `1`: use the demo org inside this process; `2`, `3`, … are other companies |
| `ZCRM_WRITE` | `1`: allow writes; the default is read-only |
| `ZCRM_MAX_CREDITS` | API credits that one run may spend; a call beyond them is not made. No bound when unset |
| `ZCRM_KEY_FIELD` | API name of a custom, unique text field that creates leave a key in, so that one whose answer was lost is never done twice; default `Zcrm_Key`, in the modules that have it; `none` for never |
| `ZCRM_POLICY` | the operator's policy file (`safety.policy_file` says what stands in it): what may be written, when, and what needs a person |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from zcrm_tools import datacenters
from zcrm_tools.datacenters import Environment
from zcrm_tools.errors import NotConfigured, Problem
from zcrm_tools.redact import NotPickled

_UNSET = SecretStr("")
KEY_FIELD = "Zcrm_Key"
_KNOWN = frozenset(
    "HOME PROFILE DATA_CENTER ENVIRONMENT CLIENT_ID CLIENT_SECRET REFRESH_TOKEN SOID CREDENTIALS_DIR KEY KEY_FILE PASSPHRASE SCOPES API_URL ACCOUNTS_URL DEMO WRITE POLICY MAX_CREDITS KEY_FIELD".split()
)

_IN_FOLDER = (
    "CLIENT_ID",
    "CLIENT_SECRET",
    "REFRESH_TOKEN",
    "SOID",
    "DATA_CENTER",
    "SCOPES",
    "KEY",
    "PASSPHRASE",
)


@dataclass(frozen=True, slots=True)
class Settings(NotPickled):
    """What the environment says. Empty text means unset."""

    home: Path
    profile: str = "default"
    data_center: str = ""
    environment: Environment = "production"
    client_id: str = ""
    client_secret: SecretStr = _UNSET
    refresh_token: SecretStr = _UNSET
    soid: str = ""
    scopes: str = ""
    key: SecretStr = _UNSET
    key_file: str = ""
    passphrase: SecretStr = _UNSET
    api_url: str = ""
    accounts_url: str = ""
    demo: int = 0
    """Which demo org; 0 is none."""
    write: bool = False
    policy: str = ""
    max_credits: int | None = None
    key_field: str = KEY_FIELD
    """"" where no key is wanted."""
    named: bool = False
    """Whether the profile was asked for by name."""

    def of(self, profile: str) -> Settings:
        """For a profile asked for by name, which counts more than the environment's sign-in or demo org; "" changes nothing."""
        return replace(self, profile=profile, named=True, demo=0) if profile else self


def from_environment(env: Mapping[str, str] | None = None) -> Settings:
    """Read the variables. A misspelt `ZCRM_…` name and a non-loopback emulator URL are refused by name."""
    environ = os.environ if env is None else env
    given = {k[5:]: v.strip() for k, v in environ.items() if k.startswith("ZCRM_")}
    given = _from_folder(given.get("CREDENTIALS_DIR") or environ.get("CREDENTIALS_DIRECTORY", "")) | given
    unknown = sorted(given.keys() - _KNOWN)
    if unknown:
        raise NotConfigured(
            Problem(
                "UNKNOWN_SETTING",
                f"There is no setting ZCRM_{unknown[0]}.",
                next_step="Correct the name or unset it.",
                fix_by="person",
                allowed=tuple(f"ZCRM_{name}" for name in sorted(_KNOWN)),
            )
        )
    for name in ("API_URL", "ACCOUNTS_URL"):
        if given.get(name):
            _emulator_url(f"ZCRM_{name}", given[name])
    return Settings(
        home=_home(given.get("HOME", "")),
        profile=given.get("PROFILE") or "default",
        data_center=given.get("DATA_CENTER", ""),
        environment=datacenters.environment(given.get("ENVIRONMENT") or "production"),
        client_id=given.get("CLIENT_ID", ""),
        client_secret=SecretStr(given.get("CLIENT_SECRET", "")),
        refresh_token=SecretStr(given.get("REFRESH_TOKEN", "")),
        soid=_soid(given.get("SOID", "")),
        scopes=given.get("SCOPES", ""),
        key=SecretStr(given.get("KEY", "")),
        key_file=given.get("KEY_FILE", ""),
        passphrase=SecretStr(given.get("PASSPHRASE", "")),
        api_url=given.get("API_URL", "").rstrip("/"),
        accounts_url=given.get("ACCOUNTS_URL", "").rstrip("/"),
        demo=_demo(given.get("DEMO", "")),
        write=_switch("ZCRM_WRITE", given.get("WRITE", "")),
        policy=given.get("POLICY", ""),
        max_credits=_credits(given.get("MAX_CREDITS", "")),
        key_field=_key_field(given.get("KEY_FIELD", "")),
    )


def _home(given: str) -> Path:
    try:
        return Path(given or "~/.zcrm").expanduser()
    except RuntimeError:  # a container's user without an entry, or ~name of nobody
        raise NotConfigured(
            Problem(
                "NO_HOME",
                f"There is no home folder for {given or '~/.zcrm'}.",
                next_step="Set ZCRM_HOME to a folder that this program may write.",
                fix_by="person",
            )
        ) from None


def _credits(given: str) -> int | None:
    if not given:
        return None
    if given.isascii() and given.isdecimal():
        return int(given)
    raise NotConfigured(
        Problem(
            "BAD_NUMBER",
            f"ZCRM_MAX_CREDITS is {given!r}, which is no number of credits.",
            next_step="Set it to a whole number, or unset it.",
            fix_by="person",
        )
    )


def _key_field(given: str) -> str:
    return "" if given.lower() == "none" else given or KEY_FIELD


def _soid(given: str) -> str:
    """Zoho wants the product before the org's id; people copy the id alone."""
    return f"ZohoCRM.{given}" if given.isdigit() else given


def _from_folder(folder: str) -> dict[str, str]:
    """The sign-in's files in a credentials folder; files of other programs are left alone."""
    if not folder:
        return {}
    paths = ((name, Path(folder) / f"zcrm_{name.lower()}") for name in _IN_FOLDER)
    try:
        return {name: path.read_text("utf-8").strip() for name, path in paths if path.is_file()}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise NotConfigured(
            Problem(
                "CREDENTIALS_DIR",
                f"The credentials in {folder} cannot be read: {why}.",
                not_done="No request was sent.",
                next_step="Let this program's user read the folder and its files, or unset ZCRM_CREDENTIALS_DIR.",
                fix_by="person",
            )
        ) from None


def _emulator_url(name: str, url: str) -> None:
    if old := datacenters.sandbox_of_older_guides(url):
        raise NotConfigured(old)
    if not url.startswith(("http://", "https://")) or not datacenters.is_loopback(url):
        raise NotConfigured(
            Problem(
                "NOT_LOOPBACK",
                f"{name} is {url!r}, which is not on this machine.",
                not_done="No request was sent.",
                next_step="Only an emulator on localhost may be named by URL; for Zoho set ZCRM_DATA_CENTER.",
                fix_by="person",
            )
        )


def _demo(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() else int(_switch("ZCRM_DEMO", value))


def _switch(name: str, value: str) -> bool:
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("", "0", "false", "no", "off"):
        return False
    raise NotConfigured(Problem("BAD_SWITCH", f"{name} is {value!r}.", allowed=("1", "0"), fix_by="person"))
