"""Holds replies to the schemas of Zoho's own OpenAPI (github.com/zoho/crm-oas), a checkout of which ZOHO_OAS names.

The schemas were made for generating SDKs and say less, and now and then other, than Zoho answers. What is wrong in them
everywhere is set right here, each with its reason; what is wrong in one operation is listed in `official_deviations.toml`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DEVIATIONS = Path(__file__).with_name("official_deviations.toml")
METHODS = ("get", "put", "post", "patch", "delete")
_NO_SUCCESS = ("/API_Exception", "/File_Body_Wrapper")
_PARAMETER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class Operation:
    file: str
    path: str
    method: str
    pattern: re.Pattern[str]
    responses: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {_PARAMETER.sub('{}', self.path.removeprefix('/crm/v8'))}"


class Official:
    def __init__(self, checkout: Path) -> None:
        self.documents = {
            path.name: _mended(json.loads(path.read_text("utf-8")))
            for path in sorted((checkout / "v8.0").glob("*.json"))
        }
        assert self.documents, f"{checkout} is no checkout of zoho/crm-oas"
        self.registry: Registry[Any] = Registry().with_resources(
            (f"oas:/{name}", Resource(contents=document, specification=DRAFT202012))
            for name, document in self.documents.items()
        )
        self.operations = [
            Operation(file, path, method, _pattern(path), operation["responses"])
            for file, document in self.documents.items()
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        ]
        told = tomllib.loads(DEVIATIONS.read_text("utf-8"))["deviation"]
        says: dict[str, list[str]] = {}
        for one in told:
            says.setdefault(one["operation"], []).extend(one["says"])
        self.deviations = {name: re.compile("|".join(expressions)) for name, expressions in says.items()}

    def complaints(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What an operation's schema holds against a reply; nothing when the specification knows no such operation."""
        said: list[str] = []
        for operation in self._meant(method, path):
            schema = self._schema(operation, status)
            if schema is None:
                return []
            known = self.deviations.get(operation.name)
            validator = Draft202012Validator({"$ref": schema}, registry=self.registry)
            found = [
                _told(error) for top in validator.iter_errors(_succeeded(body)) for error in _causes(top)
            ]
            found = [one for one in found if known is None or not known.search(one)]
            if not found:
                return []
            said += (f"{operation.name}: {one}" for one in found)
        return said

    def _meant(self, method: str, path: str) -> list[Operation]:
        """Of the operations that fit, those with the most of their path spelled out; several files may have one."""
        fits = [
            one for one in self.operations if one.method == method.lower() and one.pattern.fullmatch(path)
        ]
        best = min((_variables(one.path) for one in fits), default=None)
        return [one for one in fits if _variables(one.path) == best]

    def _schema(self, operation: Operation, status: int) -> str | None:
        """Where the schema of a reply is. Of statuses below 300 many declare one alone, though Zoho answers 201 and 207."""
        declared = operation.responses
        success = (code for code in declared if code.startswith("2") and code != "204")
        code = str(status) if str(status) in declared else next(success, "")
        if not code:
            return None
        file, pointer = (
            operation.file,
            f"/paths/{_escaped(operation.path)}/{operation.method}/responses/{code}",
        )
        if "$ref" in declared[code]:
            other, pointer = declared[code]["$ref"].split("#", 1)
            file = other.rsplit("/", 1)[-1] or file
        found: Any = self.documents[file]
        for part in pointer.strip("/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        if "schema" not in found.get("content", {}).get("application/json", {}):
            return None
        return f"oas:/{file}#{pointer}/content/application~1json/schema"


def _mended(schema: Any) -> Any:
    """A schema without what is wrong in all of them."""
    if isinstance(schema, list):
        return [_mended(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # A `pattern` describes the one sample it was made from: e-mail addresses of nine letters.
    left_out = ("nullable", "discriminator", "pattern")
    kept = {
        key: _mended(value) for key, value in schema.items() if key not in left_out or isinstance(value, dict)
    }
    if isinstance(kept.get("$ref"), str) and not kept["$ref"].startswith(
        "#"
    ):  # the address of a sibling on the web
        kept["$ref"] = "oas:/" + kept["$ref"].rsplit("/v8.0/", 1)[-1].removeprefix("./")
    if isinstance(kept.get("oneOf"), list):  # the alternatives are so loose that most replies fit several
        # Only successes are judged; an exception with nothing required, and a file, let everything pass.
        meant = [one for one in kept.pop("oneOf") if not str(one.get("$ref")).endswith(_NO_SUCCESS)]
        if meant:
            kept["anyOf"] = meant
    if isinstance(kept.get("type"), str):  # samples hold null in far more places than are marked nullable
        kept["type"] = [kept["type"], "null"]
    if isinstance(kept.get("enum"), list):
        kept["enum"] = [*kept["enum"], None]
    if schema.get("type") == "object" and not kept.keys() & {"properties", "allOf", "anyOf"}:
        del kept["type"]  # an SDK's `Object`: any value
    return kept


def _succeeded(body: Any) -> Any:
    """A reply without the refused items of a batch: the item schemas of many operations know success only."""
    if not isinstance(body, dict):
        return body
    return {key: _accepted(value) if isinstance(value, list) else value for key, value in body.items()}


def _accepted(items: list[Any]) -> list[Any]:
    return [one for one in items if not (isinstance(one, dict) and one.get("status") == "error")]


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """The errors of the alternative that was most likely meant: the one that got furthest, with fewest."""
    if not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    for inner in max(
        branches.values(), key=lambda found: (max(len(e.absolute_path) for e in found), -len(found))
    ):
        yield from _causes(inner)


def _told(error: ValidationError) -> str:
    where = ".".join("*" if isinstance(part, int) else part for part in error.absolute_path)
    return f"{where}: {error.message[:200]}"


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(
        "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/"))
    )


def _variables(path: str) -> list[bool]:
    return [part.startswith("{") for part in path.split("/")]


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1")
