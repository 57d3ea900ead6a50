"""The composition root: settings → a connected client, live or on the emulator. The only floor that knows both."""

from __future__ import annotations
