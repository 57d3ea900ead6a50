"""Zoho CRM for AI assistants, notebooks and scripts. Names are loaded when first used (PEP 562)."""

from __future__ import annotations

__version__ = "0.1.0"
