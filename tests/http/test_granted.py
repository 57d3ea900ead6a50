"""What a sign-in is known to be allowed, where Zoho's refusals are all that tells."""

from __future__ import annotations

from zcrm_tools.http.granted import Granted


async def test_a_call_that_no_table_knows_may_be_refused_too():
    granted = Granted(None, None)
    assert await granted.refused(()) == ()
    assert granted.missing(()) == ()
