"""An error as other programs see it: in a pool of processes, a log, a notebook."""

from __future__ import annotations

import copy
import pickle

import pytest

from zcrm_tools import coql, errors
from zcrm_tools.errors import ApiError, Problem, ScopeMissing, ZcrmError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ZcrmError)]


def made(kind: type[ZcrmError]) -> ZcrmError:
    problems = (
        Problem("CODE", "It was wrong.", field="Email", allowed=("a", "b")),
        Problem("OTHER", "So was this."),
    )
    if issubclass(kind, ApiError):
        return kind(*problems, status=429, details={"api_name": "Email"})
    return kind(*problems, missing=("A.b.READ",)) if issubclass(kind, ScopeMissing) else kind(*problems)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "through", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy], ids=["pickle", "copy"]
)
def test_an_error_comes_out_of_another_process_as_it_went_in(kind, through):
    """A worker whose error cannot be read takes the whole pool with it."""
    sent = made(kind)
    sent.add_note("It was tried 4 times.")
    came = through(sent)
    assert type(came) is kind
    assert (came.problems, str(came), vars(came)) == (sent.problems, str(sent), vars(sent))


def test_a_fault_in_a_query_comes_out_of_another_process_too():
    with pytest.raises(coql.CoqlError) as refused:
        coql.parse("select from Leads")
    came = pickle.loads(pickle.dumps(refused.value))
    assert str(came) == str(refused.value)
    assert came.diagnostic == refused.value.diagnostic
