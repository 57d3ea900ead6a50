"""Signing in to Zoho and staying signed in: flows, stores for secrets, tokens kept fresh. Knows no CRM call."""
