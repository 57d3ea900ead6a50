"""Every code that Zoho prints has one exception, a cause and a fix; codes that mean the same are one."""

from __future__ import annotations

import pytest

from zcrm_tools.errors import (
    ApiError,
    Conflict,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerFault,
)
from zcrm_tools.http import refusals

# As zoho-api's status page, the endpoints' pages and the official OpenAPI files print them.
PRINTED: dict[type[ApiError], str] = {
    InvalidRequest: """INVALID_MODULE INVALID_REQUEST_METHOD INVALID_REQUEST JSON_PARSE_ERROR REQUIRED_PARAM_MISSING
        EXPECTED_PARAM_MISSING MANDATORY_NOT_FOUND EXPECTED_FIELD_MISSING DEPENDENT_FIELD_MISSING DEPENDENT_PARAM_MISSING
        INVALID_DATA PATTERN_NOT_MATCHED UNABLE_TO_PARSE_DATA_TYPE AMBIGUITY_DURING_PROCESSING LIMIT_EXCEEDED
        LIMIT_REACHED MAPPING_MISMATCH DEPENDENT_MISMATCH NOT_SUPPORTED API_NOT_SUPPORTED MULTIPLE_OR_MULTI_ERRORS
        ID_ALREADY_CONVERTED RECORD_LOCKED RECORD_IN_BLUEPRINT RECORD_NOT_IN_PROCESS NOT_APPROVED NOT_REVIEWED
        CANNOT_PROCESS CANNOT_PERFORM_ACTION ALREADY_SCHEDULED EXPIRED_VALUE TOKEN_BOUND_DATA_MISMATCH
        DISCRETE_PAGINATION_LIMIT_EXCEEDED PAGINATION_LIMIT_EXCEEDED INVALID_QUERY SYNTAX_ERROR DUPLICATE_ALIAS
        INVALID_ALIAS CRITERIA_LIMIT_EXCEEDED RESERVED_KEYWORD_NOT_ALLOWED VIRUS_DETECTED INVALID_HOST
        FILE_SIZE_MORE_THAN_ALLOWED_SIZE FILE_TOO_LARGE FILE_SIZE_EXCEEDS MEDIA_TYPE_NOT_SUPPORTED
        MODULE_NOT_AVAILABLE MODULE_NOT_SUPPORTED FIELD_NOT_AVAILABLE FIELD_NOT_SUPPORTED INVALID_FIELD
        FIELD_IN_CRITERIA_NOT_AVAILABLE FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE VALUE_IN_CRITERIA_NOT_SUPPORTED
        VALUE_TYPE_NOT_SUPPORTED VALUE_LIMIT_EXCEEDED_IN_CRITERIA GROUP_OPERATOR_NOT_SUPPORTED AMBIGUOUS_CRITERIA
        AMBIGUOUS_GROUP_IN_CRITERIA INVALID_CRITERIA CVID_NOT_SUPPORTED PAGE_RANGE_EXCEEDED MANDATORY_FIELDS_NOT_MAPPED
        COLUMN_INDEX_NOT_FOUND HEADER_LIMIT_EXCEEDED INVALID_FILE_FORMAT INVALID_FILE_ID INVALID_CALLBACK_URL
        INVALID_REFERENCE LOOPING_FOUND ROLLBACK_PERFORMED PROCESSING_STOPPED NOT_SUBSCRIBED REQUEST_BODY_IS_EMPTY
        REQUEST_BODY_NOT_READABLE""",
    PermissionDenied: """NO_PERMISSION AUTHORIZATION_FAILED PERMISSION_DENIED INSUFFICIENT_PRIVILEGE INACTIVE_USER
        FEATURE_NOT_ENABLED FEATURE_NOT_SUPPORTED NOT_ALLOWED TERRITORY_NOT_ENABLED LICENSE_LIMIT_EXCEEDED TERRITORY_DISABLED
        CURRENCIES_NOT_ENABLED""",
    NotFound: "RECORD_NOT_FOUND RESOURCE_NOT_FOUND NOT_FOUND INVALID_URL_PATTERN NO_RECORDS_FOUND",
    Conflict: "DUPLICATE_DATA DUPLICATE_LINKING_DATA ALREADY_MODIFIED RECORD_MODIFIED",
    RateLimited: "TOO_MANY_REQUESTS RATE_LIMIT_EXCEEDED API_LIMIT_EXCEEDED",
    ServerFault: "INTERNAL_ERROR INTERNAL_SERVER_ERROR SERVICE_UNAVAILABLE REQUEST_TIMEOUT DEPENDENT_SERVICE_ERROR",
}
ALL = [(code, kind) for kind, codes in PRINTED.items() for code in codes.split()]
ALIASES = (
    "TOO_MANY_REQUESTS RATE_LIMIT_EXCEEDED API_LIMIT_EXCEEDED",
    "NO_PERMISSION PERMISSION_DENIED AUTHORIZATION_FAILED INSUFFICIENT_PRIVILEGE",
    "ALREADY_MODIFIED RECORD_MODIFIED",
    "INTERNAL_ERROR INTERNAL_SERVER_ERROR SERVICE_UNAVAILABLE",
    "FILE_SIZE_MORE_THAN_ALLOWED_SIZE FILE_TOO_LARGE FILE_SIZE_EXCEEDS",
    "RESOURCE_NOT_FOUND NOT_FOUND",
    "TERRITORY_NOT_ENABLED TERRITORY_DISABLED",
    "FEATURE_NOT_ENABLED CURRENCIES_NOT_ENABLED",
    "JSON_PARSE_ERROR REQUEST_BODY_NOT_READABLE REQUEST_BODY_IS_EMPTY",
)


