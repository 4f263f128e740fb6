"""The pages of what is missing and the button: who sees what, and who may press."""

import datetime

import pytest
from django.core import mail as outbox
from django.urls import reverse

from accounts.models import User
from attendance.models import Reminder
from core.models import Event
from reports.services.facts import rebuild
from tests.attendance.test_registers import send
from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.register_builders import OCTOBER, day, take
from tests.world import make_user

pytestmark = pytest.mark.django_db
LATE = "2026-10-12 02:30:00"  # half past nine in Lai Châu
MISSING = reverse("reports:missing")


def school_page(world):
    return reverse("reports:missing_school", args=[world.school_a.pk])


def area_page(area):
    return reverse("reports:missing_area", args=[area.pk])


def remind_school(school):
    return reverse("reports:remind_school", args=[school.pk])


def remind_area(area):
    return reverse("reports:remind_area", args=[area.pk])


@pytest.fixture
def world(world):
    """6A and 6B have sent everything until yesterday, the class at the site its mornings."""
    for number in range(1, 12):
        for each in (world.class_a, world.class_a12, world.class_b):
            take(each, day(number))
        take(world.class_a12, day(number), session="pm")
    return world


@pytest.mark.parametrize(
    ("person", "leads_to"),
    [
        ("head_a", lambda world: school_page(world)),
        ("commune_officer", lambda world: area_page(world.commune_a)),
        ("district_officer", lambda world: area_page(world.cluster)),
        ("province_officer", lambda world: area_page(world.province)),
        ("member_user", lambda world: area_page(world.commune_a)),
    ],
)
def test_menu_leads_to_the_widest_place(world, sign_in, person, leads_to):
    assert sign_in(getattr(world, person)).get(MISSING).url == leads_to(world)


def test_head_sees_classes_sessions_and_teachers(world, sign_in):
    with freeze_time(LATE):
        page = read(sign_in(world.head_a).get(school_page(world)))
    assert page.one("h1").text == "Hôm nay 2 sổ quá giờ chưa gửi"
    assert [
        (row.one(".class-row__name").text, row.one(".class-row__state").text)
        for row in page.select(".class-row")
    ] == [
        ("1+2 Háng Lìa sáng", "Quá 9 giờ, chưa gửi"),
        ("1+2 Háng Lìa chiều", "Còn thời gian đến 15 giờ"),
        ("6A sáng", "Quá 9 giờ, chưa gửi"),
    ]
    assert page.texts(".class-row__detail") == [
        "Chưa giao cho giáo viên nào",
        "Chưa giao cho giáo viên nào",
        "Nguyễn Thị Hoa",
    ]
    assert page.texts("form[action] button")[-1] == "Nhắc 1 lớp"


def test_before_the_hour_it_says_how_much_time_is_left(world, sign_in):
    page = read(sign_in(world.head_a).get(school_page(world)))
    assert page.one("h1").text == "Hôm nay 3 sổ chưa gửi, vẫn còn thời gian"
    assert "Còn thời gian đến 9 giờ" in page.texts(".class-row__state")
    assert "Nhắc" not in page.one("main").text


def test_a_register_vanishes_at_the_next_request_after_it_was_sent(world, sign_in):
    client = sign_in(world.head_a)
    with freeze_time(LATE):
        assert "6A sáng" in read(client.get(school_page(world))).texts(".class-row__name")
        send(world)
        assert "6A sáng" not in read(client.get(school_page(world))).texts(".class-row__name")


def test_earlier_days_stand_by_class(world, sign_in):
    world.class_a.registers.filter(date__day__in=[5, 6]).delete()
    page = read(sign_in(world.head_a).get(school_page(world)))
    assert page.one("h1").text.endswith("; các ngày trước còn thiếu 2 sổ")
    assert page.texts(".days-list a") == ["05/10 sáng", "06/10 sáng"]


def test_all_sent_is_said(world, sign_in):
    take(world.class_b, world.today)
    page = read(sign_in(world.head_b).get(MISSING, follow=True))
    assert page.one("h1").text == "Không thiếu sổ nào"
    assert page.one(".empty__title").text == "Mọi sổ đến hôm nay đã gửi"


