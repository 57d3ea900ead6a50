"""How soon a big result shows, sorts and pages in a notebook, and what of it crosses the wire. By hand:

python tests/benchmarks/widgets.py

Needs the extra `browser` and chromium. The kernel's own share is measured first, without a browser.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROWS = 100_000
MAKE = f"""import zcrm_tools as z
crm = z.connect(demo=True)
rows = [{{'id': str(5725767000000524157 + i), 'Name': f'Row {{i}}', 'Amount': i * 7919 % 100003, **{{f'C{{n}}': f'value {{i}}' for n in range(7)}}}} for i in range({ROWS})]
z.widgets.Rows([])"""
IMPORTS = "import time\n{}\nt = time.perf_counter()\n{}\nprint(time.perf_counter() - t)"
CLIENT = "import ipywidgets, zcrm_tools.connection"
IMPORTED = (
    ("import ipywidgets", "import zcrm_tools.widgets"),
    ("import ipywidgets", "import anywidget"),
    (CLIENT, "from zcrm_tools.widgets import Rows"),
    (CLIENT, "from zcrm_tools.widgets import Connect, Explorer, Query, Edit, Board, Changes"),
)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    for first, what in IMPORTED:
        took = min(float(_fresh(IMPORTS.format(first, what))) for _ in range(5))
        print(f"{took * 1000:7.0f} ms  {what}, after {first}")
    lab_module = _lab()
    home = Path(tempfile.mkdtemp())
    lab = lab_module.Lab(home)
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                str(home / "chromium"), executable_path=shutil.which("chromium"), headless=True, args=FLAGS
            )
            lab.notebook("big.ipynb", MAKE, "z.widgets.Rows(rows)", "z.widgets.Explorer(crm, counts=False)")
            _measure(lab_module.Notebook(lab, context.new_page()))
            context.close()
    finally:
        lab.close()
        shutil.rmtree(home)


_TIMED = """async ([act, seen, cell]) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const part = () => notebook.widgets[cell].node;
  const amount = () => part().querySelector("tr[data-row='1'] td[aria-colindex='3']")?.textContent;
  const acts = {
    run: () => { notebook.activeCellIndex = cell; window.jupyterapp.commands.execute("notebook:run-cell"); },
    sort: () => part().querySelectorAll("th")[2].click(),
    jump: () => (part().querySelector(".zc-scroll").scrollTop = 28 * 50000),
    deals: () => [...part().querySelectorAll(".zc-entry")].find((one) => one.textContent.startsWith("Deals")).click(),
  };
  const start = performance.now();
  acts[act]();
  const there = {
    first: () => amount() === "7,919",
    least: () => amount() === "1",
    most: () => amount() === "100,001",
    middle: () => (part().querySelector("tr[data-row='50003'] td")?.textContent ?? "…") !== "…",
    modules: () => part().querySelectorAll(".zc-entry").length > 3,
    deals: () => part().querySelectorAll("tr[data-row]").length > 5,
  }[seen];
  while (!there()) await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""
"""Timed in the page: a driver looks only now and then."""


def _measure(book: Any) -> None:
    received = [0]
    book.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame)))
    )
    book.open("big.ipynb")
    book.run(0)

    def timed(what: str, act: str, seen: str, cell: int = 1) -> None:
        before = sum(received)
        took = book.page.evaluate(_TIMED, [act, seen, cell])
        print(f"{took:7.0f} ms  {(sum(received) - before) / 1e6:6.3f} MB  {what}")

    timed(f"{ROWS:,} rows: run the cell until rows are seen, the widget's code included", "run", "first")
    timed("sort by a number", "sort", "least")
    timed("sort it the other way", "sort", "most")
    timed("jump to the middle", "jump", "middle")
    timed("the Explorer: run the cell until the modules are seen", "run", "modules", 2)
    timed("a module's first page from the CRM (the demo org)", "deals", "deals", 2)


def _fresh(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def _lab() -> Any:
    path = Path(__file__).parents[1] / "widgets" / "browser" / "lab.py"
    spec = importlib.util.spec_from_file_location("widgets_lab", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