def body(code: str) -> dict[str, object]:
    return {"code": code, "details": {}, "message": "what Zoho says", "status": "error"}


@pytest.mark.evidence("http.refusals")
@pytest.mark.parametrize(("code", "kind"), ALL)
def test_a_printed_code_has_one_exception_whatever_its_status_and_says_cause_and_fix(code, kind):
    for status in (200, 400, 403, 404):
        error = refusals.api_error(status, body(code), writes=True)
        assert type(error) is kind
        assert error.code == code
        assert "what Zoho says" in error.problem.message
        assert len(error.problem.next_step) > 20
        assert error.problem.not_done
    assert refusals.is_listed(body(code))


@pytest.mark.evidence(
    "codes.aliases-limits",
    "codes.aliases-permission",
    "codes.aliases-modified",
    "codes.aliases-fault",
    "codes.aliases-file-size",
    "codes.aliases-feature",
    "codes.aliases-body",
)
@pytest.mark.parametrize("codes", ALIASES)
def test_codes_that_mean_the_same_are_answered_the_same(codes):
    said = {refusals.api_error(400, body(code), writes=True).problem.next_step for code in codes.split()}
    assert len(said) == 1


@pytest.mark.evidence("codes.aliases-not-found", "http.path-index")
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, body("RECORD_NOT_FOUND")),
        (404, body("RESOURCE_NOT_FOUND")),
        (404, body("NOT_FOUND")),
        (400, {**body("INVALID_DATA"), "details": {"resource_path_index": 1}}),
        (404, body("")),
    ],
)
def test_what_is_not_there_is_one_exception_whoever_says_it(status, said):
    assert type(refusals.api_error(status, said, writes=False)) is NotFound


@pytest.mark.evidence("reliability.unique-field")
def test_a_duplicate_names_the_record_in_the_way_and_offers_its_update():
    owner = {"name": "Meera Rao", "id": "2", "zuid": "3"}
    record = {"id": "554023000000001234", "Owner": owner, "module": {"api_name": "Leads", "id": "4"}}
    details = {
        "api_name": "Email",
        "json_path": "$.data[0].Email",
        "id": record["id"],
        "duplicate_record": record,
    }
    error = refusals.api_error(400, {**body("DUPLICATE_DATA"), "details": details}, writes=True)
    assert type(error) is Conflict
    assert error.problem.next_step == (
        "Leads 554023000000001234, which belongs to Meera Rao, has this value of Email already:"
        " update that record instead, or give another value."
    )
    bare = {**body("DUPLICATE_DATA"), "details": {"id": "554023000000001234", "more_records": True}}
    assert "record 554023000000001234 has this value already (one of several)" in str(
        refusals.api_error(400, bare, writes=True)
    )
    assert "existing record" in str(refusals.api_error(400, body("DUPLICATE_DATA"), writes=True))


@pytest.mark.evidence("codes.aliases-token")
@pytest.mark.parametrize(
    "code", ["INVALID_TOKEN", "INVALID_OAUTHTOKEN", "invalid_token", "invalid_oauthtoken"]
)
def test_a_refused_token_is_known_by_each_of_its_names(code):
    assert refusals.is_token_refused(body(code))


@pytest.mark.evidence("codes.aliases-scope")
@pytest.mark.parametrize("code", ["OAUTH_SCOPE_MISMATCH", "INVALID_OAUTHSCOPE"])
def test_a_missing_scope_is_known_by_each_of_its_names(code):
    assert refusals.code_of(body(code)) in refusals.SCOPE_CODES


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (403, PermissionDenied),
        (404, NotFound),
        (405, InvalidRequest),
        (412, Conflict),
        (413, InvalidRequest),
        (415, InvalidRequest),
        (429, RateLimited),
        (500, ServerFault),
        (502, ServerFault),
        (503, ServerFault),
    ],
)
@pytest.mark.parametrize("code", ["SOMETHING_NEW", ""])
def test_an_unknown_code_is_judged_by_its_status(status, kind, code):
    error = refusals.api_error(status, body(code), writes=False)
    assert type(error) is kind
    assert error.problem.next_step
