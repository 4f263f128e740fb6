"""How much of what hardly depends on the database this run does."""

import os

from django.db import connection

# All of it on the database of a province, and wherever no run on that one follows (run.py);
# elsewhere a sample, which finds what is that other database's own.
WHOLE = connection.vendor == "postgresql" or "TEST_WHOLE" in os.environ
# What a landing asks, and not all there is (tests/drawn.py).
IS_SHORT = "TEST_DRAW" in os.environ
