"""Zoho's error codes → our exceptions, with what to do about each.

Codes are judged before statuses, because Zoho prints the same code with different statuses on different pages
(https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html). A code that is not listed is judged by its status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zcrm_tools.errors import (
    NOTHING_WRITTEN,
    ApiError,
    Conflict,
    FixBy,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    Problem,
    RateLimited,
    ServerFault,
)

TOKEN_CODES = frozenset({"INVALID_TOKEN", "INVALID_OAUTHTOKEN"})
SCOPE_CODES = frozenset({"OAUTH_SCOPE_MISMATCH", "INVALID_OAUTHSCOPE"})


@dataclass(frozen=True, slots=True)
class Advice:
    """What a code means here: the exception, what to do next, who can do it."""

    kind: type[ApiError]
    next_step: str
    fix_by: FixBy = "arguments"


_ASK_ADMIN = "Ask the Zoho CRM administrator to allow it for this user's profile or role."
_WAIT = "Wait, then try again with fewer calls at once; credits come back over the next 24 hours."
_SMALLER = Advice(InvalidRequest, "Send a smaller file, or split it.")
_BODY = Advice(InvalidRequest, "The body is not JSON that Zoho can read.", "nobody")
_UNKNOWN_MODULE = Advice(InvalidRequest, "Use the API name of a module that this call serves; Notes, Attachments and Emails often are not.")  # fmt: skip
_UNKNOWN_FIELD = Advice(InvalidRequest, "Use API names of fields that this call serves; describe_module lists them.")  # fmt: skip
_CRITERIA = Advice(InvalidRequest, "Correct the criteria: field, comparator and value must fit each other.")
_NO_TERRITORIES = Advice(PermissionDenied, "Ask the administrator to switch territories on.", "person")
_NO_FEATURE = Advice(PermissionDenied, "Ask the administrator to switch the feature on.", "person")
_FAULT = Advice(ServerFault, "Try again in a minute.", "wait")
_ADVICE: dict[str, Advice] = {
    # the request
    "MANDATORY_NOT_FOUND": Advice(InvalidRequest, "Give the missing field a value and send it again."),
    "REQUIRED_PARAM_MISSING": Advice(InvalidRequest, "Add the missing parameter."),
    "EXPECTED_PARAM_MISSING": Advice(InvalidRequest, "Add one of the expected parameters."),
    "EXPECTED_FIELD_MISSING": Advice(InvalidRequest, "Add one of the expected fields."),
    "DEPENDENT_FIELD_MISSING": Advice(InvalidRequest, "Add the field that the named one depends on, as $se_module with What_Id."),
    "DEPENDENT_PARAM_MISSING": Advice(InvalidRequest, "Add the parameter that the named one depends on."),
    "DEPENDENT_MISMATCH": Advice(InvalidRequest, "Two fields contradict each other; change one of them."),
    "MAPPING_MISMATCH": Advice(InvalidRequest, "The value does not belong to the mapped field's, as a stage to its pipeline: choose one that does."),
    "PATTERN_NOT_MATCHED": Advice(InvalidRequest, "Write the value in the form the field wants, as an address with @ for an e-mail."),
    "UNABLE_TO_PARSE_DATA_TYPE": Advice(InvalidRequest, "Send the JSON type that the field wants; describe_module says which."),
    "JSON_PARSE_ERROR": _BODY,
    "INVALID_REQUEST": Advice(InvalidRequest, "Check body, parameters and method against the call's page."),
    "AMBIGUITY_DURING_PROCESSING": Advice(InvalidRequest, "Leave out one of the parameters that exclude each other."),
    "MULTIPLE_OR_MULTI_ERRORS": Advice(InvalidRequest, "Correct each of the errors listed in the details."),
    "INVALID_DATA": Advice(InvalidRequest, "Correct the value; describe_module lists types, lengths and choices."),
    "INVALID_MODULE": Advice(InvalidRequest, "Use the module's API name, as in Leads or Deals; it may also be hidden from this user."),
    "INVALID_QUERY": Advice(InvalidRequest, "Correct the query; the COQL checker names the clause."),
    "SYNTAX_ERROR": Advice(InvalidRequest, "Correct the query; the COQL checker names the place."),
    "DUPLICATE_ALIAS": Advice(InvalidRequest, "Give each column of the query an alias of its own."),
    "INVALID_ALIAS": Advice(InvalidRequest, "Correct the alias: letters, digits and underscores, and no keyword."),
    "CRITERIA_LIMIT_EXCEEDED": Advice(InvalidRequest, "Ask with fewer conditions in one query."),
    "RESERVED_KEYWORD_NOT_ALLOWED": Advice(InvalidRequest, "Choose a name that is no keyword of Zoho's."),
    "LIMIT_REACHED": Advice(InvalidRequest, "The org has as many of these as it may; remove one first.", "person"),
    "FILE_SIZE_MORE_THAN_ALLOWED_SIZE": _SMALLER,
    "FILE_TOO_LARGE": _SMALLER,
    "FILE_SIZE_EXCEEDS": _SMALLER,
    "MEDIA_TYPE_NOT_SUPPORTED": Advice(InvalidRequest, "Send a file of a type that Zoho takes here."),
    "VIRUS_DETECTED": Advice(InvalidRequest, "Zoho found a virus in the file: do not send it again.", "person"),
    "LIMIT_EXCEEDED": Advice(InvalidRequest, "Ask for less in one request and split the rest."),
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": Advice(InvalidRequest, "Page past 2,000 records with page_token instead of page."),
    "PAGINATION_LIMIT_EXCEEDED": Advice(InvalidRequest, "Narrow the query; no more pages can be read this way."),
    "EXPIRED_VALUE": Advice(InvalidRequest, "The page token is over 24 hours old: start again from the first page."),
    "TOKEN_BOUND_DATA_MISMATCH": Advice(InvalidRequest, "Keep the other parameters as they were on the first page, or start again without the page token."),
    "RECORD_LOCKED": Advice(InvalidRequest, "Ask a person to unlock the record in Zoho CRM.", "person"),
    "RECORD_IN_BLUEPRINT": Advice(InvalidRequest, "Move the record through its blueprint in Zoho CRM.", "person"),
    "NOT_APPROVED": Advice(InvalidRequest, "The record waits for approval in Zoho CRM.", "person"),
    "NOT_REVIEWED": Advice(InvalidRequest, "The record waits for review in Zoho CRM.", "person"),
    "RECORD_NOT_IN_PROCESS": Advice(InvalidRequest, "The record is in no blueprint or no approval now; look at it again."),
    "CANNOT_PROCESS": Advice(InvalidRequest, "Zoho does not do this to this record now; look at its state."),
    "CANNOT_PERFORM_ACTION": Advice(InvalidRequest, "Zoho does not do this to this record now; look at its state."),
    "ALREADY_SCHEDULED": Advice(InvalidRequest, "The same job is under way: wait for it to end.", "wait"),
    "NOT_SUPPORTED": Advice(InvalidRequest, "Zoho does not offer this here.", "nobody"),
    "API_NOT_SUPPORTED": Advice(InvalidRequest, "Zoho's API does not serve this module or feature.", "nobody"),
    "ID_ALREADY_CONVERTED": Advice(InvalidRequest, "The lead was converted: use its contact, account or deal."),
    "INVALID_HOST": Advice(InvalidRequest, "The data centre does not fit the organisation: sign in again with the right one (`zcrm login --data-center …`).", "person"),
    "INVALID_REQUEST_METHOD": Advice(InvalidRequest, "This call does not exist with this method.", "nobody"),
    # jobs, criteria and composites
    "MODULE_NOT_AVAILABLE": _UNKNOWN_MODULE,
    "MODULE_NOT_SUPPORTED": _UNKNOWN_MODULE,
    "FIELD_NOT_AVAILABLE": _UNKNOWN_FIELD,
    "FIELD_NOT_SUPPORTED": _UNKNOWN_FIELD,
    "INVALID_FIELD": _UNKNOWN_FIELD,
    "FIELD_IN_CRITERIA_NOT_AVAILABLE": _CRITERIA,
    "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE": _CRITERIA,
    "VALUE_IN_CRITERIA_NOT_SUPPORTED": _CRITERIA,
    "VALUE_TYPE_NOT_SUPPORTED": _CRITERIA,
    "VALUE_LIMIT_EXCEEDED_IN_CRITERIA": _CRITERIA,
    "GROUP_OPERATOR_NOT_SUPPORTED": _CRITERIA,
    "AMBIGUOUS_CRITERIA": _CRITERIA,
    "AMBIGUOUS_GROUP_IN_CRITERIA": _CRITERIA,
    "INVALID_CRITERIA": _CRITERIA,
    "CVID_NOT_SUPPORTED": Advice(InvalidRequest, "This job takes no custom view: give criteria instead."),
    "PAGE_RANGE_EXCEEDED": Advice(InvalidRequest, "Go on with the page token of the last page."),
    "MANDATORY_FIELDS_NOT_MAPPED": Advice(InvalidRequest, "Map a column of the file to every mandatory field."),
    "COLUMN_INDEX_NOT_FOUND": Advice(InvalidRequest, "A mapping names a column that the file does not have: count from 0."),
    "HEADER_LIMIT_EXCEEDED": Advice(InvalidRequest, "Map fewer columns, and write the rest in a second job."),
    "INVALID_FILE_FORMAT": Advice(InvalidRequest, "Send a ZIP with one CSV file in it."),
    "INVALID_FILE_ID": Advice(InvalidRequest, "Upload the file again and use the id of that upload."),
    "INVALID_CALLBACK_URL": Advice(InvalidRequest, "Give an https address that Zoho can reach, or none."),
    "INVALID_REFERENCE": Advice(InvalidRequest, "A call refers to what no earlier call of the composite answers."),
    "LOOPING_FOUND": Advice(InvalidRequest, "Two calls of the composite refer to each other; order them."),
    "ROLLBACK_PERFORMED": Advice(InvalidRequest, "Another call of the composite was refused, so this one was taken back: correct that one."),
    "PROCESSING_STOPPED": Advice(InvalidRequest, "Another call of the composite was refused before this one's turn: correct that one."),
    "NOT_SUBSCRIBED": Advice(InvalidRequest, "The channel has ended or never was: subscribe again."),
    "REQUEST_BODY_IS_EMPTY": _BODY,
    "REQUEST_BODY_NOT_READABLE": _BODY,
    # who may
    "NO_PERMISSION": Advice(PermissionDenied, _ASK_ADMIN, "person"),
    "PERMISSION_DENIED": Advice(PermissionDenied, _ASK_ADMIN, "person"),
    "AUTHORIZATION_FAILED": Advice(PermissionDenied, _ASK_ADMIN, "person"),
    "INSUFFICIENT_PRIVILEGE": Advice(PermissionDenied, _ASK_ADMIN, "person"),
    "NOT_ALLOWED": Advice(PermissionDenied, _ASK_ADMIN, "person"),
    "INACTIVE_USER": Advice(PermissionDenied, "The user is deactivated: ask the administrator to activate it.", "person"),
    "TERRITORY_NOT_ENABLED": _NO_TERRITORIES,
    "TERRITORY_DISABLED": _NO_TERRITORIES,
    "FEATURE_NOT_ENABLED": _NO_FEATURE,
    "CURRENCIES_NOT_ENABLED": _NO_FEATURE,
    "FEATURE_NOT_SUPPORTED": Advice(PermissionDenied, "The organisation's edition does not have it.", "nobody"),
    "LICENSE_LIMIT_EXCEEDED": Advice(PermissionDenied, "The organisation's licence is used up.", "person"),
    # what is not there
    "RECORD_NOT_FOUND": Advice(NotFound, "Search for the record; it may be deleted or hidden from this user."),
    "RESOURCE_NOT_FOUND": Advice(NotFound, "Check the id; it may be deleted or expired."),
    "NOT_FOUND": Advice(NotFound, "Check the id; it may be deleted or expired."),
    "NO_RECORDS_FOUND": Advice(NotFound, "No record fits; widen what is asked for."),
    "INVALID_URL_PATTERN": Advice(NotFound, "There is no such call in this version of the API.", "nobody"),
    # what is there already
    "DUPLICATE_DATA": Advice(Conflict, "Update the existing record instead, or change the value that must be unique."),
    "DUPLICATE_LINKING_DATA": Advice(Conflict, "The two records are linked already: use the existing link."),
    "ALREADY_MODIFIED": Advice(Conflict, "Read the record again and decide on its present values."),
    "RECORD_MODIFIED": Advice(Conflict, "Read the record again and decide on its present values."),
    # how often
    "TOO_MANY_REQUESTS": Advice(RateLimited, _WAIT, "wait"),
    "RATE_LIMIT_EXCEEDED": Advice(RateLimited, _WAIT, "wait"),
    "API_LIMIT_EXCEEDED": Advice(RateLimited, _WAIT, "wait"),
    # Zoho's own trouble
    "INTERNAL_ERROR": _FAULT,
    "INTERNAL_SERVER_ERROR": _FAULT,
    "SERVICE_UNAVAILABLE": _FAULT,
    "REQUEST_TIMEOUT": _FAULT,
    "DEPENDENT_SERVICE_ERROR": _FAULT,
}  # fmt: skip
_BY_STATUS: dict[int, Advice] = {
    403: Advice(PermissionDenied, _ASK_ADMIN, "person"),
    404: Advice(NotFound, "Check the module and the id."),
    405: _ADVICE["INVALID_REQUEST_METHOD"],
    412: _ADVICE["ALREADY_MODIFIED"],
    413: _SMALLER,
    415: _ADVICE["MEDIA_TYPE_NOT_SUPPORTED"],
    429: _ADVICE["TOO_MANY_REQUESTS"],
}
_OTHERWISE = Advice(InvalidRequest, "Correct the request as the message says.")
_NO_API = "Crm_Implied_Api_Access"


def is_refusal(status: int, body: Any) -> bool:
    """Whether the whole call was refused. Results per record (`data`: […]) are an answer, even with status 400."""
    if not isinstance(body, dict):
        return status >= 400
    if _has_rows(body):
        return status >= 500
    return status >= 400 or body.get("status") == "error"


def code_of(body: Any) -> str:
    """Zoho's code in upper case, empty when the body has none at its top level."""
    return str(body.get("code") or "").upper() if isinstance(body, dict) else ""


