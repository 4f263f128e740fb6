"""Grounds and processes of the fault tests; none touches the database of the suite."""

import os
import random

import pytest

from tests.faults import processes
from tests.faults.scenario import ask

CYCLES = int(os.environ.get("FAULT_CYCLES", "1"))


def pytest_collection_modifyitems(items):
    """Everything here starts processes of its own and is chosen by its mark."""
    for item in items:
        if item.path.is_relative_to(processes.ROOT / "tests" / "faults"):
            item.add_marker(pytest.mark.faults)


@pytest.fixture(autouse=True)
def seed(request):
    """Random moments, told so that a failure can be tried again with FAULT_SEED."""
    seed = os.environ.get("FAULT_SEED") or str(random.randrange(10**6))
    random.seed(seed)
    print(f"FAULT_SEED={seed} FAULT_CYCLES={CYCLES}")  # noqa: T201


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL of our own."""
    postgres = processes.Postgres()
    yield postgres
    postgres.stop()


@pytest.fixture(scope="session")
def template(cluster, tmp_path_factory):
    """The ground, made once: (name of the database, what `ground.make` answered)."""
    folder = tmp_path_factory.mktemp("template")
    env = processes.environment(cluster.create("ground"), folder)
    return "ground", ask(env, "make")


@pytest.fixture
def database(cluster, template, request):
    """A fresh copy of the ground: (address, what `ground.make` answered)."""
    name, ground = template
    copy = "f" + "".join(letter for letter in request.node.name.lower() if letter.isalnum())
    return cluster.create(copy[:60], template=name), ground


@pytest.fixture
def run(request):
    """Function: start a process that is killed at the end of the test."""

    def start(process):
        request.addfinalizer(process.kill)
        return process.start()

    return start


@pytest.fixture
def redis(run, tmp_path):
    """A Redis of our own."""
    return run(processes.Redis(tmp_path))
