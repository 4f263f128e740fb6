"""Reminders: the nearest person, once, on the day itself, and nothing after it is settled."""

import datetime
import smtplib
import threading

import pytest
from django.core import mail as outbox
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import RoleGrant, User
from attendance import tasks
from attendance.models import Closure, Register, Reminder
from attendance.registers.selectors.missing import find_missing, open_days
from attendance.reminders.selectors import (
    asked_of,
    heads_of,
    late_by_mail,
    overdue,
    teachers_of,
)
from attendance.reminders.services import remind, settle_reminders, write_late_mails
from core.models import Delivery, Notification, Rule
from core.notifications import channels
from core.notifications.sending import send_waiting
from core.notifications.tasks import tend_notifications
from core.scope import Places
from lai_chau_edu.celery import BEAT_SCHEDULE
from schools.models import Enrolment
from tests.attendance.test_registers import send
from tests.frozen import freeze_time
from tests.reports.register_builders import not_held, take
from tests.world import PUPILS_6A, build_world, make_user

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
NINE, HALF_PAST, EVENING = "02:00", "02:30", "10:00"  # of UTC, seven hours behind Lai Châu


def at(clock, day=12):
    return freeze_time(f"2026-10-{day:02} {clock}:00")


@pytest.fixture(autouse=True)
def mail_server(settings):
    """A server that keeps the letters, as the test runner provides it."""
    settings.EMAIL_CONFIGURED = True
    settings.SITE_URL = "https://chuyencan.example.vn"
    settings.DEFAULT_FROM_EMAIL = "so-diem-danh@example.vn"


@pytest.fixture
def world(world):
    """Everybody has an address, and 6A has sent everything of October until yesterday."""
    for number in range(1, 12):
        take(world.class_a, datetime.date(2026, 10, number))
    for user in User.objects.all():
        user.email = f"{user.username}@example.vn"
        user.save()
    return world


def run(clock=NINE, day=12):
    """One turn of the timetable: write what is due, send what waits."""
    with at(clock, day):
        write_late_mails()
        return send_waiting()


def told():
    """Who got letters, in order."""
    return [message.to[0].partition("@")[0] for message in outbox.outbox]


def press(world, *, by=None, school=None, clock=HALF_PAST, day=12):
    """The head presses the button."""
    with at(clock, day):
        now = timezone.now()
        today = timezone.localdate(now)
        places = Places(today, schools=frozenset([(school or world.school_a).pk]))
        missing = find_missing(places, open_days(today)).missing
        teachers = teachers_of(missing, on=today)
        by = by or world.head_a
        owed = overdue(missing, lambda each: teachers.get(each.pk, ()), by=by, now=now)
        return remind(to_tell=owed, by=by)


# --- By the clock --------------------------------------------------------------


def test_before_the_hour_nobody_is_written_to(world):
    assert run("01:59") == {"sent": 0, "failed": 0}
    assert not Notification.objects.exists()


def test_at_the_hour_the_nearest_are_written_to_each_of_his_own_classes(world):
    run()
    letters = {message.to[0]: message.body for message in outbox.outbox}
    # The class at the site has no teacher of its own: its head is the nearest.
    assert set(letters) == {
        "teacher_a@example.vn",
        "head_a@example.vn",
        "teacher_b@example.vn",
    }
    assert "6A sáng" in letters["teacher_a@example.vn"]
    assert "Háng Lìa" not in letters["teacher_a@example.vn"]
    assert "1+2 Háng Lìa sáng" in letters["head_a@example.vn"]
    assert "6A" not in letters["head_a@example.vn"]
    # The afternoon is not late yet.
    assert "chiều" not in letters["head_a@example.vn"]


def test_letter_names_no_pupil_and_leads_to_the_sheet_and_out(world):
    run()
    letter = next(each for each in outbox.outbox if each.to == ["teacher_a@example.vn"])
    assert letter.subject == "Còn 1 sổ điểm danh chưa gửi (12/10/2026)"
    assert letter.from_email == "so-diem-danh@example.vn"
    sheet = f"https://chuyencan.example.vn/attendance/{world.class_a.pk}/2026-10-12/am/"
    assert f"- 6A sáng, 12/10/2026 (TH&THCS A Một)\n  {sheet}\n" in letter.body
    stop = "https://chuyencan.example.vn/accounts/reminders/"
    assert letter.extra_headers["List-Unsubscribe"] == f"<{stop}>"
    assert stop in letter.body
    for name in PUPILS_6A:
        assert name not in letter.body


