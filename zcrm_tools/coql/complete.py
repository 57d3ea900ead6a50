"""What can come next: keywords, modules, fields with their types, operators a type takes, picklist values.

Nothing is refused here. The tokens before the cursor are read as far as they make sense; what follows the cursor is used
only to learn the module. Serves the notebook's editor, the CLI and MCP completions.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Literal

from zcrm_tools.coql.checks.aggregates import FUNCTIONS
from zcrm_tools.coql.format import quoted
from zcrm_tools.coql.frozen import Frozen
from zcrm_tools.coql.kinds import MULTI_MODULE, ODD
from zcrm_tools.coql.lexer import tokenize
from zcrm_tools.coql.schema import A_LOOKUP, base_module, field_of, module_of
from zcrm_tools.coql.spelling import folded
from zcrm_tools.coql.tokens import COMPARISONS, END, NUMBER, PATH, PLACEHOLDER, STRAY, TEXT, WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zcrm_tools.coql.schema import FieldView, ModuleView, Schema
    from zcrm_tools.coql.tokens import Token

Sort = Literal["keyword", "module", "field", "function", "operator", "value", "text", "number"]
"""`text` and `number`: a value only the writer knows; `text` shows its shape."""


class Completion(Frozen):
    """`text` replaces what stands between `start` and the cursor."""

    __slots__ = ()
    text: str
    sort: Sort
    detail: str = ""
    start: int = 0


def complete(source: str, cursor: int, schema: Schema, *, most: int = 50) -> list[Completion]:
    """What can stand at the cursor, likeliest first."""
    before = tokenize(source[:cursor])[:-1]
    start = _begun(before, cursor)
    typed = source[start:cursor]
    place = _Place([token for token in before if token.start < start], source[cursor:], schema)
    found = place.candidates(typed)
    wanted = typed.strip("'\"").casefold()
    fitting = [each for each in found if _fits(each, wanted)]
    fitting.sort(key=lambda each: not each.text.strip("'\"").casefold().startswith(wanted))
    return [each.replaced(start=start) for each in fitting[:most]]


def _begun(before: list[Token], cursor: int) -> int:
    """Where the token that is still being written begins; the cursor itself when none is."""
    if len(before) > 1 and before[-1].kind in (".", "->") and before[-2].end == before[-1].start:
        return before[-2].start if before[-1].end == cursor else cursor
    return before[-1].start if before and before[-1].end == cursor and _is_open(before[-1]) else cursor


def _is_open(token: Token) -> bool:
    """A word, or a text without its closing quote."""
    if token.kind == STRAY:
        return token.text[0] in "'\""
    return token.kind in (WORD, PATH, NUMBER, "<", ">", "!") or (
        token.kind.isalpha() and token.kind not in (TEXT, END)
    )


def _fits(each: Completion, wanted: str) -> bool:
    if not wanted or each.sort in ("text", "number"):
        return True
    text = each.text.strip("'\"").casefold()
    last, _, rest = wanted.rpartition(".")
    label = folded(each.detail.split(" (")[0])
    return text.startswith(wanted) or (len(rest) > 1 and not last and (rest in text or folded(rest) in label))


class _Place:
    """Where the tokens end: a state, and what is known there. A bracket or sub-query is left by its `)`."""

    def __init__(self, tokens: Iterable[Token], after: str, schema: Schema) -> None:
        self.schema = schema
        self.after = after
        self.state = "start"
        self.modules = [""]
        self.column = ""
        self.operator = ""
        self.selected: list[str] = []
        self.outer: list[list[str]] = []
        self.stack: list[tuple[str, str]] = []  # what each bracket is, and the operator before it
        for token in tokens:
            self.step(token)

    # -- reading

    def step(self, token: Token) -> None:
        kind, text = token.kind, token.text
        if kind == "(":
            self.opened()
        elif kind == ")":
            self.closed()
        elif kind == "select":
            if self.state == "value":
                self.modules.append("")
                self.outer.append(self.selected)
                self.selected = []
            self.state = "item"
        elif kind in _AFTER_KEYWORD:
            self.state = self.keyword(kind)
        elif kind in COMPARISONS or kind == "like":
            self.state, self.operator = "value", kind
        elif kind == ",":
            self.state = _AFTER_COMMA.get(self.state, self.state)
        elif kind in (WORD, PATH, TEXT, NUMBER, STRAY, PLACEHOLDER):
            self.word(text)

    def keyword(self, kind: str) -> str:
        if kind == "and" and self.operator == "between":
            self.operator = "between and"
            return "value"
        if kind in ("in", "between"):
            self.operator = kind
        if kind == "by":
            return "group column" if self.state == "group" else "order column"
        return _AFTER_KEYWORD[kind]

    def opened(self) -> None:
        if self.state == "item end":
            self.stack.append(("arguments", self.operator))
            self.selected = self.selected[:-1]
            self.state = "argument"
        elif self.state == "in":
            self.stack.append(("in", self.operator))
            self.state = "value"
        elif self.state == "value":
            self.stack.append(("scalar", self.operator))
        else:
            self.stack.append(("group", self.operator))

    def closed(self) -> None:
        inside, self.operator = self.stack.pop() if self.stack else ("", "")
        if inside in ("in", "scalar") and len(self.modules) > 1:
            self.modules.pop()
            self.selected = self.outer.pop()
        self.state = "item end" if inside == "arguments" else "criterion end"
        if inside == "scalar" and self.operator == "between":
            self.state = "between and"

    def word(self, text: str) -> None:
        name = text.strip("'\"")
        if self.state in ("item", "argument"):
            self.selected.append(name)
            self.state = "item end"
        elif self.state == "from":
            self.modules[-1], self.state = name, "source end"
        elif self.state == "column":
            self.column, self.state = name, "operator"
        elif self.state == "value":
            self.state = "value end" if self.stack and self.stack[-1][0] == "in" else "criterion end"
            if self.operator == "between":
                self.state = "between and"
        elif self.state in ("group column", "order column"):
            self.state += " end"
        elif self.state == "limit":
            self.state = "limit end"
        elif self.state == "alias":
            self.state = "item end"

    # -- answering

    def items(self, typed: str) -> Iterator[Completion]:
        """Functions, and an opening bracket, stand behind the first few fields."""
        others = [Completion("(", "keyword")] if self.state == "column" else []
        if self.state == "item":
            others = [Completion(f"{name}(", "function") for name in FUNCTIONS]
        first = self.selected if self.state == "column" else ()
        fitting = (
            each for each in self.fields(typed, first=first) if _fits(each, typed.strip("'\"").casefold())
        )
        yield from islice(fitting, 4)
        yield from others
        yield from fitting

    def candidates(self, typed: str) -> list[Completion]:
        return list(dict.fromkeys(self._candidates(typed)))

    def _candidates(self, typed: str) -> Iterator[Completion]:
        match self.state:
            case "item" | "argument" | "column":
                yield from self.items(typed)
            case "from":
                yield from self.module_names()
            case "operator":
                yield from self.operators()
            case "value":
                yield from self.values()
            case "group column" | "order column":
                yield from self.fields(typed, first=self.selected)
            case "alias":
                yield Completion("''", "text", "alias")
            case "limit":
                yield from (Completion(rows, "number") for rows in ("200", "2000", "10"))
            case state:
                yield from self.keywords(state)

    def keywords(self, state: str) -> Iterator[Completion]:
        closing = [")"] if self.stack else []
        for word in (*closing, *_NEXT.get(state, ())):
            yield Completion(word, "keyword")

    def module(self) -> ModuleView | None:
        """The module read from: named before the cursor, or after it."""
        name = self.modules[-1] or self._named_later()
        return base_module(self.schema, name) if name else None

    def _named_later(self) -> str:
        depth = 0
        tokens = tokenize(self.after)
        for at, token in enumerate(tokens):
            depth += {"(": 1, ")": -1}.get(token.kind, 0)
            if token.kind == "from" and depth == 0 and tokens[at + 1].kind != END:
                return tokens[at + 1].text
        return ""

    def module_names(self) -> Iterator[Completion]:
        """Those whose fields the query has already named come first."""
        named = self.schema.module_names()
        chosen = {path.partition(".")[0] for path in self.selected}

        def unlike(name: str) -> int:
            module = self.schema.module(name)
            return -sum(module.field(each) is not None for each in chosen) if module is not None else 0

        for name in sorted(named, key=unlike):
            yield Completion(name, "module", " / ".join(named[name]))

    def fields(self, typed: str, *, first: Iterable[str] = ()) -> Iterator[Completion]:
        quote = typed[:1] if typed[:1] in ("'", '"') else ""
        path = typed[len(quote) :]
        base = self.module()
        way, _, _ = path.rpartition(".")
        if base is None:
            yield from self._any_fields(way, quote, fresh=not path)
            return
        here = self._along(way, base) if way else base
        if here is None:
            return
        known = {field.api_name: field for field in here.fields()}
        ranked = dict.fromkeys([name for name in first if name in known or "." in name or not way])
        own = [name for name in known if name not in _SYSTEM]
        ranked |= dict.fromkeys(["id", here.name_field, *own, *_SYSTEM])
        lead = f"{way}." if way else ""
        for name in ranked:
            field = known.get(name) or field_of(here, name)
            if field is None and name not in first:
                continue
            if name in self.selected and self.state == "item" and not typed:
                continue
            if field is not None and field.kind in ODD and self.state == "column":
                continue
            shown = f"{lead}{name}"
            detail = f"{field.label} ({field.data_type})" if field is not None else ""
            yield Completion(f"{quote}{shown}{quote}", "field", detail)
        if not way:
            yield from self._ways(here, quote)

    def _ways(self, module: ModuleView, quote: str) -> Iterator[Completion]:
        """Names of the records that lookups lead to."""
        for field in module.fields():
            for target in field.targets if field.data_type in MULTI_MODULE else ():
                known = module_of(self.schema, target)
                quotes = quote or "'"
                name = known.name_field if known and known.name_field else "id"
                yield Completion(f"{quotes}{field.api_name}->{target}.{name}{quotes}", "field", target)
            known = module_of(self.schema, field.lookup_module) if field.lookup_module else None
            if known and known.name_field:
                yield Completion(f"{quote}{field.api_name}.{known.name_field}{quote}", "field", field.label)

    def _any_fields(self, way: str, quote: str, *, fresh: bool) -> Iterator[Completion]:
        """The module is not known yet: what may be meant in any, that of most modules first."""
        counts = dict.fromkeys(
            [] if way else ["Last_Name", "id", "First_Name", "Full_Name", "Account_Name"], 99
        )
        details: dict[str, str] = {}
        for name in self.schema.module_names():
            module = self.schema.module(name)
            here = self._along(way, module) if module and way else module
            if module is None or here is None or not all(self._has(module, each) for each in self.selected):
                continue
            lead = f"{way}." if way else ""
            for field in here.fields():
                text = f"{lead}{field.api_name}"
                counts[text] = counts.get(text, 0) + 1
                details.setdefault(text, field.label)
            for each in () if way else self._ways(here, ""):
                counts[each.text] = counts.get(each.text, 0) + 1
        for text in sorted(counts, key=lambda text: -counts[text]):
            if text not in self.selected or not fresh:
                bare = text.strip("'")
                yield Completion(f"{quote}{bare}{quote}" if quote else text, "field", details.get(text, ""))

    def _has(self, module: ModuleView, path: str) -> bool:
        return field_of(module, path.partition(".")[0].partition("->")[0]) is not None

    def _along(self, way: str, base: ModuleView) -> ModuleView | None:
        here: ModuleView | None = base
        for step in way.split("."):
            name, _, target = step.partition("->")
            field = field_of(here, name) if here else None
            if field is None:
                return None
            is_any = field.data_type in MULTI_MODULE and not target
            here = A_LOOKUP if is_any else module_of(self.schema, target or field.lookup_module)
        return here

    def field(self) -> FieldView | None:
        base = self.module()
        way, _, name = self.column.rpartition(".")
        here = self._along(way, base) if base and way else base
        return field_of(here, name) if here else None

    def operators(self) -> Iterator[Completion]:
        field = self.field()
        known = field.operators if field and field.operators else _OPERATORS
        for operator in _OPERATORS:
            if operator in known:
                yield Completion(operator, "operator")

    def values(self) -> Iterator[Completion]:
        field = self.field()
        kind = field.kind if field else "anything"
        if field is not None and field.choices and self.operator != "like":
            for choice in field.choices:
                yield Completion(quoted(choice.actual), "value", choice.display)
        if kind == "boolean":
            yield from (Completion(text, "value") for text in ("'true'", "'false'"))
        elif kind == "number":
            yield Completion("0", "number")
        else:
            shape = {"date": "'2026-01-31'", "datetime": "'2026-01-31T09:00:00+00:00'"}.get(kind, "''")
            yield Completion(shape, "text", kind)
        if self.stack or self.operator in COMPARISONS:
            yield Completion("select", "keyword", "sub-query")
        if self.operator in COMPARISONS or self.operator.startswith("between"):
            yield Completion("(", "keyword", "sub-query")


_SYSTEM = ("Owner", "Created_Time", "Modified_Time", "Created_By", "Modified_By")
"""Every module has them; its own fields come first."""
_AFTER_KEYWORD = {
    "from": "from",
    "where": "column",
    "and": "column",
    "or": "column",
    "not": "not",
    "is": "is",
    "in": "in",
    "between": "value",
    "null": "criterion end",
    "group": "group",
    "order": "order",
    "by": "by",
    "asc": "order column end",
    "desc": "order column end",
    "limit": "limit",
    "offset": "limit",
    "as": "alias",
}
_AFTER_COMMA = {
    "item end": "item",
    "value end": "value",
    "group column end": "group column",
    "order column end": "order column",
    "limit end": "limit",
}
_CLAUSES = ("group by", "order by", "limit")
_NEXT = {
    "start": ("select",),
    "item end": (",", "from", "as", "("),
    "source end": ("where", "#"),
    "criterion end": ("and", "or", *_CLAUSES),
    "value end": (",",),
    "between and": ("and",),
    "is": ("not null", "null"),
    "not": ("null", "in", "like", "between"),
    "in": ("(",),
    "group": ("by",),
    "order": ("by",),
    "group column end": (",", "order by", "limit"),
    "order column end": ("asc", "desc", ",", "limit"),
    "limit end": ("offset", ","),
}
_OPERATORS = (
    "=", "is not null", "in", ">=", "like", "between", "!=", "is null", "<=", "not in", ">", "<", "not like", "not between",
)  # fmt: skip
"""Those that examples use most come first."""
