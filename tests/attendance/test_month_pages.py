"""The month grid as plain forms, without a script; and what is printed."""

import datetime
import uuid

import pytest
from django.urls import reverse

from attendance.mark_parsing import PRESENT, WRITTEN, read_mark
from attendance.models import Closure, Register, RegisterRevision
from attendance.month_sheet.forms import read_month
from core.months import Month
from schools.models import Enrolment
from tests.attendance.test_registers import pupil_ids, send
from tests.html_query import read

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)


def month_url(world, month=None, school_class=None):
    school_class = school_class or world.class_a
    return reverse("attendance:month", args=[school_class.pk, month or Month.of(world.today)])


def code(date, session="am"):
    return f"{date:%d}{session}"


def cell(pupil, date, session="am"):
    return f"mark-{pupil}-{code(date, session)}"


def fields(page):
    """What a browser sends of the grid or of the page that asks once more, box by box."""
    data = {}
    for field in page.one("form#month").select("input"):
        if field.get("type") == "checkbox" and "checked" not in field.attributes:
            continue
        data.setdefault(field.get("name"), []).append(field.get("value") or "")
    return data


def fill(client, url, *, send=(), **cells):
    """The untouched grid with some cells and boxes changed."""
    data = fields(read(client.get(url)))
    data |= {name.replace("_", "-"): value for name, value in cells.items()}
    if send:
        data["send"] = list(send)
    return data


def confirm(client, url, answer, **more):
    """Press "send" on the page that asks once more."""
    data = fields(read(answer)) | {"step": "send"} | more
    return client.post(url, data, follow=True), data


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("p", "P"),
        ("K", "K"),
        (" m ", "M"),
        ("x", PRESENT),
        ("V", PRESENT),
        ("+", PRESENT),
        ("✓", PRESENT),
        ("Có phép", "P"),
        ("KHÔNG  PHÉP", "K"),
        ("đi muộn", "M"),
        ("", ""),
        ("  ", ""),
        (None, ""),
    ],
)
def test_letters_as_people_write_them(text, letter):
    assert read_mark(text) == letter


@pytest.mark.parametrize("text", ["q", "PK", "0", "nghỉ", "-"])
def test_a_letter_nobody_knows_is_not_guessed(text):
    with pytest.raises(ValueError, match=text):
        read_mark(text)


def test_every_way_of_writing_is_in_the_form_it_is_compared_in():
    assert {read_mark(word.upper()) for word in WRITTEN} == {"P", "K", "M", PRESENT}


def test_what_does_not_fit_the_month_is_no_field(world, rf):
    data = {"base-31am": "0", "base-30am": "0", "base-00pm": "0", "mark-5-31am": "K", "x": "y"}
    form = read_month(rf.post("/", data).POST, Month(2026, 9))
    assert [draft.code for draft in form.drafts.values()] == ["30am"]
    assert form.drafts[datetime.date(2026, 9, 30), "am"].cells == {}


def test_grid_says_taken_not_taken_and_not_held_in_words_and_looks(world, sign_in):
    first, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")}, date=world.today - ONE_DAY)
    send(
        world,
        {},
        date=world.today - 2 * ONE_DAY,
        state="not_held",
        not_held_reason="cold",
    )
    page = read(sign_in(world.teacher_a).get(month_url(world)))
    assert page.one("h1").text == "6A · tháng 10/2026 còn thiếu 10 sổ"
    heads = {th.get("id"): th for th in page.select("thead th") if th.get("id")}
    states = {
        "d09am": ("col--not_taken", "Thứ 6 9/10 buổi sáng: Chưa điểm danh"),
        "d10am": ("col--not_held", "Thứ 7 10/10 buổi sáng: Không học"),
        "d11am": ("col--taken", "Chủ nhật 11/10 buổi sáng: Đã điểm danh"),
        "d13am": ("col--to_come", "Thứ 3 13/10 buổi sáng: Chưa đến ngày"),
    }
    for name, (css, words) in states.items():
        assert css in heads[name].get("class")
        assert heads[name].one(".visually-hidden").text == words
    assert heads["d11am"].one("a").get("href").endswith("/2026-10-11/am/")
    row = page.select("tbody tr")[0].select("td")
    values = [td.select("input")[0].get("value") if td.select("input") else td.text for td in row]
    assert values[8:13] == ["", "", "K", "", ""]
    assert row[9].get("class") == "off"
    assert values[-3:] == ["", "1", ""]
    second = page.select("tbody tr")[1].select("td")[10]
    assert second.one("input").get("value") == PRESENT
    present, roll = page.select("tfoot tr")
    assert (present.select("td")[10].text, roll.select("td")[10].text) == ("5", "6")
    assert present.select("td")[8].text == ""


