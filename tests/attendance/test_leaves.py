"""Planned leave: said beforehand, shown on the sheet, counted only when the sheet is sent."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.leave.selectors import leaves_in, lines_of
from attendance.leave.services import record_leave, withdraw_leave
from attendance.models import Absence, PlannedLeave, Register
from attendance.registers.refusals import StaleRevision
from attendance.registers.selectors.sheet import sheet_of
from attendance.registers.services.merging import merge
from core.models import Event, Rule
from core.scope import Places
from schools.models import Enrolment, Pupil
from schools.pupils.services.enrolments import move_class
from tests.attendance.test_register_pages import fill, sheet_url
from tests.attendance.test_registers import pupil_ids, send
from tests.core.test_saving import stopped_by_the_server
from tests.frozen import freeze_time
from tests.html_query import read
from tests.world import enrol, make_class

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def tell(world, pupil=0, *, first=0, last=None, school_class=None, **more):
    """Leave of a pupil of a class (6A), by their place on the list; days count from today."""
    school_class = school_class or world.class_a
    values = {
        "reason": "sick",
        "announced_by": "mẹ",
        "by": world.teacher_a,
        "first_day": world.today + first * DAY,
        "last_day": world.today + (first if last is None else last) * DAY,
    }
    found = Pupil.objects.get(pk=pupil_ids(school_class)[pupil])
    return record_leave(school_class=school_class, pupil=found, **values | more)


def shown(world, *, days=0, session="am", school_class=None):
    """Marks on the sheet: pupil id -> (mark, reason), those simply present left out."""
    sheet = sheet_of(school_class or world.class_a, world.today + days * DAY, session)
    return {row.pupil.pk: (row.mark, row.reason) for row in sheet.rows if row.mark}


# --- What may be recorded ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"first": 3, "last": 2}, "last_day"),
        ({"first": 0, "last": 31}, "last_day"),
        ({"first": -100}, "first_day"),
        ({"first": 280, "last": 300}, "last_day"),
        ({"reason": "marriage"}, "reason"),
        ({"reason": "unknown"}, "reason"),
        ({"reason": "x"}, "reason"),
        ({"session": "pm"}, "session"),
        ({"announced_by": " "}, "announced_by"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_leaves_nothing(world, more, field):
    with pytest.raises(ValidationError) as refused:
        tell(world, **more)
    assert set(refused.value.error_dict) == {field}
    assert PlannedLeave.objects.count() == 0


def test_the_most_days_are_a_dated_rule(world):
    assert tell(world, last=30).last_day == world.today + 30 * DAY
    Rule.objects.filter(key="attendance.leave_days").update(value=5)
    tell(world, 1, last=4)
    with pytest.raises(ValidationError):
        tell(world, 2, last=5)


def test_the_pupil_is_on_the_roll_on_all_days(world):
    first = pupil_ids(world.class_a)[0]
    with pytest.raises(ValidationError) as refused:
        record_leave(
            school_class=world.class_b,
            pupil=Pupil.objects.get(pk=first),
            first_day=world.today,
            last_day=world.today,
            reason="sick",
            announced_by="mẹ",
            by=world.teacher_b,
        )
    assert set(refused.value.error_dict) == {"pupil"}
    Enrolment.objects.filter(pupil=first).update(valid_to=world.today + 2 * DAY, exit_reason="out")
    with pytest.raises(ValidationError) as refused:
        tell(world, last=2)
    assert "14/10/2026" in str(refused.value.error_dict["last_day"][0])
    # A roll of another school does not make these days ours.
    enrol(Pupil.objects.get(pk=first), world.class_b, world.today + 2 * DAY)
    with pytest.raises(ValidationError):
        tell(world, last=2)
    assert tell(world, last=1).pk


@pytest.mark.parametrize(("first", "last"), [(0, 0), (2, 5), (4, 9), (-3, 20)])
def test_leave_of_a_pupil_does_not_overlap(world, first, last):
    tell(world, last=4)
    with pytest.raises(ValidationError) as refused:
        tell(world, first=first, last=last, reason="family")
    assert [error.code for error in refused.value.error_dict["__all__"]] == ["overlap"]
    rival = PlannedLeave(
        school=world.school_a,
        pupil_id=pupil_ids(world.class_a)[0],
        valid_from=world.today + first * DAY,
        valid_to=world.today + (last + 1) * DAY,
        reason="sick",
        announced_by="bố",
        recorded_by=world.head_a,
        recorded_at=timezone.now(),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedLeave.objects.bulk_create([rival])
    assert PlannedLeave.objects.count() == 1
    tell(world, 1, last=4)
    tell(world, first=5, last=6)


def test_what_was_withdrawn_bars_no_other_and_cannot_come_back(world):
    leave = withdraw_leave(leave=tell(world, last=4), because="Ghi nhầm", by=world.head_a)
    tell(world, first=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedLeave.objects.filter(pk=leave.pk).update(
            withdrawn_at=None, withdrawn_by=None, withdrawn_because=""
        )
    # Withdrawn rows among each other are free, as is a change of one that stays withdrawn.
    PlannedLeave.objects.filter(pk=leave.pk).update(note="x")
    leave.refresh_from_db()
    leave.full_clean()


def test_somebody_faster_by_a_moment_is_told_as_any_other_time(world, monkeypatch):
    tell(world)
    check, calls = PlannedLeave.full_clean, []

    def blind_at_first(self, *args, **kwargs):
        calls.append(self)
        if len(calls) > 1:
            check(self, *args, **kwargs)

    monkeypatch.setattr(PlannedLeave, "full_clean", blind_at_first)
    with pytest.raises(ValidationError) as refused:
        tell(world, reason="family")
    assert [error.code for error in refused.value.error_dict["__all__"]] == ["overlap"]


def test_leave_that_a_deadlock_stopped_is_recorded_by_the_next_try(world, monkeypatch):
    """Of eight who record leave of one pupil at a moment, PostgreSQL may stop some."""
    save, tries = stopped_by_the_server(PlannedLeave, times=1)
    monkeypatch.setattr(PlannedLeave, "save", save)
    leave = tell(world)
    assert len(tries) == 2
    assert PlannedLeave.objects.get() == leave
    assert Event.objects.filter(kind="leave.recorded").count() == 1


def test_a_nervous_thumb_records_once(world):
    assert tell(world) == tell(world)
    assert PlannedLeave.objects.count() == 1
    with pytest.raises(ValidationError):
        tell(world, by=world.head_a)


# --- What the sheet shows ------------------------------------------------------------------


def test_the_sheet_shows_p_with_the_reason_and_nothing_counts_until_it_is_sent(world, sign_in):
    first, second, *_rest = pupil_ids(world.class_a)
    tell(world, first=-1, last=3)
    assert shown(world) == {first: ("P", "sick")}
    assert shown(world, days=4) == shown(world, days=-2) == {}
    client = sign_in(world.teacher_a)
    url = sheet_url(world.class_a, world.today)
    page = read(client.get(url))
    assert page.texts(".roll__leave") == ["Nghỉ có phép đến 15/10 (gia đình báo)"]
    assert "Có 1 em gia đình đã báo nghỉ" in page.one(".register__how").text
    assert "checked" in page.one(f"[name=mark-{first}][value=P]").attributes
    assert Register.objects.count() == Absence.objects.count() == 0
    data = fill(client, url, **{f"mark-{second}": "K", f"reason-{first}": "sick"})
    assert client.post(url, data).status_code == 302
    assert set(Absence.objects.values_list("pupil_id", "mark", "reason")) == {
        (first, "P", "sick"),
        (second, "K", ""),
    }


def test_a_refused_sheet_keeps_what_the_teacher_said_not_the_leave(world, sign_in):
    first, gone, *_rest = pupil_ids(world.class_a)
    tell(world)
    client = sign_in(world.teacher_a)
    url = sheet_url(world.class_a, world.today)
    data = fill(client, url, **{f"mark-{first}": "", f"mark-{gone}": "K"})
    Enrolment.objects.filter(pupil=gone).update(valid_to=world.today, exit_reason="out")
    page = read(client.post(url, data))
    assert "checked" not in page.one(f"[name=mark-{first}][value=P]").attributes


def test_half_days_are_shown_on_their_own_sheet(world):
    world.class_a.sessions = "am,pm"
    world.class_a.save()
    first, second, *_rest = pupil_ids(world.class_a)
    tell(world, 0, session="pm")
    tell(world, 1)
    assert shown(world) == {second: ("P", "sick")}
    assert set(shown(world, session="pm")) == {first, second}


def test_a_register_is_never_overwritten_and_what_was_told_later_is_pointed_out(world, sign_in):
    first, second, *_rest = pupil_ids(world.class_a)
    tell(world, 2)
    with freeze_time("2026-10-12 00:30:00"):
        send(world, {first: ("K", ""), second: ("P", "")})
    with freeze_time("2026-10-12 01:00:00"):
        tell(world, 0)
        tell(world, 1)
        assert shown(world) == {first: ("K", ""), second: ("P", "")}
        page = read(sign_in(world.teacher_a).get(sheet_url(world.class_a, world.today)))
    told = page.texts(".roll__leave")
    assert len(told) == 3
    # Only the one marked otherwise before the family told: the third was known, and came.
    assert [("báo sau khi gửi sổ" in text) for text in told].count(True) == 1
    assert "đánh sẵn" not in page.one(".register__how").text
    assert Register.objects.get().revision == 1


def test_withdrawn_leave_is_not_shown_and_registers_stay(world, sign_in):
    leave = tell(world, last=3)
    send(world, shown(world))
    client, url = sign_in(world.teacher_a), reverse("attendance:leave_withdraw", args=[leave.pk])
    assert client.post(url, {"because": " "}).status_code == 422
    assert client.post(url, {"because": "Đi học lại sớm"}).status_code == 302
    leave.refresh_from_db()
    assert (leave.withdrawn_by, leave.withdrawn_because) == (world.teacher_a, "Đi học lại sớm")
    assert shown(world, days=1) == {}
    assert Register.objects.get().excused == 1
    assert client.post(url, {"because": "Lần nữa"}).status_code == 422
    page = read(client.get(reverse("attendance:leaves") + "?past"))
    assert "Nguyễn Thị Hoa huỷ lúc 07:10 12/10/2026: Đi học lại sớm" in page.one("main").text
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedLeave.objects.filter(pk=leave.pk).update(withdrawn_because="")


PLANS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(-6, 6),
        st.integers(0, 6),
        st.sampled_from(["", "am", "pm"]),
        st.sampled_from(["sick", "family", "weather"]),
        st.booleans(),
    ),
    max_size=8,
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plans=PLANS, day=st.integers(-8, 8), session=st.sampled_from(["am", "pm"]))
def test_what_the_sheet_shows_is_what_was_told_and_stands(world, plans, day, session):
    world.class_a.sessions = "am,pm"
    ids = pupil_ids(world.class_a)
    standing = []
    with transaction.atomic():
        for pupil, first, length, half, reason, is_withdrawn in plans:
            days = set(range(first, first + length + 1))
            if any(pupil == other and days & taken for other, taken, *_rest in standing):
                continue
            leave = tell(
                world, pupil, first=first, last=first + length, session=half, reason=reason
            )
            if is_withdrawn:
                withdraw_leave(leave=leave, because="Ghi nhầm", by=world.head_a)
            else:
                standing.append((pupil, days, half, reason))
        expected = {
            ids[pupil]: ("P", reason)
            for pupil, days, half, reason in standing
            if day in days and half in ("", session)
        }
        assert shown(world, days=day, session=session) == expected
        transaction.set_rollback(True)


# --- Two sheets of one session -------------------------------------------------------------


def test_of_two_first_sheets_a_default_never_wins_unseen(world):
    """The head took P back because the child came; the teacher's older sheet still says P."""
    first, second, *_rest = pupil_ids(world.class_a)
    leave = tell(world)
    before = shown(world)
    send(world, {second: ("K", "")}, by=world.head_a)
    for _turn in ("standing", "withdrawn"):
        with pytest.raises(StaleRevision) as stale:
            send(world, before)
        assert stale.value.pupil_ids == [first]
        assert stale.value.merged == {second: ("K", "")}
        PlannedLeave.objects.filter(pk=leave.pk).update(
            withdrawn_at=timezone.now(), withdrawn_by=world.head_a, withdrawn_because="Đến lớp"
        )
    assert Register.objects.get().revision == 1
    send(world, {second: ("K", "")} | before, base=1)
    assert Register.objects.get().excused == 1


