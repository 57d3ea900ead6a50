"""The v7 SDK's everyday calls. It has the v8 SDK's package name and shapes, so its scripts share `v8/link.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "v8"))

from link import choice, made, main, new_ids, params, record, rows, sdk


def smoke(steps):
    leads = sdk("record.RecordOperations")("Leads")
    body = rows(
        record(Last_Name="Seven", Company="Acme", Email="seven@example.com", Lead_Status=choice("Contacted"))
    )
    (lead,) = new_ids(steps.do("create", leads.create_records, body))
    steps.do("get", leads.get_record, lead)
    steps.do(
        "list", leads.get_records, params("record.GetRecordsParam", fields="Last_Name,Owner", per_page=3)
    )
    steps.do("update", leads.update_record, lead, rows(record(City="Bonn")))
    steps.do("search", leads.search_records, params("record.SearchRecordsParam", email="seven@example.com"))
    query = made(
        "coql.BodyWrapper", select_query="select Last_Name from Leads where Last_Name = 'Seven' limit 1"
    )
    steps.do("coql", sdk("coql.CoqlOperations")().get_records, query)
    steps.do("modules", sdk("modules.ModulesOperations")().get_modules)
    steps.do(
        "fields", sdk("fields.FieldsOperations")().get_fields, params("fields.GetFieldsParam", module="Leads")
    )
    steps.do("refused", leads.create_records, rows(record(Company="Acme")))
    steps.do("delete", leads.delete_record, lead)


main(smoke)
