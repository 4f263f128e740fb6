"""School years opened, closed and removed; classes and sites changed and ended."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from attendance.models import YearFrame
from schools.directory.selectors.classes import other_classes
from schools.directory.services.classes import edit_class, end_class, undo_end_class
from schools.directory.services.schools import close_site, rename_site
from schools.models import SchoolClass, SchoolYear, Site
from schools.pupils.services.enrolments import leave, move_class
from schools.school_years.selectors import next_year
from schools.school_years.services import close_year, open_year, remove_year, reopen_year
from tests.html_query import read
from tests.reports.register_builders import take
from tests.world import make_class

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 11, 2)
FIRST, LAST = datetime.date(2027, 9, 6), datetime.date(2028, 5, 31)


def past_year():
    return SchoolYear.objects.create(
        code="2024-2025",
        valid_from=datetime.date(2024, 9, 5),
        valid_to=datetime.date(2025, 6, 1),
    )


# --- Years -----------------------------------------------------------------------------


def test_the_next_year_is_proposed_and_opened_with_its_terms(world, sign_in):
    client = sign_in(world.province_officer)
    url = reverse("schools:year_open")
    form = read(client.get(url))
    assert form.one("#id_first_day").get("value") == "2027-08-01"
    # No decision of the ministry is known for that year: the day of the rule.
    assert form.one("#id_second_term_from").get("value") == "2028-01-19"
    assert "2269" in form.one("main").text
    answer = client.post(
        url,
        {"first_day": "2027-09-06", "last_day": "2028-05-31", "second_term_from": "2028-01-17"},
    )
    assert answer.url == reverse("schools:years")
    year = SchoolYear.objects.get(code="2027-2028")
    assert (year.valid_from, year.last_day) == (FIRST, LAST)
    frame = YearFrame.objects.get(year=year)
    assert (frame.area, frame.level) == (world.province, "")
    assert frame.second_term_from == datetime.date(2028, 1, 17)


def test_the_first_year_is_proposed_by_the_ministrys_frame():
    proposed = next_year(on=datetime.date(2025, 8, 20))
    assert (proposed.first_day, proposed.last_day) == (
        datetime.date(2025, 9, 5),
        datetime.date(2026, 5, 31),
    )
    assert proposed.second_term_from == datetime.date(2026, 1, 19)
    assert (proposed.source, proposed.is_decided) == ("QĐ 2269/QĐ-BGDĐT, 11/8/2025", True)


def test_a_second_term_nobody_said_is_no_obstacle(world, sign_in):
    """Who writes other days and leaves the second term proposed for those filled in."""
    answer = sign_in(world.province_officer).post(
        reverse("schools:year_open"),
        {"first_day": "2028-03-01", "last_day": "2028-12-20", "second_term_from": "2028-01-19"},
    )
    assert answer.status_code == 302
    assert not YearFrame.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "term", "field"),
    [
        (LAST, FIRST, None, "last_day"),
        (FIRST, datetime.date(2029, 5, 31), None, "last_day"),
        (FIRST, LAST, FIRST, "second_term_from"),
        (datetime.date(2027, 7, 1), LAST, None, "first_day"),
    ],
)
def test_a_year_with_wrong_days_is_not_opened(world, first, last, term, field):
    with pytest.raises(ValidationError) as refused:
        open_year(first_day=first, last_day=last, second_term_from=term, by=world.province_officer)
    assert list(refused.value.message_dict) == [field]
    assert SchoolYear.objects.count() == 1
    assert not YearFrame.objects.exists()


def test_a_closed_year_stays_as_it_is_until_it_is_opened_again(world):
    year = past_year()
    old = make_class(world.school_a, year, "5A", "TH", "5", ["Giàng A Páo"])
    close_year(year=year, by=world.province_officer)
    with pytest.raises(ValidationError) as refused:
        leave(
            enrolment=old.spells.get(),
            on=datetime.date(2025, 3, 3),
            reason="out",
            cause="",
            by=world.head_a,
        )
    assert refused.value.code == "year_closed"
    with pytest.raises(ValidationError):
        edit_class(
            school_class=old,
            name="5B",
            grades=[5],
            site=old.site,
            sessions="am",
            by=world.head_a,
        )
    reopen_year(year=year, by=world.province_officer)
    edit_class(
        school_class=old, name="5B", grades=[5], site=old.site, sessions="am", by=world.head_a
    )
    assert SchoolClass.objects.get(pk=old.pk).name == "5B"


def test_a_running_year_is_not_closed_nor_one_with_classes_removed(world, sign_in):
    for act in (close_year, remove_year):
        with pytest.raises(ValidationError):
            act(year=world.year, by=world.province_officer)
    url = reverse("schools:year_close", args=[world.year.code])
    client = sign_in(world.province_officer)
    assert client.post(url, follow=True).status_code == 200
    assert SchoolYear.objects.get(pk=world.year.pk).closed_at is None
    said = read(client.get(reverse("schools:years"))).one("main").text
    assert world.year.code in said


# --- Classes ---------------------------------------------------------------------------


def edit(world, school_class, **changed):
    values = {
        "name": school_class.name,
        "grades": school_class.grade_list,
        "site": school_class.site,
        "sessions": school_class.sessions,
    }
    return edit_class(school_class=school_class, by=world.head_a, **values | changed)


def test_a_class_is_changed_by_its_head(world, sign_in):
    url = reverse("schools:class_edit", args=[world.class_a.pk])
    client = sign_in(world.head_a)
    form = read(client.get(url))
    assert form.one("#id_name").get("value") == "6A"
    client.post(
        url,
        {"name": "6A1", "grades": ["6", "7"], "site": world.site_a.pk, "sessions": "am,pm"},
    )
    world.class_a.refresh_from_db()
    assert (world.class_a.name, world.class_a.grades) == ("6A1", "6,7")
    assert (world.class_a.site, world.class_a.sessions) == (world.site_a, "am,pm")


def test_sessions_and_site_stay_once_registers_were_sent(world):
    take(world.class_a, world.today)
    for changed, field in (
        ({"sessions": "am,pm"}, "sessions"),
        ({"site": world.site_a}, "site"),
    ):
        with pytest.raises(ValidationError) as refused:
            edit(world, world.class_a, **changed)
        assert list(refused.value.message_dict) == [field]
    assert edit(world, world.class_a, name="6A1").name == "6A1"


def test_a_grade_with_pupils_stays(world):
    with pytest.raises(ValidationError) as refused:
        edit(world, world.class_a, grades=[7])
    assert list(refused.value.message_dict) == ["grades"]


def test_a_class_ends_without_pupils_only_and_goes_on_again(world):
    with pytest.raises(ValidationError) as refused:
        end_class(school_class=world.class_a, on=DAY, by=world.head_a)
    assert refused.value.message_dict["on"][0].startswith("Còn 6 học sinh")
    empty = make_class(world.school_a, world.year, "6E", "THCS", "6", [])
    end_class(school_class=empty, on=DAY, by=world.head_a)
    assert empty in SchoolClass.objects.running_on(DAY - datetime.timedelta(days=1))
    assert empty not in SchoolClass.objects.running_on(DAY)
    undo_end_class(school_class=empty, by=world.head_a)
    assert empty in SchoolClass.objects.running_on(DAY)


def test_a_class_does_not_end_before_its_last_register(world):
    empty = make_class(world.school_a, world.year, "6E", "THCS", "6", [])
    take(empty, DAY)
    with pytest.raises(ValidationError) as refused:
        end_class(school_class=empty, on=DAY, by=world.head_a)
    assert "02/11/2026" in refused.value.message_dict["on"][0]


def test_nobody_comes_onto_the_roll_of_a_class_that_has_ended(world):
    ended = make_class(world.school_a, world.year, "6E", "THCS", "6", [])
    end_class(school_class=ended, on=DAY, by=world.head_a)
    assert ended not in other_classes(world.class_a)
    with pytest.raises(ValidationError) as refused:
        move_class(enrolment=world.class_a.spells.first(), to=ended, on=DAY, by=world.head_a)
    assert list(refused.value.message_dict) == ["valid_from"]


# --- Sites -----------------------------------------------------------------------------


def test_a_site_is_renamed_and_closed_when_no_class_is_left_there(world):
    rename_site(site=world.site_a, name="Háng Lìa 2", by=world.head_a)
    with pytest.raises(ValidationError):
        rename_site(site=world.site_a, name="diem chinh", by=world.head_a)
    with pytest.raises(ValidationError) as refused:
        close_site(site=world.site_a, on=DAY, by=world.head_a)
    assert "1+2 Háng Lìa" in refused.value.message_dict["on"][0]
    world.class_a12.site = world.school_a.sites.get(is_main=True)
    world.class_a12.save()
    close_site(site=world.site_a, on=DAY, by=world.head_a)
    assert Site.objects.get(pk=world.site_a.pk).valid_to == DAY


def test_the_main_site_is_not_closed(world):
    with pytest.raises(ValidationError):
        close_site(site=world.school_a.sites.get(is_main=True), on=DAY, by=world.head_a)