def test_nor_does_an_untouched_present_beat_the_default_of_the_other(world):
    first, *_rest = pupil_ids(world.class_a)
    blank = {}
    tell(world)
    send(world, shown(world))
    with pytest.raises(StaleRevision) as stale:
        send(world, blank)
    assert stale.value.pupil_ids == [first]
    # Alike on both sheets there is nothing to ask, and from a register on, present is said.
    assert send(world, {first: ("P", "sick")}).register.excused == 1
    assert send(world, blank, base=2).register.excused == 0


marks = st.dictionaries(
    st.integers(0, 4), st.tuples(st.sampled_from("PKM"), st.sampled_from(["", "sick"])), max_size=5
)


@given(mine=marks, theirs=marks, prefilled=st.sets(st.integers(0, 4)))
def test_a_prefilled_pupil_is_merged_only_when_both_agree(mine, theirs, prefilled):
    merged, contested = merge({}, mine, theirs, prefilled=prefilled)
    for pupil in prefilled:
        if (pupil in mine) != (pupil in theirs):
            assert pupil in contested
            assert merged.get(pupil) == theirs.get(pupil)
    plain, plainly = merge({}, mine, theirs)
    assert contested - prefilled == plainly - prefilled
    for pupil in {*mine, *theirs} - prefilled:
        assert merged.get(pupil) == plain.get(pupil)
    assert merge({}, theirs, mine, prefilled=prefilled)[1] == contested


