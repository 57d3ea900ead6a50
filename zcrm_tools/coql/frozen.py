"""Immutable values, cheap to make by the hundred: tuples with named fields.

A frozen dataclass takes four times as long to make and its class twenty times as long to define; a parse makes fifty
nodes, and this package is imported at every start. Code that makes many calls `new(Column, (...))` with every field
in order; everything else calls the class as it would a dataclass.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""As in `typing`, which takes 2.5 ms to import and so is read by type checkers only; they know the name."""

try:
    from _collections import _tuplegetter as getter  # type: ignore[import-not-found]  # what namedtuple reads its fields with
except ImportError:  # pragma: no cover - another Python

    def getter(index: int, doc: str) -> Any:
        return property(lambda self: self[index], doc=doc)


if TYPE_CHECKING:
    from typing import Any, ClassVar, Final, Self, dataclass_transform

    _Base = tuple[Any, ...]
else:
    _Base = tuple

    def dataclass_transform(**_: object) -> object:
        return lambda cls: cls


new: Final = tuple.__new__
"""`new(Class, values)`: an instance with every field given, in order, unchecked."""

_MISSING: Final = object()


@dataclass_transform(frozen_default=True)
class Frozen(_Base):
    """Base of such values. Fields are the class's own annotations; a value in the class body is the default.

    Equal are two of the same class with equal fields. How a text was quoted (`quote`) and where it was read do not count: fields from the
    first one named `start`, `tokens`, `..._at` or the like.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[tuple[object, ...]] = ()
    _told: ClassVar[int] = 0

    def __init_subclass__(cls) -> None:
        names = tuple(name for name in cls.__dict__.get("__annotations__", ()) if not name.startswith("_"))  # noqa: RUF063 - inspect takes 8 ms to import
        if not names:
            return
        cls._defaults = tuple(cls.__dict__.get(name, _MISSING) for name in names)
        places = [at for at, name in enumerate(names) if name.endswith(_PLACES)]
        cls._told = places[0] if places else len(names)
        for at, name in enumerate(names):
            setattr(cls, name, getter(at, name))
        setattr(cls, "__match_args__", names)  # noqa: B010 - mypy thinks it final

    def __new__(cls, *values: object, **named: object) -> Self:
        names = cls.__match_args__
        if len(values) > len(names):
            raise TypeError(f"{cls.__name__} takes {len(names)} values, not {len(values)}")
        filled = [*values, *cls._defaults[len(values) :]]
        for name, value in named.items():
            at = names.index(name) if name in names else -1
            if at < len(values):
                raise TypeError(f"{cls.__name__} got {name!r} twice or has no such field")
            filled[at] = value
        if _MISSING in filled:
            raise TypeError(f"{cls.__name__} needs {names[filled.index(_MISSING)]!r}")
        return new(cls, filled)

    def replaced(self, **changes: object) -> Self:
        """The same value with some fields changed."""
        names = self.__match_args__
        if unknown := changes.keys() - set(names):
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        return new(type(self), [changes.get(name, value) for name, value in zip(names, self, strict=True)])

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)

    def __eq__(self, other: object) -> bool:
        return self.__class__ is other.__class__ and self[: self._told] == other[: self._told]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.__class__, self[: self._told]))

    def __repr__(self) -> str:
        told = zip(self.__match_args__, self[: self._told], strict=False)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in told)})"


_PLACES: Final = ("start", "end", "quote", "_at", "_last", "tokens")


class Span(Frozen):
    """Offsets into the source text, end exclusive."""

    __slots__ = ()
    start: int
    end: int


Span._told = 2  # noqa: SLF001 - of a span itself the place is all there is
NOWHERE: Final = new(Span, (0, 0))
