"""The embedded server: what it does before it answers."""

import signal
import socket
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError

from lai_chau_edu.management.commands.serve import Command
from schools.areas.selectors.tree import AreaTree
from tests.world import MONDAY


@pytest.fixture
def handlers_kept():
    """Signal handlers as before: the command sets its own."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_taken_port_is_refused_with_another_to_try(handlers_kept, db):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"{port}.*--port {port + 1}"):
            call_command("serve", port=port)


def test_demo_is_never_written_beside_a_real_person(db):
    person = get_user_model().objects.create_user("that", full_name="Lò Văn Thật")
    Command(stdout=StringIO())._prepare(demo=True)
    assert list(get_user_model().objects.all()) == [person]
    assert len(AreaTree.on(MONDAY).communes()) == 38
