"""Zoho's refusals by name, so that a code is always sent with the details and words it has in Zoho's samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zcrm_tools.emulator.replies import Refusal

INVALID = "invalid data"
INVALID_ID = "the id given seems to be invalid"
NOT_FOUND = "required field not found"


def missing_param(name: str, message: str = "One of the expected parameter is missing") -> Refusal:
    return Refusal("REQUIRED_PARAM_MISSING", message, {"param_name": name})


def bad_param(name: str, **details: Any) -> Refusal:
    return Refusal("INVALID_DATA", INVALID, {"param_name": name, **details})


def bad_pattern(param: str) -> Refusal:
    message = "Please check whether the input values are correct"
    return Refusal("PATTERN_NOT_MATCHED", message, {"param_name": param})


def too_many(limit: int, param: str) -> Refusal:
    return Refusal("LIMIT_EXCEEDED", "limit exceeded", {"limit": limit, "param_name": param})


def ambiguous(*params: str) -> Refusal:
    details = {"ambiguity_due_to": [{"param_name": name} for name in params]}
    return Refusal("AMBIGUITY_DURING_PROCESSING", "Ambiguity while processing the request", details)


def not_covered(what: str, **details: Any) -> Refusal:
    """Zoho can, the emulator cannot: said in the emulator's own words, never answered with an invented success."""
    return Refusal("NOT_SUPPORTED", f"The emulator does not cover {what}.", details)


def unknown_module() -> Refusal:
    message = "the module name given seems to be invalid"
    return Refusal("INVALID_MODULE", message, {"resource_path_index": 0})


def bad_path_id(index: int = 1, message: str = INVALID_ID) -> Refusal:
    return Refusal("INVALID_DATA", message, {"resource_path_index": index})


def unreadable_body() -> Refusal:
    return Refusal(
        "INVALID_REQUEST",
        "unable to process your request. please verify whether you have entered proper method name, parameter"
        " and parameter values.",
    )


def denied(permission: str, message: str = "Permission denied") -> Refusal:
    return Refusal("NO_PERMISSION", message, {"permissions": [permission]}, status=403)


# ---- faults of one value in a body; `path` is its JSONPath


def _at(path: str) -> dict[str, Any]:
    name = path.rsplit(".", 1)[-1]
    return {"api_name": name.partition("[")[0], "json_path": path}


def missing_key(path: str, message: str = NOT_FOUND) -> Refusal:
    return Refusal("MANDATORY_NOT_FOUND", message, _at(path))


def wrong_type(path: str, expected: str) -> Refusal:
    return Refusal("INVALID_DATA", INVALID, {"expected_data_type": expected, **_at(path)})


def too_long(path: str, length: int) -> Refusal:
    return Refusal("INVALID_DATA", INVALID, {"maximum_length": length, **_at(path)})


def not_listed(path: str, supported: Sequence[str]) -> Refusal:
    return Refusal("INVALID_DATA", INVALID, {"supported_values": list(supported), **_at(path)})


def bad_value(path: str, message: str = INVALID, **details: Any) -> Refusal:
    return Refusal("INVALID_DATA", message, {**details, **_at(path)})


def bad_lookup(path: str, field: str) -> Refusal:
    """A lookup to a record that is not there: named by the field, located at its `id`."""
    return Refusal("INVALID_DATA", INVALID_ID, {"api_name": field, "json_path": path})


def over_limit(path: str, length: int) -> Refusal:
    return Refusal("LIMIT_EXCEEDED", "limit exceeded", {"maximum_length": length, **_at(path)})


def needs(dependee: str, path: str) -> Refusal:
    """`path` is missing though `dependee` is there."""
    return Refusal("DEPENDENT_FIELD_MISSING", NOT_FOUND, {"dependee": _at(dependee), **_at(path)})


def several(faults: Sequence[Refusal]) -> Refusal:
    """The one fault, or all of them as Zoho bundles them."""
    if len(faults) == 1:
        return faults[0]
    errors = [fault.item() for fault in faults]
    return Refusal("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request", {"errors": errors})
