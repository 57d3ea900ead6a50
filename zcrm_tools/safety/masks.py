"""Fields whose values an assistant does not see: it gets tokens, which stay the same and may be used as arguments.

A token stands for one value for as long as the profile's state lasts; what it stands for is known to a process that has
shown it, and to no other, so that no table of tokens and values lies on disk: another process, or the same one after a
restart, asks for the record to be read again, which gives the same token.

Masking keeps values out of a conversation; it is no boundary: whoever may run queries can ask whether a value begins
with an a.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

_TOKEN = re.compile(r"\b[A-Za-z]\w*~[0-9a-f]{10}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SHORT = 3
"""A masked value of so many characters or fewer is replaced where it stands, and not looked for in other texts."""


class Masks:
    """`fields` are names such as Email, or Module.Field. `secret` makes the tokens; it is asked for when first needed."""

    def __init__(self, fields: Iterable[str] = (), secret: Callable[[], bytes] = bytes) -> None:
        self._names = {name.rpartition(".")[2].casefold(): name.rpartition(".")[2] for name in fields}
        self._fields = frozenset(name.casefold() for name in fields)
        self._emails = any(name.rpartition(".")[2] == "email" for name in self._fields)
        self._secret = secret
        self._values: dict[str, str] = {}
        self._revealed: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._fields)

    def hide(self, body: Any) -> Any:
        """The JSON value with tokens for the values of masked fields, wherever in it those values stand."""
        if not self:
            return body
        tokens = self._revealed | {value: self._token(name, value) for name, value in self._found(body, "")}
        return self._replaced(body, sorted(tokens.items(), key=lambda pair: -len(pair[0])))

    def reveal(self, arguments: Any) -> Any:
        """The arguments with the values that their tokens stand for. InvalidInput for a token of another time."""
        if not self:
            return arguments
        if isinstance(arguments, str):
            return _TOKEN.sub(lambda match: self._value(match[0]), arguments)
        if isinstance(arguments, Mapping):
            return {name: self.reveal(value) for name, value in arguments.items()}
        if isinstance(arguments, list | tuple):
            return [self.reveal(value) for value in arguments]
        return arguments

    def covers(self, module: str, name: str) -> bool:
        """Whether values of a field are hidden. `name` may be a column of a query: `Account_Name.Phone`, `MAX(Phone)`."""
        plain = _bare(name)
        if plain in self._fields:
            return True
        told = module and "." not in name  # a field of a lookup is of a module that is not told
        own = (
            {f"{module.casefold()}.{plain}"} if told else {f for f in self._fields if f.endswith(f".{plain}")}
        )
        return bool(own & self._fields)

    def _found(self, body: Any, module: str) -> Iterator[tuple[str, str]]:
        """Field and value of all that is masked: in objects by field, in tables by column, in changes by their `field`."""
        if isinstance(body, Mapping):
            here = body["module"] if isinstance(body.get("module"), str) else module
            if isinstance(body.get("field"), str) and self.covers(here, body["field"]):
                yield from (
                    (body["field"], text) for name in ("old", "new") for text in _texts(body.get(name))
                )
            columns, rows = body.get("columns"), body.get("rows")
            if isinstance(columns, list) and isinstance(rows, list):
                yield from self._in_rows(here, columns, rows)
            for name, value in body.items():
                if self.covers(here, name):
                    yield from ((name, text) for text in _texts(value))
                else:
                    yield from self._found(value, here)
        elif isinstance(body, list | tuple):
            for one in body:
                yield from self._found(one, module)
        elif self._emails and isinstance(body, str):
            yield from (("email", address) for address in _EMAIL.findall(body))

    def _in_rows(self, module: str, columns: Sequence[Any], rows: Sequence[Any]) -> Iterator[tuple[str, str]]:
        places = [(place, str(name)) for place, name in enumerate(columns) if self.covers(module, str(name))]
        for row in rows:
            if isinstance(row, list | tuple) and len(row) == len(columns):
                yield from ((name, text) for place, name in places for text in _texts(row[place]))

    def _token(self, name: str, value: str) -> str:
        kind = self._names[_bare(name)]
        key = hmac.new(self._secret(), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()[:10]
        self._values[key] = value
        return f"{kind}~{key}"

    def _value(self, token: str) -> str:
        known = self._values.get(token.rpartition("~")[2])
        if known is None:
            raise InvalidInput(
                Problem(
                    "UNKNOWN_TOKEN",
                    f"Nobody knows any more what {token} stands for.",
                    NOTHING_SENT,
                    "Read the record again, and use the token it shows.",
                )
            )
        self._revealed[known] = token
        return known

    def _replaced(self, body: Any, tokens: Sequence[tuple[str, str]]) -> Any:
        if isinstance(body, str):
            for value, token in tokens:
                if body == value or (len(value) > _SHORT and value in body):
                    body = body.replace(value, token)
            return body
        if isinstance(body, Mapping):
            return {name: self._replaced(value, tokens) for name, value in body.items()}
        if isinstance(body, list | tuple):
            return [self._replaced(value, tokens) for value in body]
        return body


def _bare(name: str) -> str:
    return name.rpartition(".")[2].rpartition("(")[2].rstrip(")").casefold()


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value, of a list too. Numbers and the ids of lookups stay: they name records, and no person."""
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
