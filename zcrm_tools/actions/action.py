"""An action: one CRM operation defined once. The MCP tool, the Python method and the CLI verb are projections of it.

What an action may touch is its `Call`: the org to read from and the gate that every write goes through. It never sees
a client, a surface or the network.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
    cast,
    get_args,
    overload,
)

from pydantic import BaseModel, ConfigDict, ValidationError

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.endpoints import Effect, Endpoint, Toolset
from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem

if TYPE_CHECKING:
    from zcrm_tools.crm.org import Org
    from zcrm_tools.safety.gate import Gate


class Input(BaseModel):
    """Base of every action's input: closed, so that a misspelt argument is refused and not dropped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """Base of every action's output. Fields at their default are left out of results, which keeps them small."""

    model_config = ConfigDict(extra="forbid")

    def fit(self, size: int) -> Self:  # noqa: ARG002 — those that can grow say how they shrink
        """As much as fits into about so many characters of JSON, with a sentence on what was left out."""
        return self


P = ParamSpec("P")
In = TypeVar("In", bound=Input)
Out = TypeVar("Out", bound=Output)


Progress: TypeAlias = Callable[[float, float, str], Awaitable[None]]
"""Told now and then by what takes long: how much is done, of how much, and in words."""


async def unseen(_done: float, _of: float, _words: str) -> None:
    """The progress of a call that nobody watches."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one action: where to read, where writes go, which action with which arguments it is, and the time."""

    org: Org
    gate: Gate
    action: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    progress: Progress = unseen


class Face(ABC):
    """Base of the asynchronous client: `await crm.search_leads(text="…")`."""

    @abstractmethod
    async def perform(self, action: AnyAction, given: Input) -> Any:
        """Open a call and run the action."""


class Blocking(ABC):
    """Base of the synchronous client: `crm.search_leads(text="…")`."""

    @abstractmethod
    def perform(self, action: AnyAction, given: Input) -> Any:
        """Open a call, run the action and wait for it."""


@dataclass(frozen=True)
class Action(Generic[P, In, Out]):
    """The value a catalogue file defines. As a class attribute of a client it is the client's method, exactly typed.

    `takes` is the input model: its constructor is the Python signature and its docstring the description. `calls` are
    the endpoints it may use: scopes and price follow from them. `modules` are those it always touches; empty means
    that the arguments name them. `also` are endpoints that it uses on one more module. `optional` are asked for at
    sign-in as well, on whatever modules a person signs in for or on the one beside it; an action that lacks them does
    less instead of nothing.
    """

    name: str
    title: str
    effect: Effect
    takes: Callable[P, In]
    gives: type[Out]
    do: Callable[[Call, In], Awaitable[Out]]
    calls: tuple[Endpoint, ...] = ()
    modules: tuple[str, ...] = ()
    also: tuple[tuple[Endpoint, str], ...] = ()
    optional: tuple[Endpoint | tuple[Endpoint, str], ...] = ()
    toolset: Toolset = "core"

    @property
    def model(self) -> type[In]:
        return cast("type[In]", self.takes)

    @property
    def description(self) -> str:
        return " ".join((self.model.__doc__ or "").split())

    async def run(self, call: Call, given: In) -> Out:
        return await self.do(call, given)

    @overload
    def __get__(self, face: None, owner: type) -> Self: ...
    @overload
    def __get__(self, face: Face, owner: type) -> Callable[P, Coroutine[Any, Any, Out]]: ...
    @overload
    def __get__(self, face: Blocking, owner: type) -> Callable[P, Out]: ...
    def __get__(self, face: Face | Blocking | None, owner: type) -> object:
        if face is None:
            return self
        surface = face

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            if args:
                names = inspect.signature(self.model).parameters
                raise TypeError(
                    f"{self.name}() takes keyword arguments only: {self.name}({'=…, '.join(names)}=…)"
                )
            return surface.perform(self, self.accept(kwargs))

        method.__name__ = method.__qualname__ = self.name
        method.__doc__ = self.description
        method.__signature__ = inspect.signature(self.model).replace(return_annotation=self.gives)  # type: ignore[attr-defined]
        return method

    def accept(self, arguments: Mapping[str, Any]) -> In:
        """Validate arguments. Raises InvalidInput with every fault at once, in words."""
        try:
            return self.model.model_validate(dict(arguments))
        except ValidationError as bad:
            raise InvalidInput(*(_problem(e, self.model) for e in bad.errors(include_url=False))) from None


AnyAction = Action[..., Any, Any]
"""What a registry holds."""


def arguments_of(given: Input) -> dict[str, Any]:
    """The arguments as given, without those left at their default: what digests and the journal see."""
    return given.model_dump(mode="json", exclude_defaults=True)


def _problem(error: Any, model: type[BaseModel]) -> Problem:
    name = ".".join(str(part) for part in error["loc"]) or "arguments"
    message, kind = error["msg"], error["type"]
    if kind == "extra_forbidden":
        *way, last = error["loc"]
        allowed = tuple(_innermost(model, way).model_fields)
        return Problem(
            "UNKNOWN_ARGUMENT",
            f"There is no argument {name!r}.",
            NOTHING_SENT,
            field=name,
            allowed=allowed,
            closest=nearest(str(last), allowed) or "",
        )
    if kind == "missing":
        return Problem("MISSING_ARGUMENT", f"{name} is required.", NOTHING_SENT, field=name)
    return Problem("BAD_ARGUMENT", f"{name}: {message}.", NOTHING_SENT, field=name)


def _innermost(model: type[BaseModel], way: Sequence[str | int]) -> type[BaseModel]:
    """The model at the end of a way into another: of records, say, the model of one record."""
    for part in way:
        if field := model.model_fields.get(str(part)):
            model = next(_models(field.annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
