"""Zoho CRM's operations over one `Org`: reads, queries, and writes as frozen values. Whether a write may happen is `safety`'s to say."""