def is_token_refused(body: Any) -> bool:
    """Whether a 401 is about a stale or unknown access token, so that another may do. Nothing was done then."""
    return code_of(body) in TOKEN_CODES


def is_listed(body: Any) -> bool:
    """Whether the code itself says what kind of refusal it is, whatever the status."""
    return code_of(body) in _ADVICE


def api_error(status: int, body: Any, *, writes: bool) -> ApiError:
    """The exception for a refusal that is not about token or scopes."""
    body = body if isinstance(body, dict) else {}
    code = code_of(body)
    details = body.get("details")
    details = details if isinstance(details, dict) else {}
    advice = _advice(status, code, details)
    problem = Problem(
        code or f"HTTP_{status}",
        _message(status, body, details),
        not_done=_not_done(advice.kind, writes=writes),
        next_step=(code == "DUPLICATE_DATA" and _update_instead(details)) or advice.next_step,
        fix_by=advice.fix_by,
        field=str(details.get("api_name") or details.get("param_name") or ""),
        where=_where(details),
        allowed=_allowed(details),
    )
    return advice.kind(problem, status=status, details=details)


def not_zoho(status: int, said: str, *, writes: bool) -> ApiError:
    """The exception for an answer that is not Zoho's JSON: a proxy's page, a redirect, a cut-off body."""
    advice = _BY_STATUS[429] if status == 429 else _FAULT
    problem = Problem(
        "NOT_ZOHO_JSON",
        f"The answer (HTTP {status}) is {said}.",
        not_done=_not_done(advice.kind, writes=writes),
        next_step=f"{advice.next_step} If it stays, look for a proxy or firewall on the way to Zoho.",
        fix_by=advice.fix_by,
    )
    return advice.kind(problem, status=status)