def test_teacher_sees_only_the_own_class(world, sign_in):
    with freeze_time(LATE):
        page = read(sign_in(world.teacher_a).get(MISSING))
    assert page.texts(".class-row__name") == ["6A sáng TH&THCS A Một"]
    assert page.select("main form") == []


def test_commune_counts_by_school_and_names_the_classes(world, sign_in):
    with freeze_time(LATE):
        page = read(sign_in(world.commune_officer).get(area_page(world.commune_a)))
    (row,) = page.select("tbody tr")
    assert row.one("a").get("href") == school_page(world)
    assert row.one("th small").text == "1+2 Háng Lìa sáng, 6A sáng"
    assert [cell.text for cell in row.select("td")][:3] == ["0/3", "2", "0"]
    assert page.texts("main form button") == ["Nhắc 1 trường"]


@pytest.mark.parametrize(
    ("person", "reminds"),
    [("district_officer", True), ("province_officer", True), ("member_user", False)],
)
def test_offices_above_see_counts_and_neither_class_nor_teacher(world, sign_in, person, reminds):
    with freeze_time(LATE):
        client = sign_in(getattr(world, person))
        text = read(client.get(area_page(world.commune_a))).one("main").text
        assert "TH&THCS A Một" in text
        for hidden in ("6A", "Háng Lìa", "Nguyễn Thị Hoa"):
            assert hidden not in text
        # Who may remind a school is told whom to call there.
        assert ("Nhắc 1 trường" in text) == ("Lù Văn Sơn" in text) == reminds
        assert client.get(school_page(world)).status_code == 403


def test_province_counts_by_commune_from_facts_and_today(world, sign_in):
    world.class_a.registers.filter(date__day__in=[5, 6]).delete()
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    take(world.class_b, world.today)
    with freeze_time(LATE):
        page = read(sign_in(world.province_officer).get(area_page(world.province)))
    assert [
        [row.one("th").text, *(cell.text for cell in row.select("td"))]
        for row in page.select("tbody tr, tfoot tr")
    ] == [
        ["Xã A Một", "0/3", "2", "2", "1", "100%"],
        ["Tổng", "1/4", "2", "2", "1", "100%"],
        # Folded on a phone: nothing is overdue there.
        ["Xã B Một", "1/1", "0", "0", "0", "100%"],
    ]


def test_both_ways_of_counting_earlier_days_agree(world, sign_in):
    world.class_a.registers.filter(date__day__in=[5, 6]).delete()
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    counts = {
        name: read(sign_in(world.province_officer).get(area_page(area))).texts("tbody td")[2]
        for name, area in (("facts", world.cluster), ("one by one", world.commune_a))
    }
    assert counts == {"facts": "2", "one by one": "2"}


def test_places_elsewhere_and_areas_of_the_past_do_not_exist(world, sign_in):
    assert sign_in(world.commune_officer).get(area_page(world.commune_b)).status_code == 404
    assert sign_in(world.head_b).get(school_page(world)).status_code == 404
    world.commune_a.valid_to = world.today
    world.commune_a.save()
    assert sign_in(world.province_officer).get(area_page(world.commune_a)).status_code == 404


# --- The button -----------------------------------------------------------------------


def test_head_presses_and_the_teacher_sees_it_until_it_is_sent(world, sign_in):
    head, teacher = sign_in(world.head_a), sign_in(world.teacher_a)
    today = reverse("attendance:today")
    with freeze_time(LATE):
        page = read(head.post(remind_school(world.school_a), follow=True))
        assert page.one("main .notice--success").text == (
            "Đã xong: Đã nhắc 1 người: 1 người không có địa chỉ thư: gọi Nguyễn Thị Hoa."
        )
        assert "Nhắc gần nhất lúc 9 giờ 30" in page.one("main").text
        assert "đã nhắc lúc 9 giờ 30" in page.one("main").text
        assert page.select("main form") == []
        shown = read(teacher.get(today))
        assert shown.one("main .notice--warning").text == "Hôm nay quá giờ chưa gửi: 6A sáng"
        assert shown.one("main .notice--info").text == "Lù Văn Sơn nhắc lúc 9 giờ 30: 6A sáng"
        send(world)
        assert read(teacher.get(today)).select("main .notice") == []


