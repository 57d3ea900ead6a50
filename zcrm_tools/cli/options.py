"""Options that several verbs share, and what they open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from zcrm_tools.models.grant import Profile
    from zcrm_tools.settings import Settings
    from zcrm_tools.state.state import State

Verb = TypeVar("Verb", bound=Callable[..., object])


def profile(verb: Verb) -> Verb:
    """`--profile`."""
    return click.option("--profile", default="", metavar="NAME", help="The sign-in to use.")(verb)


def connection(verb: Verb) -> Verb:
    """`--demo` and `--profile`."""
    return click.option("--demo", is_flag=True, help="Use a fresh demo org inside this process.")(
        profile(verb)
    )


def names(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    """A comma-separated list."""
    return tuple(name for part in value.split(",") if (name := part.strip()))


def settings(*, demo: bool = False, profile: str = "") -> Settings:
    """The environment's settings, with what the command line says."""
    from zcrm_tools.settings import from_environment

    found = from_environment().of(profile)
    return replace(found, demo=demo or found.demo)


@contextmanager
def journal(profile: str) -> Iterator[tuple[State, Profile]]:
    """The state of this machine, and the profile that asks. Needs no network and reads no secret."""
    from zcrm_tools.auth import profiles

    found = profiles.resolve(settings(profile=profile))
    with state() as opened:
        yield opened, found


@contextmanager
def state() -> Iterator[State]:
    """The state of this machine, of all profiles."""
    from zcrm_tools.state.sqlite import STATE_FILE, SqliteState

    opened = SqliteState(settings().home / STATE_FILE)
    try:
        yield opened
    finally:
        opened.close()
