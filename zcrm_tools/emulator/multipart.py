"""Reading a multipart/form-data body, bytes as they came (RFC 7578)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from zcrm_tools.emulator import refusals
from zcrm_tools.emulator.call import Call
from zcrm_tools.emulator.replies import Refusal

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename\*?)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.IGNORECASE)
_BACK = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Part:
    """`filename` None: a plain field and not a file."""

    name: str
    filename: str | None
    media_type: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


def parts_of(call: Call) -> list[Part]:
    """The parts of the body; refused when it is no form."""
    content_type = call.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data"):
        message = "The given media type is not supported"
        raise Refusal("MEDIA_TYPE_NOT_SUPPORTED", message, status=415)
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise refusals.unreadable_body()
    return parse(call.body, found[1] or found[2])


def parse(body: bytes, boundary: str) -> list[Part]:
    fence = b"--" + boundary.encode("latin-1")
    if not body.startswith(fence) or b"\r\n" + fence + b"--" not in b"\r\n" + body:
        raise refusals.unreadable_body()
    pieces = (b"\r\n" + body).split(b"\r\n" + fence)
    found = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        head, blank, data = piece.partition(b"\r\n\r\n")
        if not blank:
            raise refusals.unreadable_body()
        found.append(_part(head.decode("utf-8", "replace"), data))
    return found


def _part(head: str, data: bytes) -> Part:
    headers = {}
    for line in head.split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    given = {
        found[1].lower(): _BACK.sub(r"\1", found[2]) if found[2] is not None else found[3].strip()
        for found in _PARAMETER.finditer(headers.get("content-disposition", ""))
    }
    if "name" not in given:
        raise refusals.unreadable_body()
    filename = given.get("filename")
    if "filename*" in given:
        filename = unquote(given["filename*"].rsplit("'", 1)[-1])
    media_type = headers.get("content-type", "application/octet-stream")
    return Part(given["name"], filename, media_type, data)
