"""Screens as text: self-contained, without a foreign address, and linked as the files say."""

from __future__ import annotations

import re

import pytest

from zcrm_tools import screens
from zcrm_tools.screens.linking import link


@pytest.mark.parametrize("name", screens.NAMES)
def test_a_screen_is_one_module_that_loads_nothing(name):
    text = screens.text(name)
    assert re.search(r"^export const \{ render\b", text, re.MULTILINE)
    assert not re.search(r"^\s*import\b|\bimport\(|\bfetch\(|https?://|innerHTML|eval\(", text, re.MULTILINE)


def test_the_style_sheet_touches_nothing_but_screens_and_loads_nothing():
    css = re.sub(r"/\*.*?\*/|@(media|container)[^{]*", "", screens.css(), flags=re.DOTALL)
    for selectors in re.findall(r"([^{}]+)\{", css):
        while "(" in selectors:
            selectors = re.sub(r"\([^()]*\)", "", selectors)  # noqa: PLW2901 — the innermost first
        for selector in selectors.split(","):
            assert ".zcrm" in selector or not selector.strip(), selector
    assert "url(" not in css
    assert "@import" not in css


def test_an_unknown_screen_is_refused_by_name():
    with pytest.raises(KeyError, match="there are approval, board"):
        screens.text("grids")


def test_modules_are_linked_once_each_and_before_those_that_use_them(tmp_path):
    (tmp_path / "c.js").write_text("export const three = 3;\n")
    (tmp_path / "b.js").write_text(
        'import { three } from "./c.js";\nexport function two() { return three - 1; }\n'
    )
    (tmp_path / "a.js").write_text(
        'import * as b from "./b.js";\nimport { three } from "./c.js";\nexport const sum = b.two() + three;\n'
    )
    text = link(tmp_path / "a.js")
    assert text.count("const three = 3;") == 1
    assert text.index("const three = 3;") < text.index("function two()") < text.index("const sum")
    assert text.rstrip().endswith(f"export const {{ sum }} = zcrm_{tmp_path.name}_a;")


@pytest.mark.parametrize(
    "line", ['import b from "./b.js";', 'import { a } from "lit";', "export default {};", "export { a };"]
)
def test_what_cannot_be_linked_is_refused_by_its_line(tmp_path, line):
    (tmp_path / "a.js").write_text(f"{line}\nexport const one = 1;\n")
    with pytest.raises(ValueError, match=re.escape(line)):
        link(tmp_path / "a.js")


def test_a_circle_of_imports_is_refused(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    with pytest.raises(ValueError, match="imports itself"):
        link(tmp_path / "a.js")
