"""A small org: the modules and fields that Zoho's examples name."""

from __future__ import annotations

import pytest
from hypothesis import settings

from zcrm_tools.coql.schema import Choice, FieldView, KnownModule, KnownSchema, known_module

settings.register_profile("shared machines", deadline=None)
settings.load_profile("shared machines")


def field(api_name, data_type="text", **more):
    return FieldView(api_name, api_name.removesuffix("__s").replace("_", " "), data_type, **more)


def lookup(api_name, module, **more):
    return field(api_name, "lookup", lookup_module=module, **more)


def owner(api_name="Owner"):
    return FieldView(api_name, f"{api_name} Name", "ownerlookup", lookup_module="Users")


def choices(*values):
    return tuple(Choice(*value) if isinstance(value, tuple) else Choice(value, value) for value in values)


LEAD_SOURCES = choices(
    "-None-",
    "Advertisement",
    "Cold Call",
    "Partner",
    ("OnlineStore", "Online Store"),
    ("Twitter", "X (Twitter)"),
    "Trade Show",
    "Chat",
)
STAGES = choices("Qualification", "Needs Analysis", "Negotiation/Review", "Closed Won", "Closed Lost")
RELATED = ("Accounts", "Deals", "Leads", "Contacts")


def module(api_name, *fields, name):
    standard = (
        field("id", "bigint"),
        owner(),
        field("Created_Time", "datetime"),
        field("Modified_Time", "datetime"),
    )
    return known_module(api_name, [*standard, *fields], name_field=name)


MODULES = (
    module(
        "Leads",
        *map(field, ("First_Name", "Last_Name", "Full_Name", "Company", "De1")),
        field("Email", "email"),
        field("Annual_Revenue", "currency"),
        field("No_of_Employees", "integer"),
        field("Lead_Source", "picklist", choices=LEAD_SOURCES),
        field("Lead_Status", "picklist", choices=choices("Contacted", "Not Contacted", "Junk Lead")),
        field("Industry", "picklist", choices=choices("ERP", "Government/Military", "Service Provider")),
        field("Description", "textarea"),
        field("Converted__s", "boolean"),
        field("Record_Image", "profileimage"),
        field("Last_Note_Added", "rollup_summary", return_type="text"),
        field("Last_Note_Added_On", "rollup_summary", return_type="datetime"),
        field("Contacts", "multiselectlookup"),
        field("Secret", "text", encrypted=True),
        field("Score", "formula", return_type="double"),
        name="Full_Name",
    ),
    module(
        "Contacts",
        *map(field, ("First_Name", "Last_Name", "Full_Name", "Department", "External")),
        field("Email", "email"),
        field("Phone", "phone"),
        field("Lead_Source", "picklist", choices=LEAD_SOURCES),
        field("Languages_Known", "multiselectpicklist", choices=choices("English", "German", "Tamil")),
        field("Days_Visited", "integer"),
        field("Date_of_Birth", "date"),
        lookup("Account_Name", "Accounts"),
        lookup("Vendor_Name", "Vendors"),
        field("Territories", "territories"),
        field("Data_Processing_Basis_Details", "consent_lookup"),
        name="Full_Name",
    ),
    module(
        "Accounts",
        field("Account_Name"),
        field("Phone", "phone"),
        field("Account_Type", "picklist", choices=choices("Analyst", "Customer", "Partner")),
        lookup("Parent_Account", "Accounts"),
        field("Annual_Revenue", "currency"),
        field("Territories", "territories"),
        name="Account_Name",
    ),
    module(
        "Deals",
        field("Deal_Name"),
        field("Amount", "currency"),
        field("Stage", "picklist", choices=STAGES, closed=True),
        field("Closing_Date", "date"),
        field("Probability", "integer"),
        lookup("Account_Name", "Accounts"),
        lookup("Contact_Name", "Contacts"),
        name="Deal_Name",
    ),
    module("Vendors", field("Vendor_Name"), name="Vendor_Name"),
    module(
        "Products",
        field("Product_Name"),
        field("Product_Code"),
        field("Product_Active", "boolean"),
        name="Product_Name",
    ),
    module(
        "Campaigns",
        field("Campaign_Name"),
        field("Start_Date", "date"),
        field("End_Date", "date"),
        name="Campaign_Name",
    ),
    module(
        "Tasks",
        field("Subject"),
        field("What_Id", "multi_module_lookup", targets=RELATED),
        lookup("Who_Id", "Contacts"),
        name="Subject",
    ),
    module(
        "Events",
        field("Event_Title"),
        field("What_Id", "multi_module_lookup", targets=RELATED),
        field("Participants", "participants"),
        name="Event_Title",
    ),
    module(
        "Calls",
        field("Subject"),
        field("Call_Type", "picklist", choices=choices("Outbound", "Inbound", "Missed")),
        field("Call_Start_Time", "datetime"),
        field("Call_Duration"),
        field("What_Id", "multi_module_lookup", targets=RELATED),
        lookup("Who_Id", "Contacts"),
        name="Subject",
    ),
    module("Services", field("VisitedDateTime", "datetime"), name=""),
    module(
        "Appointments__s",
        field("Appointment_For", "multi_module_lookup", targets=("Contacts", "Leads")),
        name="",
    ),
)
LABELS = {"Deals": ("Deal", "Deals"), "Leads": ("Lead", "Leads"), "Quotes": ("Quote", "Quotes")}


@pytest.fixture(scope="session")
def schema() -> KnownSchema:
    modules: dict[str, KnownModule] = {each.api_name: each for each in MODULES}
    return KnownSchema(modules, {**dict.fromkeys(modules, ()), **LABELS})
