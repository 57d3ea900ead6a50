"""Records with the official SDK: create, read, list, update, upsert, search, count, delete."""

from datetime import UTC, date, datetime

from link import choice, headers, main, new_ids, params, record, rows, sdk

LEAD = "Last_Name,First_Name,Company,Email,Lead_Status,Annual_Revenue,Owner,Created_Time,Tag,Email_Opt_Out"


def records(steps):
    leads = sdk("record.RecordOperations")("Leads")
    body = rows(
        record(
            Last_Name="Doe",
            First_Name="Ünal",
            Company="Acme",
            Email="doe@example.com",
            Lead_Status=choice("Contacted"),
            Annual_Revenue=120000.5,
            Email_Opt_Out=True,
        ),
        record(Last_Name="Roe", Company="Bolt", Email="roe@example.com"),
    )
    doe, roe = new_ids(steps.do("create", leads.create_records, body))
    steps.do("create refused", leads.create_records, rows(record(First_Name="Nobody", Company="Acme")))
    steps.do("get", leads.get_record, doe)
    steps.do("get one field", leads.get_record, doe, params("record.GetRecordParam", fields="Email"))
    steps.do("get unknown", leads.get_record, 123)
    listed = params(
        "record.GetRecordsParam", fields=LEAD, per_page=5, sort_by="Created_Time", sort_order="desc"
    )
    steps.do("list", leads.get_records, listed)
    steps.do("list without fields", leads.get_records, params("record.GetRecordsParam", per_page=5))
    changed = record(Lead_Status=choice("Lost Lead"), Description="called")
    steps.do("update", leads.update_record, doe, rows(changed))
    several = [record(id=doe, City="Bonn"), record(id=roe, City="Köln")]
    steps.do("update several", leads.update_records, rows(*several))
    upsert = rows(record(Last_Name="Doe", Company="Acme & Co", Email="doe@example.com"))
    upsert.set_duplicate_check_fields(["Email"])
    steps.do("upsert", leads.upsert_records, upsert)
    steps.do(
        "search",
        leads.search_records,
        params("record.SearchRecordsParam", criteria="(Email:equals:doe@example.com)"),
    )
    steps.do(
        "search email", leads.search_records, params("record.SearchRecordsParam", email="roe@example.com")
    )
    steps.do("search word", leads.search_records, params("record.SearchRecordsParam", word="Acme"))
    steps.do("search nothing", leads.search_records, params("record.SearchRecordsParam", word="zzzzqq"))
    steps.do("count", leads.record_count)
    steps.do("clone", leads.clone_record, doe)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    ahead = headers("record.GetRecordsHeader", if_modified_since=past)
    steps.do(
        "list since", leads.get_records, params("record.GetRecordsParam", fields="Email", per_page=1), ahead
    )
    steps.do("delete", leads.delete_record, roe)
    steps.do("delete several", leads.delete_records, params("record.DeleteRecordsParam", ids=str(doe)))
    steps.do(
        "deleted", leads.get_deleted_records, params("record.GetDeletedRecordsParam", type="all", per_page=5)
    )

    deals = sdk("record.RecordOperations")("Deals")
    accounts = sdk("record.RecordOperations")("Accounts")
    (acme,) = new_ids(
        steps.do("create account", accounts.create_records, rows(record(Account_Name="Acme GmbH")))
    )
    deal = record(
        Deal_Name="Pumps",
        Stage=choice("Qualification"),
        Closing_Date=date(2026, 12, 31),
        Amount=1000.0,
        Account_Name=record(id=acme),
        Pipeline=choice("Standard (Standard)"),
    )
    (pumps,) = new_ids(steps.do("create deal", deals.create_records, rows(deal)))
    steps.do("get deal", deals.get_record, pumps)

    events = sdk("record.RecordOperations")("Events")
    event = record(
        Event_Title="Visit",
        Start_DateTime=datetime(2026, 12, 1, 9, tzinfo=UTC),
        End_DateTime=datetime(2026, 12, 1, 10, tzinfo=UTC),
    )
    event.add_key_value("What_Id", record(id=pumps))
    event.add_key_value("$se_module", "Deals")
    (visit,) = new_ids(steps.do("create event", events.create_records, rows(event)))
    steps.do("get event", events.get_record, visit)
    tasks = sdk("record.RecordOperations")("Tasks")
    task = record(
        Subject="Ring back", Due_Date=date(2026, 12, 1), Status=choice("Not Started"), Priority=choice("High")
    )
    (ring,) = new_ids(steps.do("create task", tasks.create_records, rows(task)))
    steps.do("get task", tasks.get_record, ring)
    for module in (
        "Contacts",
        "Accounts",
        "Deals",
        "Tasks",
        "Events",
        "Calls",
        "Cases",
        "Products",
        "Campaigns",
        "Vendors",
        "Leads",
    ):
        operations = sdk("record.RecordOperations")(module)
        steps.do(
            f"list {module}",
            operations.get_records,
            params("record.GetRecordsParam", fields="Owner,Created_Time,Tag", per_page=2),
        )
        answer = steps.results[f"list {module}"].get("object") or {}
        first = (answer.get("data") or [{}])[0].get("id")
        if first:
            steps.do(f"get {module}", operations.get_record, first)


main(records)
