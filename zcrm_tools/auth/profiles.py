"""Named connections in `profiles.json`, and which one the settings mean. No secret is ever in that file."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from zcrm_tools import datacenters
from zcrm_tools.auth import private_file
from zcrm_tools.errors import LoginRequired, NotConfigured, Problem
from zcrm_tools.http.hosts import pinned
from zcrm_tools.models.grant import Profile
from zcrm_tools.scopes import parse
from zcrm_tools.settings import Settings

FILE = "profiles.json"
FROM_ENVIRONMENT = "environment"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SIGN_IN = ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN")
_IN_ITS_OWN_NAME = ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_SOID", "ZCRM_SCOPES")
_DEMO = "To look around without a Zoho account, use the demo org: `zcrm demo`, `connect(demo=True)` in Python, or ZCRM_DEMO=1."


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    profiles: dict[str, Profile] = {}


def load(home: Path) -> dict[str, Profile]:
    """Every profile by name; none when there is no file yet. NotConfigured when the file cannot be used."""
    path = home / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise private_file.unusable(home, error) from None
    except UnicodeDecodeError:
        raise _bad_file(path, "it is no text") from None
    try:
        found = _File.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _bad_file(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for profile in found.profiles.values():
        check_hosts(profile)
        _check_scopes(
            f"{profile.scopes} {profile.refused}", f"{path}: the scopes of profile {profile.name!r}"
        )
    return found.profiles


def save(home: Path, profile: Profile) -> None:
    """Add or replace one."""
    if not _NAME.fullmatch(profile.name):
        raise NotConfigured(
            Problem(
                "BAD_PROFILE_NAME",
                f"{profile.name!r} cannot name a profile.",
                not_done="Nothing was saved.",
                next_step="Use up to 64 letters, digits, dots, dashes and underscores.",
            )
        )
    check_hosts(profile)
    with _alone(home):
        _write(home, {**load(home), profile.name: profile})


def change(home: Path, profile: Profile, how: Callable[[Profile], Profile]) -> None:
    """Change the entry of this identity; nothing when the name has passed to another, or is gone."""
    with _alone(home):
        kept = load(home)
        found = kept.get(profile.name)
        if found is not None and found.identity == profile.identity:
            _write(home, {**kept, profile.name: how(found)})


def remove(home: Path, name: str) -> bool:
    """Whether there was one to remove."""
    with _alone(home):
        kept = load(home)
        if kept.pop(name, None) is None:
            return False
        _write(home, kept)
        return True


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """No other process of ours changes the file meanwhile: two sign-ins at once are both kept."""
    from filelock import FileLock

    private_file.folder(home)
    with FileLock(home / f".{FILE}.lock", mode=0o600, timeout=30, preserve_lock_file=True):
        yield


def check_hosts(profile: Profile) -> None:
    """A Zoho profile names Zoho's hosts of one data centre; an emulator's names this machine."""
    pinned(profile.accounts_url, "accounts")
    pinned(profile.api_url, "api")
    if profile.kind == "emulator":
        fits = datacenters.is_loopback(profile.accounts_url) and datacenters.is_loopback(profile.api_url)
    else:
        fits = any(
            profile.accounts_url.rstrip("/") == dc.accounts
            and profile.api_url.rstrip("/") == dc.api(profile.environment)
            for dc in datacenters.DATA_CENTERS.values()
        )
    if not fits:
        raise NotConfigured(
            Problem(
                "HOSTS_DO_NOT_FIT",
                f"Profile {profile.name!r} ({profile.kind}, {profile.environment}) names {profile.accounts_url} "
                f"and {profile.api_url}, which do not belong together.",
                not_done="No request was sent.",
                next_step="Sign in again: zcrm login",
                fix_by="person",
            )
        )


def _check_scopes(text: str, where: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise NotConfigured(
            Problem("BAD_SCOPES", f"{where}: {error}.", next_step="Correct it.", fix_by="person")
        ) from None


def of_data_center(
    name: str, dc_code: str, environment: datacenters.Environment, client_id: str, scopes: str = ""
) -> Profile:
    """A profile for Zoho itself."""
    dc = datacenters.data_center(dc_code)
    return Profile(
        name=name,
        kind="zoho",
        accounts_url=dc.accounts,
        api_url=dc.api(environment),
        environment=environment,
        client_id=client_id,
        scopes=scopes,
    )


def has_sign_in(settings: Settings) -> bool:
    """Whether the environment holds a whole sign-in: client and refresh token, or a client that asks in its own name.

    It does not count for a profile that was asked for by name. NotConfigured when it holds a part of one.
    """
    if settings.named:
        return False
    secret, token = _secrets(settings)
    if settings.soid and token:
        raise _unfinished("ZCRM_REFRESH_TOKEN and ZCRM_SOID are two ways to sign in.", ["one of them alone"])
    names = _IN_ITS_OWN_NAME if settings.soid else _SIGN_IN
    values = {
        "ZCRM_CLIENT_ID": settings.client_id,
        "ZCRM_CLIENT_SECRET": secret,
        "ZCRM_REFRESH_TOKEN": token,
        "ZCRM_SOID": settings.soid,
        "ZCRM_SCOPES": settings.scopes,
    }
    absent = [name for name in names if not values[name]]
    if absent and len(absent) < len(names):
        raise _unfinished(f"The environment holds a part of a sign-in; {' and '.join(absent)} is not set.", absent)  # fmt: skip
    return not absent


def resolve(settings: Settings) -> Profile:
    """The profile to use: the one asked for by name, else the environment's sign-in, else `ZCRM_PROFILE`'s or the default.

    Emulator URLs count only with a sign-in of their own or with an emulator's profile, so that no project file can
    send a live token elsewhere. Raises NotConfigured, or LoginRequired when nobody has signed in yet.
    """
    if has_sign_in(settings):
        return _from_environment(settings)
    profile = load(settings.home).get(settings.profile)
    if settings.api_url or settings.accounts_url:
        if profile is None or profile.kind != "emulator":
            raise _unfinished("ZCRM_API_URL and ZCRM_ACCOUNTS_URL are for an emulator and need its sign-in.", list(_SIGN_IN))  # fmt: skip
        return profile.model_copy(update=_emulator_urls(settings))
    if profile is None:
        raise _nobody(settings)
    return profile


def _secrets(settings: Settings) -> tuple[str, str]:
    return settings.client_secret.get_secret_value(), settings.refresh_token.get_secret_value()


def _from_environment(settings: Settings) -> Profile:
    name, scopes = FROM_ENVIRONMENT, settings.scopes.replace(",", " ")
    _check_scopes(scopes, "ZCRM_SCOPES")
    if not (settings.api_url or settings.accounts_url):
        if not settings.data_center:
            raise _unfinished("The sign-in in the environment does not say which data centre it is for.", ["ZCRM_DATA_CENTER"])  # fmt: skip
        found = of_data_center(name, settings.data_center, settings.environment, settings.client_id, scopes)
        return found.model_copy(update={"soid": settings.soid})
    if settings.data_center:
        raise NotConfigured(
            Problem(
                "TWO_TARGETS",
                "ZCRM_DATA_CENTER names Zoho, and ZCRM_API_URL an emulator.",
                not_done="No request was sent.",
                next_step="Unset the one that is not meant.",
                fix_by="person",
            )
        )
    urls = _emulator_urls(settings)
    return Profile(
        name=name,
        kind="emulator",
        environment=settings.environment,
        client_id=settings.client_id,
        scopes=scopes,
        soid=settings.soid,
        accounts_url=urls["accounts_url"],
        api_url=urls["api_url"],
    )


def _emulator_urls(settings: Settings) -> dict[str, str]:
    urls = {"api_url": settings.api_url, "accounts_url": settings.accounts_url}
    absent = [f"ZCRM_{name.upper()}" for name, url in urls.items() if not url]
    if absent:
        raise _unfinished(f"An emulator has two URLs; {absent[0]} is not set.", absent)
    return urls


def _write(home: Path, kept: dict[str, Profile]) -> None:
    """Whole or not at all, and readable by its owner alone."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    body = _File(profiles=dict(sorted(kept.items()))).model_dump(mode="json")
    # mkstemp makes the file 0600
    handle, temporary = tempfile.mkstemp(dir=home, prefix=f".{FILE}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(body, file, indent=2, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(home / FILE)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _bad_file(path: Path, why: str) -> NotConfigured:
    return NotConfigured(
        Problem(
            "BAD_PROFILES_FILE",
            f"{path} cannot be used: {why}.",
            next_step="Correct it or delete it, then sign in again: zcrm login",
            fix_by="person",
        )
    )


def _unfinished(message: str, absent: list[str]) -> NotConfigured:
    return NotConfigured(
        Problem(
            "SIGN_IN_INCOMPLETE",
            message,
            not_done="No request was sent.",
            next_step=f"Set {' and '.join(absent)}, or unset the rest and use a profile: zcrm login",
            fix_by="person",
        )
    )


def _nobody(settings: Settings) -> LoginRequired:
    named = "" if settings.profile == "default" else f" as profile {settings.profile!r}"
    login = "zcrm login" if settings.profile == "default" else f"zcrm login --profile {settings.profile}"
    return LoginRequired(
        Problem(
            "LOGIN_REQUIRED",
            f"Nobody is signed in to Zoho CRM{named}.",
            not_done="No request was sent.",
            next_step=f"A person signs in with `{login}`. {_DEMO}",
            fix_by="person",
        )
    )