def test_a_day_whose_time_is_over_is_locked_in_words_and_looks(world, sign_in):
    old, fresh = datetime.date(2026, 10, 2), datetime.date(2026, 10, 9)
    first, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")}, date=old)
    send(world, {}, date=fresh)
    page = read(sign_in(world.teacher_a).get(month_url(world)))
    heads = {th.get("id"): th for th in page.select("thead th") if th.get("id")}
    assert "Đã điểm danh, khoá" in heads[f"d{code(old)}"].text
    assert heads[f"d{code(old)}"].one("a").get("title") == "Đã hết thời gian sửa sổ này."
    locked = {key for key, th in heads.items() if "is-locked" in th.get("class")}
    assert locked == {f"d{code(old)}"}
    assert page.select(f'input[name="{cell(first, old)}"]') == []
    assert "m-K locked" in {td.get("class") for td in page.select("tbody td")}
    assert "Bấm vào ngày đó để xin mở lại" in page.text
    # The head may still correct it.
    assert "khoá" not in read(sign_in(world.head_a).get(month_url(world))).one("table").text


def test_rows_go_by_name_with_who_came_and_who_left(world, sign_in):
    ids = pupil_ids(world.class_a)
    for back in range(3, -1, -1):
        send(world, {}, date=world.today - back * ONE_DAY)
    Enrolment.objects.filter(pupil=ids[0]).update(
        valid_to=world.today - ONE_DAY, exit_reason="dropout"
    )
    Enrolment.objects.filter(pupil=ids[1]).update(valid_from=world.today - ONE_DAY)
    page = read(sign_in(world.teacher_a).get(month_url(world)))
    assert page.texts("tbody th") == [
        "1 Giàng A Chua rời lớp 11/10",
        "2 Ma A Dơ",
        "3 Lò Thị Hương từ 11/10",
        "4 Phàn Lở Mẩy",
        "5 Tẩn Tả Mẩy",
        "6 Vàng Thị Pà",
    ]
    assert page.texts("tbody s") == ["Giàng A Chua"]
    left, came = (page.select("tbody tr")[n].select("td") for n in (0, 2))
    assert [left[n].get("class") for n in (9, 10, 11)] == ["m-x", "gone", "gone"]
    assert [came[n].get("class") for n in (8, 9)] == ["before", "before"]
    assert came[10].select("input")
    assert not left[10].select("input")


def test_an_untouched_grid_sends_nothing(world, sign_in):
    client = sign_in(world.teacher_a)
    answer = client.post(month_url(world), fill(client, month_url(world)))
    assert answer.status_code == 422
    assert "Chưa ghi gì nên chưa gửi" in read(answer).one(".notice--warning[role=alert]").text
    assert not Register.objects.exists()


