"""Put the tasks to an agent, and report. See README.md in this folder."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import crm_evals.tasks
from crm_evals.attempt import Verdict, commanded, scripted
from crm_evals.task import TASKS, Task
from crm_evals.world import world

ORGS = (1, 2, 3)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument(
        "--agent",
        default="",
        help="a command with {prompt} and {config}; without one the scripted reference runs",
    )
    ask.add_argument("--tasks", default="", help="comma-separated names; all when empty")
    ask.add_argument("--orgs", default=",".join(map(str, ORGS)), help="which demo orgs")
    ask.add_argument("--seconds", type=float, default=300, help="how long one attempt may take")
    ask.add_argument("--json", dest="as_json", action="store_true")
    ask.add_argument("--list", dest="listed", action="store_true", help="only say which tasks there are")
    given = ask.parse_args()
    crm_evals.tasks.load()
    chosen = [TASKS[name] for name in given.tasks.split(",")] if given.tasks else list(TASKS.values())
    orgs = [int(number) for number in given.orgs.split(",")]
    if given.listed:
        for one in chosen:
            print(one.name)
        return 0
    verdicts = []
    for verdict in _attempts(chosen, orgs, given.agent, given.seconds):
        verdicts.append(verdict)
        if not given.as_json:
            print(_line(verdict), flush=True)
    if given.as_json:
        print(json.dumps([v.as_dict() for v in verdicts], indent=2))
    else:
        print(_summary(verdicts))
    return 0 if all(v.success for v in verdicts) else 1


def _attempts(tasks: list[Task], orgs: list[int], agent: str, seconds: float) -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        for task in tasks:
            for number in orgs:
                place = Path(folder) / f"{task.name}-{number}"
                if agent:
                    yield commanded(task, number, agent, place, seconds)
                else:
                    yield _reference(task, number, place)


def _reference(task: Task, number: int, place: Path) -> Verdict:
    with world(number, place) as org:
        case = task.prepare(org)
        org.begin()
        return asyncio.run(scripted(task, org, case))[0]


def _line(verdict: Verdict) -> str:
    mark = "ok  " if verdict.success else "FAIL"
    why = "".join(f"\n       {fault}" for fault in (*verdict.faults, *verdict.unallowed)[:5])
    return f"{mark} {verdict.task:<40} org {verdict.org}  {verdict.calls:>3} calls {verdict.tokens:>7,} tokens{why}"


def _summary(verdicts: list[Verdict]) -> str:
    done = sum(v.success for v in verdicts)
    calls, tokens = sum(v.calls for v in verdicts), sum(v.tokens for v in verdicts)
    return (
        f"\n{done} of {len(verdicts)} attempts succeeded; {calls:,} calls, {tokens:,} tokens of tool results, "
        f"{sum(len(v.unallowed) for v in verdicts)} writes that nobody allowed"
    )


if __name__ == "__main__":
    sys.exit(main())
