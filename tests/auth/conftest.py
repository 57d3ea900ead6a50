"""The emulator on a socket, a credential store of its own class, and a time that tests move."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from pydantic import SecretStr

from zcrm_tools.auth.store.os_keyring import OsKeyring
from zcrm_tools.emulator.app import Emulator, open_emulator
from zcrm_tools.models.grant import Credentials, Profile


class FileKeyring(KeyringBackend):
    """A real backend that keeps its entries in one JSON file."""

    priority = 1

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def entries(self) -> dict[str, str]:
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get(f"{service}:{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        assert len(password) <= 1280, "Windows would not keep it"
        self.path.write_text(json.dumps({**self.entries, f"{service}:{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        entries = self.entries
        if entries.pop(f"{service}:{username}", None) is None:
            raise PasswordDeleteError(username)
        self.path.write_text(json.dumps(entries))


@pytest.fixture
def backend(tmp_path: Path) -> FileKeyring:
    return FileKeyring(tmp_path / "keyring.json")


@pytest.fixture
def keyring_store(backend: FileKeyring) -> OsKeyring:
    return OsKeyring(backend)


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        ready = threading.Event()

        class Server(uvicorn.Server):
            async def startup(self, sockets: Any = None) -> None:
                await super().startup(sockets)
                ready.set()

        server = Server(uvicorn.Config(app, http="h11", ws="none", log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert ready.wait(10)
        running.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = server.force_exit = True
        thread.join(10)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with_org = open_emulator(seed="empty")
    yield with_org
    with_org.close()


@pytest.fixture
def emulator_url(emulator: Emulator, serve: Callable[[Any], str]) -> str:
    return serve(emulator.app)


@pytest.fixture
def profile(emulator: Emulator, emulator_url: str) -> Profile:
    return Profile(
        name="test",
        kind="emulator",
        accounts_url=emulator_url,
        api_url=emulator_url,
        client_id=emulator.credentials.client_id,
    )


@pytest.fixture
def credentials(emulator: Emulator) -> Credentials:
    return Credentials(
        client_id=emulator.credentials.client_id,
        client_secret=SecretStr(emulator.credentials.client_secret),
        refresh_token=SecretStr(emulator.credentials.refresh_token),
    )


class Time:
    """The emulator's clock, read by the client too: `pass_by` moves everything, `set_back` the client's wall alone, and
    `sleep` all but the monotonic reading, as a closed laptop does."""

    def __init__(self, emulator: Emulator) -> None:
        self._clock = emulator.clock
        self._clock.freeze()
        self._behind = timedelta()
        self._slept = timedelta()

    def now(self) -> Any:
        return self._clock.now() - self._behind

    def monotonic(self) -> float:
        return (self._clock.now() - self._slept).timestamp()

    def pass_by(self, **by: float) -> None:
        self._clock.advance(timedelta(**by))

    def sleep(self, **by: float) -> None:
        self.pass_by(**by)
        self._slept += timedelta(**by)

    def set_back(self, **by: float) -> None:
        self._behind += timedelta(**by)


@pytest.fixture
def time(emulator: Emulator) -> Time:
    return Time(emulator)


@pytest.fixture
def mints(emulator: Emulator) -> Callable[[], int]:
    """How many times the token endpoint was asked."""
    return lambda: sum(entry.path == "/oauth/v2/token" for entry in emulator.journal)
