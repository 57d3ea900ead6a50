"""What stands between an idea and a write: plan, policy, approval, journal, undo. Knows plans, never an action."""