def test_one_letter_a_day_however_often_the_clock_turns(world):
    for clock in (NINE, "02:10", HALF_PAST, "08:00", EVENING):
        run(clock)
    assert sorted(told()) == ["head_a", "teacher_a", "teacher_b"]
    run(NINE, day=13)
    assert told().count("teacher_a") == 2


def test_an_afternoon_alone_is_written_of_when_it_is_late(world):
    take(world.class_a12, world.today, session="am")
    run(NINE)
    assert "head_a" not in told()
    run("08:00")
    assert "1+2 Háng Lìa chiều" in outbox.outbox[-1].body
    assert outbox.outbox[-1].to == ["head_a@example.vn"]


@pytest.mark.parametrize("how", ["sent", "not held", "closed", "no pupils"])
def test_what_is_settled_before_the_hour_is_not_written_of(world, how):
    settle(world, how)
    run()
    assert "teacher_a" not in told()


@pytest.mark.parametrize("how", ["sent", "not held", "closed", "no pupils"])
def test_what_is_settled_between_writing_and_sending_is_not_sent(world, how):
    with at(NINE):
        write_late_mails()
    settle(world, how)
    with at(NINE):
        send_waiting()
    assert sorted(told()) == (["teacher_b"] if how == "closed" else ["head_a", "teacher_b"])
    run("02:10")
    assert "teacher_a" not in told()


def settle(world, how):
    if how == "sent":
        take(world.class_a, world.today)
    elif how == "not held":
        not_held(world.class_a, world.today)
    elif how == "closed":
        Closure.objects.create(
            school=world.school_a, reason="cold", valid_from=world.today, valid_to=world.today + DAY
        )
    else:
        Enrolment.objects.filter(school_class=world.class_a).update(
            valid_to=world.today, exit_reason="out"
        )


@pytest.mark.parametrize("when", ["before writing", "before sending"])
@pytest.mark.parametrize("how", ["grant ended", "locked out", "wants none", "no address"])
def test_who_may_not_or_would_not_gets_nothing(world, how, when):
    if when == "before sending":
        with at(NINE):
            write_late_mails()
    if how == "grant ended":
        RoleGrant.objects.filter(user=world.teacher_a).update(valid_to=world.today)
    else:
        User.objects.filter(pk=world.teacher_a.pk).update(
            **{
                "locked out": {"is_active": False},
                "wants none": {"wants_reminders": False},
                "no address": {"email": ""},
            }[how]
        )
    run("02:10")
    assert "teacher_a" not in told()


def test_after_the_grant_of_a_teacher_ended_the_head_is_the_nearest(world):
    RoleGrant.objects.filter(user=world.teacher_a).update(valid_to=world.today)
    run()
    (letter,) = [each for each in outbox.outbox if each.to == ["head_a@example.vn"]]
    assert "6A sáng" in letter.body


def test_two_turns_at_one_moment_write_once(world):
    with at(NINE):
        now = timezone.now()
        both = late_by_mail(now), late_by_mail(now)
        assert len(both[0]) == len(both[1]) == 3
        write_late_mails()
        write_late_mails()
    assert Reminder.objects.count() == Delivery.objects.count() == 3


def test_days_off_are_not_made_up_for(world):
    """The computer was off from Thursday on: on Monday nobody hears of Friday."""
    with at(NINE, day=8):
        write_late_mails()
    run(NINE, day=12)
    assert len(outbox.outbox) == 3
    assert all("08/10" not in letter.body for letter in outbox.outbox)
    # Once more the whole weekend: still nothing of a past day.
    run(EVENING, day=12)
    assert len(outbox.outbox) == 3


def test_without_a_server_nothing_is_written(world, settings):
    settings.EMAIL_CONFIGURED = False
    assert run() == {"sent": 0, "failed": 0}
    assert not Notification.objects.exists()
    press(world)
    assert not Notification.objects.exists()
    assert Reminder.objects.count() == 1


# --- A server that fails --------------------------------------------------------


