"""A note's words change, and change back."""

from __future__ import annotations

import pytest

from zcrm_tools.client import AsyncClient
from zcrm_tools.crm import reads
from zcrm_tools.errors import InvalidInput


async def test_a_note_is_reworded_and_undone(crm: AsyncClient, some):
    (deal,) = await some("Deals")
    note = (await crm.add_note(module="Deals", record_id=deal, content="They sign on Friday.")).records[0].id
    done = await crm.update_note(note_id=note, content="They sign on Monday.")
    assert [(c.old, c.new) for c in done.records[0].changes] == [
        ("They sign on Friday.", "They sign on Monday.")
    ]
    await crm.undo_change(change_id=done.records[0].change_id)
    found = await reads.get(crm.org, "Notes", note)
    assert found is not None
    assert found["Note_Content"] == "They sign on Friday."
    with pytest.raises(InvalidInput, match="Neither content nor title"):
        await crm.update_note(note_id=note)
