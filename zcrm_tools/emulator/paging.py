"""Pages of a list: page numbers up to 2,000 rows, page tokens up to 100,000.

A token is opaque to the caller, valid for 24 hours, bound to the user and to every other parameter, and remembers
the row it stopped at, so that rows written meanwhile neither repeat nor hide others.
https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import V3, Call
from zcrm_tools.emulator.render import zoned
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import ModuleDef
from zcrm_tools.emulator.store import epoch, quoted

SORTABLE = ("id", "Created_Time", "Modified_Time")
PAGE_LIMIT = 2_000
TOKEN_LIMIT = 100_000
TOKEN_LIFE = timedelta(hours=24)
_TOKEN = struct.Struct(">IHqq?8s")
_SEAL = 12


@dataclass(frozen=True, slots=True)
class Position:
    """The row a token stopped at. `backwards`: the page before it is wanted."""

    page: int
    sort_value: int
    record_id: int
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    per_page: int
    sort_by: str
    descending: bool
    position: Position | None = None

    def order(self) -> str:
        """ORDER BY … LIMIT … OFFSET, one row more than the page to know whether there is another."""
        direction = "DESC" if self.descending != self._backwards else "ASC"
        column = f"t.{quoted(self.sort_by)}"
        tie = "" if self.sort_by == "id" else f", t.id {direction}"
        skip = 0 if self.position else (self.number - 1) * self.per_page
        return f"ORDER BY {column} {direction}{tie} LIMIT {self.per_page + 1} OFFSET {skip}"

    def after(self) -> tuple[str, list[object]]:
        """The condition that resumes behind the token's row."""
        if self.position is None:
            return "", []
        sign = "<" if self.descending != self._backwards else ">"
        if self.sort_by == "id":
            return f"t.id {sign} ?", [self.position.record_id]
        values: list[object] = [self.position.sort_value, self.position.record_id]
        return f"(t.{quoted(self.sort_by)}, t.id) {sign} (?, ?)", values

    @property
    def _backwards(self) -> bool:
        return self.position is not None and self.position.backwards


def _whole(call: Call, name: str, default: int, highest: int | None) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise refusals.bad_pattern(name)
    number = int(text)
    if number < 1 or (highest is not None and number > highest):
        raise refusals.bad_pattern(name)
    return number


def numbers(call: Call, *, per_page: int = 200) -> tuple[int, int]:
    """`page` and `per_page` of a call, checked."""
    return _whole(call, "page", 1, None), _whole(call, "per_page", per_page, 200)


def _columns(module: ModuleDef) -> list[str]:
    return [name for name, field in module.fields.items() if field.stored]


def page_of(call: Call, module: ModuleDef, *, default_order: str = "desc") -> Page:
    """The page a list call asks for. Before v3 there are no tokens, no bound and any field sorts."""
    number, per_page = numbers(call)
    sort_by = call.query.get("sort_by", "id")
    order = call.query.get("sort_order", default_order)
    allowed: Sequence[str] = SORTABLE if call.caller.version >= V3 else _columns(module)
    if sort_by not in allowed:
        raise refusals.bad_param("sort_by", supported_values=list(SORTABLE))
    if order not in ("asc", "desc"):
        raise refusals.bad_param("sort_order", supported_values=["asc", "desc"])
    if "cvid" in call.query and "sort_by" in call.query:
        raise refusals.ambiguous("cvid", "sort_by")
    token = call.query.get("page_token")
    page = Page(number, per_page, sort_by, order == "desc")
    if call.caller.version < V3:
        return page
    if token is None:
        if number * per_page > PAGE_LIMIT:
            raise Refusal(
                "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
                "You can only get the first 2000 records without using page_token param",
                {"limit": PAGE_LIMIT},
            )
        return page
    if "page" in call.query:
        raise refusals.ambiguous("page", "page_token")
    position = _open(call, token)
    if position.page * per_page > TOKEN_LIMIT:
        raise Refusal(
            "PAGINATION_LIMIT_EXCEEDED",
            "You can only get upto 100000 records using page_token param",
            {"param_name": "page_token"},
        )
    return Page(position.page, per_page, sort_by, order == "desc", position)


def cut(page: Page, rows: list[Json]) -> tuple[list[Json], bool]:
    """The page's own rows in order, and whether more follow."""
    more = len(rows) > page.per_page
    rows = rows[: page.per_page]
    if page.position is not None and page.position.backwards:
        return rows[::-1], True
    return rows, more


def info(
    call: Call,
    page: Page,
    *,
    count: int,
    more: bool,
    edges: tuple[tuple[int, int], tuple[int, int]] | None = None,
) -> Json:
    """The `info` of a page. `edges` are (sort value, id) of its first and last row."""
    if call.caller.version < V3:
        return {"per_page": page.per_page, "count": count, "page": page.number, "more_records": more}
    expires = call.store.clock.now() + TOKEN_LIFE
    following = previous = None
    if edges is not None and more:
        following = _seal(call, Position(page.number + 1, *edges[1]), expires)
    if edges is not None and page.number > 1:
        previous = _seal(call, Position(page.number - 1, *edges[0], backwards=True), expires)
    given = following is not None or previous is not None
    return {
        "call": False,
        "per_page": page.per_page,
        "next_page_token": following,
        "count": count,
        "sort_by": page.sort_by,
        "page": page.number,
        "previous_page_token": previous,
        "page_token_expiry": zoned(epoch(expires), call.caller.time_zone) if given else None,
        "sort_order": "desc" if page.descending else "asc",
        "email": False,
        "more_records": more,
    }


# ---- the token


def _bound_to(call: Call) -> bytes:
    """A digest of the user and of all that must not change between pages."""
    others = sorted((k, v) for k, v in call.query.items() if k not in ("page", "page_token"))
    return hashlib.sha256(repr((call.caller.user_id, call.url, others)).encode()).digest()[:8]


def _seal(call: Call, at: Position, expires: datetime) -> str:
    body = _TOKEN.pack(epoch(expires), at.page, at.sort_value, at.record_id, at.backwards, _bound_to(call))
    return (body + _mac(call, body)).hex()


def _mac(call: Call, body: bytes) -> bytes:
    return hmac.digest(call.store.meta("secret"), body, "sha256")[:_SEAL]


def _open(call: Call, token: str) -> Position:
    mismatch = Refusal(
        "TOKEN_BOUND_DATA_MISMATCH",
        "The page_token given seems to be invalid or input param is added or altered or deleted",
        {"param_name": "page_token"},
    )
    try:
        sealed = bytes.fromhex(token)
    except ValueError:
        raise mismatch from None
    body = sealed[:-_SEAL]
    if len(body) != _TOKEN.size or not hmac.compare_digest(sealed[-_SEAL:], _mac(call, body)):
        raise mismatch
    expires, number, sort_value, record_id, backwards, bound = _TOKEN.unpack(body)
    if bound != _bound_to(call):
        raise mismatch
    if datetime.fromtimestamp(expires, UTC) <= call.store.clock.now():
        details = {"api_name": "page_token", "json_path": "$.query.page_token"}
        raise Refusal("EXPIRED_VALUE", "Page token expired", details)
    return Position(number, sort_value, record_id, backwards)
