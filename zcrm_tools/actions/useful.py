"""Which fields of a record a reader wants first, and which only Zoho's own machinery does."""

from __future__ import annotations

from collections.abc import Iterable

from zcrm_tools.models.record import naming_field

USEFUL: dict[str, tuple[str, ...]] = {
    "Leads": ("Company", "Email", "Phone", "Lead_Status", "Owner"),
    "Contacts": ("Account_Name", "Email", "Phone", "Title", "Owner"),
    "Accounts": ("Industry", "Phone", "Website", "Owner"),
    "Deals": ("Stage", "Amount", "Closing_Date", "Account_Name", "Owner"),
    "Tasks": ("Status", "Priority", "Due_Date", "What_Id", "Who_Id", "Owner"),
    "Events": ("Start_DateTime", "End_DateTime", "Venue", "What_Id", "Who_Id", "Owner"),
    "Calls": ("Call_Type", "Call_Start_Time", "Call_Duration", "Call_Result", "What_Id", "Who_Id", "Owner"),
    "Cases": ("Status", "Priority", "Account_Name", "Owner"),
    "Notes": ("Note_Content", "Owner", "Created_Time"),
    "Attachments": ("File_Name", "Size", "Created_By", "Created_Time"),
    "Products": ("Product_Code", "Unit_Price", "Qty_in_Stock", "Product_Active"),
    "Campaigns": ("Type", "Status", "Start_Date", "End_Date"),
    "Quotes": ("Quote_Stage", "Valid_Till", "Grand_Total"),
    "Sales_Orders": ("Status", "Due_Date", "Grand_Total"),
    "Purchase_Orders": ("Status", "Due_Date", "Grand_Total"),
    "Invoices": ("Status", "Due_Date", "Grand_Total"),
}
"""Beside id and name."""

MACHINERY = frozenset({
    "Created_By", "Modified_By", "Change_Log_Time__s", "Layout", "Record_Status__s", "Record_Image",
    "Last_Enriched_Time__s", "Enrich_Status__s", "Wizard", "Data_Source", "Territories", "Lead_Conversion_Time",
    "Full_Name", "Exchange_Rate",
})  # fmt: skip
"""Left out of a concise record; detail=full has them."""


def columns(module: str, known: Iterable[str]) -> tuple[str, ...]:
    """A useful few of the fields that the module has, its name first."""
    there = frozenset(known)
    wanted = (naming_field(module), *USEFUL.get(module, ("Owner", "Modified_Time")))
    return tuple(name for name in wanted if name in there)
