"""Running the model: each example in a savepoint of its own."""

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .model import Morning


def run(world, server, *, examples, steps, calm=False):
    """Run the model; raises AssertionError when an example breaks an invariant."""

    class Rolled(Morning):
        def __init__(self):
            self.savepoint = transaction.savepoint()
            self.world, self.make_server, self.calm = world, server, calm
            super().__init__()

        def teardown(self):
            try:
                super().teardown()
            finally:
                transaction.savepoint_rollback(self.savepoint)

    run_state_machine_as_test(
        Rolled,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
