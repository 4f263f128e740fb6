"""Pupils at risk: every rule at its edge, named to those who may know, ranked for nobody."""

import datetime

import pytest
from django.urls import reverse

from core import rules
from core.models import Rule
from core.scope import Places
from reports import thresholds
from reports.selectors.risks import Attended, pupils_at_risk, reasons_of
from schools.models import Enrolment
from schools.pupils.services.enrolments import transfer
from tests.attendance.test_leaves import tell
from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.register_builders import pupil_ids, take

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
TODAY = datetime.date(2026, 10, 12)


def keys(marks, *, level="THCS", days_away=0, days_on_roll=60):
    """The reasons for a row of marks, one a session, "." for there."""
    sessions = [
        (TODAY - (len(marks) - index) * DAY, "" if mark == "." else mark)
        for index, mark in enumerate(marks)
    ]
    attended = Attended(TODAY - days_on_roll * DAY, sessions, days_away)
    table = rules.table(on=TODAY)
    return [key for key, _sentence in reasons_of(attended, level, table, TODAY)]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("." * 40, []),
        ("." * 37 + "KKK", ["streak"]),
        ("." * 38 + "KK", []),
        ("." * 36 + "KKK.", []),
        ("." * 36 + "KKKM", []),
        ("." * 36 + "PPPP", ["chronic", "sudden"]),
        ("." * 37 + "PPP", []),
        ("." * 190 + "P" * 10, ["unseen", "sudden"]),
        ("." * 191 + "P" * 9, ["sudden"]),
        ("." * 60 + "P.P.P....", []),
        ("", []),
    ],
)
def test_each_rule_at_its_edge(marks, expected):
    assert keys(marks) == expected


def test_a_share_counts_only_after_some_days_on_the_roll():
    assert keys("PP" + "." * 8, days_on_roll=19) == []
    assert keys("PP" + "." * 8, days_on_roll=20) == ["chronic"]


@pytest.mark.parametrize(
    ("level", "days", "expected"),
    [("THCS", 20, ["year"]), ("THCS", 19, []), ("TH", 45, []), ("THPT", 40, ["year"])],
)
def test_the_limit_of_the_year_holds_for_secondary_school(level, days, expected):
    assert keys("." * 40, level=level, days_away=days) == expected


def test_thresholds_are_dated_data():
    Rule.objects.filter(key=thresholds.STREAK_SESSIONS).update(valid_to=TODAY)
    Rule.objects.create(key=thresholds.STREAK_SESSIONS, value=2, valid_from=TODAY)
    assert keys("." * 38 + "KK") == ["streak"]


def test_from_registers_by_name_and_once_a_day(world):
    first, second, *_rest = pupil_ids(world.class_a)
    for back in range(1, 5):
        take(world.class_a, world.today - back * DAY, {first: "K", second: "P"})
    take(world.class_a, world.today - 5 * DAY, {})
    places = Places(date=world.today, schools=frozenset({world.school_a.pk}))
    (found,) = pupils_at_risk(places, world.today)
    assert found.school_class == world.class_a
    names = [pupil.spell.pupil_id for pupil in found.pupils]
    assert set(names) == {first, second}
    by_id = {pupil.spell.pupil_id: pupil for pupil in found.pupils}
    assert by_id[first].keys == {"streak", "chronic"}
    assert by_id[first].last_seen == world.today - 5 * DAY
    assert by_id[second].keys == {"chronic"}


def test_announced_leave_is_said_beside_a_row_of_absences_and_hides_nobody(world):
    first, second, *_rest = pupil_ids(world.class_a)
    for back in range(1, 11):
        take(world.class_a, world.today - back * DAY, {first: "P", second: "P"})
    tell(world, last=15)
    tell(world, 1, first=-10, last=-1)
    places = Places(date=world.today, schools=frozenset({world.school_a.pk}))
    (found,) = pupils_at_risk(places, world.today)
    reasons = {pupil.spell.pupil_id: dict(pupil.reasons) for pupil in found.pupils}
    assert reasons[first].keys() == reasons[second].keys() == {"unseen", "chronic"}
    assert reasons[first]["unseen"].endswith("(có báo nghỉ đến 27/10)")
    assert "báo nghỉ" not in reasons[first]["chronic"]
    # His leave is over and he is still away.
    assert "báo nghỉ" not in reasons[second]["unseen"]


def test_the_reasons_follow_a_child_to_another_class_and_school(world):
    first = pupil_ids(world.class_a)[0]
    for back in range(10, 30):
        take(world.class_a, world.today - back * DAY, {first: "P"})
    spell = Enrolment.objects.get(pupil=first)
    transfer(
        enrolment=spell, to=world.class_b, grade=6, on=world.today - 5 * DAY, by=world.system_admin
    )
    places = Places(date=world.today, schools=frozenset({world.school_b.pk}))
    (found,) = pupils_at_risk(places, world.today)
    assert found.pupils[0].keys == {"year", "unseen", "chronic"}


def test_a_streak_goes_on_over_a_change_of_class(world):
    first = pupil_ids(world.class_a)[0]
    for back in (4, 3):
        take(world.class_a, world.today - back * DAY, {first: "K"})
    transfer(
        enrolment=Enrolment.objects.get(pupil=first),
        to=world.class_b,
        grade=6,
        on=world.today - 2 * DAY,
        by=world.system_admin,
    )
    take(world.class_b, world.today - 2 * DAY, {first: "K"})
    # What the register of the old class says after he left is nothing about him.
    take(world.class_a, world.today - DAY)
    places = Places(date=world.today, schools=frozenset({world.school_b.pk}))
    (found,) = pupils_at_risk(places, world.today)
    assert found.pupils[0].keys == {"streak", "chronic"}


def test_the_page_of_a_teacher_shows_the_own_class_and_filters(world, sign_in):
    first, second, *_rest = pupil_ids(world.class_a)
    (other, *_more) = pupil_ids(world.class_b)
    for back in range(1, 5):
        take(world.class_a, world.today - back * DAY, {first: "K", second: "P"})
        take(world.class_b, world.today - back * DAY, {other: "K"})
    url = reverse("reports:risks")
    with freeze_time(f"{world.today}T03:00:00+00:00"):
        page = read(sign_in(world.teacher_a).get(url))
        assert "Có 2 học sinh" in page.one("h1").text
        assert "nghỉ không phép 4 buổi liền từ 08/10" in page.text
        assert page.texts("main li strong") == ["Giàng A Chua", "Lò Thị Hương"]
        only = read(sign_in(world.teacher_a).get(url + "?reason=streak"))
        assert only.texts("main li strong") == ["Giàng A Chua"]
        assert "Lò Văn Hặc" not in page.text
        assert "Lò Văn Hặc" in read(sign_in(world.head_b).get(url)).text


def test_without_anybody_the_page_says_so(world, sign_in):
    page = read(sign_in(world.head_a).get(reverse("reports:risks")))
    assert "chưa có học sinh cần quan tâm" in page.one("h1").text
