"""Zoho's calls, a subject a file. A file's `routes` are found by themselves; each needs its line in `needs` as well."""