# --- Moves ---------------------------------------------------------------------------------


def line_of(world, leave, days=0):
    (line,) = lines_of([leave], world.today + days * DAY)
    return line


def test_a_pupil_who_changes_class_keeps_the_leave(world, sign_in):
    other = make_class(world.school_a, world.year, "6C", "THCS", "6", ["Lò Thị Mẩy"])
    leave = tell(world, last=5)
    spell = Enrolment.objects.get(pupil=leave.pupil)
    move_class(enrolment=spell, to=other, on=world.today + 2 * DAY, by=world.head_a)
    assert shown(world, days=1) == {leave.pupil_id: ("P", "sick")}
    assert shown(world, days=2) == {}
    assert shown(world, days=2, school_class=other) == {leave.pupil_id: ("P", "sick")}
    assert line_of(world, leave).school_class == other
    places = Places(date=world.today, schools=frozenset({world.school_a.pk}))
    for school_class in (world.class_a, other):
        assert list(leaves_in(places, today=world.today, school_class=school_class)) == [leave]
    teacher = Places(date=world.today, classes=frozenset({other.pk}))
    assert list(leaves_in(teacher, today=world.today)) == [leave]


def test_leave_ends_with_the_day_the_pupil_leaves_the_school(world):
    leave = tell(world, last=9)
    places = Places(date=world.today, schools=frozenset({world.school_a.pk}))
    Enrolment.objects.filter(pupil=leave.pupil).update(
        valid_to=world.today + 2 * DAY, exit_reason="out"
    )
    assert line_of(world, leave).state == "now"
    later = world.today + 3 * DAY
    line = line_of(world, leave, 3)
    assert (line.state, line.left_on) == ("ended", world.today + 2 * DAY)
    assert not leaves_in(places, today=later).exists()
    assert list(leaves_in(places, today=later, past=True)) == [leave]
    # At the new school it is neither shown nor seen, and bars nothing.
    enrol(leave.pupil, world.class_b, world.today + 2 * DAY)
    assert shown(world, days=3, school_class=world.class_b) == {}
    assert list(leaves_in(places, today=later, past=True)) == [leave]
    for there in (
        Places(date=world.today, schools=frozenset({world.school_b.pk})),
        Places(date=world.today, classes=frozenset({world.class_b.pk})),
    ):
        for past in (False, True):
            assert not leaves_in(there, today=later, past=past).exists()
    record_leave(
        school_class=world.class_b,
        pupil=leave.pupil,
        first_day=later,
        last_day=later,
        reason="sick",
        announced_by="bố",
        by=world.teacher_b,
    )