class Server:
    """A mail connection that is down, or refuses some addresses."""

    def __init__(self, *, down=False, refused=()):
        self.down, self.refused, self.asked, self.kept = down, refused, 0, []

    def open(self):
        if self.down:
            raise ConnectionRefusedError
        return True

    def close(self):
        pass

    def send_messages(self, messages):
        self.asked += 1
        self.open()
        (message,) = messages
        if message.to[0] in self.refused:
            raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"")})
        self.kept.append(message.to[0])
        return 1


@pytest.fixture
def server(monkeypatch):
    def use(**more):
        server = Server(**more)
        monkeypatch.setattr(channels, "get_connection", lambda: server)
        return server

    return use


def test_a_server_that_is_down_is_asked_once_and_loses_nothing(world, server):
    down = server(down=True)
    assert run(NINE) == {"sent": 0, "failed": 3}
    assert down.asked == 1
    up = server()
    assert run("02:05") == {"sent": 0, "failed": 0}
    assert run("02:10") == {"sent": 3, "failed": 0}
    assert len(up.kept) == 3


def test_after_three_tries_a_letter_is_left(world, server):
    server(down=True)
    for clock in (NINE, "02:10", "03:10"):
        assert run(clock)["failed"] == 3
    up = server()
    for clock in ("03:20", "05:00", EVENING):
        run(clock)
    assert up.kept == []
    assert set(Delivery.objects.values_list("attempts", "state", "code")) == {
        (3, "failed", "unreachable")
    }


def test_one_refused_address_holds_up_nobody_else(world, server):
    strict = server(refused=["teacher_a@example.vn"])
    assert run(NINE) == {"sent": 2, "failed": 1}
    assert sorted(strict.kept) == ["head_a@example.vn", "teacher_b@example.vn"]
    run("02:10")
    assert len(strict.kept) == 2


def test_a_letter_that_waits_over_midnight_is_never_sent(world, server):
    server(down=True)
    run("16:50")  # ten minutes to midnight
    up = server()
    with at("17:10"):
        assert send_waiting() == {"sent": 0, "failed": 0}
        assert tend_notifications.apply().get() == {"expired": 3}
    assert up.kept == []


def test_a_process_that_dies_over_a_letter_does_not_send_it_again(world, server, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*args):
        raise Killed

    server()
    monkeypatch.setattr(channels.EmailSession, "deliver", die)
    with pytest.raises(Killed):
        run(NINE)
    monkeypatch.undo()
    assert list(Delivery.objects.exclude(state="waiting").values_list("state", "code")) == [
        ("failed", "interrupted")
    ]
    run("02:10")
    assert len(outbox.outbox) == 2


# --- By the button ----------------------------------------------------------------


def test_button_tells_the_teacher_on_the_screen_and_by_letter(world):
    done = press(world)
    assert (done.classes, done.schools, done.people, done.mails) == (1, 1, 1, 1)
    with at(HALF_PAST):
        send_waiting()
        (asked,) = asked_of(world.teacher_a, today=world.today)
    assert (asked.label, asked.asked_by) == ("6A sáng", world.head_a)
    assert told() == ["teacher_a"]
    assert "Lù Văn Sơn nhắc thầy cô gửi sổ:" in outbox.outbox[0].body


def test_who_got_the_letter_of_the_clock_gets_none_of_the_button(world):
    run(NINE)
    assert press(world).mails == 0
    with at(HALF_PAST):
        send_waiting()
    assert told().count("teacher_a") == 1
    assert Reminder.objects.filter(to=world.teacher_a).count() == 1


@pytest.mark.parametrize("how", ["sent", "not held", "closed", "no pupils"])
def test_what_was_asked_for_vanishes_when_it_is_settled(world, how):
    press(world)
    assert asked_of(world.teacher_a, today=world.today)
    settle(world, how)
    assert asked_of(world.teacher_a, today=world.today) == []


def test_it_vanishes_with_the_sending_itself(world):
    press(world)
    with at(HALF_PAST):
        send(world)
    assert asked_of(world.teacher_a, today=world.today) == []


