"""The v2 SDK's everyday calls. Its package is `zcrmsdk`, and it wants to know the user before anything else."""

import json
import logging
import sys
import tempfile
from importlib import import_module

BASE = "zcrmsdk.src.com.zoho.crm.api"


def sdk(path):
    package, _, name = path.rpartition(".")
    return getattr(import_module(f"{BASE}.{package}"), name)


def connect(given, folder):
    from zcrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
    from zcrmsdk.src.com.zoho.api.authenticator.store import FileStore
    from zcrmsdk.src.com.zoho.crm.api.dc import DataCenter
    from zcrmsdk.src.com.zoho.crm.api.initializer import Initializer
    from zcrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
    from zcrmsdk.src.com.zoho.crm.api.user_signature import UserSignature

    Initializer.initialize(
        user=UserSignature("somebody@example.com"),
        environment=DataCenter.Environment(
            given["url"], given["accounts_url"] + "/oauth/v2/token", given["url"], "emulator"
        ),
        token=OAuthToken(
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            refresh_token=given["refresh_token"],
        ),
        store=FileStore(f"{folder}/tokens.txt"),
        sdk_config=SDKConfig(),
        resource_path=folder,
    )


def record(**values):
    built = sdk("record.Record")()
    for name, value in values.items():
        built.add_key_value(name, value)
    return built


def rows(*given):
    body = sdk("record.BodyWrapper")()
    body.set_data(list(given))
    return body


def params(operation, **values):
    built = sdk("parameter_map.ParameterMap")()
    for name, value in values.items():
        built.add(getattr(sdk(operation), name), value)
    return built


def told(answer):
    """The parts of an answer that the tests judge."""
    found = answer.get_object()
    items = found.get_data() if found is not None and hasattr(found, "get_data") else []
    shown = []
    for item in items:
        if hasattr(item, "get_key_values"):
            shown.append(
                {
                    "is": type(item).__name__,
                    **{k: str(v) for k, v in item.get_key_values().items() if v is not None},
                }
            )
        else:
            shown.append(
                {
                    "is": type(item).__name__,
                    "code": item.get_code().get_value(),
                    "id": str((item.get_details() or {}).get("id")),
                }
            )
    return {"status": answer.get_status_code(), "object": {"is": type(found).__name__, "data": shown}}


def main():
    given = json.load(sys.stdin)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        connect(given, folder)
        logging.disable(logging.NOTSET)
        leads = sdk("record.RecordOperations")()
        choice = sdk("util.Choice")

        body = rows(
            record(Last_Name="Two", Company="Acme", Email="two@example.com", Lead_Status=choice("Contacted"))
        )
        results["create"] = told(leads.create_records("Leads", body))
        lead = int(results["create"]["object"]["data"][0]["id"])
        results["get"] = told(leads.get_record(lead, "Leads"))
        results["list"] = told(leads.get_records("Leads", params("record.GetRecordsParam", per_page=3)))
        results["update"] = told(leads.update_record(lead, "Leads", rows(record(City="Bonn"))))
        results["search"] = told(
            leads.search_records("Leads", params("record.SearchRecordsParam", email="two@example.com"))
        )
        query = sdk("query.BodyWrapper")()
        query.set_select_query("select Last_Name from Leads where Last_Name = 'Two' limit 1")
        results["coql"] = told(sdk("query.QueryOperations")().get_records(query))
        results["refused"] = told(
            leads.create_records("Leads", rows(record(Last_Name="x" * 300, Company="Acme")))
        )
        results["delete"] = told(leads.delete_record(lead, "Leads"))
    json.dump(results, sys.stdout)


main()
