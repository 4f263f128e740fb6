"""Today, the sheet, two versions, history: as plain forms, without a script."""

import datetime
import gzip
import uuid

import pytest
from django.urls import reverse

from attendance.models import Closure, Register, RegisterRevision
from attendance.registers.selectors.missing import find_missing, open_days
from core.scope import Places
from schools.models import Enrolment, Pupil
from tests.attendance.test_registers import pupil_ids, send
from tests.html_query import read
from tests.sending import send_register
from tests.world import enrol, make_class

pytestmark = pytest.mark.django_db
TODAY = reverse("attendance:today")
ONE_DAY = datetime.timedelta(days=1)


def sheet_url(school_class, date, session="am"):
    return reverse("attendance:sheet", args=[school_class.pk, date, session])


def fill(client, url, **changes):
    """The form of a sheet as a browser would send it, with some fields changed."""
    form = read(client.get(url)).one("form#register")
    data = {
        field.get("name"): field.get("value")
        for field in form.select("input")
        if field.get("type") != "radio" or "checked" in field.attributes
    }
    return {name: value or "" for name, value in data.items()} | changes


def test_today_of_a_teacher_shows_own_classes_only(world, sign_in):
    page = read(sign_in(world.teacher_a).get(TODAY))
    assert page.texts(".class-row__name") == ["6A Buổi sáng"]
    assert page.texts(".class-row__state") == ["Chưa điểm danh"]
    assert page.one("h1").text == "Còn 1 sổ cần điểm danh"


def test_today_of_a_head_says_each_state_in_words_what_is_missing_first(world, sign_in):
    send(world)
    send_register(
        school_class=world.class_a12,
        date=world.today,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=0,
        marks={},
        state="not_held",
        not_held_reason="cold",
        by=world.head_a,
    )
    page = read(sign_in(world.head_a).get(TODAY))
    assert page.one("h1").text == "Đã gửi 2/3 sổ điểm danh"
    assert page.texts(".class-row__state") == ["Chưa điểm danh", "Không học", "Đã gửi 07:10"]
    assert "Rét đậm, rét hại" in page.texts(".class-row__detail")
    assert "6/6 có mặt" in page.texts(".class-row__detail")


def test_today_without_school_says_why_and_when_next(world, sign_in):
    Closure.objects.create(
        area=world.province,
        reason="holiday",
        note="Giỗ Tổ",
        valid_from=world.today,
        valid_to=world.today + 2 * ONE_DAY,
    )
    page = read(sign_in(world.teacher_a).get(TODAY))
    assert page.one("h1").text == "Ngày này không có buổi học"
    assert "Nghỉ lễ, lễ hội địa phương: Giỗ Tổ" in page.one("main .card").text
    assert "14/10/2026" in page.one("main .card").text


@pytest.mark.parametrize("query", ["?date=2026-13-40", "?date=x", "?date=2999-01-01", "?school=x"])
def test_today_with_a_wrong_address_is_today(world, sign_in, query):
    page = read(sign_in(world.teacher_a).get(TODAY + query))
    assert page.one("h1").text == "Còn 1 sổ cần điểm danh"