def test_only_days_with_something_in_them_are_sent_after_a_second_look(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, second, *_rest = pupil_ids(world.class_a)
    one, two = world.today - 3 * ONE_DAY, world.today - ONE_DAY
    data = fill(client, url, send=[code(two)], **{cell(first, one): "k", cell(second, one): "CP"})
    asked = client.post(url, data)
    page = read(asked)
    assert page.one("h1").text == "Gửi 2 sổ của lớp 6A?"
    assert page.texts("li strong") == ["Thứ 6 9/10 buổi sáng", "Chủ nhật 11/10 buổi sáng"]
    assert "4/6 có mặt · 1 P · 1 K" in page.select("form#month li")[0].text
    assert "6/6 có mặt" in page.select("form#month li")[1].text
    assert not Register.objects.exists()

    answer, sent = confirm(client, url, asked)
    assert answer.redirect_chain == [(url, 302)]
    assert "Đã gửi 2 sổ" in read(answer).text
    registers = Register.objects.order_by("date")
    assert [(r.date, r.excused, r.unexcused, r.roll) for r in registers] == [
        (one, 1, 1, 6),
        (two, 0, 0, 6),
    ]
    client.post(url, sent, follow=True)
    assert RegisterRevision.objects.count() == 2


def test_back_to_the_table_keeps_everything(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, second, *_rest = pupil_ids(world.class_a)
    asked = client.post(url, fill(client, url, **{cell(first, world.today): "m"}))
    page = read(client.post(url, fields(read(asked)) | {"step": "edit"}))
    values = {field.get("name"): field for field in page.select("tbody input")}
    assert values[cell(first, world.today)].get("value") == "M"
    assert values[cell(first, world.today)].get("data-was") == ""
    assert values[cell(second, world.today)].get("value") == PRESENT
    assert values[cell(second, world.today - ONE_DAY)].get("value") is None or not values[
        cell(second, world.today - ONE_DAY)
    ].get("value")
    boxes = [box.get("value") for box in page.select("[name=send]") if "checked" in box.attributes]
    assert boxes == [code(world.today)]


def test_a_cell_nobody_understands_stops_everything_and_stays(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, second, *_rest = pupil_ids(world.class_a)
    data = fill(client, url, **{cell(first, world.today): "q", cell(second, world.today): "k"})
    answer = client.post(url, data)
    assert answer.status_code == 422
    page = read(answer)
    assert "“q” không phải P, K, M hay x" in page.one("#refusal").text
    values = {field.get("name"): field.get("value") for field in page.select("tbody input")}
    assert values[cell(first, world.today)] == "q"
    assert values[cell(second, world.today)] == "K"
    assert not Register.objects.exists()


def test_a_correction_needs_one_reason_and_keeps_the_reason_of_a_mark(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, second, *_rest = pupil_ids(world.class_a)
    day = world.today - 2 * ONE_DAY
    send(world, {first: ("P", "sick")}, date=day)
    asked = client.post(url, fill(client, url, **{cell(second, day): "K"}))
    again, data = confirm(client, url, asked)
    assert again.status_code == 422
    assert read(again).one("#why").get("aria-invalid") == "true"
    client.post(url, data | {"correction_reason": "Phụ huynh báo muộn"})
    revision = RegisterRevision.objects.get(number=2)
    assert revision.marks == {str(first): ["P", "sick"], str(second): ["K", ""]}
    assert revision.correction_reason == "Phụ huynh báo muộn"


def test_a_mark_taken_away_is_a_change(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")})
    asked = client.post(url, fill(client, url, **{cell(first, world.today): ""}))
    assert "Giàng A Chua x" in read(asked).one("form#month li").text
    confirm(client, url, asked)
    assert Register.objects.get().unexcused == 0


def test_a_conflict_is_told_in_its_column_and_nothing_is_written(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, second, third, *_rest = pupil_ids(world.class_a)
    before = world.today - ONE_DAY
    data = fill(
        client,
        url,
        **{cell(first, world.today): "K", cell(second, world.today): "M", cell(third, before): "P"},
    )
    send(world, {first: ("P", "sick"), third: ("K", "")}, by=world.head_a)
    asked = client.post(url, data)
    answer, _sent = confirm(client, url, asked)
    assert answer.status_code == 409
    page = read(answer)
    told = page.texts("#refusal li")
    assert len(told) == 1
    assert "Thứ 2 12/10 buổi sáng" in told[0]
    assert "Lù Văn Sơn đã gửi lúc 07:10 12/10" in told[0]
    assert "Giàng A Chua: thầy cô ghi K, người kia ghi P" in told[0]
    values = {field.get("name"): field.get("value") for field in page.select("tbody input")}
    assert [values[cell(pk, world.today)] for pk in (first, second, third)] == ["K", "M", "K"]
    assert values[cell(third, before)] == "P"
    assert [td.get("class") for td in page.select("td.contested")] == ["m-K contested"]
    assert Register.objects.count() == 1

    again = client.post(url, fields(page))
    assert read(again).one("h1").text == "Gửi 2 sổ của lớp 6A?"
    confirm(client, url, again)
    revision = RegisterRevision.objects.get(number=2)
    assert revision.marks == {
        str(first): ["K", ""],
        str(second): ["M", ""],
        str(third): ["K", ""],
    }
    assert revision.set_aside == {str(first): ["P", "sick"]}
    assert Register.objects.get(date=before).excused == 1


def test_marks_for_other_pupils_are_merged_and_said(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, second, *_rest = pupil_ids(world.class_a)
    asked = client.post(url, fill(client, url, **{cell(first, world.today): "K"}))
    send(world, {second: ("P", "")}, by=world.head_a)
    answer, _sent = confirm(client, url, asked)
    assert "ký hiệu của thầy cô đã gộp vào sổ của họ" in read(answer).text
    register = Register.objects.get()
    assert (register.excused, register.unexcused) == (1, 1)


def test_somebody_said_not_held_meanwhile(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, *_rest = pupil_ids(world.class_a)
    asked = client.post(url, fill(client, url, **{cell(first, world.today): "K"}))
    send(world, {}, by=world.head_a, state="not_held", not_held_reason="cold")
    answer, _sent = confirm(client, url, asked)
    assert answer.status_code == 409
    assert "không học (Rét đậm, rét hại)" in read(answer).one("#refusal").text
    values = {f.get("name"): f.get("value") for f in read(answer).select("tbody input")}
    assert values[cell(first, world.today)] == "K"


def test_a_day_that_was_closed_meanwhile_stays_in_sight_and_holds_nothing_up(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, *_rest = pupil_ids(world.class_a)
    closed, well = world.today - ONE_DAY, world.today
    asked = client.post(
        url, fill(client, url, **{cell(first, closed): "K", cell(first, well): "K"})
    )
    send(world, {}, date=closed, by=world.head_a)
    Closure.objects.create(
        school=world.school_a, reason="cold", valid_from=closed, valid_to=closed + ONE_DAY
    )
    answer, _sent = confirm(client, url, asked)
    assert answer.status_code == 422
    page = read(answer)
    assert "Thứ 2" not in page.one("#refusal").text
    assert "Ngày này không gửi cùng các ngày khác" in page.one("#refusal").text
    assert page.texts("td.kept")[0] == "K"
    assert Register.objects.count() == 1
    confirm(client, url, client.post(url, fields(page)))
    assert Register.objects.get(date=well).unexcused == 1


def test_a_window_that_ended_leads_to_asking(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, *_rest = pupil_ids(world.class_a)
    day = world.today - 10 * ONE_DAY
    data = fill(client, url, **{cell(first, day): "K"})
    send(world, {}, date=day, by=world.head_a, answers_for_school=True)
    answer, _sent = confirm(client, url, client.post(url, data))
    page = read(answer)
    assert answer.status_code == 422
    assert page.select("#refusal a")[1].get("href") == reverse(
        "attendance:reopening_ask", args=[world.class_a.pk, day, "am"]
    )
    assert page.texts("td.kept")[0] == "K"


def test_a_pupil_who_left_meanwhile_is_named(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, *_rest = pupil_ids(world.class_a)
    asked = client.post(url, fill(client, url, **{cell(first, world.today): "K"}))
    Enrolment.objects.filter(pupil=first).update(valid_to=world.today, exit_reason="out")
    answer, _sent = confirm(client, url, asked)
    assert answer.status_code == 422
    assert "Giàng A Chua" in read(answer).one("#refusal").text


def test_a_page_sent_before_with_other_marks_is_told_and_can_be_sent(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    first, second, *_rest = pupil_ids(world.class_a)
    data = fill(client, url, **{cell(first, world.today): "K"})
    confirm(client, url, client.post(url, data))
    answer, _sent = confirm(client, url, client.post(url, data | {cell(second, world.today): "P"}))
    assert answer.status_code == 422
    assert "đã" in read(answer).one("#refusal").text
    confirm(client, url, client.post(url, fields(read(answer))))
    register = Register.objects.get()
    assert (register.revision, register.unexcused, register.excused) == (2, 1, 1)


def test_who_only_reads_gets_no_form_and_may_not_write(world, sign_in):
    client, url = sign_in(world.commune_officer), month_url(world)
    page = read(client.get(url))
    assert not page.select("form#month")
    assert client.post(url, {"form_id": uuid.uuid4()}).status_code == 403
    teacher = sign_in(world.teacher_a)
    before = read(teacher.get(month_url(world, Month(2026, 8))))
    assert not before.select("tbody input")


@pytest.mark.parametrize("month", ["2026-07", "2027-08", "2026-13", "0000-01"])
def test_a_month_outside_the_school_year_does_not_exist(world, sign_in, month):
    client = sign_in(world.teacher_a)
    url = month_url(world).replace("2026-10", month)
    assert client.get(url).status_code == 404


def test_months_beside_and_no_further_than_the_year(world, sign_in):
    client = sign_in(world.teacher_a)
    page = read(client.get(month_url(world, Month(2026, 8))))
    assert [link.text for link in page.select(".period__step")] == ["›Tháng sau: 09/2026"]
    assert page.texts(".period__panel [aria-current]") == ["T8"]
    assert page.one("h1").text == "6A · tháng 08/2026 còn thiếu 31 sổ"
    page = read(client.get(month_url(world, Month(2027, 7))))
    assert [link.text for link in page.select(".period__step")] == ["‹Tháng trước: 06/2027"]
    assert page.one("h1").text == "6A · chưa đến tháng 07/2027"


def test_a_class_without_pupils_or_sessions_says_so(world, sign_in):
    Enrolment.objects.filter(school_class=world.class_a).delete()
    page = read(sign_in(world.teacher_a).get(month_url(world)))
    assert page.one(".empty__title").text == "Tháng này lớp chưa có học sinh"
    Closure.objects.create(
        school=world.school_a,
        reason="holiday",
        valid_from=Month(2026, 12).first,
        valid_to=Month(2026, 12).end,
    )
    page = read(sign_in(world.teacher_a).get(month_url(world, Month(2026, 12))))
    assert page.one(".empty__title").text == "Tháng này không có buổi học"
    assert page.one("h1").text == "6A · tháng 12/2026 không có buổi học"


def test_paper_blank_and_filled(world, sign_in):
    first, *_rest = pupil_ids(world.class_a)
    send(world, {first: ("K", "")})
    client, url = sign_in(world.commune_officer), month_url(world)
    blank, filled = (read(client.get(f"{url}?paper={paper}")) for paper in ("blank", "filled"))
    for page in (blank, filled):
        assert page.one("article h1").text == "Sổ điểm danh tháng 10 năm 2026"
        assert "TH&THCS A Một" in page.one(".paper__head").text
        assert len(page.select("tbody tr")) == 6
        assert len(page.select("thead th")) == 2 + 31 + 3
        assert "Giáo viên chủ nhiệm" in page.one(".paper__sign").text
    assert set(blank.texts("tbody td")[1:34]) == {""}
    assert blank.texts("tfoot td") == [""] * len(blank.texts("tfoot td"))
    assert filled.select("tbody tr")[0].texts("td")[12] == "K"
    assert filled.select("tfoot tr")[0].texts("td")[11] == "5"


def test_pages_lead_to_the_month(world, sign_in):
    client, url = sign_in(world.teacher_a), month_url(world)
    for page in (
        reverse("attendance:today"),
        reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"]),
        reverse("schools:school_class", args=[world.class_a.pk]),
        reverse("reports:school_class", args=[world.class_a.pk]) + "?month=2026-10",
    ):
        assert url in [a.get("href") for a in read(client.get(page)).select("a")]
    officer = sign_in(world.district_officer)
    figures = reverse("reports:school_class", args=[world.class_a.pk]) + "?month=2026-10"
    assert url not in [a.get("href") for a in read(officer.get(figures)).select("a")]
