"""The emulator on a socket, a credential store of its own class, and a time that tests move."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time as system_time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
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

        config = uvicorn.Config(
            app, http="h11", ws="none", log_level="critical", lifespan="off", date_header=False
        )
        server = Server(config)
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


class Terminal:
    """A program at a terminal of its own: what it shows is read, what a person types is written, as they would."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**kept, **env},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 (Ctrl-C reaches only whose terminal it is)
        )
        os.close(theirs)
        self.shown = ""

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown, as a shell would find it."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    def until(self, text: str, *, patience: float = 20.0) -> str:
        """Everything shown so far, once `text` has been."""
        end = system_time.monotonic() + patience
        while text not in self.shown:
            if not self._more(end):
                raise AssertionError(f"{text!r} was never shown, but: {self.shown}")
        return self.shown

    def type(self, text: str) -> None:
        os.write(self._ours, f"{text}\n".encode())

    def done(self, *, patience: float = 20.0) -> int:
        """Read to the end; the exit code."""
        end = system_time.monotonic() + patience
        while self._more(end):
            pass
        return self._process.wait(5)

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.write(self._ours, b"\x03")

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(5)
        os.close(self._ours)

    def _more(self, end: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, end - system_time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # its end has closed
            return False
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """`terminal(["login", …], env)`: the `zcrm` command at a terminal."""
    started: list[Terminal] = []

    def start(arguments: list[str], env: dict[str, str]) -> Terminal:
        started.append(Terminal([sys.executable, "-m", "zcrm_tools.cli", *arguments], env))
        return started[-1]

    yield start
    for one in started:
        one.close()


class Chromium:
    """A real browser, asked over WebDriver (https://www.w3.org/TR/webdriver2/) by plain HTTP."""

    def __init__(self, driver: httpx.Client, session: str) -> None:
        self._driver = driver
        self._at = f"/session/{session}"

    def open(self, url: str) -> None:
        """A page that does not load is no fault here: its address is what is wanted."""
        self._driver.post(f"{self._at}/url", json={"url": url})

    @property
    def address(self) -> str:
        return str(self._ask("GET", "/url"))

    @property
    def text(self) -> str:
        return str(
            self._ask("POST", "/execute/sync", {"script": "return document.body.innerText", "args": []})
        )

    def until(self, text: str, *, patience: float = 10.0) -> str:
        """What the page says, once it says `text`: a click goes somewhere, and that takes a moment."""
        end = system_time.monotonic() + patience
        while text not in (said := self.text):
            assert system_time.monotonic() < end, f"{text!r} was never shown, but: {said}"
            system_time.sleep(0.02)
        return said

    def arrives(self, at: str, *, patience: float = 10.0) -> str:
        """The address, once it begins like this, whether or not a page loads there."""
        end = system_time.monotonic() + patience
        while not (address := self.address).startswith(at):
            assert system_time.monotonic() < end, f"the browser stayed at {address}"
            system_time.sleep(0.02)
        return address

    def click(self, selector: str) -> None:
        self._ask("POST", f"/element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._ask("POST", f"/element/{self._find(selector)}/value", {"text": text})

    def _find(self, selector: str) -> str:
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        return str(next(iter(found.values())))

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._driver.request(method, self._at + path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --lang=en"
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One browser for the session; skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no browser: apt-get install chromium chromium-driver")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        subprocess.Popen([driver, f"--port={port}", "--silent"], stdout=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http,
    ):
        try:
            _answers(http)
            options = {"binary": program, "args": [*_FLAGS.split(), f"--user-data-dir={folder}"]}
            wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
            made = http.post("/session", json=wanted)
            assert made.status_code == 200, made.text
            session = made.json()["value"]["sessionId"]
            yield Chromium(http, session)
            http.delete(f"/session/{session}")
        finally:
            process.terminate()


def _answers(http: httpx.Client) -> None:
    for _ in range(200):
        try:
            http.get("/status")
        except httpx.TransportError:
            system_time.sleep(0.05)
        else:
            return
    raise AssertionError("chromedriver does not answer")
