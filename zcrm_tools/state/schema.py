"""The tables, as numbered steps: a file of any earlier version is brought up to date when it is opened."""

from __future__ import annotations

MIGRATIONS = (
    """
    CREATE TABLE plan (
        id TEXT PRIMARY KEY, profile TEXT NOT NULL, action TEXT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, state TEXT NOT NULL, approved_by TEXT NOT NULL, receipt TEXT
    ) STRICT;
    CREATE INDEX plan_digest ON plan (digest, created_at);
    CREATE INDEX plan_state ON plan (profile, state);
    CREATE TABLE change (
        id TEXT PRIMARY KEY, plan TEXT NOT NULL REFERENCES plan (id), profile TEXT NOT NULL, at TEXT NOT NULL,
        action TEXT NOT NULL, kind TEXT NOT NULL, module TEXT NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL,
        before TEXT NOT NULL, after TEXT NOT NULL, outcome TEXT NOT NULL, undone_by TEXT NOT NULL
    ) STRICT;
    CREATE INDEX change_profile ON change (profile);
    """,
    """
    ALTER TABLE plan ADD COLUMN claimed_at TEXT;
    CREATE INDEX change_record ON change (profile, module, record);
    CREATE TABLE slot (
        profile TEXT NOT NULL, kind TEXT NOT NULL, holder TEXT NOT NULL, places INTEGER NOT NULL,
        wanted INTEGER NOT NULL, until REAL NOT NULL, PRIMARY KEY (profile, kind, holder)
    ) STRICT;
    CREATE TABLE credit (
        profile TEXT NOT NULL, hour INTEGER NOT NULL, spent INTEGER NOT NULL, PRIMARY KEY (profile, hour)
    ) STRICT;
    """,
    """
    CREATE TABLE source (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL, purpose TEXT NOT NULL, place TEXT NOT NULL, digest TEXT NOT NULL
    ) STRICT;
    CREATE INDEX source_place ON source (profile, purpose, place);
    CREATE INDEX source_digest ON source (profile, purpose, digest);
    CREATE TABLE source_row (
        source INTEGER NOT NULL REFERENCES source (id), row TEXT NOT NULL, plan TEXT NOT NULL, place INTEGER NOT NULL,
        PRIMARY KEY (source, row)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
    """,
    """
    ALTER TABLE plan ADD COLUMN principal TEXT NOT NULL DEFAULT '';
    ALTER TABLE change ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX change_plan ON change (plan);
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, profile TEXT NOT NULL, decision TEXT NOT NULL, outcome TEXT NOT NULL,
        action TEXT NOT NULL, plan TEXT NOT NULL, principal TEXT NOT NULL, client TEXT NOT NULL, digest TEXT NOT NULL,
        records TEXT NOT NULL, "values" TEXT, values_digest TEXT NOT NULL, previous TEXT NOT NULL, seal TEXT NOT NULL
    ) STRICT;
    """,
    """
    ALTER TABLE plan ADD COLUMN client TEXT NOT NULL DEFAULT '';
    ALTER TABLE plan ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX plan_claimed ON plan (profile, claimed_at);
    """,
    """
    ALTER TABLE plan ADD COLUMN origin TEXT NOT NULL DEFAULT '';
    CREATE INDEX plan_origin ON plan (origin);
    """,
)
"""Numbered by position; a released one is never edited."""
