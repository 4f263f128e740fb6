"""Pupils at risk: every rule at its edge, named to those who may know, ranked for nobody."""

import datetime

import pytest
from django.urls import reverse

from attendance.models import Closure
from core import rules
from core.models import Rule
from core.scope import Places
from reports import thresholds
from reports.selectors.risks import Attended, Break, pupils_at_risk, reasons_of
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


TET = Break(datetime.date(2027, 2, 1), datetime.date(2027, 2, 14))


def back_after(seen, away, mark="K"):
    """Whether it is said that a pupil is not back: last seen so many days before Tết, away in so
    many sessions since, and on the days between."""
    sessions = [(TET.first - day * DAY, "" if day >= seen else mark) for day in range(20, 0, -1)]
    sessions += [(TET.last + day * DAY, mark) for day in range(1, away + 1)]
    attended = Attended.of(TET.first - 90 * DAY, sessions, [TET])
    table = rules.table(on=TODAY)
    return "break" in [key for key, _said in reasons_of(attended, "TH", table, TODAY)]


@pytest.mark.parametrize(
    ("seen", "away", "expected"),
    [(1, 2, True), (1, 1, False), (14, 2, True), (15, 2, False), (3, 9, True)],
)
def test_not_back_after_a_break_at_its_edges(seen, away, expected):
    assert back_after(seen, away) == back_after(seen, away, "P") == expected


def test_who_was_there_once_since_the_break_came_back():
    sessions = [(TET.first - DAY, ""), (TET.last + DAY, "M")]
    sessions += [(TET.last + day * DAY, "K") for day in range(2, 9)]
    attended = Attended.of(TET.first - 9 * DAY, sessions, [TET])
    found = [key for key, _said in reasons_of(attended, "TH", rules.table(on=TODAY), TODAY)]
    assert "break" not in found
    # Nor does it concern who was never there.
    never = Attended.of(TET.last, [(day, "K") for day, _mark in sessions], [TET])
    found = [key for key, _said in reasons_of(never, "TH", rules.table(on=TODAY), TODAY)]
    assert "break" not in found


def test_what_a_break_is_is_dated_data():
    Rule.objects.filter(key=thresholds.BREAK_SESSIONS).update(valid_to=TODAY)
    Rule.objects.create(key=thresholds.BREAK_SESSIONS, value=1, valid_from=TODAY)
    assert back_after(1, 1)


def test_who_is_not_back_is_found_from_the_registers(world, sign_in):
    """Closed from the 1st to the 8th; one pupil of two comes again. A weekend is no break."""
    first = pupil_ids(world.class_a)[0]
    start, end = world.today - 11 * DAY, world.today - 3 * DAY
    Closure.objects.create(area=world.province, reason="holiday", valid_from=start, valid_to=end)
    take(world.class_a, start - 2 * DAY)
    for date in (end, world.today):
        take(world.class_a, date, {first: "P"})
    client = sign_in(world.head_a)
    (row,) = read(client.get(reverse("reports:risks") + "?reason=break")).select("ul.list li")
    assert "chưa trở lại sau đợt nghỉ từ 01/10 đến 08/10: vắng 2 buổi" in row.text
    offered = f"{reverse('mobilisation:case_of_pupil', args=[first])}?kind=away"
    assert row.one("a.button").get("href") == offered
    assert client.get(offered).context["form"].initial["kind"] == "away"
    Rule.objects.filter(key=thresholds.BREAK_DAYS).update(value=9)
    assert not read(client.get(reverse("reports:risks") + "?reason=break")).select("ul.list li")
