"""Every exception this library raises, and `Problem`, the one shape of a diagnostic.

    ZcrmError
    ├── NotConfigured            settings or profile are wrong or absent
    ├── AuthError
    │   ├── LoginRequired        the refresh token is gone: a person must sign in again
    │   ├── ClientRejected       client id, secret or data centre is wrong
    │   ├── TokenThrottled       too many tokens minted; wait, keep the tokens
    │   └── ScopeMissing         the grant does not cover the call
    ├── TransportError
    │   ├── NotSent              failed before a byte left: safe to repeat
    │   │   └── CircuitOpen      the last calls all failed, so this one was not made
    │   └── OutcomeUnknown       it left and no answer came: never blindly repeat a write
    ├── ApiError                 Zoho answered, and refused
    │   ├── InvalidRequest       400: the request is wrong
    │   ├── PermissionDenied     403: the user may not
    │   ├── NotFound             404, or an id that names nothing
    │   ├── Conflict             412 or a duplicate
    │   ├── RateLimited          429: credits or concurrency
    │   │   └── CreditsUsedUp    the day's credits: stop until they return
    │   └── ServerFault          5xx, or an answer that is not Zoho's JSON
    ├── InvalidInput             refused here, before a request was spent
    │   └── QueryRefused         a COQL query with at least one fault
    └── NotAllowed               policy refused it; nothing was written
        └── PlanUnusable         the plan is unknown, expired, changed or in progress

An error says what was wrong, what was not done, and what to do next; `Problem` holds those as data and every
screen renders the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

FixBy = Literal["arguments", "wait", "person", "nobody"]
"""Who can mend it: the caller by other arguments, time, a person (sign in, approve, administer), or no one."""

NOTHING_WRITTEN = "Nothing was written."
NOTHING_SENT = "Nothing was sent."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was wrong.

    `code` is Zoho's where Zoho refused and ours (UPPER_CASE) otherwise. `where` is a JSON path, a row or a
    line and column. `allowed` and `closest` are filled where the rule has a closed list.
    """

    code: str
    message: str
    not_done: str = ""
    next_step: str = ""
    fix_by: FixBy = "arguments"
    field: str = ""
    where: str = ""
    allowed: tuple[str, ...] = ()
    closest: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The filled parts only, as JSON-ready values."""
        filled = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: list(value) if isinstance(value, tuple) else value for name, value in filled if value}

    def __str__(self) -> str:
        listed = f"Allowed: {', '.join(self.allowed)}." if self.allowed else ""
        near = f"Did you mean {self.closest}?" if self.closest else ""
        parts = (self.message, near, listed, self.not_done, self.next_step)
        return " ".join(part for part in parts if part)


class ZcrmError(Exception):
    """Base of all errors here. `problems` holds at least one; `problem` is the first."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems

    @property
    def problem(self) -> Problem:
        return self.problems[0]

    def __reduce__(self) -> tuple[Any, ...]:
        """Not by `__init__`, whose arguments are not `args`: a pool of processes hangs over an error it cannot read."""
        return _restored, (type(self), self.args, self.__dict__)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the caller's own lines and the problems, without the frames in between, which are ours."""
        import sysconfig
        import traceback

        others = (__file__.rpartition("errors")[0], *map(sysconfig.get_path, ("stdlib", "purelib")))
        frames = [f for f in traceback.extract_tb(self.__traceback__) if not f.filename.startswith(others)]
        lines = [f"  line {f.lineno}: {f.line}" for f in frames if f.line]
        return [*lines[-3:], f"{type(self).__name__}: {self}"]


def _restored(kind: type[ZcrmError], args: tuple[str, ...], attributes: dict[str, Any]) -> ZcrmError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class NotConfigured(ZcrmError):
    """Settings or profile are wrong or absent."""


class AuthError(ZcrmError):
    """Zoho Accounts, or the API's token check, refused."""


class LoginRequired(AuthError):
    """The refresh token is missing, revoked or expired; only a person can sign in again."""


class ClientRejected(AuthError):
    """Client id, secret, redirect URI or data centre is wrong. A wrong data centre looks like a wrong secret."""


class TokenThrottled(AuthError):
    """Zoho mints at most 10 access tokens per refresh token in 10 minutes. The tokens are still good."""


class ScopeMissing(AuthError):
    """The grant does not cover the call. `missing` lists the scopes that would, when known."""

    def __init__(self, *problems: Problem, missing: tuple[str, ...] = ()) -> None:
        super().__init__(*problems)
        self.missing = missing


class TransportError(ZcrmError):
    """The network failed."""


class NotSent(TransportError):
    """It failed before the request left, so nothing happened at Zoho; repeating is safe."""


class CircuitOpen(NotSent):
    """The last calls to this org all failed, so this one was not made."""


class OutcomeUnknown(TransportError):
    """The request left and no whole answer came back. A write may or may not have happened."""


class ApiError(ZcrmError):
    """Zoho answered with an error. `status` is HTTP's, `code` and `details` are Zoho's."""

    def __init__(self, *problems: Problem, status: int, details: dict[str, Any] | None = None) -> None:
        super().__init__(*problems)
        self.status = status
        self.details = details or {}
        self.retry_after: float | None = None
        """Seconds the server asked to wait, when it did."""

    @property
    def code(self) -> str:
        return self.problem.code


class InvalidRequest(ApiError):
    """400: the request itself is wrong."""


class PermissionDenied(ApiError):
    """403: the signed-in user may not do this; scopes are not the cause."""


class NotFound(ApiError):
    """404, or an id that names nothing."""


class Conflict(ApiError):
    """412: the record changed since it was read; or a duplicate exists."""


class RateLimited(ApiError):
    """429: the day's credits or the concurrency limit. Zoho seldom says which, and documents no Retry-After."""


class CreditsUsedUp(RateLimited):
    """The org's credits of the last 24 hours are gone: a clock, not a blip. Never retried."""


class ServerFault(ApiError):
    """5xx, or an answer that is not Zoho's JSON (a proxy's page, for one)."""


class InvalidInput(ZcrmError):
    """Refused here, before a request was spent."""


class QueryRefused(InvalidInput):
    """A COQL query with at least one fault; each problem carries line and column."""


class NotAllowed(ZcrmError):
    """Policy refused it. Nothing was written. `plan_id` names the plan that waits for a person, "" when none does."""

    def __init__(self, *problems: Problem, plan_id: str = "") -> None:
        super().__init__(*problems)
        self.plan_id = plan_id


class PlanUnusable(NotAllowed):
    """The plan is unknown, expired, made for other arguments, overtaken by a change, or already in progress."""
