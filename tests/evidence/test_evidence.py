"""The bond between what we believe of Zoho and the tests that depend on it."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
GRADES = {"documented", "sample", "inferred", "unknown"}


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    for path in sorted(HERE.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8")).get("row", ()):
            yield path.name, row


def citations() -> dict[str, str]:
    """Every id cited by a marker, and a place that cites it."""
    cited = {}
    for path in sorted(HERE.parent.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.mark.evidence", "evidence"):
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        cited[str(argument.value)] = f"{path.relative_to(HERE.parent)}:{node.lineno}"
    return cited


def test_every_row_is_whole():
    for name, row in rows():
        assert {"id", "behaviour", "source", "grade"} <= row.keys(), (name, row)
        assert row.keys() <= {"id", "behaviour", "source", "grade", "note"}, (name, row)
        assert row["grade"] in GRADES, (name, row)
        assert all(value.strip() for value in row.values()), (name, row)


def test_a_guess_says_what_was_chosen():
    assert [r["id"] for _, r in rows() if r["grade"] == "unknown" and "note" not in r] == []


def test_no_id_is_used_twice():
    ids = [row["id"] for _, row in rows()]
    assert sorted(ids) == sorted(set(ids))


def test_every_row_is_cited_by_a_test():
    cited = citations()
    assert [row["id"] for _, row in rows() if row["id"] not in cited] == []


def test_every_citation_has_a_row():
    known = {row["id"] for _, row in rows()}
    assert {cite: place for cite, place in citations().items() if cite not in known} == {}
