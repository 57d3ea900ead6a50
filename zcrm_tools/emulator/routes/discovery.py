"""What the org can do: the REST APIs it has and the features with their limits.

Both lists are the emulator's own: the APIs it serves, the features it knows a limit of.
https://www.zoho.com/crm/developer/docs/api/v8/list-available-rest-apis.html, get-features.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from zcrm_tools.emulator import documents, refusals
from zcrm_tools.emulator.bodies import listed
from zcrm_tools.emulator.call import Call, route
from zcrm_tools.emulator.endpoints import documented
from zcrm_tools.emulator.people import rows_of
from zcrm_tools.emulator.replies import Json, Refusal, nothing, reply
from zcrm_tools.emulator.schema import PROFILES, USERS

Test = Callable[[str, str, str], bool]
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FILTERS = ("operation_types.oauth_scope", "operation_types.method", "module")


def _operations() -> list[tuple[str, str, str]]:
    """Path, method and a scope of every documented endpoint."""
    return [(one.path, one.method, _scope(one.path, one.method)) for one in documented()]


def _scope(path: str, method: str) -> str:
    operation = {"GET": "READ", "POST": "CREATE", "DELETE": "DELETE"}.get(method, "UPDATE")
    first, *rest = path.strip("/").split("/")
    if first == "settings":
        return f"ZohoCRM.settings.{rest[0]}.{operation}"
    if first in ("users", "org", "coql", "files"):
        return f"ZohoCRM.{first}.{operation}"
    module = first.lower() if not first.startswith(("{", "_")) else "custom"
    return f"ZohoCRM.modules.{module}.{operation}"


def list_apis(call: Call) -> Response:
    tests = _asked(call)
    version = call.url.split("/")[2]
    found: dict[str, list[Json]] = {}
    for path, method, scope in _operations():
        if all(test(path, method, scope) for test in tests):
            shown = f"/crm/{version}" + re.sub(r"\{[^}]*\}", "{{id}}", path)
            costs = {"max_credits": 1, "min_credits": 1}
            found.setdefault(shown, []).append({"method": method, "oauth_scope": scope, **costs})
    items = [{"path": path, "operation_types": operations} for path, operations in found.items()]
    return reply({"__apis": items}) if items else nothing()


def _asked(call: Call) -> list[Test]:
    """Tests for path, method and scope, from the `filters` parameter."""
    asked = call.query.get("filters")
    if asked is None:
        return []
    try:
        criteria = json.loads(asked)
    except (ValueError, RecursionError):
        raise refusals.bad_param("filters") from None
    if not isinstance(criteria, dict):
        raise refusals.bad_param("filters")
    members = criteria.get("group", [criteria])
    return [_test(one) for one in members]


def _test(one: object) -> Test:
    if not isinstance(one, dict) or "value" not in one or "comparator" not in one:
        raise Refusal("MANDATORY_NOT_FOUND", "required field not found", {"param_name": "filters"})
    name = one.get("api_name") or (one.get("field") or {}).get("api_name")
    value = one["value"]
    if name not in _FILTERS or one["comparator"] not in ("equal", "equals") or not isinstance(value, str):
        raise refusals.bad_param("filters")
    if name == "operation_types.method":
        if value not in _METHODS:
            raise refusals.bad_param("filters")
        return lambda _path, method, _scope: method == value
    if name == "module":
        return lambda path, _method, _scope: path.startswith((f"/{value}/", "/{")) or path == f"/{value}"
    return lambda _path, _method, scope: value.lower() in scope.lower().split(".")


# ---- features


def _features(call: Call) -> list[Json]:
    licence = (call.store.org().get("license_details") or {}).get("users_license_purchased") or 10
    users = len(rows_of(call.store, USERS, "WHERE u.status = 'active'"))
    counts = {
        "user_licenses": ("UserLicenses", licence, users),
        "profiles": ("Profiles", 25, len(rows_of(call.store, PROFILES))),
        "global_picklists": ("Global Picklists", 10, len(documents.every(call.store, "global_picklist"))),
        "multi_currency": ("Multi Currency", 10, len(documents.every(call.store, "currency"))),
        "workflow_rules": ("Workflow Rules", 1_000, len(documents.every(call.store, "workflow_rule"))),
    }
    return [
        {
            "components": [],
            "api_name": name,
            "parent_feature": None,
            "module_supported": name == "workflow_rules",
            "details": {
                "available_count": {"total": max(limit - used, 0)},
                "used_count": {"total": used},
                "limits": {"total": limit, "edition_limit": limit},
            },
            "feature_label": label,
        }
        for name, (label, limit, used) in counts.items()
    ]


def _module(call: Call) -> str | None:
    name = call.query.get("module")
    if name is not None and name not in call.store.modules:
        message = "the module name given seems to be invalid"
        raise Refusal("INVALID_MODULE", message, {"param_name": "module"})
    return name


def list_features(call: Call) -> Response:
    wanted = call.query.get("api_names")
    chosen = None if wanted is None else wanted.split(",")
    module = _module(call)
    items = [
        one
        for one in _features(call)
        if (chosen is None or one["api_name"] in chosen) and (module is None or one["module_supported"])
    ]
    return listed(call, "__features", items)


def get_feature(call: Call) -> Response:
    _module(call)
    found = [one for one in _features(call) if one["api_name"] == call.path["feature"]]
    return reply({"__features": found}) if found else nothing()


routes: list[Route] = [
    route("/__apis", list_apis, "list_apis"),
    route("/__features", list_features, "list_features"),
    route("/__features/{feature}", get_feature, "get_feature"),
]
