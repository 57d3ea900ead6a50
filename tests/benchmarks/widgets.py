"""How soon a big result shows, sorts and pages in a notebook, and what of it crosses the wire. By hand:

python tests/benchmarks/widgets.py

Needs the extra `browser` and chromium. The kernel's own share is measured first, without a browser.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import time
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


def _measure(book: Any) -> None:
    received = [0]
    book.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame)))
    )
    book.open("big.ipynb")
    book.run(0)
    page, before = book.page, sum(received)
    cell = page.locator(".jp-Notebook-cell").nth(1)

    def shows(name: str) -> None:
        cell.get_by_role("gridcell", name=name, exact=True).first.wait_for()

    _timed(f"{ROWS:,} rows: run the cell until rows are seen", lambda: (book.run(1), shows("Row 0")))
    print(f"{(sum(received) - before) / 1e6:7.3f} MB  received for it, the widget's code included")
    before = sum(received)
    head = cell.get_by_role("columnheader", name="Amount")
    _timed("sort by a number", lambda: (head.click(), _rows(cell, "1")))
    _timed("sort it the other way", lambda: (head.click(), _rows(cell, "100,001")))
    box = cell.locator(".zc-scroll")
    _timed(
        "jump to the middle", lambda: (box.evaluate("box => { box.scrollTop = 28 * 50000 }"), _filled(cell))
    )
    print(f"{(sum(received) - before) / 1e6:7.3f} MB  received for the three")
    book.run(2)
    deals = page.get_by_role("button", name="Deals", exact=True)
    deals.wait_for()
    _timed(
        "a module's first page from the CRM (emulator)",
        lambda: (deals.click(), page.get_by_text("of 320").wait_for()),
    )


def _rows(cell: Any, amount: str) -> None:
    """The second row's amount is this by now."""
    second = cell.locator("tr[data-row='1'] td[aria-colindex='3']")
    second.filter(has_text=re.compile(f"^{amount}$")).wait_for()


def _filled(cell: Any) -> None:
    cell.locator("tr[data-row='50003'] td").first.filter(has_not_text="…").wait_for()


def _timed(what: str, do: Any) -> None:
    start = time.perf_counter()
    do()
    print(f"{(time.perf_counter() - start) * 1000:7.0f} ms  {what}")


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
