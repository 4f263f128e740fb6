"""Many tables in one operation of a migration."""

import pytest
from django.db import connection, models
from django.db.migrations.operations import AddField, CreateModel
from django.db.migrations.state import ProjectState

from core.many_tables import CreateTables


def model(name, *fields, **options):
    return CreateModel(name, [("id", models.AutoField(primary_key=True)), *fields], options)


def reference(to):
    return ("to", models.ForeignKey(f"nowhere.{to}", models.CASCADE))


# The first refers to the second, which is not there yet.
OPERATIONS = [model("First", reference("Second")), model("Second", ("name", models.TextField()))]
NAMES = {"nowhere_first", "nowhere_second"}


def tables():
    return NAMES & set(connection.introspection.table_names())


@pytest.mark.django_db(transaction=True)
def test_tables_are_made_and_taken_away_with_those_they_refer_to():
    operation = CreateTables(OPERATIONS)
    before, after = ProjectState(), ProjectState()
    operation.state_forwards("nowhere", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("nowhere", editor, before, after)
    try:
        assert tables() == NAMES
        first, second = (after.apps.get_model("nowhere", name) for name in ("First", "Second"))
        first.objects.create(to=second.objects.create(name="x"))
    finally:
        with connection.schema_editor() as editor:
            operation.database_backwards("nowhere", editor, after, before)
    assert tables() == set()


def test_models_that_were_rendered_know_the_new_ones():
    state = ProjectState()
    assert not state.apps.get_models()
    CreateTables(OPERATIONS).state_forwards("nowhere", state)
    assert {each.__name__ for each in state.apps.get_models()} == {"First", "Second"}


def test_nothing_but_tables():
    with pytest.raises(TypeError, match="CreateModel alone"):
        CreateTables([*OPERATIONS, AddField("First", "more", models.TextField(default=""))])
