"""A JupyterLab or Notebook 7 with a home of its own, and one of its notebooks in a page. Rules learnt by seeing tests fail:

the execution indicator says "idle" before there is a kernel, so a kernel is ready when its `info` has come; cells are run by
command and not by keys; texts are looked for in outputs, since the source of a cell says much the same.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat

_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},  # the worst case for secrets
}

_READY = """async () => { const app = window.jupyterapp; await app.restored;
  const until = async (f) => { for (let i = 0; i < 600; i += 1) { const v = f(); if (v) return v; await new Promise((r) => setTimeout(r, 50)); } throw Error("not ready"); };
  const panel = await until(() => { const w = app.shell.currentWidget; return w && w.sessionContext && w.content && w.content.widgets ? w : null; });
  await panel.context.ready; await panel.sessionContext.ready;
  const kernel = await until(() => panel.sessionContext.session && panel.sessionContext.session.kernel);
  await kernel.info; await until(() => kernel.connectionStatus === "connected" && kernel.status === "idle"); }"""
_RUN = """async (i) => { const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
  notebook.activeCellIndex = i; notebook.deselectAll(); await app.commands.execute("notebook:run-cell");
  return notebook.widgets[i].model.outputs.toJSON(); }"""


UPSTREAM = {
    "lab": "",
    # Notebook 7.6 while it reads its own settings, on opening any notebook: no cell has run and no widget is in it.
    "notebook": "Cannot read properties of undefined (reading 'schema')",
}
"""What each front end throws by itself."""


class Lab:
    """The server. `front` is "lab" or "notebook", which is Notebook 7."""

    def __init__(self, home: Path, front: str = "lab") -> None:
        self.home = home
        self.front = front
        self.root = home / "notebooks"
        self.root.mkdir(parents=True)
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name, value in _SETTINGS.items():
            self.setting(name, value)
        self._log = (home / "lab.log").open("w")
        self._process = subprocess.Popen(
            self._command(),
            env=self._environment(),
            cwd=self.root,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        until_it_answers(f"{self.url}/api/status?token={self.token}", self._process, home / "lab.log")

    def setting(self, name: str, value: dict[str, Any]) -> None:
        path = self.home / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))

    def notebook(self, name: str, *cells: str) -> None:
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(made, self.root / name)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def _command(self) -> list[str]:
        own = {
            "lab": (
                "--LabApp.expose_app_in_browser=True",
                "--LabApp.news_url=",
                "--LabApp.extension_manager=readonly",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ),
            "notebook": ("--JupyterNotebookApp.expose_app_in_browser=True",),
        }
        module = {"lab": "jupyterlab", "notebook": "notebook"}[self.front]
        return [
            *(sys.executable, "-m", module, "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
            *(f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0"),
            *(f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}"),
            *own[self.front],
        ]

    def _environment(self) -> dict[str, str]:
        folders = {
            "HOME": "",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "ZCRM_HOME": "zcrm",
        }
        own = {name: str(self.home / folder) for name, folder in folders.items()}
        return {**os.environ, **own, "JUPYTER_PREFER_ENV_PATH": "1", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}  # fmt: skip


def until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """RuntimeError with the end of its log when a server does not come up."""
    deadline = time.monotonic() + 40
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text()[-3000:]) from None
            time.sleep(0.05)
        else:
            return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


class Notebook:
    """A notebook in a page of the browser. `strays` are the addresses it asked for that are not this machine's Lab."""

    def __init__(self, lab: Lab, page: Any, also: tuple[str, ...] = ()) -> None:
        self.lab = lab
        self._own = ("data:", "blob:", lab.url, f"ws://127.0.0.1:{lab.port}", *also)
        self.page = page
        self.strays: list[str] = []
        self.faults: list[str] = []
        page.on("request", self._asked)
        page.on("pageerror", self._threw)

    def open(self, name: str) -> Notebook:
        self.name = name
        place = {"lab": f"doc/tree/{name}?reset&", "notebook": f"notebooks/{name}?"}[self.lab.front]
        self.page.goto(f"{self.lab.url}/{place}token={self.lab.token}", wait_until="domcontentloaded")
        return self.ready()

    def ready(self) -> Notebook:
        """Wait until there is a kernel that answers."""
        self.page.wait_for_function("() => !!window.jupyterapp", timeout=60_000)
        self.page.evaluate(_READY)
        return self

    def run(self, cell: int) -> list[dict[str, Any]]:
        """Run a cell to its end; its outputs."""
        outputs: list[dict[str, Any]] = self.page.evaluate(_RUN, cell)
        return outputs

    def text(self, cell: int) -> str:
        """Run a cell; what it printed, or its traceback."""
        parts = [o.get("text") or "\n".join(o.get("traceback") or ()) for o in self.run(cell)]
        return "".join(parts)

    def output(self, cell: int = 0) -> Any:
        return self.page.locator(".jp-Notebook-cell").nth(cell).locator(".jp-OutputArea-output").last

    def theme(self, name: str) -> None:
        self.page.evaluate(
            "async (name) => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })",
            name,
        )
        self.page.wait_for_function("(name) => document.body.dataset.jpThemeName === name", arg=name)

    def shut(self) -> None:
        """End its kernel and leave."""
        self.page.evaluate("async () => window.jupyterapp.shell.currentWidget?.sessionContext.shutdown()")
        self.page.close()

    def save(self) -> None:
        self.page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save') }")

    def _threw(self, error: Any) -> None:
        known = UPSTREAM[self.lab.front]
        if not (known and known in str(error)):
            self.faults.append(str(error))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(self._own):
            self.strays.append(request.url)
