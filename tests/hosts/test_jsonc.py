"""One member in and out; every other byte of the file stays."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm_tools.hosts import jsonc

PATH = ("mcpServers", "zcrm")
OURS = {"command": "/bin/zcrm-mcp", "args": ["--demo"]}

ZED = """\
// Zed's settings
{
    "theme": "One", // dark
    /* "vim_mode": true, */
    "languages": {
        "Python": { "tab_size": 4, },
    },
}
"""


def data(text):
    node = jsonc.read(text)
    return node.data if node else None


def test_the_first_server_goes_into_a_file_that_is_not_there_or_empty():
    for text in ("", "\n", "  \n\n"):
        assert data(jsonc.put(text, PATH, OURS)) == {"mcpServers": {"zcrm": OURS}}


def test_a_comment_alone_stays_above_it():
    assert jsonc.put("// mine\n", PATH, OURS).startswith("// mine\n{")


def test_comments_commas_and_indentation_stay_as_they_are():
    changed = jsonc.put(ZED, PATH, OURS)
    for line in ZED.splitlines()[:-1]:
        assert line in changed.splitlines()
    assert '    "mcpServers": {\n        "zcrm": {' in changed
    assert data(changed) == {**data(ZED), "mcpServers": {"zcrm": OURS}}
    assert jsonc.take(changed, PATH) == ZED


def test_it_is_put_beside_others_and_replaced_in_its_place():
    others = '{\n  "mcpServers": {\n    "a": {"command": "x"}, // a note\n    "b": {"command": "y"}\n  }\n}\n'
    once = jsonc.put(others, PATH, OURS)
    assert "// a note" in once
    assert list(data(once)["mcpServers"]) == ["a", "b", "zcrm"]
    twice = jsonc.put(once, PATH, {"command": "z"})
    assert data(twice)["mcpServers"]["zcrm"] == {"command": "z"}
    assert jsonc.put(twice, PATH, OURS) == once
    assert jsonc.take(once, PATH) == others


def test_taking_it_from_the_middle_keeps_the_comment_beside_it():
    text = '{"mcpServers": {\n  "zcrm": {}, // why it is here\n  "b": 1\n}}'
    assert "// why it is here" in jsonc.take(text, PATH)
    assert data(jsonc.take(text, PATH)) == {"mcpServers": {"b": 1}}


def test_a_list_with_a_comment_in_it_is_not_thrown_away():
    text = '{\n  "mcpServers": {\n    // mine, for later\n    "zcrm": {}\n  }\n}\n'
    assert jsonc.take(text, PATH) == '{\n  "mcpServers": {\n    // mine, for later\n  }\n}\n'


def test_windows_line_ends_stay():
    changed = jsonc.put('{\r\n\t"a": 1\r\n}\r\n', PATH, OURS)
    assert "\n" not in changed.replace("\r\n", "")
    assert '\r\n\t"mcpServers": {\r\n\t\t"zcrm"' in changed


def test_what_is_not_there_is_not_taken():
    assert jsonc.take(ZED, PATH) == ZED
    assert jsonc.take("", PATH) == ""


def test_text_that_looks_like_a_comment_is_text():
    text = '{"url": "https://example.test/*not*/", "s": "// \\" no"}'
    assert data(text) == {"url": "https://example.test/*not*/", "s": '// " no'}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", "line 1, column 2"),
        ('{"a": }', "line 1, column 7"),
        ('{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"),
        ("{'a': 1}", "line 1, column 2"),
        ('{"a": 1} x', "line 1, column 10"),
        ('{"a": 01}', "line 1, column 7"),
        ("/* never closed", "line 1, column 1"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text, where):
    with pytest.raises(jsonc.NotJson, match=re.escape(where)):
        jsonc.put(text, PATH, OURS)


@pytest.mark.parametrize("text", ["[]", '{"mcpServers": []}', '{"mcpServers": "none"}', "1"])
def test_something_else_in_the_way_is_refused(text):
    with pytest.raises(ValueError, match="not an object"):
        jsonc.put(text, PATH, OURS)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('a{}[],:/*"\\ n', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"{,/', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
files = st.dictionaries(st.sampled_from(["a", "b", "editor", "x//y"]), values, max_size=4)


@st.composite
def documents(draw):
    """A settings file as people leave it: any indentation, comments between tokens, commas at ends."""
    whole = draw(files)
    if draw(st.booleans()):
        whole["mcpServers"] = draw(st.dictionaries(st.sampled_from(["one", "two"]), files, max_size=2))
    text = json.dumps(whole, indent=draw(st.sampled_from([None, 2, 4, "\t"])))
    if draw(st.booleans()):
        text = re.sub(r"(?<=[\]}0-9el\"])\n(\s*[}\]])", r",\n\1", text)
    if draw(st.booleans()):
        text = text.replace("{\n", "{ /* here */\n").replace("\n", " // said\n")
    return whole, text


@settings(deadline=None, max_examples=60)
@given(documents())
def test_whatever_the_file_it_differs_in_our_entry_alone_and_comes_back(document):
    whole, text = document
    changed = jsonc.put(text, PATH, OURS)
    assert data(changed) == {**whole, "mcpServers": {**whole.get("mcpServers", {}), "zcrm": OURS}}
    assert changed.count("// said") == text.count("// said")
    assert settled(data(jsonc.take(changed, PATH))) == settled(whole)


def settled(whole):
    """An empty list of servers is as good as none."""
    return {name: value for name, value in whole.items() if name != "mcpServers" or value}
