"""After the time to correct: asked with a reason, answered one level up, open for some hours."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import translation

from attendance.models import Register, Reopening
from attendance.registers.refusals import WindowClosed
from attendance.registers.selectors.windows import window_end
from attendance.reopenings.services import (
    ask_reopening,
    close_reopening,
    decide_reopening,
    open_registers,
)
from core.models import Rule
from core.months import Month
from core.workflow import IllegalTransition
from reports.models import StaleMonth
from tests.frozen import freeze_time
from tests.html_query import read
from tests.sending import send_register

pytestmark = pytest.mark.django_db
PAGE = reverse("attendance:reopenings")
DAY = datetime.timedelta(days=1)
PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/90.0 Mobile Safari/537.36"


def send(world, marks=None, *, base=0, date=None, head=False, **more):
    return send_register(
        school_class=world.class_a,
        date=date or world.today,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=base,
        marks=marks or {},
        by=world.head_a if head else world.teacher_a,
        answers_for_school=head,
        **more,
    )


def correct(world, **more):
    return send(world, base=1, correction_reason="Ghi nhầm", **more)


def ask(world, *, head=False, first=None, last=None, reason="Ghi nhầm tên", **more):
    values = {
        "school_class": world.class_a,
        "first_day": first or world.today,
        "last_day": last or first or world.today,
        "reason": reason,
        "by": world.head_a if head else world.teacher_a,
        "by_office": head,
    }
    return ask_reopening(**values | more)


def on(date):
    return freeze_time(f"{date.isoformat()}T03:00:00+00:00")


def after_the_month(world):
    return on(Month.of(world.today).end + 5 * DAY)


def test_a_teacher_corrects_for_some_days_and_the_head_until_after_the_month(world):
    send(world)
    with on(world.today + 7 * DAY):
        correct(world)
    with on(world.today + 8 * DAY):
        with pytest.raises(WindowClosed):
            send(world, base=2, correction_reason="Ghi nhầm")
        send(world, base=2, correction_reason="Ghi nhầm", head=True)
    with after_the_month(world), pytest.raises(WindowClosed):
        send(world, base=3, correction_reason="Ghi nhầm", head=True)


def test_what_is_missing_may_be_sent_until_after_the_month(world):
    with on(Month.of(world.today).end + 4 * DAY):
        send(world)
    with after_the_month(world), pytest.raises(WindowClosed):
        send(world, date=world.today + DAY)


def test_windows_are_dated_data(world):
    Rule.objects.filter(key="attendance.teacher_days").update(valid_to=world.today)
    Rule.objects.create(key="attendance.teacher_days", value=1, valid_from=world.today)
    assert window_end(world.today, answers_for_school=False) == world.today + 2 * DAY
    before = world.today - DAY
    assert window_end(before, answers_for_school=False) == before + 8 * DAY


def test_granted_it_is_open_for_some_hours_and_the_figures_are_recounted(world):
    send(world)
    with after_the_month(world) as clock:
        reopening = ask(world, reason="Em Chua có đơn xin nghỉ")
        with pytest.raises(WindowClosed):
            correct(world)
        decide_reopening(reopening=reopening, granted=True, answer="", by=world.head_a)
        StaleMonth.objects.all().delete()
        correct(world)
        assert StaleMonth.objects.filter(school_class=world.class_a).exists()
        clock.shift(datetime.timedelta(hours=49))
        with pytest.raises(WindowClosed):
            send(world, base=2, correction_reason="Ghi nhầm")
    assert Register.objects.get().revision == 2


def test_only_the_class_and_the_days_asked_for(world):
    with after_the_month(world):
        reopening = ask(world, first=world.today, last=world.today + DAY)
        decide_reopening(reopening=reopening, granted=True, answer="", by=world.head_a)
        send(world, date=world.today + DAY)
        with pytest.raises(WindowClosed):
            send(world, date=world.today + 2 * DAY)
        with pytest.raises(WindowClosed):
            send_register(
                school_class=world.class_a12,
                date=world.today,
                session="am",
                operation_id=uuid.uuid4(),
                base_revision=0,
                marks={},
                by=world.head_a,
            )
        school = ask(world, head=True, whole_school=True)
        decide_reopening(reopening=school, granted=True, answer="", by=world.commune_officer)
        send_register(
            school_class=world.class_a12,
            date=world.today,
            session="am",
            operation_id=uuid.uuid4(),
            base_revision=0,
            marks={},
            by=world.head_a,
        )


def test_nobody_answers_their_own_request(world):
    # A head who takes registers too.
    reopening = ask(world, by=world.head_a)
    with pytest.raises(IllegalTransition) as refused:
        decide_reopening(reopening=reopening, granted=True, answer="", by=world.head_a)
    assert refused.value.code == "own"
    assert Reopening.objects.get().state == "waiting"


@pytest.mark.parametrize("by", ["teacher_a", "head_b"])
def test_who_decides_for_another_place_or_for_none_answers_nothing(world, by):
    reopening = ask(world)
    with pytest.raises(PermissionDenied):
        decide_reopening(reopening=reopening, granted=True, answer="", by=getattr(world, by))
    assert Reopening.objects.get().state == "waiting"


def test_a_refusal_needs_its_reason(world):
    reopening = ask(world)
    with pytest.raises(ValidationError) as refused:
        decide_reopening(reopening=reopening, granted=False, answer=" ", by=world.head_a)
    assert list(refused.value.error_dict) == ["answer"]
    assert Reopening.objects.get().state == "waiting"


def test_one_answer_only(world):
    reopening = ask(world)
    decide_reopening(reopening=reopening, granted=False, answer="Sổ đúng", by=world.head_a)
    with pytest.raises(ValidationError):
        decide_reopening(reopening=reopening, granted=True, answer="", by=world.head_a)
    assert Reopening.objects.get().state == "refused"


def test_days_that_cannot_be_asked_for(world):
    for first, last in [
        (world.today, world.today - DAY),
        (world.today, world.today + DAY),
        (world.today - 90 * DAY, world.today),
    ]:
        with pytest.raises(ValidationError):
            ask(world, first=first, last=last)
    with pytest.raises(ValidationError):
        ask(world, reason="  ")
    assert Reopening.objects.count() == 0


def test_the_whole_road_through_the_pages(world, sign_in):
    send(world)
    sheet = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    with after_the_month(world):
        teacher, head = sign_in(world.teacher_a), sign_in(world.head_a)
        link = read(teacher.get(sheet)).one("main .notice--info a.button")
        assert link.text == "Xin mở lại sổ"
        days = {"first_day": world.today, "last_day": world.today}
        assert teacher.post(link.get("href"), days | {"reason": ""}).status_code == 422
        asked = teacher.post(link.get("href"), days | {"reason": "Em Chua có đơn"})
        assert asked.status_code == 302
        assert "đang chờ trả lời" in " ".join(read(teacher.get(sheet)).texts("main .notice"))
        assert "đề nghị chờ thầy cô trả lời" in read(head.get(reverse("home"))).text
        page = read(head.get(PAGE))
        assert "Em Chua có đơn" in page.one("main section.card").text
        form = page.one("main section.card form")
        assert head.post(form.get("action"), {"grant": "1"}).status_code == 302
        page = read(teacher.get(sheet))
        data = {
            field.get("name"): field.get("value") or ""
            for field in page.one("form#register").select("input")
            if field.get("type") == "hidden" or "checked" in field.attributes
        }
        first = next(name for name in data if name.startswith("mark-"))
        data |= {first: "P", "correction_reason": "Em Chua có đơn"}
        answer = teacher.post(sheet, data, headers={"User-Agent": PHONE})
        assert answer.status_code == 302
        history = read(teacher.get(sheet + "history/")).text
        assert " · điện thoại" in history
        assert "Em Chua có đơn" in history
        assert "Nghỉ có phép" in history
    assert Register.objects.get().excused == 1


def test_what_the_head_asks_is_answered_above_the_school(world, sign_in):
    reopening = ask(world, head=True)
    url = reverse("attendance:reopening_decide", args=[reopening.pk])
    assert sign_in(world.head_a).post(url, {"grant": "1"}).status_code == 404
    assert sign_in(world.teacher_a).post(url, {"grant": "1"}).status_code == 403
    assert sign_in(world.head_b).post(url, {"grant": "1"}).status_code == 404
    officer = sign_in(world.commune_officer)
    assert officer.get(url).status_code == 405
    assert officer.post(url, {"refuse": "1", "answer": ""}).status_code == 302
    assert Reopening.objects.get().state == "waiting"
    assert officer.post(url, {"grant": "1"}).status_code == 302
    assert Reopening.objects.get().state == "granted"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (PHONE, "Android · Chrome"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Windows · Edge"),
        ("Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/110 Chrome/104", "Windows · Cốc Cốc"),
        ("PhanMemTruong/2", "phần mềm khác"),
        ("", ""),
    ],
)
def test_devices_in_plain_words(rf, agent, words):
    from attendance.registers.devices import device_of

    assert device_of(rf.get("/", headers={"User-Agent": agent})) == words


@pytest.mark.parametrize(
    ("kept", "word"),
    [
        ("Android · Chrome", "điện thoại"),
        ("iPad · Safari", "điện thoại"),
        ("Windows · Cốc Cốc", "máy tính"),
        ("Chrome", "máy tính"),
        ("phần mềm khác", "hệ thống khác (API)"),
        ("another program", "hệ thống khác (API)"),
        ("Tệp Excel · Windows · Edge", "Tệp Excel"),
        ("Excel file · Android · Chrome", "Tệp Excel"),
        ("", ""),
    ],
)
def test_history_says_the_kind_of_device(kept, word):
    from attendance.registers.devices import kind_of_device

    with translation.override("vi"):
        assert kind_of_device(kept) == word


def open_place(world, place, **more):
    values = {
        "place": place,
        "first_day": world.today,
        "last_day": world.today,
        "reason": "Máy chủ trường hỏng cả tuần",
        "by": world.commune_officer,
    }
    return open_registers(**values | more)


@pytest.mark.parametrize("place", ["commune_a", "cluster", "province", "school_a"])
def test_an_office_opens_a_whole_place_for_some_days_and_hours(world, place):
    send(world)
    with after_the_month(world) as clock:
        with pytest.raises(WindowClosed):
            correct(world)
        open_place(world, getattr(world, place))
        assert correct(world).register.revision == 2
        with pytest.raises(WindowClosed):
            send(world, date=world.today - DAY)
        clock.shift(datetime.timedelta(hours=49))
        with pytest.raises(WindowClosed):
            send(world, base=2, correction_reason="Lần nữa")


def test_another_place_that_is_open_opens_nothing_here(world):
    send(world)
    with after_the_month(world):
        open_place(world, world.commune_b)
        open_place(world, world.school_b)
        with pytest.raises(WindowClosed):
            correct(world)


def test_a_place_is_opened_with_a_reason_and_for_days_that_have_been(world):
    for change in ({"reason": " "}, {"last_day": world.today + DAY, "first_day": world.today}):
        with pytest.raises(ValidationError):
            open_place(world, world.commune_a, **change)
    assert not Reopening.objects.exists()


def test_an_office_opens_a_place_on_the_page(world, sign_in):
    officer = sign_in(world.commune_officer)
    url = reverse("attendance:reopening_open")
    offered = [option.text for option in read(officer.get(url)).select("[name=place] option")]
    assert offered == ["Xã A Một", "TH&THCS A Một"]
    values = {
        "place": f"area:{world.commune_a.pk}",
        "first_day": world.today.isoformat(),
        "last_day": world.today.isoformat(),
        "reason": "Nhập lại sau lũ",
    }
    refused = officer.post(url, values | {"place": f"area:{world.commune_b.pk}"})
    assert refused.status_code == 422
    assert officer.post(url, values, follow=True).status_code == 200
    assert "Xã A Một · 12/10/2026" in read(officer.get(PAGE)).text
    # Who answers for a school asks; nobody opens his own.
    head = sign_in(world.head_a)
    assert head.get(url).status_code == 403
    assert read(head.get(PAGE)).select('a[href="' + url + '"]') == []


def test_closed_again_nobody_corrects_from_that_moment_on(world):
    send(world)
    with after_the_month(world):
        granted = ask(world)
        decide_reopening(reopening=granted, granted=True, answer="", by=world.head_a)
        correct(world)
        close_reopening(reopening=granted, by=world.head_a)
        with pytest.raises(WindowClosed):
            send(world, base=2, correction_reason="Lần nữa")
        with pytest.raises(ValidationError):
            close_reopening(reopening=granted, by=world.commune_officer)
        kept = Reopening.objects.get()
        assert (kept.state, kept.closed_by) == ("closed", world.head_a)
        assert kept.closed_at < kept.open_until
    assert Register.objects.get().revision == 2


def test_only_what_is_open_can_be_closed(world):
    with after_the_month(world) as clock:
        waiting, opened = ask(world), open_place(world, world.school_a)
        clock.shift(datetime.timedelta(hours=49))
        for each in (waiting, opened):
            with pytest.raises(ValidationError):
                close_reopening(reopening=each, by=world.commune_officer)
    assert not Reopening.objects.filter(closed_at__isnull=False).exists()


def test_who_may_answer_or_open_closes_again(world, sign_in):
    with after_the_month(world):
        asked = ask(world)
        decide_reopening(reopening=asked, granted=True, answer="", by=world.head_a)
        from_the_head = ask(world, head=True)
        decide_reopening(reopening=from_the_head, granted=True, answer="", by=world.commune_officer)
        opened = open_place(world, world.commune_a)
        may = {
            asked: [world.head_a, world.commune_officer, world.province_officer],
            from_the_head: [world.commune_officer, world.province_officer],
            opened: [world.commune_officer, world.province_officer],
            open_place(world, world.school_a): [world.commune_officer, world.province_officer],
        }
        for person in (
            world.teacher_a,
            world.head_a,
            world.head_b,
            world.commune_officer,
            world.province_officer,
        ):
            client = sign_in(person)
            page = read(client.get(PAGE))
            for each, people in may.items():
                url = reverse("attendance:reopening_close", args=[each.pk])
                is_offered = bool(page.select(f'a[href="{url}"]'))
                assert (client.get(url).status_code == 200) == (person in people) == is_offered


def test_a_place_is_closed_again_on_the_page(world, sign_in):
    send(world)
    sheet = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    with after_the_month(world):
        opened = open_place(world, world.commune_a)
        teacher, officer = sign_in(world.teacher_a), sign_in(world.commune_officer)
        assert read(teacher.get(sheet)).select("form#register button.button--primary")
        url = reverse("attendance:reopening_close", args=[opened.pk])
        asking = read(officer.get(url))
        assert "Đóng lại các sổ này?" in asking.text
        assert Reopening.objects.get().state == "granted"
        answer = read(officer.post(url, follow=True))
        assert f"{world.commune_officer} đã đóng lại lúc 10:00 06/11" in answer.text
        assert answer.select(f'a[href="{url}"]') == []
        assert not read(teacher.get(sheet)).select("form#register button.button--primary")
        assert "Sổ không còn mở" in read(officer.get(url)).text


def test_who_answers_a_moment_after_a_colleague_is_told_so(world, sign_in):
    client = sign_in(world.head_a)
    url = reverse("attendance:reopening_decide", args=[ask(world).pk])
    client.post(url, {"grant": "1"})
    page = read(client.post(url, {"refuse": "1", "answer": "Đã khoá sổ"}, follow=True))
    assert "Đề nghị này đã được trả lời." in page.one("main").text
    assert Reopening.objects.get().state == "granted"
