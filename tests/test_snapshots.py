"""The small province that most tests get is a copy, and as good as one that is built."""

import pytest
from django.apps import apps
from django.db import connection, transaction

from accounts.models import User
from schools.models import Pupil, SchoolClass
from tests.snapshots import Snapshot
from tests.world import build_world


def contents():
    """{model: sorted rows} of the whole database, without keys and without times of writing."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            names = [
                field.attname
                for field in model._meta.local_concrete_fields
                if not field.is_relation
                and not field.primary_key
                and field.name not in ("id", "history_date", "password")
            ]
            found[model._meta.label] = sorted(map(repr, model._base_manager.values_list(*names)))
    return found


def test_a_copy_is_what_the_builder_writes(db, today):
    small = Snapshot(build_world)
    with transaction.atomic():
        small()
        built = contents()
        transaction.set_rollback(True)
    small()
    copied = contents()
    assert copied == built
    assert sum(map(len, built.values())) > 100
    # Nothing hangs in the air.
    connection.check_constraints()


def test_each_test_has_objects_of_its_own(db, today):
    small = Snapshot(build_world)
    with transaction.atomic():
        small().class_a.name = "another"
        transaction.set_rollback(True)
    with transaction.atomic():
        small().class_a.name = "another"
        transaction.set_rollback(True)
    world = small()
    assert world.class_a.name == "6A"
    assert world.class_a == SchoolClass.objects.get(name="6A")
    assert world.class_a.school is world.site_a.school


def test_what_is_added_to_a_copy_gets_keys_of_its_own(world):
    last = Pupil.objects.latest("pk").pk
    added = Pupil.objects.create(full_name="Lù Thị Mẩy", sex="F", birth_date=world.since)
    assert added.pk > last
    assert User.objects.create_user("somebody", full_name="Somebody").pk > world.nobody.pk


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite counts from the rows")
def test_keys_that_were_set_back_go_on_beyond_a_copy(db, today):
    small = Snapshot(build_world)
    with transaction.atomic():
        last = small() and Pupil.objects.latest("pk").pk
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        for each in connection.introspection.get_sequences(cursor, Pupil._meta.db_table):
            cursor.execute("SELECT setval(%s, 1)", [each["name"]])
    world = small()
    added = Pupil.objects.create(full_name="Lù Thị Mẩy", sex="F", birth_date=world.since)
    assert added.pk > last


def test_a_builder_that_changes_what_was_there_is_refused(world):
    def rename():
        User.objects.filter(pk=world.nobody.pk).update(full_name="Another")

    with pytest.raises(AssertionError, match="accounts_user"):
        Snapshot(rename)()
