"""Rolls packed into few bytes, and the step that packed those of older installations."""

import datetime
import uuid

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from attendance.models import RegisterRevision
from attendance.models.pupil_ids import pack, unpack
from tests.migrating import migrate

from ..world import build_world

IDS = st.lists(st.integers(min_value=0, max_value=2**63 - 1))


@given(IDS)
def test_ids_come_back_ascending_and_once(ids):
    assert unpack(pack(ids)) == sorted(set(ids))


@given(IDS.filter(bool))
def test_a_cut_list_is_refused_or_shorter_never_other(ids):
    packed = pack(ids)
    for end in range(len(packed)):
        try:
            found = unpack(packed[:end])
        except ValueError:
            continue
        assert found == sorted(set(ids))[: len(found)]
        assert len(found) < len(set(ids))


def test_a_class_of_thirty_takes_about_a_byte_for_each():
    assert len(pack(range(123_456, 123_486))) == 32


def test_no_id_is_negative():
    with pytest.raises(ValueError, match="-1"):
        pack([-1])


@pytest.mark.django_db(transaction=True)
def test_rolls_of_an_older_installation_are_packed(db):
    try:
        # With the models of today, which know columns that the older tables lack.
        world = build_world()
        older = migrate(("attendance", "0001_initial"))
        register = older.get_model("attendance", "Register").objects.create(
            school_id=world.school_a.pk,
            school_class_id=world.class_a.pk,
            date=world.today,
            session="am",
            state="taken",
            roll=3,
            first_sent_at=datetime.datetime.now(datetime.UTC),
            sent_at=datetime.datetime.now(datetime.UTC),
        )
        older.get_model("attendance", "RegisterRevision").objects.create(
            school_id=world.school_a.pk,
            register=register,
            number=1,
            operation_id=uuid.uuid4(),
            content_hash="0" * 64,
            state="taken",
            marks={"7": ["K", ""]},
            roll=[9, 7, 8],
            sent_by_id=world.teacher_a.pk,
            sent_at=datetime.datetime.now(datetime.UTC),
        )
    finally:
        call_command("migrate", verbosity=0)
    revision = RegisterRevision.objects.get()
    assert (revision.roll, revision.marks) == ([7, 8, 9], {"7": ["K", ""]})
