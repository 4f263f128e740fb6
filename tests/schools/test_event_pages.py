"""The page of events: who reads which, and in which words."""

import datetime
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from attendance.models import Closure
from core import events
from core.models import Event
from reports.models import Target
from schools.models import Enrolment
from tests.html_query import read
from tests.permission_table import own_objects

DAY = datetime.timedelta(days=1)
EVENTS = reverse("schools:events")
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


# Pages on which a decision is shown, who may read its events, and the object of the table.
SHOWN_ON = {
    "attendance:closure": ("head_a", "attendance.closure", "closure"),
    "attendance:frames": ("head_a", "attendance.yearframe", "frame"),
    "attendance:reopenings": ("head_a", "attendance.reopening", "reopening"),
    "inspections:committee": ("province_officer", "inspections.committee", "committee"),
    "inspections:plan": ("province_officer", "inspections.inspectionplan", "plan"),
    "reports:run": ("commune_officer", "reports.reportrun", "run"),
    "schools:import_batch": ("head_a", "schools.importbatch", "batch"),
    "schools:pupil": ("head_a", "schools.pupil", "pupil"),
    "schools:school": ("head_a", "schools.school", "school"),
}


def links_to_events(answer):
    links = {each.get("href") for each in read(answer).select("a[href]")}
    return {each for each in links if each.startswith(f"{EVENTS}?part_of=")}


@pytest.mark.parametrize("name", SHOWN_ON)
def test_a_page_that_shows_a_decision_leads_to_its_events(name, world, sign_in):
    person, label, value = SHOWN_ON[name]
    objects = own_objects(world)
    links = links_to_events(sign_in(getattr(world, person)).get(objects.url(name)))
    assert f"{EVENTS}?" + urlencode({"part_of": f"{label}:{objects.values[value]}"}) in links


def test_a_target_leads_to_its_events(world, sign_in):
    links = links_to_events(sign_in(world.province_officer).get(reverse("reports:targets")))
    assert len(links) == Target.objects.count() == 3


def test_what_lies_above_ones_places_has_no_link_to_an_empty_list(world, sign_in):
    closure = Closure.objects.create(
        area=world.province, reason="event", valid_from=world.today, valid_to=world.today + DAY
    )
    url = reverse("attendance:closure", args=[closure.pk])
    assert links_to_events(sign_in(world.head_a).get(url)) == set()
    assert len(links_to_events(sign_in(world.province_officer).get(url))) == 1


def test_who_reads_no_events_has_no_link(world, sign_in):
    own_objects(world)
    assert links_to_events(sign_in(world.teacher_a).get(reverse("attendance:reopenings"))) == set()
