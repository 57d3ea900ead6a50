"""Every task can be done with the tools that are there, and nothing less and nothing more passes its checker."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import crm_evals.tasks
import pytest
from crm_evals.attempt import commanded, scripted
from crm_evals.task import TASKS, faults
from crm_evals.world import Changes, world

crm_evals.tasks.load()

ORGS = (1, 2, 3) if os.environ.get("LONG_TESTS") else (1,)
"""The other two run by `python tests/evals/run.py`, in CI as well."""

AS_BEFORE = Changes({}, {}, frozenset())


@pytest.mark.parametrize("number", ORGS)
@pytest.mark.parametrize("name", TASKS)
def test_the_reference_agent_does_what_is_asked_and_no_more(name: str, number: int, tmp_path: Path) -> None:
    task = TASKS[name]
    with world(number, tmp_path) as org:
        case = task.prepare(org)
        org.begin()
        verdict, changes = asyncio.run(scripted(task, org, case))
        assert verdict.success, verdict
        assert faults(case.wanted, AS_BEFORE, ""), "an agent that does nothing would pass"
        org.plant("Leads", Last_Name="One Too Many", Company="Nobody asked for it", Converted__s=False)
        assert faults(case.wanted, org.changes(), verdict.answer), "an extra record would pass"
        if changes.updated:
            nothing_updated = Changes(changes.created, {}, changes.deleted, changes.beside)
            assert faults(case.wanted, nothing_updated, verdict.answer), "leaving out the update would pass"


def test_there_are_forty_tasks_and_a_third_of_them_writes() -> None:
    assert len(TASKS) >= 40
    assert sum(task.write for task in TASKS.values()) * 3 >= len(TASKS)


def test_an_agent_in_a_process_of_its_own_is_judged_by_what_it_leaves_and_says(tmp_path: Path) -> None:
    agent = Path(__file__).with_name("smallest_agent.py")
    command = f"{sys.executable} {agent} {{config}}"
    verdict = commanded(TASKS["allowed_values_of_a_field"], 1, command, tmp_path, 60)
    assert verdict.success, verdict
    assert verdict.calls == 1
    assert verdict.tokens > 50


def test_an_agent_that_writes_what_nobody_asked_for_fails(tmp_path: Path) -> None:
    agent = Path(__file__).with_name("smallest_agent.py")
    command = f"{sys.executable} {agent} {{config}} --meddle"
    verdict = commanded(TASKS["a_lead_that_does_not_exist"], 1, command, tmp_path, 60)
    assert not verdict.success
    assert any("was created" in fault for fault in verdict.faults)
