"""The envelopes Zoho answers in, and `Refusal`, which any route may raise.

https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

Json = dict[str, Any]


class Refusal(Exception):
    """A call, or one row of a batch, is refused as Zoho would refuse it. Nothing was written."""

    def __init__(
        self, code: str, message: str, details: Mapping[str, Any] | None = None, *, status: int = 400
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details: Json = dict(details or {})

    def item(self) -> Json:
        """The refusal as an entry of `data`, or as the whole body."""
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}

    def to_response(self) -> Response:
        return reply(self.item(), self.status)


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        _encoded(body), status, headers=dict(headers or {}), media_type="application/json;charset=UTF-8"
    )


def _encoded(body: Any) -> bytes:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:  # an echoed lone surrogate, which JSON can escape and UTF-8 cannot hold
        return json.dumps(body, separators=(",", ":")).encode()


def nothing() -> Response:
    """204: Zoho's answer to every empty result."""
    return Response(status_code=204)


def not_modified() -> Response:
    return Response(status_code=304)


def success(message: str, details: Mapping[str, Any], **beside: Any) -> Json:
    """One entry of `data` for a write that happened."""
    return {"code": "SUCCESS", **beside, "details": dict(details), "message": message, "status": "success"}


def batch(items: Sequence[Json], *, ok: int = 200) -> Response:
    """A batch's answer: `ok` when every row passed, 400 when none did, 207 between."""
    passed = sum(item["status"] == "success" for item in items)
    status = ok if passed == len(items) else 207 if passed else 400
    if not passed and len(items) == 1 and items[0]["code"] == "ALREADY_MODIFIED":
        status = 412
    return reply({"data": list(items)}, status)


def page_info(*, per_page: int, count: int, page: int, more: bool, **beside: Any) -> Json:
    return {"per_page": per_page, "count": count, "page": page, **beside, "more_records": more}
