"""Bodies of every kind sent to the actions on records: answered or refused, never an error of our own."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEYS = st.sampled_from(
    "id ids cvid owner data merge _fields master_record_fields api_name filters group group_operator field comparator"
    " value territory include_child criteria Deals Accounts Contacts assign_to carry_over_tags move_attachments_to"
    " related_modules Deal_Name Stage Pipeline Closing_Date Last_Name Tag restore_all_records overwrite".split()
)
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["equal", "module", "AND"])
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(KEYS, VALUES, max_size=6)
DEAL = {
    "Deal_Name": "D",
    "Stage": "Qualification",
    "Pipeline": "Standard (Standard)",
    "Closing_Date": "2026-12-01",
}
PATHS = (
    "/Leads/{smith}/actions/convert",
    "/Leads/actions/mass_convert",
    "/Leads/{smith}/actions/clone",
    "/Deals/actions/mass_update",
    "/Leads/actions/mass_delete",
    "/Leads/actions/change_owner",
    "/Leads/{smith}/actions/change_owner",
    "/Leads/actions/mass_change_owner",
    "/Leads/{smith}/actions/merge",
    "/settings/recycle_bin/actions/restore",
)


@given(body=BODIES, path=st.sampled_from(PATHS), named=st.sampled_from(["smith", "seller", "task"]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_body_is_answered_or_refused(api, body, path, named):
    lead, view = str(api.ids["smith"]), str(api.emulator.store.modules["Leads"].view_id)
    real = {"id": lead, "cvid": view, "ids": [str(api.ids[named])], "api_name": "Contacts", "Deals": DEAL}
    filled = {name: real.get(name, value) for name, value in body.items()}
    for sent in (body, filled, {"owner": {"id": str(api.ids["seller"])}, **filled}):
        reply = await api.call("POST", path.format(smith=lead), json=sent)
        assert reply.status_code < 500
        assert reply.json()
