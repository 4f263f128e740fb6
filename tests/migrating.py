"""Going to a state of the tables in the middle of what squashed migrations replace."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from operations.backup.migration_state import SingleStepLoader


def migrate(*targets):
    """Bring the suite's database to (app, name) of each target; returns the models of then.

    `call_command("migrate")` brings it back to the newest.
    """
    executor = MigrationExecutor(connection)
    executor.loader = SingleStepLoader(connection)
    executor.migrate(list(targets))
    return executor.loader.project_state(list(targets)).apps
