"""The page of events: who reads which, and in which words."""

import pytest
from django.urls import reverse

from core import events
from core.models import Event
from schools.models import Enrolment

SEEN = events.declare("test.seen", "Seen")


@pytest.fixture
def told(world):
    """One event of the province, of each school, of a child of school A, and of no place."""
    pupil = Enrolment.objects.filter(school=world.school_a).first().pupil
    events.record(SEEN, by=world.province_officer, name="tỉnh", area=world.province.pk)
    events.record(SEEN, by=world.head_a, name="trường A", school=world.school_a.pk)
    events.record(SEEN, by=world.head_b, name="trường B", school=world.school_b.pk)
    events.record(SEEN, by=world.head_a, about=pupil, name="em", school=world.school_a.pk)
    events.record(SEEN, by=None, name="đêm")
    return world


def names(client, **query):
    page = client.get(reverse("schools:events"), query).context["page"]
    return sorted(each.object_name for each in page.object_list)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("head_a", ["em", "trường A"]),
        ("head_b", ["trường B"]),
        ("commune_officer", ["em", "trường A"]),
        ("district_officer", ["trường A"]),
        ("province_officer", ["trường A", "trường B", "tỉnh"]),
        ("system_admin", ["em", "trường A", "trường B", "tỉnh", "đêm"]),
    ],
)
def test_everybody_reads_what_belongs_to_their_places(told, sign_in, person, expected):
    assert names(sign_in(getattr(told, person))) == expected


def test_the_list_is_narrowed_by_kind_person_days_and_thing(told, sign_in):
    client = sign_in(told.system_admin)
    assert names(client, kind="page.refused") == []
    assert names(client, who="nobody of this name") == []
    assert names(client, who=told.head_b.full_name) == ["trường B"]
    assert names(client, first="13/10/2026") == []
    assert len(names(client, first="12/10/2026", last="12/10/2026")) == 5
    pupil = Event.objects.get(object_name="em")
    assert names(client, part_of=pupil.part_of) == ["em"]
    assert names(client, part_of="'; --") == names(client)
