"""Realistic tasks for an assistant on the demo org, each with a checker of what it left behind and what it said."""
