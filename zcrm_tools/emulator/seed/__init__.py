"""The demo org: a believable company, made up from a number. It knows the schema and nothing else."""

from zcrm_tools.emulator.seed.demo import DemoOrg, demo_org

__all__ = ["DemoOrg", "demo_org"]
