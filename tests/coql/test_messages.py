"""What people read: every message as text, in messages.txt. To accept changed messages, run with ACCEPT_MESSAGES=1 and
read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

from zcrm_tools.coql.checks import check
from zcrm_tools.coql.diagnostics import CoqlError, render
from zcrm_tools.coql.parser import parse

FILE = Path(__file__).with_name("messages.txt")
MARK = ">>> "


def written(source, schema):
    try:
        found = check(parse(source), schema)
    except CoqlError as refused:
        found = [refused.diagnostic]
    return "\n".join(render(source, diagnostic) for diagnostic in found)


def test_every_message_reads_as_accepted(schema):
    accepted = FILE.read_text(encoding="utf-8")
    queries = [line.removeprefix(MARK) for line in accepted.splitlines() if line.startswith(MARK)]
    assert len(queries) == len(set(queries)) > 80
    now = "\n\n".join(f"{MARK}{query}\n{written(query, schema)}" for query in queries) + "\n"
    if os.environ.get("ACCEPT_MESSAGES"):
        FILE.write_text(now, encoding="utf-8")
    assert now == accepted


def test_every_case_is_refused_or_doubted_and_offers_help_or_names_the_fault(schema):
    for query in (line.removeprefix(MARK) for line in FILE.read_text().splitlines() if line.startswith(MARK)):
        assert "error " in written(query, schema) or "warning " in written(query, schema), query
