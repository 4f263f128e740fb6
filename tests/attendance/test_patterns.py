"""The weekly pattern: dated, looked at before it is saved, told to those it concerns."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from attendance.calendar.selectors.due_sessions import is_due
from attendance.calendar.services.patterns import remove_pattern, set_pattern
from attendance.models import CalendarRule
from attendance.models.calendar import weekdays_in_words
from core.models import Event
from schools.models import SchoolYear
from tests.attendance.test_closures import heard_from
from tests.html_query import read
from tests.reports.register_builders import day, take

pytestmark = pytest.mark.django_db
PAGE = reverse("attendance:patterns")
WEEKDAYS_ONLY, NEVER, DAILY = "1111100", "0000000", "1111111"
SATURDAY, MONDAY = day(17), day(19)


def pattern(world, place=None, *, start=None, morning=WEEKDAYS_ONLY, afternoon=NEVER, **more):
    return set_pattern(
        place=place or world.province,
        level=more.pop("level", ""),
        morning=morning,
        afternoon=afternoon,
        valid_from=start or day(12),
        by=world.province_officer,
        **more,
    )


def test_a_pattern_holds_from_its_day_and_leaves_the_days_before(world):
    pattern(world)
    assert is_due(world.class_a, day(10), "am")
    assert not is_due(world.class_a, SATURDAY, "am")
    assert is_due(world.class_a, MONDAY, "am")
    assert not is_due(world.class_a12, MONDAY, "pm")


def test_the_nearest_place_and_the_level_decide(world):
    pattern(world, level="TH")
    assert is_due(world.class_a, SATURDAY, "am")
    assert not is_due(world.class_a12, SATURDAY, "am")
    own = pattern(world, world.school_a, morning=DAILY)
    assert is_due(world.class_a12, SATURDAY, "am")
    remove_pattern(pattern=own, by=world.head_a)
    assert not is_due(world.class_a12, SATURDAY, "am")


def test_one_for_a_time_gives_way_when_it_is_over(world):
    pattern(world, valid_to=day(18))
    assert not is_due(world.class_a, SATURDAY, "am")
    assert is_due(world.class_a, day(24), "am")


def test_the_same_place_level_and_day_is_changed_and_not_doubled(world):
    first = pattern(world)
    again = pattern(world, morning=DAILY)
    assert (again.pk, CalendarRule.objects.count()) == (first.pk, 2)
    assert is_due(world.class_a, SATURDAY, "am")


def test_saving_tells_the_classes_and_months_that_change(world):
    news = heard_from(lambda: pattern(world, world.school_a, morning=DAILY, afternoon=NEVER))
    # Only the class that studies in the afternoon too loses something, from October to July.
    assert [ids for ids, _start, _end in news] == [{world.class_a12.pk}] * 10
    assert (news[0][1], news[-1][2]) == (day(1), day(1, 8, 2027))
    assert heard_from(lambda: pattern(world, world.school_a, morning=DAILY)) == []


def test_both_acts_are_events_in_words(world):
    own = pattern(world, world.school_a)
    remove_pattern(pattern=own, by=world.head_a)
    was_set, removed = Event.objects.filter(kind__startswith="calendar.pattern").order_by("pk")
    assert was_set.changes["morning"] == [None, weekdays_in_words(WEEKDAYS_ONLY)]
    assert (was_set.school_id, removed.actor_id) == (world.school_a.pk, world.head_a.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"morning": NEVER},
        {"morning": "11111"},
        {"start": day(1, 9, 2028)},
        {"valid_to": day(12)},
    ],
    ids=["no lesson", "five days", "no year", "ends before it begins"],
)
def test_what_cannot_be_is_refused(world, wrong):
    with pytest.raises(ValidationError):
        pattern(world, **wrong)
    assert CalendarRule.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1111100", "Thứ 2 – Thứ 6"),
        ("1010011", "Thứ 2, Thứ 4, Thứ 7 – Chủ nhật"),
        ("0000000", ""),
    ],
)
def test_days_in_words(text, words):
    assert weekdays_in_words(text).casefold() == words.casefold()


# --- The page --------------------------------------------------------------------------------


def test_the_page_shows_what_changes_and_saves_only_what_was_seen(world, sign_in):
    take(world.class_a, day(10))
    client = sign_in(world.head_a)
    form = {
        "place": f"school:{world.school_a.pk}",
        "level": "THCS",
        "morning": ["0", "1", "2", "3", "4"],
        "first_day": "2026-10-10",
    }
    looked = client.post(PAGE, form)
    assert looked.status_code == 200
    assert CalendarRule.objects.count() == 1
    assert "1 sổ đã gửi không còn tính" in read(looked).one("form .notice--warning").text
    assert "6A" in read(looked).one("form tbody").text
    seen = read(looked).one("[name=seen]").get("value")
    # Another pattern than the one looked at is looked at first.
    client.post(PAGE, form | {"seen": seen, "morning": ["0"]})
    assert CalendarRule.objects.count() == 1
    assert client.post(PAGE, form | {"seen": seen}).status_code == 302
    saved = CalendarRule.objects.get(school=world.school_a)
    assert (saved.morning, saved.afternoon, saved.level) == (WEEKDAYS_ONLY, NEVER, "THCS")


def test_a_form_without_any_day_is_refused_at_its_field(world, sign_in):
    form = {"place": f"school:{world.school_a.pk}", "first_day": "2026-10-10"}
    answer = sign_in(world.head_a).post(PAGE, form)
    assert answer.status_code == 422
    assert "ít nhất một buổi" in read(answer).one(".field--error").text


def test_a_head_changes_the_own_school_and_only_sees_the_province(world, sign_in):
    own = pattern(world, world.school_a)
    whole = CalendarRule.objects.get(area=world.province)
    page = read(sign_in(world.head_a).get(PAGE))
    assert page.texts("tbody th") == [str(world.province), world.school_a.name]
    hrefs = [each.get("href") for each in page.select("tbody a.button")]
    assert reverse("attendance:pattern_remove", args=[own.pk]) in hrefs
    assert reverse("attendance:pattern_remove", args=[whole.pk]) not in hrefs
    form = {"place": f"area:{world.province.pk}", "morning": ["0"], "first_day": "2026-10-10"}
    assert sign_in(world.head_a).post(PAGE, form).status_code == 422
    other = read(sign_in(world.head_b).get(PAGE))
    assert other.texts("tbody th") == [str(world.province)]


def test_taking_back_says_what_changes_first(world, sign_in):
    own = pattern(world, world.school_a)
    url = reverse("attendance:pattern_remove", args=[own.pk])
    client = sign_in(world.head_a)
    assert "buổi" in read(client.get(url)).one("main .card").text
    assert CalendarRule.objects.filter(pk=own.pk).exists()
    assert client.post(url).status_code == 302
    assert not CalendarRule.objects.filter(pk=own.pk).exists()


def test_a_year_that_is_still_to_come_can_be_prepared(world, sign_in):
    SchoolYear.objects.update(valid_from=day(1, 11), valid_to=day(1, 6, 2027))
    assert sign_in(world.head_a).get(PAGE).context["year"].code == world.year.code
