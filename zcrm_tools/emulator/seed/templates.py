"""Templates of the demo company: mails that salespeople send again and again, and how its orders are printed."""

from __future__ import annotations

from typing import Any


def templates(company: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "First answer to an enquiry",
            "module": "Leads",
            "subject": "Your question to " + company,
            "content": "<p>Dear ${!Leads.First_Name},</p><p>thank you for asking. How many rooms, fridges or vehicles would"
            " you like to watch over, and in how many places? With that I can send ${!Leads.Company} a price.</p>",
        },
        {
            "name": "Reminder: proposal",
            "module": "Deals",
            "subject": "${!Deals.Deal_Name}",
            "content": "<p>Hello,</p><p>have you had time to look at our proposal? It stands until"
            " ${!Deals.Closing_Date}. I am glad to go through it with you.</p>",
        },
        {
            "name": "Calibration is due",
            "module": "Contacts",
            "subject": "Calibration of your probes",
            "content": "<p>Dear ${!Contacts.First_Name},</p><p>your certificates run out in the next two months. Shall we"
            " plan the exchange of the probes?</p>",
        },
        {
            "name": "Quote, A4",
            "module": "Quotes",
            "kind": "inventory",
            "content": "<h1>${!Quotes.Subject}</h1><p>Valid until ${!Quotes.Valid_Till}</p><p>${!Quotes.Grand_Total}</p>",
        },
        {
            "name": "Invoice, A4",
            "module": "Invoices",
            "kind": "inventory",
            "content": "<h1>${!Invoices.Subject}</h1><p>Due ${!Invoices.Due_Date}</p><p>${!Invoices.Grand_Total}</p>",
        },
    ]
