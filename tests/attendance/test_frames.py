"""The frame of a school year: looked at before it is saved, told to those it concerns."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from attendance.calendar.selectors.due_sessions import is_due
from attendance.calendar.services.frames import remove_frame, set_frame
from attendance.models import YearFrame
from attendance.registers.refusals import SessionNotDue
from tests.attendance.test_closures import heard_from, send
from tests.html_query import read
from tests.reports.register_builders import day, take

pytestmark = pytest.mark.django_db
PAGE = reverse("attendance:frames")


def frame(world, place=None, *, first=None, end=None, level="", **more):
    return set_frame(
        year=world.year,
        place=place or world.province,
        level=level,
        valid_from=first or day(7, 9),
        valid_to=end or day(31, 5, 2027),
        by=world.province_officer,
        **more,
    )


def test_saving_tells_the_classes_and_months_that_change(world):
    news = heard_from(lambda: frame(world, first=day(3, 9), level="TH"))
    assert [(ids, start.month) for ids, start, _end in news] == [
        ({world.class_a12.pk}, month) for month in (8, 9, 5, 6, 7)
    ]
    # The same again changes nothing and says nothing.
    assert heard_from(lambda: frame(world, first=day(3, 9), level="TH")) == []
    (news,) = heard_from(lambda: frame(world, first=day(1, 9), level="TH"))
    assert news == ({world.class_a12.pk}, day(1, 9), day(1, 10))
    assert YearFrame.objects.count() == 1


def test_a_nearer_place_shifts_and_taking_back_gives_way(world):
    frame(world)
    own = frame(world, world.school_a, first=day(14, 9))
    assert not is_due(world.class_a, day(13, 9), "am")
    assert is_due(world.class_b, day(13, 9), "am")
    (news,) = heard_from(lambda: remove_frame(frame=own, by=world.head_a))
    assert news[0] == {world.class_a.pk, world.class_a12.pk}
    assert is_due(world.class_a, day(13, 9), "am")
    trace = YearFrame.history.filter(history_type="-").get()
    assert trace.history_user == world.head_a


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": day(31, 7)},
        {"end": day(2, 8, 2027)},
        {"first": day(1, 3, 2027), "end": day(1, 2, 2027)},
        {"second_term_from": day(7, 9)},
        {"second_term_from": day(31, 5, 2027)},
    ],
)
def test_dates_that_cannot_be_are_refused(world, wrong):
    with pytest.raises(ValidationError):
        frame(world, **wrong)
    assert YearFrame.objects.count() == 0


@pytest.mark.parametrize(
    "place", [{"area": "province"}, {"school": "school_a"}, {"site": "site_a"}, {}]
)
def test_the_database_keeps_one_frame_for_a_place_and_level(world, place):
    values = {
        "year": world.year,
        "valid_from": day(7, 9),
        "valid_to": day(31, 5, 2027),
        **{name: getattr(world, value) for name, value in place.items()},
    }
    YearFrame.objects.create(**values)
    YearFrame.objects.create(**values, level="TH")
    with pytest.raises(IntegrityError), transaction.atomic():
        YearFrame.objects.create(**values)


def test_register_outside_the_frame_is_refused_with_its_days(world, sign_in):
    frame(world, first=day(19))
    with pytest.raises(SessionNotDue) as refused:
        send(world)
    assert "từ 19/10/2026 đến 30/05/2027" in str(refused.value.message)
    sheet = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    assert "từ 19/10/2026 đến 30/05/2027" in sign_in(world.teacher_a).get(sheet).content.decode()
    board = sign_in(world.teacher_a).get(reverse("attendance:today"))
    assert "từ 19/10/2026 đến 30/05/2027" in board.content.decode()


def test_page_shows_what_changes_and_saves_only_what_was_seen(world, sign_in):
    take(world.class_a, day(5))
    client = sign_in(world.head_a)
    form = {
        "place": f"school:{world.school_a.pk}",
        "level": "THCS",
        "first_day": "2026-10-07",
        "second_term": "2027-01-18",
        "last_day": "2027-05-30",
        "source": "QĐ 12",
    }
    looked = client.post(PAGE, form)
    assert looked.status_code == 200
    assert YearFrame.objects.count() == 0
    notice = read(looked).one("form .notice--warning").text
    # 6A studies in the morning: 67 days before 7 October, 62 after 30 May.
    assert "129 buổi" in notice
    assert "1 sổ đã gửi không còn tính" in notice
    assert "6A" in read(looked).one("form tbody").text
    seen = read(looked).one("[name=seen]").get("value")
    # Another day than the one looked at is looked at first.
    other = client.post(PAGE, form | {"seen": seen, "first_day": "2026-10-06"})
    assert YearFrame.objects.count() == 0
    assert read(other).one("[name=seen]").get("value") != seen
    assert client.post(PAGE, form | {"seen": seen}).status_code == 302
    saved = YearFrame.objects.get()
    assert (saved.school, saved.level, saved.valid_from) == (world.school_a, "THCS", day(7))
    assert (saved.second_term_from, saved.made_by) == (day(18, 1, 2027), world.head_a)
    back = client.get(reverse("attendance:frame_remove", args=[saved.pk]))
    assert "Thêm 129 buổi" in back.content.decode()
    assert "1 sổ được tính" in back.content.decode()


def test_head_sees_the_province_frame_and_cannot_take_it_back(world, sign_in):
    far = frame(world)
    client = sign_in(world.head_a)
    page = read(client.get(PAGE))
    assert "Tỉnh Lai Châu" in page.one("tbody tr").text
    assert page.select("tbody a") == []
    address = reverse("attendance:frame_remove", args=[far.pk])
    assert client.post(address).status_code == 404
    assert sign_in(world.province_officer).get(address).status_code == 200
    # Nor may he set one for a place that is not his.
    form = {
        "place": f"area:{world.province.pk}",
        "first_day": "2026-09-07",
        "last_day": "2027-05-30",
    }
    assert client.post(PAGE, form).status_code == 422


def test_official_frame_is_offered_where_it_is_known(world, sign_in):
    from schools.models import SchoolYear

    SchoolYear.objects.create(
        code="2025-2026", valid_from=day(1, 8, 2025), valid_to=day(1, 8, 2026)
    )
    page = read(sign_in(world.province_officer).get(PAGE + "?year=2025-2026"))
    offered = {
        name: page.one(f"[name={name}]").get("value")
        for name in ("first_day", "second_term", "last_day", "source")
    }
    assert offered == {
        "first_day": "2025-09-05",
        "second_term": "2026-01-19",
        "last_day": "2026-05-30",
        "source": "QĐ 2269/QĐ-BGDĐT, 11/8/2025",
    }
    assert YearFrame.objects.count() == 0