@pytest.mark.parametrize(("days", "state"), [(-1, "coming"), (0, "now"), (2, "now"), (3, "over")])
def test_states_by_the_day(world, days, state):
    leave = tell(world, last=2)
    assert line_of(world, leave, days).state == state
    places = Places(date=world.today, schools=frozenset({world.school_a.pk}))
    today = world.today + days * DAY
    assert leaves_in(places, today=today, past=state == "over").get() == leave
    assert not leaves_in(places, today=today, past=state != "over").exists()


# --- Pages ---------------------------------------------------------------------------------


def record_url(school_class, query=""):
    return reverse("attendance:leave_record", args=[school_class.pk]) + query


def form_of(world, **changes):
    return {
        "pupil": pupil_ids(world.class_a)[0],
        "first_day": world.today.isoformat(),
        "last_day": (world.today + 2 * DAY).isoformat(),
        "reason": "sick",
        "announced_by": "gia đình",
    } | changes


def test_from_the_sheet_to_the_list_as_plain_forms(world, sign_in):
    client = sign_in(world.teacher_a)
    first = pupil_ids(world.class_a)[0]
    sheet = read(client.get(sheet_url(world.class_a, world.today) + "?reasons=1"))
    link = sheet.select(".roll__reason a")[0].get("href")
    page = read(client.get(link))
    (chosen,) = [each for each in page.select("select option") if "selected" in each.attributes]
    assert chosen.get("value") == str(first)
    assert page.one("[name=first_day]").get("value") == world.today.isoformat()
    assert page.one("[name=last_day]").get("value") == world.today.isoformat()
    assert page.one("[name=announced_by]").get("value") == "gia đình"
    answer = client.post(link, form_of(world), follow=True)
    assert answer.redirect_chain == [
        (reverse("attendance:class_leaves", args=[world.class_a.pk]), 302)
    ]
    page = read(answer)
    assert page.one("h1").text == "1 lượt báo nghỉ đang và sắp tới"
    assert "Đã ghi Giàng A Chua nghỉ đến hết 14/10/2026" in page.one(".notice--success").text
    assert page.texts("main .badge") == ["Đang nghỉ"]
    assert "gia đình báo; Nguyễn Thị Hoa ghi lúc 07:10 12/10/2026" in page.one("main").text


