"""Users: how one is shown, and what it keeps beyond the columns of its table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import documents
from zcrm_tools.emulator.bodies import at, names, now
from zcrm_tools.emulator.call import Call
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import PROFILES, ROLES, USERS
from zcrm_tools.emulator.store import Store, quoted

KIND: Final = "user"
"""Documents: `EXTRAS` of a user, by the user's id."""
EXTRAS: Final[dict[str, Any]] = {
    "street": None,
    "city": None,
    "state": None,
    "zip": None,
    "fax": None,
    "website": None,
    "dob": None,
    "signature": None,
    "time_format": "hh:mm a",
    "date_format": "MMM d, yyyy",
    "decimal_separator": "Period",
    "number_separator": "Comma",
    "name_format__s": "Salutation,First Name,Last Name",
    "sort_order_preference__s": "First Name,Last Name",
}
"""With what a user has who never set them."""
COLUMNS: Final = (
    "first_name",
    "last_name",
    "email",
    "time_zone",
    "locale",
    "country",
    "phone",
    "mobile",
    "alias",
)
_TAB = {"font_color": "#FFFFFF", "background": "#222222"}
Row = dict[str, Any]


def rows_of(store: Store, table: str, tail: str = "", values: tuple[object, ...] = ()) -> list[Row]:
    """Rows of Users, roles or profiles, aliased `u` in the tail."""
    columns = list(store.modules[table].fields)
    listed = ", ".join(f"u.{quoted(name)}" for name in columns)
    found = store.fetch(f"SELECT {listed} FROM {quoted(table)} u {tail}", values)  # noqa: S608
    return [dict(zip(columns, row, strict=True)) for row in found]


def primary_user(store: Store) -> int:
    """The org's primary contact: whom its `primary_zuid` names, or the first user."""
    zuid = store.org().get("primary_zuid")
    found = store.fetch(f"SELECT id FROM {quoted(USERS)} ORDER BY zuid IS NOT ?, id LIMIT 1", (zuid,))  # noqa: S608
    return int(found[0][0])


def user_items(call: Call, rows: list[Row]) -> list[Json]:
    roles, profiles, people = (names(call.store, table) for table in (ROLES, PROFILES, USERS))
    extras = {int(kept["id"]): kept for kept in documents.every(call.store, KIND)}
    return [
        {
            **_constant(call, row),
            **{key: extras.get(row["id"], {}).get(key, default) for key, default in EXTRAS.items()},
            **{key: row[key] for key in (*COLUMNS, "full_name", "zuid", "status")},
            "id": str(row["id"]),
            "confirm": bool(row["confirm"]),
            "profile": profiles.get(row["profile"]),
            "role": roles.get(row["role"]),
            "Reporting_To": people.get(row["Reporting_To"]),
            "locale": row["locale"] or "en_US",
            "country_locale": row["locale"] or "en_US",
            "language": (row["locale"] or "en_US").replace("-", "_"),
            "time_zone": row["time_zone"] or str(call.caller.time_zone),
            "offset": _offset(row["time_zone"], call),
            "territories": extras.get(row["id"], {}).get("territories", []),
            "created_time": at(call, row["created_time"]),
            "created_by": people.get(row["created_by"]),
            "Modified_Time": at(call, row["Modified_Time"]),
            "Modified_By": people.get(row["Modified_By"]),
        }
        for row in rows
    ]


def _constant(call: Call, row: Row) -> Json:
    return {
        "microsoft": False,
        "personal_account": False,
        "sandboxDeveloper": False,
        "Isonline": row["id"] == call.caller.user_id,
        "default_tab_group": "0",
        "type__s": "Regular User",
        "$current_shift": None,
        "$next_shift": None,
        "$shift_effective_from": None,
        "theme": {
            "normal_tab": _TAB,
            "selected_tab": _TAB,
            "new_background": None,
            "background": "#F3F0EB",
            "screen": "fixed",
            "type": "default",
        },
        "customize_info": {
            "notes_desc": None,
            "show_right_panel": None,
            "bc_view": None,
            "show_home": False,
            "show_detail_view": True,
            "unpin_recent_item": None,
        },
    }


def _offset(zone: str | None, call: Call) -> int:
    """Milliseconds east of UTC, now."""
    here = ZoneInfo(zone) if zone else call.caller.time_zone
    shift = datetime.fromtimestamp(now(call), UTC).astimezone(here).utcoffset()
    return 0 if shift is None else int(shift.total_seconds() * 1000)


def keep_extras(store: Store, user_id: int, changes: Row) -> None:
    kept = documents.get(store, KIND, user_id)
    if kept is None:
        documents.add(store, KIND, changes, key=user_id)
    else:
        documents.put(store, KIND, user_id, {**kept, **changes})