def _advice(status: int, code: str, details: dict[str, Any]) -> Advice:
    if code == "NO_PERMISSION" and _NO_API in (details.get("permissions") or ()):
        return Advice(PermissionDenied, "Ask the administrator to tick API access in this user's profile.", "person")  # fmt: skip
    # resource_path_index counts the parts after the version: 0 is the module, 1 the record's id, 2 the relation.
    if code == "INVALID_DATA" and details.get("resource_path_index") == 1:
        return Advice(NotFound, "Check the id: it names no record this user can see.")
    if status >= 500:
        return _FAULT
    return _ADVICE.get(code) or _BY_STATUS.get(status) or _OTHERWISE


def _message(status: int, body: dict[str, Any], details: dict[str, Any]) -> str:
    said = str(body.get("message") or "").strip() or f"no reason given, HTTP {status}"
    extras = [
        str(details[k]) for k in ("expected_data_type", "maximum_length", "permissions") if k in details
    ]
    told = f"Zoho refused: {said.rstrip('.')}{' (' + '; '.join(extras) + ')' if extras else ''}"
    return told if told.endswith(("?", "!")) else f"{told}."


def _update_instead(details: dict[str, Any]) -> str:
    """Which record is in the way, and what can be done with it; "" when Zoho does not say."""
    record = details.get("duplicate_record")
    record = record if isinstance(record, dict) else {}
    existing = record.get("id") or details.get("id")
    if not existing:
        return ""
    module, owner = record.get("module") or {}, record.get("Owner") or {}
    named = f"{module['api_name']} {existing}" if module.get("api_name") else f"record {existing}"
    whose = f", which belongs to {owner['name']}," if owner.get("name") else ""
    more = " (one of several)" if details.get("more_records") is True else ""
    field = f" of {details['api_name']}" if details.get("api_name") else ""
    return f"{named}{whose} has this value{field} already{more}: update that record instead, or give another value."


def _not_done(kind: type[ApiError], *, writes: bool) -> str:
    if not writes:
        return ""
    return "It is not known whether anything was written." if kind is ServerFault else NOTHING_WRITTEN


def _where(details: dict[str, Any]) -> str:
    if details.get("json_path"):
        return str(details["json_path"])
    index = details.get("resource_path_index")
    return f"path part {index}" if isinstance(index, int) else ""


def _allowed(details: dict[str, Any]) -> tuple[str, ...]:
    listed = details.get("supported_values")
    return tuple(str(value) for value in listed) if isinstance(listed, list) else ()


def _has_rows(body: dict[str, Any]) -> bool:
    """A list whose items are results: every one has its own code and status."""
    return any(
        isinstance(value, list) and value and all(isinstance(row, dict) and "code" in row for row in value)
        for value in body.values()
    )