def test_registers_sent_before_are_pointed_out(world, sign_in):
    first = pupil_ids(world.class_a)[0]
    send(world, {first: ("K", "")})
    send(world, {first: ("P", "")}, date=world.today - DAY)
    data = form_of(world, first_day=(world.today - 2 * DAY).isoformat())
    answer = sign_in(world.teacher_a).post(record_url(world.class_a), data, follow=True)
    assert "có 1 sổ đã gửi mà không ghi P" in read(answer).one(".notice--info").text


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"pupil": ""}, "#id_pupil"),
        ({"pupil": "987654"}, "#id_pupil"),
        ({"pupil": "x"}, "#id_pupil"),
        ({"last_day": "2026-10-01"}, "#id_last_day"),
        ({"last_day": "32/10"}, "#id_last_day"),
        ({"reason": "marriage"}, "#id_reason_0"),
        ({"reason": ""}, "#id_reason_0"),
        ({"announced_by": ""}, "#id_announced_by"),
    ],
)
def test_a_wrong_form_says_where_and_writes_nothing(world, sign_in, changes, target):
    answer = sign_in(world.teacher_a).post(record_url(world.class_a), form_of(world, **changes))
    assert answer.status_code == 422
    assert [a.get("href") for a in read(answer).select(".error-summary a")] == [target]
    assert PlannedLeave.objects.count() == 0