def test_pause_between_two_presses_is_a_dated_rule(world):
    press(world, clock="02:30")
    with pytest.raises(ValidationError) as refused:
        press(world, clock="03:29")
    assert refused.value.messages == ["Đã nhắc lúc 9 giờ 30. Có thể nhắc lại từ 10 giờ 30."]
    assert press(world, clock="03:30").people == 1
    assert Reminder.objects.count() == 1
    Rule.objects.filter(key="attendance.remind_pause").update(value=10)
    assert press(world, clock="03:40").people == 1


def test_nobody_reminds_himself_and_nobody_known_is_said(world):
    RoleGrant.objects.filter(user=world.teacher_a).update(user=world.head_a)
    with pytest.raises(ValidationError) as refused:
        press(world)
    assert refused.value.code == "nobody"


def test_what_is_still_in_time_is_not_asked_for(world):
    with pytest.raises(ValidationError):
        press(world, clock="01:30")


def test_earlier_days_are_asked_for_until_their_month_is_closed(world):
    Register.objects.filter(school_class=world.class_a, date__day=5).delete()
    take(world.class_a, world.today)
    press(world)
    assert list(Reminder.objects.values_list("date", flat=True)) == [datetime.date(2026, 10, 5)]


def test_commune_reminds_the_heads(world):
    with at(HALF_PAST):
        missing = find_missing(
            Places(world.today, areas=frozenset([world.commune_a.pk])), open_days(world.today)
        ).missing
        heads = heads_of(missing, on=world.today)
    assert {pk: [each.name for each in found] for pk, found in heads.items()} == {
        world.school_a.pk: ["Lù Văn Sơn"]
    }


# --- How it ended -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ("sent", "sent"),
        ("not held", "not_held"),
        ("closed", "not_due"),
        ("no pupils", "not_due"),
        ("", ""),
    ],
)
def test_outcome_is_noted_at_night(world, how, outcome):
    press(world)
    if how:
        settle(world, how)
    with at("17:40"):
        assert settle_reminders() == bool(how)
        assert settle_reminders() == 0
    reminder = Reminder.objects.get()
    assert (reminder.outcome, bool(reminder.settled_at)) == (outcome, bool(how))
    if how == "sent":
        assert (
            reminder.settled_at
            == reminder.school_class.registers.get(date=world.today).first_sent_at
        )


def test_outcome_of_a_month_that_was_closed(world):
    press(world)
    with freeze_time("2026-11-05 03:00:00"):
        assert settle_reminders() == 0
    with freeze_time("2026-11-06 03:00:00"):
        assert settle_reminders() == 1
    assert Reminder.objects.get().outcome == "too_late"


# --- The database and the timetable ---------------------------------------------------


def _reminder(world, **more):
    return Reminder(
        **{
            "school": world.school_a,
            "school_class": world.class_a,
            "date": world.today,
            "session": "am",
            "to": world.teacher_a,
            "day": world.today,
            "made_at": timezone.now(),
            **more,
        }
    )


@pytest.mark.parametrize(
    "more", [{}, {"outcome": "sent"}, {"settled_at": datetime.datetime.now(datetime.UTC)}]
)
def test_database_keeps_one_reminder_and_whole_outcomes(world, more):
    if not more:
        _reminder(world).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        _reminder(world, **more).save()


def test_tasks_of_the_timetable_do_it_all(world, django_capture_on_commit_callbacks):
    with at(NINE), django_capture_on_commit_callbacks(execute=True):
        assert tasks.remind_missing.apply().get() == {"written": 3}
    assert len(outbox.outbox) == 3
    with at("17:40"):
        assert tasks.settle_reminders.apply().get() == {"ended": 0}
    names = {entry["task"] for entry in BEAT_SCHEDULE.values()}
    assert {"attendance.remind_missing", "attendance.settle_reminders"} <= names


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_one_moment_write_one_letter():
    world = build_world()
    make_user("z", "Z", since=world.since)
    User.objects.filter(pk=world.teacher_a.pk).update(email="teacher_a@example.vn")
    start, faults = threading.Barrier(2), []

    def write():
        try:
            start.wait(timeout=10)
            write_late_mails()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    with freeze_time("2026-10-12 02:00:00"):
        threads = [threading.Thread(target=write) for _each in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert Notification.objects.count() == 1
        assert Reminder.objects.count() == 1
        send_waiting()
    assert told() == ["teacher_a"]