def test_pressing_twice_is_refused_with_the_time(world, sign_in):
    head = sign_in(world.head_a)
    with freeze_time(LATE):
        head.post(remind_school(world.school_a))
        page = read(head.post(remind_school(world.school_a), follow=True))
    assert (
        "Đã nhắc lúc 9 giờ 30. Có thể nhắc lại từ 10 giờ 30."
        in page.one("main .notice--warning").text
    )
    assert Reminder.objects.count() == 1


def test_commune_presses_and_the_head_sees_it(world, sign_in):
    with freeze_time(LATE):
        answer = sign_in(world.commune_officer).post(remind_area(world.commune_a))
        assert answer.url == area_page(world.commune_a)
        shown = read(sign_in(world.head_a).get(reverse("attendance:today")))
    assert shown.one("main .notice--info").text.startswith("Giàng A Tủa nhắc lúc 9 giờ 30:")
    assert set(Reminder.objects.values_list("to", flat=True)) == {world.head_a.pk}


def test_a_head_who_was_reminded_can_remind_the_teachers(world, sign_in):
    head = sign_in(world.head_a)
    with freeze_time(LATE):
        sign_in(world.commune_officer).post(remind_area(world.commune_a))
        page = read(head.get(school_page(world)))
        assert page.texts("main form button") == ["Nhắc 1 lớp"]
        assert "đã nhắc" not in page.one("main").text
        head.post(remind_school(world.school_a))
    assert set(Reminder.objects.values_list("to", flat=True)) == {
        world.head_a.pk,
        world.teacher_a.pk,
    }