@pytest.mark.parametrize("query", ["?day=2026-99-99", "?day=x", "?day=1999-01-01", "?pupil=x"])
def test_a_wrong_address_opens_a_plain_form(world, sign_in, query):
    assert sign_in(world.teacher_a).get(record_url(world.class_a, query)).status_code == 200


def test_who_may_read_record_and_withdraw(world, sign_in):
    leave = tell(world)
    listed = reverse("attendance:class_leaves", args=[world.class_a.pk])
    withdraw = reverse("attendance:leave_withdraw", args=[leave.pk])
    officer = sign_in(world.commune_officer)
    page = read(officer.get(listed))
    assert "Giàng A Chua" in page.one("main").text
    assert page.select(f'[href="{withdraw}"]') == []
    assert officer.get(record_url(world.class_a)).status_code == 403
    assert officer.post(withdraw, {"because": "x"}).status_code == 403
    for stranger in (world.head_b, world.teacher_b):
        client = sign_in(stranger)
        assert client.get(listed).status_code == 404
        assert client.post(withdraw, {"because": "x"}).status_code == 404
        assert client.post(record_url(world.class_a), form_of(world)).status_code == 404
        assert "Giàng A Chua" not in read(client.get(reverse("attendance:leaves"))).text
    assert sign_in(world.province_officer).get(listed).status_code in (403, 404)
    other = sign_in(world.head_a).get(reverse("attendance:class_leaves", args=[world.class_a12.pk]))
    assert "Chưa có gia đình nào báo nghỉ" in read(other).text
    leave.refresh_from_db()
    assert leave.withdrawn_at is None


def test_the_head_chooses_a_class_and_the_pupils_pages_lead_here(world, sign_in):
    leave = tell(world, last=1, note="Đi viện tỉnh")
    head = sign_in(world.head_a)
    offered = read(head.get(reverse("attendance:leaves"))).select(".segments a")
    assert [a.get("href") for a in offered] == [
        record_url(world.class_a12),
        record_url(world.class_a),
    ]
    for name in ("schools:pupil", "reports:pupil"):
        page = read(head.get(reverse(name, args=[leave.pupil_id])))
        assert page.select(f'[href="{record_url(world.class_a)}?pupil={leave.pupil_id}"]')
    assert "Đi viện tỉnh" in page.one("main").text
    page = read(sign_in(world.commune_officer).get(reverse(name, args=[leave.pupil_id])))
    assert "Đi viện tỉnh" in page.one("main").text
    assert [a for a in page.select("main a") if "/leave/" in a.get("href")] == []
    Enrolment.objects.filter(pupil=leave.pupil).update(valid_to=world.today, exit_reason="out")
    for name in ("schools:pupil", "reports:pupil"):
        page = read(head.get(reverse(name, args=[leave.pupil_id])))
        assert page.select(f'[href="{record_url(world.class_a)}?pupil={leave.pupil_id}"]') == []
