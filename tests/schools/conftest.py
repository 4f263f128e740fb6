"""Fixtures of the tests of schools."""

import pytest

from schools.signals import enrolments_changed


@pytest.fixture
def roll_news():
    """What `enrolments_changed` said during the test: (class ids, start, end)."""
    received = []

    def receive(sender, school_class_ids, start, end, **kwargs):
        received.append((sorted(school_class_ids), start, end))

    enrolments_changed.connect(receive)
    yield received
    enrolments_changed.disconnect(receive)
