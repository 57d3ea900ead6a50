"""Pages of MCP Apps in a real Chromium, under a host that is not ours: the official AppBridge, bundled by esbuild.

`MCP_EXT_APPS` names a node_modules folder that holds @modelcontextprotocol/ext-apps, @modelcontextprotocol/client and
esbuild. Run by hand and by CI: pytest tests/server/browser.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from zcrm_server import apps
from zcrm_server.app import build
from zcrm_tools import settings
from zcrm_tools.connection import Connector

MODULES = os.environ.get("MCP_EXT_APPS", "")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' data:; connect-src 'none'"
)
"""What hosts must impose on a page that declares nothing."""

HOST = """
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

window.heard = { sizes: 0, calls: [] };
window.start = async ({ html, tool, given, result, theme, passesCalls }) => {
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.style.cssText = "width:100%;height:860px;border:0";
  document.body.replaceChildren(frame);
  const able = passesCalls ? { serverTools: {} } : {};
  const context = { theme, displayMode: "inline", toolInfo: { tool: { name: tool, inputSchema: { type: "object" } } } };
  const bridge = new AppBridge(null, { name: "a host", version: "1" }, able, { hostContext: context });
  bridge.onsizechange = () => { window.heard.sizes += 1; };
  if (passesCalls) bridge.oncalltool = async (params) => {
    window.heard.calls.push(params.name);
    return JSON.parse(await window.serverCall(JSON.stringify(params)));
  };
  const ready = new Promise((resolve) => { bridge.oninitialized = () => { window.heard.app = bridge.getAppVersion?.(); resolve(); }; });
  frame.srcdoc = html;
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  await ready;
  await bridge.sendToolInput({ arguments: given });
  await bridge.sendToolResult(result);
  window.bridge = bridge;
};
"""


class Server:
    """The server on a fresh demo org, in a thread with its own loop, for a test that is synchronous as Playwright is."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.connector = Connector(settings.from_environment({"ZCRM_DEMO": "1"}), write=True)
        self._done: asyncio.Event | None = None
        self.run(self._open())

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def _open(self) -> None:
        """The client's task group has to be left by the task that entered it."""
        ready, self._done = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with Client(build(self.connector, toolsets=("all",), write=True)) as self.client:
                ready.set()
                assert self._done is not None
                await self._done.wait()
            await self.connector.aclose()

        self._held = asyncio.ensure_future(hold())
        await ready.wait()

    def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The result as it is on the wire."""
        result = self.run(self.client.call_tool(name, arguments))
        return dict(result.model_dump(mode="json", by_alias=True, exclude_none=True))

    def close(self) -> None:
        async def leave() -> None:
            assert self._done is not None
            self._done.set()
            await self._held

        self.run(leave())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture
def server() -> Iterator[Server]:
    opened = Server()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def host_script(tmp_path_factory: pytest.TempPathFactory) -> str:
    if not (Path(MODULES) / ".bin" / "esbuild").is_file():
        pytest.skip(
            "MCP_EXT_APPS does not name a node_modules with @modelcontextprotocol/ext-apps and esbuild"
        )
    entry = tmp_path_factory.mktemp("host") / "host.js"
    entry.write_text(HOST)
    made = subprocess.run(
        [str(Path(MODULES) / ".bin" / "esbuild"), str(entry), "--bundle", "--format=iife"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NODE_PATH": MODULES},
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield opened
        opened.close()


class Shown:
    """A page under its host. `frame` is what a person sees and presses."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frame = page.frame_locator("iframe")

    @property
    def text(self) -> str:
        return str(self.frame.locator("#screen").inner_text())

    @property
    def calls(self) -> list[str]:
        return list(self.page.evaluate("window.heard.calls"))

    def until(self, words: str) -> None:
        self.frame.get_by_text(words).first.wait_for()


@pytest.fixture
def show(browser: Any, host_script: str, server: Server) -> Iterator[Any]:
    """`show("run_coql", {"query": …})`: the tool is called, and its page is shown with the answer."""
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.set_default_timeout(15_000)
    problems: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))

    def server_call(params: str) -> str:
        wanted = json.loads(params)
        return json.dumps(server.call(wanted["name"], wanted.get("arguments") or {}))

    page.expose_function("serverCall", server_call)

    def go(
        tool: str,
        given: dict[str, Any],
        *,
        theme: str = "light",
        passes_calls: bool = True,
        result: dict[str, Any] | None = None,
    ) -> Shown:
        answer = result if result is not None else server.call(tool, given)
        listed = {t.name: t for t in server.run(server.client.list_tools()).tools}
        uri = listed[tool].meta["ui"]["resourceUri"]
        (content,) = server.run(server.client.read_resource(uri)).contents
        policy = f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        page.goto("about:blank")
        page.evaluate(host_script)
        page.evaluate(
            "start",
            {
                "html": content.text.replace("<head>", policy, 1),
                "tool": tool,
                "given": given,
                "result": answer,
                "theme": theme,
                "passesCalls": passes_calls,
            },
        )
        if folder := os.environ.get("APP_PICTURES"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.wait_for_timeout(500)
            page.screenshot(path=str(Path(folder) / f"{tool}-{theme}.png"))
        return Shown(page)

    assert all(app.uri for app in apps.APPS)
    yield go
    page.close()
    assert not problems
    assert [url for url in asked if url != "about:blank" and not url.startswith("about:srcdoc")] == []
