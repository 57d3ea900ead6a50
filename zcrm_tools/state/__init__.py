"""What must outlive a process, in SQLite: plans, journal, audit log, shares. JSON in rows; what it means is `safety`'s."""