def test_pressing_sends_the_letter_after_the_commit(
    world, sign_in, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_CONFIGURED, settings.SITE_URL = True, "https://chuyencan.example.vn"
    User.objects.filter(pk=world.teacher_a.pk).update(email="hoa@example.vn")
    with freeze_time(LATE), django_capture_on_commit_callbacks(execute=True):
        page = read(sign_in(world.head_a).post(remind_school(world.school_a), follow=True))
    assert "Đã nhắc 1 người: 1 thư điện tử." in page.one("main .notice--success").text
    assert [letter.to for letter in outbox.outbox] == [["hoa@example.vn"]]


@pytest.mark.parametrize(
    ("person", "school", "area"),
    [
        ("head_a", 302, 403),
        ("commune_officer", 302, 302),
        ("teacher_a", 403, 403),
        ("district_officer", 403, 302),
        ("province_officer", 403, 302),
        ("member_user", 403, 403),
        ("head_b", 404, 403),
        ("nobody", 403, 403),
    ],
)
def test_who_may_press(world, sign_in, person, school, area):
    client = sign_in(getattr(world, person))
    with freeze_time(LATE):
        assert client.post(remind_school(world.school_a)).status_code == school
        assert client.post(remind_area(world.commune_a)).status_code == area
    assert Reminder.objects.exists() == (302 in (school, area))


@pytest.mark.parametrize(
    ("person", "area"), [("district_officer", "cluster"), ("province_officer", "province")]
)
def test_cluster_and_province_remind_the_heads_of_what_is_late_today(
    world, sign_in, settings, person, area
):
    """Earlier days are counted from facts there, not one by one: nobody is asked for them."""
    settings.EMAIL_CONFIGURED = True
    User.objects.filter(pk=world.head_a.pk).update(email="son@example.vn")
    User.objects.filter(pk=world.head_b.pk).update(phone="0912 345 678")
    world.class_a.registers.filter(date__day=5).delete()
    client, place = sign_in(getattr(world, person)), getattr(world, area)
    reached = {world.head_a.pk} | ({world.head_b.pk} if area == "province" else set())
    with freeze_time(LATE):
        page = read(client.get(area_page(place)))
        assert page.texts("main form button") == [f"Nhắc {len(reached)} trường"]
        calls = [link.get("href") for link in page.select(".list--calls a")]
        assert calls == (["tel:0912 345 678"] if area == "province" else [])
        page = read(client.post(remind_area(place), follow=True))
        said = page.one("main .notice--success").text
        assert "1 thư điện tử" in said
        assert ("1 người không có địa chỉ thư: gọi" in said) == (area == "province")
        assert "Nhắc gần nhất lúc 9 giờ 30" in page.one("main").text
        assert page.select("main form") == []
        again = read(client.post(remind_area(place), follow=True))
        assert "Có thể nhắc lại từ 10 giờ 30." in again.one("main .notice--warning").text
    assert set(Reminder.objects.values_list("to", flat=True)) == reached
    assert set(Reminder.objects.values_list("date", flat=True)) == {world.today}
    (event,) = Event.objects.filter(kind="registers.reminded")
    assert event.changes["mails"] == [None, 1]


def test_commune_may_not_press_for_a_commune_elsewhere(world, sign_in):
    with freeze_time(LATE):
        client = sign_in(world.commune_officer)
        assert client.post(remind_area(world.commune_b)).status_code == 404
        assert client.post(remind_school(world.school_b)).status_code == 404
        assert client.post(remind_area(world.cluster)).status_code == 404


def test_a_member_of_several_communes_chooses_among_them(world, sign_in):
    world.committee.assignments.create(
        member=world.member, commune=world.commune_b, valid_from=world.since
    )
    page = read(sign_in(world.member_user).get(area_page(world.commune_a)))
    assert page.texts("nav.segments a") == ["Xã B Một", "Xã A Một"]


def test_a_head_of_two_schools_has_both_on_one_page(world, sign_in):
    both = make_user("both", "Hai Trường", "school_head", since=world.since, school=world.school_a)
    both.grants.create(role="school_head", school=world.school_b, valid_from=world.since)
    page = read(sign_in(both).get(MISSING))
    assert "6A sáng TH&THCS A Một" in page.texts(".class-row__name")
    assert "6B sáng THCS B Một" in page.texts(".class-row__name")


# --- How soon --------------------------------------------------------------------------


def test_timeliness_stands_on_the_missing_page_and_with_the_figures(world, sign_in):
    take(world.class_a, datetime.date(2026, 10, 12), sent_days_later=0)
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    page = read(sign_in(world.head_a).get(school_page(world)))
    rows = {
        row.one("th").text: [cell.text for cell in row.select("td")]
        for row in page.select("table tr")[1:]
    }
    # books.take sends at 7:20, twenty minutes after the morning begins.
    assert rows["6A"] == ["100%", "20 phút", "12"]
    assert rows["Cả trường"] == ["100%", "20 phút", "34"]
    for person, url in [
        ("head_a", reverse("reports:school", args=[world.school_a.pk]) + "?level=all"),
        ("commune_officer", reverse("reports:area", args=[world.commune_a.pk]) + "?level=all"),
    ]:
        meta = read(sign_in(getattr(world, person)).get(url)).select(".meta")[0].text
        assert "gửi đúng ngày (34 / 34), một nửa trong vòng 20 phút (34 sổ)" in meta


def test_reminders_by_letter_can_be_switched_off_and_on(world, sign_in):
    client, url = sign_in(world.teacher_a), reverse("accounts:reminders")
    assert "chưa có địa chỉ thư điện tử" in read(client.get(url)).one("main").text
    User.objects.filter(pk=world.teacher_a.pk).update(email="hoa@example.vn")
    assert "hoa@example.vn" in read(client.get(url)).one("main").text
    for data, wanted in (({}, False), ({"wants_reminders": "on"}, True)):
        assert client.post(url, data).status_code == 302
        assert User.objects.get(pk=world.teacher_a.pk).wants_reminders is wanted