def test_sheet_shows_the_roll_by_name_with_the_last_days_and_who_left(world, sign_in):
    ids = pupil_ids(world.class_a)
    for back in range(6, 0, -1):
        marks = {ids[0]: ("K", "")} if back == 1 else {}
        send(world, marks, date=world.today - back * ONE_DAY)
    Enrolment.objects.filter(pupil=ids[2]).update(
        valid_to=world.today - ONE_DAY, exit_reason="dropout"
    )
    answer = sign_in(world.teacher_a).get(sheet_url(world.class_a, world.today))
    page = read(answer)
    assert page.texts(".roll__row .roll__name") == [
        "Giàng A Chua",
        "Lò Thị Hương",
        "Phàn Lở Mẩy",
        "Tẩn Tả Mẩy",
        "Vàng Thị Pà",
        "Ma A Dơ",
    ]
    assert page.texts(".roll__row--gone s") == ["Ma A Dơ"]
    days = page.select(".days")[0].select("i")
    assert [day.get("class") for day in days] == [None, None, None, None, "d-K"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_sheet_sends_as_a_plain_form_and_gives_a_receipt(world, sign_in):
    client = sign_in(world.teacher_a)
    first, second, *_rest = pupil_ids(world.class_a)
    url = sheet_url(world.class_a, world.today)
    data = fill(client, url, **{f"mark-{first}": "K", f"mark-{second}": "P"})
    data[f"reason-{second}"] = "sick"
    answer = client.post(url, data, follow=True)
    assert answer.redirect_chain == [(url, 302)]
    register = Register.objects.get()
    assert set(register.absences.values_list("pupil_id", "mark", "reason")) == {
        (first, "K", ""),
        (second, "P", "sick"),
    }
    assert "mã biên nhận" in read(answer).one(".sync--sent").text
    # The form sent again by a nervous thumb is the same operation.
    client.post(url, data)
    assert RegisterRevision.objects.count() == 1


def test_without_a_script_every_row_may_be_given_a_reason(world, sign_in):
    """Else the page carries the reason once, for the script, and on rows that have a mark."""
    client = sign_in(world.teacher_a)
    first, *_rest = pupil_ids(world.class_a)
    url = sheet_url(world.class_a, world.today)
    page = read(client.get(url))
    assert len(page.select("ol .roll__reason")) == 0
    assert client.get(url).content.count(b'class="roll__reason"') == 1
    whole = read(client.get(page.one("noscript a").get("href").replace("?", f"{url}?")))
    assert len(whole.select("ol .roll__reason select")) == len(pupil_ids(world.class_a))
    assert [each.text for each in whole.select(".roll__row")[0].select(".say")] == [
        "Có phép",
        "Không phép",
        "Đi muộn",
        "Có mặt",
    ]
    send(world, {first: ("K", "sick")})
    (given,) = read(client.get(url)).select("ol .roll__reason select")
    assert given.get("name") == f"reason-{first}"


def test_refused_sheet_keeps_its_marks(world, sign_in):
    client = sign_in(world.teacher_a)
    first, gone, *_rest = pupil_ids(world.class_a)
    url = sheet_url(world.class_a, world.today)
    data = fill(client, url, **{f"mark-{first}": "K", f"mark-{gone}": "P"})
    Enrolment.objects.filter(pupil=gone).update(valid_to=world.today, exit_reason="out")
    answer = client.post(url, data)
    assert answer.status_code == 422
    page = read(answer)
    assert "Danh sách lớp đã thay đổi" in page.one("#refusal").text
    kept = page.one(f"[name=mark-{first}][value=K]")
    assert "checked" in kept.attributes
    assert Register.objects.count() == 0
    # The marks of the page, sent again, are accepted: the pupil who left is not on it.
    again = {name: value for name, value in data.items() if not name.endswith(f"-{gone}")}
    assert client.post(url, again).status_code == 302


def test_stale_sheet_asks_only_about_the_pupils_that_differ(world, sign_in):
    first, second, third, *_rest = pupil_ids(world.class_a)
    client = sign_in(world.teacher_a)
    url = sheet_url(world.class_a, world.today)
    mine = fill(client, url, **{f"mark-{first}": "K", f"mark-{third}": "M"})
    theirs = {first: ("P", ""), second: ("P", "sick"), third: ("M", "")}
    send(world, theirs, by=world.head_a)
    answer = client.post(url, mine)
    assert answer.status_code == 409
    page = read(answer)
    assert page.texts("fieldset legend") == ["Giàng A Chua"]
    assert "Lù Văn Sơn" in page.one(".meta").text
    assert Register.objects.get().revision == 1

    form = page.one("main form")
    data = {
        field.get("name"): field.get("value") or ""
        for field in form.select("input")
        if field.get("type") == "hidden" or "checked" in field.attributes
    }
    data[f"mark-{first}"] = "K:"
    assert client.post(url, data).status_code == 302
    register = Register.objects.get()
    assert register.revision == 2
    assert set(register.absences.values_list("pupil_id", "mark", "reason")) == {
        (first, "K", ""),
        (second, "P", "sick"),
        (third, "M", ""),
    }
    assert register.revisions.get(number=2).set_aside == {str(first): ["P", ""]}
    history = read(client.get(url + "history/"))
    assert "Giàng A Chua: Nghỉ có phép" in history.one(".set-aside").text


def test_a_stale_sheet_that_touches_others_is_added_and_told(world, sign_in):
    first, second, *_rest = pupil_ids(world.class_a)
    client = sign_in(world.teacher_a)
    url = sheet_url(world.class_a, world.today)
    mine = fill(client, url, **{f"mark-{first}": "K"})
    send(world, {second: ("P", "sick")}, by=world.head_a)
    page = read(client.post(url, mine, follow=True))
    assert "được cộng vào" in page.text
    assert Register.objects.get().absent == 2
    assert "Gộp" in read(client.get(url + "history/")).text


def test_not_held_needs_a_reason(world, sign_in):
    client = sign_in(world.teacher_a)
    url = sheet_url(world.class_a, world.today)
    common = {"operation_id": uuid.uuid4(), "base_revision": 0, "state": "not_held"}
    assert client.post(url, common | {"not_held_reason": ""}).status_code == 422
    assert Register.objects.count() == 0
    assert client.post(url, common | {"not_held_reason": "flood"}).status_code == 302
    assert Register.objects.get().state == "not_held"


def test_earlier_day_is_corrected_with_a_reason_and_told_in_the_history(world, sign_in):
    yesterday = world.today - ONE_DAY
    first, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")}, date=yesterday)
    client = sign_in(world.head_a)
    url = sheet_url(world.class_a, yesterday)
    data = fill(client, url, **{f"mark-{first}": "P"})
    assert client.post(url, data).status_code == 422
    data = fill(client, url, **{f"mark-{first}": "P", "correction_reason": "Có đơn xin nghỉ"})
    assert client.post(url, data).status_code == 302
    history = reverse("attendance:history", args=[world.class_a.pk, yesterday, "am"])
    newest, oldest = read(client.get(history)).select(".timeline__item")
    assert "Có đơn xin nghỉ" in newest.text
    assert "Giàng A Chua: Nghỉ không phép → Nghỉ có phép" in newest.text
    assert "Gửi lần đầu" in oldest.text


def test_commune_officer_reads_and_cannot_send(world, sign_in):
    client = sign_in(world.commune_officer)
    url = sheet_url(world.class_a, world.today)
    page = read(client.get(url))
    assert page.select("main button.button--primary") == []
    assert client.post(url, {"base_revision": 0}).status_code == 403
    assert Register.objects.count() == 0


@pytest.mark.parametrize(
    ("date", "session"),
    [("2026-10-12", "pm"), ("2020-01-06", "am"), ("2026-02-30", "am"), ("2026-10-12", "xx")],
)
def test_session_that_cannot_be_is_absent(world, sign_in, date, session):
    answer = sign_in(world.teacher_a).get(f"/attendance/{world.class_a.pk}/{date}/{session}/")
    assert answer.status_code == 404


def test_sheet_of_a_closed_day_with_a_register_says_that_it_does_not_count(world, sign_in):
    send(world)
    Closure.objects.create(
        school=world.school_a,
        reason="cold",
        valid_from=world.today,
        valid_to=world.today + ONE_DAY,
    )
    page = read(sign_in(world.teacher_a).get(sheet_url(world.class_a, world.today)))
    assert "sổ này hiện không được tính" in " ".join(page.texts("main .notice"))
    assert page.select("main button.button--primary") == []


def test_sheet_of_35_pupils_weighs_at_most_12_kilobytes(world, sign_in):
    names = [f"Nguyễn Thị Hoàng {chr(65 + n % 26)}{n}" for n in range(35)]
    big = make_class(world.school_a, world.year, "7A", "THCS", "7", names[:12])
    for name in names[12:]:
        pupil = Pupil.objects.create(
            full_name=name, sex="F", birth_date=datetime.date(2014, 1, 1), ethnic_group="03"
        )
        enrol(pupil, big, world.since)
    answer = sign_in(world.head_a).get(sheet_url(big, world.today))
    assert len(read(answer).select(".roll__row")) == 35
    assert len(gzip.compress(answer.content)) <= 12_000


def test_today_of_a_teacher_counts_what_is_missing_of_earlier_days(world, sign_in):
    client = sign_in(world.teacher_a)
    own = Places(world.today, classes=frozenset([world.class_a.pk]))
    found = find_missing(own, open_days(world.today)).missing
    earlier = sorted(
        (each for each in found if each.date < world.today), key=lambda each: each.date
    )
    first, last = earlier[0], earlier[-1]
    page = read(client.get(TODAY))
    assert f"Còn thiếu {len(earlier)} sổ của ngày trước." in page.text
    link = page.one(f'main .notice a[href="{sheet_url(world.class_a, first.date)}"]')
    assert link.text == f"Gửi sổ đầu tiên: 6A sáng {first.date:%d/%m}"
    for each in earlier[:-1]:
        send(world, {}, date=each.date)
    page = read(client.get(TODAY))
    assert "Còn thiếu 1 sổ của ngày trước." in page.text
    send(world, {}, date=last.date)
    assert "của ngày trước" not in read(client.get(TODAY)).text
    # Who answers for a school has them on his first page, of all its classes.
    assert "của ngày trước" not in read(sign_in(world.head_a).get(TODAY)).text
