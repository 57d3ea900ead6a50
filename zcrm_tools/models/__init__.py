"""What Zoho's answers are read into: pydantic for metadata and grants, a light mapping for records, dataclasses in `unified`."""
