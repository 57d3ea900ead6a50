"""What every widget is held to: no trait of its own is synced, each question is heard and answered, and faults leak nothing."""

from __future__ import annotations

import logging
import threading

import pytest

from zcrm_tools import widgets
from zcrm_tools.errors import InvalidInput, Problem
from zcrm_tools.widgets.panel import Panel

DRAWN = {"_anywidget_id", "_css", "_esm", "_dom_classes", "layout", "tabbable", "tooltip"}
"""What anywidget itself needs to draw."""
TOKEN = "1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef"


class Odd(Panel):
    """A panel whose answers go wrong in every way."""

    _esm = "export default { render() {} }"

    async def do_thread(self):
        return threading.current_thread().name

    async def do_refuse(self):
        raise InvalidInput(Problem("NO", "No.", next_step="Ask otherwise."))

    async def do_break(self):
        raise RuntimeError(f"refresh_token={TOKEN}")

    async def do_text(self):
        return {"id": 2**53, "exact": 2**53 - 1, "hidden": "a\u202eb", "long": "x" * 40_001}


@pytest.fixture
def odd(browser):
    return browser(Odd())


@pytest.mark.parametrize("name", widgets.__all__)
def test_no_trait_but_anywidgets_own_is_kept_in_a_notebook(name):
    kept = getattr(widgets, name).class_traits(sync=True)
    assert {trait for trait in kept if not trait.startswith(("_model_", "_view_"))} <= DRAWN


def test_a_question_is_heard_at_once_and_answered_from_the_clients_loop(odd):
    assert odd.ask("thread") == "zcrm-loop"
    assert any("heard" in message for message in odd.news)


def test_a_refusal_comes_with_its_problems(odd):
    assert odd.refused("refuse") == [
        {"code": "NO", "message": "No.", "next_step": "Ask otherwise.", "fix_by": "arguments"}
    ]


def test_a_fault_is_told_and_logged_and_no_token_is_in_either(odd, caplog):
    with caplog.at_level(logging.ERROR):
        (problem,) = odd.refused("break")
    assert (problem["code"], problem["fix_by"]) == ("FAULT", "nobody")
    assert TOKEN not in problem["message"]
    assert "a widget's break failed" in caplog.text
    assert "in do_break" in caplog.text
    assert TOKEN not in caplog.text  # a kernel's log may end in a cell


def test_text_is_cleaned_and_numbers_stay_exact(odd):
    found = odd.ask("text")
    assert (found["id"], found["exact"]) == (str(2**53), 2**53 - 1)
    assert found["hidden"] == "ab"
    assert "1 characters cut" in found["long"]


def test_an_answer_to_an_unknown_question_is_a_fault_and_not_silence(odd):
    assert odd.refused("nothing")[0]["code"] == "FAULT"
