"""The settings of the fault tests, with hostile jobs among the known ones."""

from tests.faults.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.hostile"]  # noqa: F405
