"""After a test that committed the database is as the migrations left it."""

import pytest
from django.db import DatabaseError, transaction

from accounts.events import PASSWORD_RESET
from core.events import record
from core.models import Event, Rule
from tests.snapshots import stored_rows
from tests.world import build_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_added_changed_and_removed_is_undone(django_db_setup, today):
    django_db_setup.put_back()
    before = stored_rows()
    assert sum(map(len, before.values())) > 100
    build_world()
    changed, removed = Rule.objects.order_by("pk")[:2]
    Rule.objects.filter(pk=changed.pk).update(value=123456)
    removed.delete()
    django_db_setup.put_back()
    assert stored_rows() == before


def test_append_only_tables_refuse_again_and_keys_go_on(django_db_setup, today):
    build_world()
    django_db_setup.put_back()
    world = build_world()
    event = record(PASSWORD_RESET, by=None, about=world.head_a)
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk)._raw_delete("default")
    last = Rule.objects.latest("pk").pk
    assert Rule.objects.create(key="nothing", value=1, valid_from=today).pk > last
