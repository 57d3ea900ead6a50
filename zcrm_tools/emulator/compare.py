"""Points that no public page settles, put to a real org and to the emulator alike: agreed, differs, could not ask.

A question sends a few requests and says what it saw, without ids, names or times, so that two orgs can be compared. It reads;
where it has to write, it writes one lead of its own and deletes it. What sends the requests is given from outside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

DOCS = "https://www.zoho.com/crm/developer/docs/api/v8/"
MARK = "zcrm compare"
"""In the name of every lead that a question creates."""

Verdict = Literal["agreed", "differs", "could not ask"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` None when there was none, or it was not JSON; header names in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(repr=False)


class Ask(Protocol):
    """Sends one request to `/crm/v8{path}` with a token, or with the Authorization header given."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        authorization: str | None = None,
    ) -> Awaitable[Answer]: ...


class CouldNotAsk(Exception):
    """The org or the grant does not allow the question; the text says why."""


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    behaviour: str
    page: str
    put: Callable[[Ask], Awaitable[Json]]
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """`theirs` is what the org did, `ours` what the emulator did."""

    question: Question
    verdict: Verdict
    theirs: Json | None = None
    ours: Json | None = None
    why: str = ""

    def row(self) -> str:
        """As a row of an evidence file."""
        lines = [
            "[[row]]",
            f'id = "{self.question.id}"',
            f"behaviour = {_text(self.question.behaviour)}",
            f'source = "{DOCS}{self.question.page}"',
            f'verdict = "{self.verdict}"',
        ]
        if self.why:
            lines.append(f"why = {_text(self.why)}")
        if self.theirs is not None:
            lines.append(f"org = {_text(_shown(self.theirs))}")
        if self.verdict == "differs" and self.ours is not None:
            lines.append(f"emulator = {_text(_shown(self.ours))}")
        return "\n".join(lines)


async def compare(questions: tuple[Question, ...], org: Ask, emulator: Ask, *, write: bool) -> list[Finding]:
    """Put the questions to both. Without `write`, those that need a lead of their own are not asked."""
    return [await _one(question, org, emulator, write=write) for question in questions]


async def _one(question: Question, org: Ask, emulator: Ask, *, write: bool) -> Finding:
    if question.writes and not write:
        return Finding(question, "could not ask", why="it creates and deletes a lead: say --write")
    ours = await question.put(emulator)
    try:
        theirs = await question.put(org)
    except CouldNotAsk as reason:
        return Finding(question, "could not ask", why=str(reason))
    return Finding(question, "agreed" if theirs == ours else "differs", theirs, ours)


def facts(answer: Answer) -> Json:
    """What of an answer two orgs can share: status, code and the keys of its details. Raises CouldNotAsk."""
    body = answer.body if isinstance(answer.body, dict) else {}
    item = body
    if isinstance(body.get("data"), list) and body["data"] and "code" in body["data"][0]:
        item = body["data"][0]
    code = item.get("code")
    if code in ("OAUTH_SCOPE_MISMATCH", "NO_PERMISSION", "TOO_MANY_REQUESTS", "FEATURE_NOT_ENABLED"):
        raise CouldNotAsk(f"the org answered {code}")
    found: Json = {"status": answer.status}
    if code is not None:
        found |= {"code": code, "message": item.get("message")}
        details = item.get("details")
        if isinstance(details, dict):
            found["details"] = sorted(details)
    return found


def _shown(seen: Json) -> str:
    return ", ".join(f"{name} {value}" for name, value in seen.items())


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
