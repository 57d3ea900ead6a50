"""COQL, notes, tags, related lists, files and photos through Zoho's own Python SDK for v8."""

from __future__ import annotations

import pytest


@pytest.fixture
def beside(sdk):
    return sdk("v8", "beside")


def test_the_sdk_logs_no_complaint(beside):
    assert beside.steps["complaints"] == []


def test_coql_selects_joins_groups_and_refuses(beside):
    (lead,) = beside.data("coql")
    assert lead["Last_Name"] == "Doe"
    assert "at" in lead["Created_Time"]
    joined = beside.data("coql join")
    assert len(joined) == 2
    assert all(row["Account_Name.Account_Name"] and row["Amount"] > 1 for row in joined)
    grouped = beside.data("coql group")
    assert len({row["Stage"] for row in grouped}) == len(grouped) > 3
    assert beside.ok("coql nothing", 204) is None
    assert beside.refused("coql wrong", "INVALID_QUERY")["column_name"] == "Last_Nam"
    assert beside.refused("coql unparsable", "SYNTAX_ERROR")["line"] == 1


def test_notes_are_created_read_listed_updated_and_deleted(beside):
    (created,) = beside.data("create note", 201)
    (note,) = beside.data("get note")
    assert (note["note_title"], note["note_content"]) == ("Call", "They want pumps")
    assert note["parent_id"]["module"]["api_name"] == "Leads"
    assert len(beside.data("list notes")) == 2
    beside.data("update note")
    assert [found["Note_Content"] for found in beside.data("notes of lead")] == ["They want valves"]
    beside.data("delete note")
    assert beside.org.record("Notes", created["details"]["id"]) is None


def test_tags_are_made_put_on_records_counted_renamed_merged_and_deleted(beside):
    assert [tag["is"] for tag in beside.ok("create tags", 201)["tags"]] == ["SuccessResponse"] * 2
    assert {"Hot", "Cold"} <= {tag["name"] for tag in beside.ok("list tags")["tags"]}
    for step in ("tag record", "tag records", "untag record"):
        assert all(item["is"] != "APIException" for item in beside.ok(step)["data"]), step
    (lead,) = beside.data("get tagged")
    assert {tag["name"] for tag in lead["Tag"]} == {"Hot", "Cold"}
    assert int(beside.ok("count tag")["count"]) == 1
    for step in ("update tag", "merge tags", "delete tag"):
        assert all(item["is"] != "APIException" for item in beside.ok(step)["tags"]), step


def test_related_records_are_read_linked_and_unlinked(beside):
    assert [row["Last_Name"] for row in beside.data("contacts of account")] == ["Kraft"]
    assert beside.ok("deals of account", 204) is None
    beside.data("link product")
    assert [row["Product_Name"] for row in beside.data("products of contact")] == ["Pump"]
    beside.data("unlink product")


def test_attachments_go_up_and_come_down_as_they_were(beside):
    beside.data("attach")
    (listed,) = beside.data("attachments")
    assert listed["file_name"] == "offer.txt"
    assert beside.ok("download attachment")["file"]["text"] == "an offer"
    beside.data("delete attachment")
    beside.data("attach link")


def test_files_and_photos_go_up_and_come_down_as_they_were(beside):
    beside.data("upload file")
    assert beside.ok("download file")["file"]["text"] == "a plan"
    assert beside.ok("upload photo")["is"] == "SuccessResponse"
    assert beside.ok("photo")["file"]["text"].startswith("\x89PNG")
    assert beside.ok("delete photo")["is"] == "SuccessResponse"


def test_the_recycle_bin_is_listed(beside):
    assert beside.steps["recycle bin"]["status"] in (200, 204)
    assert "error" not in beside.steps["recycle bin"]


def test_contacts_have_roles_in_deals(beside):
    assert beside.data("contact role of deal")[0]["code"] == "SUCCESS"
    (contact,) = beside.data("contact roles of deal")
    assert contact["Contact_Role"]["name"]


def test_the_timeline_tells_what_was_done_to_the_lead(beside):
    told = beside.ok("timeline")["timeline"]
    assert "added" in {entry["action"] for entry in told}
    assert all(entry["done_by"]["name"] for entry in told)
