"""The tasks, by what they are about. Each is one function: look the org over, plant what is needed, tell the story."""

from importlib import import_module


def load() -> None:
    """Fill `crm_evals.task.TASKS`."""
    for name in ("questions", "leads", "deals", "activities", "housekeeping", "care"):
        import_module(f"crm_evals.tasks.{name}")
