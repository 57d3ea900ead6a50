"""A real Chromium by Playwright: screens in an empty page, widgets in JupyterLab. Skipped, with the reason, where one is missing.

Pictures are kept in the folder that `WIDGET_PICTURES` names; `AXE_CORE` names axe-core's axe.min.js, and `MARIMO` marimo's
command, of an environment of its own with this package in it.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import queue
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools import screens

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One browser with an empty profile for the whole session."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as running:
        context = running.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("chromium")),
            executable_path=chromium,
            headless=True,
            args=FLAGS,
            viewport={"width": 1280, "height": 900},
        )
        context.set_default_timeout(30_000)
        yield context
        context.close()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`picture(page, "grid")` is kept where `WIDGET_PICTURES` says; without it nothing is kept."""
    folder = os.environ.get("WIDGET_PICTURES")

    def keep(page: Any, name: str, *, locator: Any = None) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            (locator or page).screenshot(path=str(Path(folder) / f"{name}.png"))

    return keep


@pytest.fixture(scope="session")
def axe() -> Callable[[Any, str], list[str]]:
    """`axe(page, selector)`: the serious and critical findings, in words."""
    script = os.environ.get("AXE_CORE", "")

    def findings(page: Any, selector: str) -> list[str]:
        if not Path(script).is_file():
            pytest.skip("AXE_CORE does not name axe-core's axe.min.js")
        page.evaluate(Path(script).read_text("utf-8"))
        found = page.evaluate("async (where) => (await axe.run(where)).violations", selector)
        return [
            f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    return findings


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One JupyterLab for the whole session, with widget states saved: the worst case for what must not be kept."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    server = _lab().Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Notebook 7, which is built of JupyterLab's parts but is another page around them."""
    pytest.importorskip("notebook", reason="notebook is not installed")
    server = _lab().Lab(tmp_path_factory.mktemp("notebook7"), "notebook")
    yield server
    server.close()


@pytest.fixture
def notebook(
    chrome: Any, request: pytest.FixtureRequest, picture: Callable[..., None]
) -> Iterator[Callable[..., Any]]:
    """`notebook("cell", "cell")`: a notebook with a kernel of its own, open in a page. No request may leave the machine."""
    lab = request.getfixturevalue(getattr(request, "param", "lab"))
    opened: list[Any] = []

    def new(*cells: str, also: tuple[str, ...] = ()) -> Any:
        name = f"{request.node.name.split('[')[0]}-{len(opened)}.ipynb"
        lab.notebook(name, *cells)
        page = chrome.new_page()
        opened.append(_lab().Notebook(lab, page, also))
        return opened[-1].open(name)

    yield new
    for at, one in enumerate(opened):
        picture(one.page, f"end-{request.node.name}-{at}")
        one.shut()
    assert [stray for one in opened for stray in one.strays] == []
    assert [fault for one in opened for fault in one.faults] == []


@pytest.fixture
def marimo(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """`marimo(app)`: the address where marimo serves an app of this text."""
    command = os.environ.get("MARIMO") or shutil.which("marimo")
    if not command:
        pytest.skip("MARIMO does not name marimo's command")
    port = _lab().free_port()
    home = {"HOME": str(tmp_path), "ZCRM_HOME": str(tmp_path / "zcrm")}
    log = tmp_path / "marimo.log"
    started: list[subprocess.Popen[bytes]] = []

    def serve(app: str) -> str:
        (tmp_path / "app.py").write_text(app)
        where = ("--host", "127.0.0.1", "--port", str(port))
        with log.open("w") as out:
            args = [command, "-y", "-q", "run", "app.py", "--headless", "--no-token", *where]
            started.append(
                subprocess.Popen(args, cwd=tmp_path, env={**os.environ, **home}, stdout=out, stderr=out)
            )
        _lab().until_it_answers(f"http://127.0.0.1:{port}/health", started[-1], log)
        return f"http://127.0.0.1:{port}"

    yield serve
    for process in started:
        process.terminate()
        process.wait(20)


def _lab() -> Any:
    """The module beside this one: test files are not importable by name."""
    spec = importlib.util.spec_from_file_location("widgets_lab", Path(__file__).with_name("lab.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_WIDGET = """async ({ source, css, dark, right }) => {
  document.documentElement.lang = "en"; document.title = "widget";
  document.documentElement.dir = right ? "rtl" : "ltr";
  document.body.dataset.jpThemeLight = String(!dark);
  document.body.style.cssText = `margin:16px;background:${dark ? "#15181c" : "#fff"}`;
  document.body.innerHTML = "<button id='before'>before</button><main></main><button id='after'>after</button>";
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  const listeners = new Set();
  const model = { on: (_, tell) => listeners.add(tell), off: (_, tell) => listeners.delete(tell), send: (message) => window.toKernel(message) };
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const turn = async () => {
    for (const [message, buffers] of await window.fromKernel()) for (const tell of [...listeners]) tell(message, buffers.map(bytes));
    setTimeout(turn, 10);
  };
  turn();
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  (await import(url)).default.render({ model, el: document.querySelector("main") });
}"""


@pytest.fixture
def widget(chrome: Any) -> Iterator[Callable[..., Any]]:
    """`widget(panel)`: both halves of a widget with no Jupyter between them, in a page that may fetch nothing."""
    pages: list[Any] = []
    problems: list[str] = []

    def show(panel: Any, *, dark: bool = False, width: int = 1000, right: bool = False) -> Any:
        page = chrome.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.route("**/*", lambda route: route.abort())
        page.on("pageerror", lambda error: problems.append(str(error)))
        sent: queue.SimpleQueue[tuple[Any, list[str]]] = queue.SimpleQueue()
        panel.send = lambda content, buffers=(): sent.put(
            (content, [base64.b64encode(one).decode() for one in buffers or ()])
        )
        page.expose_function("toKernel", lambda message: panel._handle_custom_msg(message, []))
        page.expose_function("fromKernel", lambda: [sent.get() for _ in range(sent.qsize())])
        source = {"source": panel._esm, "css": panel._css}
        page.evaluate(_WIDGET, {**source, "dark": dark, "right": right})
        return page

    yield show
    for page in pages:
        page.close()
    assert not problems


_SHOW = """async ({ source, css, data, answers, dark }) => {
  document.documentElement.lang = "en"; document.title = "screen";
  document.body.innerHTML = "<main><div id='screen'></div></main>";
  document.body.dataset.jpThemeLight = String(!dark);
  document.body.style.cssText = `margin:16px;background:${dark ? "#15181c" : "#fff"}`;
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  window.called = [];
  const callbacks = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, async (...given) => {
    window.called.push([name, ...given]);
    if (answer && answer.error) throw Object.assign(new Error("refused"), { problems: [answer.error] });
    return answer;
  }]));
  if (answers.rows === "made up") callbacks.rows = async (asked) => {
    window.called.push(["rows", asked]);
    const rows = Array.from({ length: asked.count }, (_, i) => [`Row ${asked.start + i}`, asked.start + i, "3652397000000" + String(100000 + asked.start + i)]);
    return { rows, total: 100000 };
  };
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const screen = await import(url);
  window.handle = screen.render(document.getElementById("screen"), data, callbacks);
}"""


@pytest.fixture
def screen(chrome: Any) -> Iterator[Callable[..., Any]]:
    """`screen("grid", data, rows=answer)`: the screen in a page that may fetch nothing, its calls in `window.called`."""
    page = chrome.new_page()
    page.route("**/*", lambda route: route.abort())
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))

    def show(name: str, data: dict[str, Any], *, dark: bool = False, **answers: Any) -> Any:
        page.goto("about:blank")
        page.evaluate(
            _SHOW,
            {
                "source": screens.text(name),
                "css": screens.css(),
                "data": data,
                "answers": answers,
                "dark": dark,
            },
        )
        page.called = lambda: json.loads(page.evaluate("JSON.stringify(window.called)"))
        return page

    yield show
    page.close()
    assert not problems
