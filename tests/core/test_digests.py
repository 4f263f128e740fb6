"""Digests: once a person and period, in a fixed number of queries, to those who hold a role."""

import datetime

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.digests.services import choose_digest
from accounts.models import DigestChoice, User
from accounts.services import end_grant
from core.digests import emails, making, parts, periods
from core.digests.parts import Counted, Part, PlaceCounts
from core.digests.readers import readers
from core.digests.records import digests_of, remove_old
from core.digests.tasks import make_digests, tend_digests
from core.hooks import Hook
from core.models import Delivery, Digest, Notification, Rule
from core.notifications.sending import send_waiting
from core.permissions import Permission as P
from core.scope import Places
from lai_chau_edu.celery import BEAT_SCHEDULE
from tests.frozen import freeze_time
from tests.world import make_user

pytestmark = pytest.mark.django_db
D = datetime.date
WEEK, MONTH = "2026-W41", "2026-09"


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_CONFIGURED = True
    settings.SITE_URL = "https://diemdanh.example.vn/"
    settings.DEFAULT_FROM_EMAIL = "so-diem-danh@example.vn"


@pytest.fixture
def declared(monkeypatch):
    """Two parts of these tests alone; `counts` is what they find, by user name."""
    monkeypatch.setattr(parts, "_parts", {})
    counts = {"registers": {}, "flags": {}}

    def count(code):
        def of(batch):
            return {
                user_id: counts[code].get(scope.user.username, 0)
                for user_id, scope in batch.people.items()
            }

        return of

    for code, permission in (("registers", P.TAKE_REGISTER), ("flags", P.VIEW_FLAGS)):
        parts.declare(
            Part(
                code, 1, code, {permission}, f"{code}: {{}}".format, "reports:missing", count(code)
            )
        )
    return counts


def address(user):
    User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.vn")


def choose(user, frequency="weekly", *, by_email=True, refused=()):
    choose_digest(user=user, frequency=frequency, by_email=by_email, refused=refused, by=user)


def lines(user):
    return [[line.text for line in parts.lines_of(each)] for each in digests_of(user)]


@pytest.mark.parametrize(
    ("day", "keys"),
    [
        (D(2026, 10, 12), [WEEK]),
        (D(2026, 10, 14), [WEEK]),
        (D(2026, 10, 15), []),
        (D(2026, 10, 18), []),
        (D(2026, 10, 1), ["2026-09"]),
        (D(2026, 6, 1), ["2026-W22", "2026-05"]),
        (D(2027, 1, 1), ["2026-12"]),
        (D(2027, 1, 4), ["2026-W53"]),
    ],
)
def test_a_digest_is_due_in_the_first_days_after_its_week_or_month(day, keys):
    assert [each.key for each in periods.due_on(day)] == keys


def test_the_period_that_follows_is_a_whole_week_or_month():
    week, month = periods.due_on(D(2026, 6, 1))
    assert week.next == (D(2026, 6, 1), D(2026, 6, 7))
    assert month.next == (D(2026, 6, 1), D(2026, 6, 30))


def test_each_person_gets_the_parts_of_the_own_role(world, declared):
    declared["registers"] = {"head_a": 3, "commune_a": 9}
    declared["flags"] = {"head_a": 5, "commune_a": 2}
    make_digests()
    assert lines(world.head_a) == [["registers: 3"]]
    assert lines(world.commune_officer) == [["flags: 2"]]


def test_who_holds_no_role_or_none_with_a_part_gets_none(world, declared):
    make_digests()
    assert not digests_of(world.nobody).exists()
    assert not digests_of(world.system_admin).exists()
    assert digests_of(world.member_user).exists()


def test_a_role_that_ended_gets_none(world, declared):
    declared["registers"] = {"head_a": 3}
    end_grant(grant=world.head_a.grants.get(), on=world.today, by=world.province_officer)
    make_digests()
    assert not digests_of(world.head_a).exists()


def test_a_closed_account_gets_none(world, declared):
    User.objects.filter(pk=world.head_a.pk).update(is_active=False)
    make_digests()
    assert not digests_of(world.head_a).exists()


def test_a_digest_is_made_once_however_often_the_job_runs(world, declared):
    declared["registers"] = {"head_a": 3}
    address(world.head_a)
    first = making.make_due()
    assert first == {"digests": Digest.objects.count(), "emails": 1}
    declared["registers"] = {"head_a": 99}
    assert making.make_due() == {"digests": 0, "emails": 0}
    assert lines(world.head_a) == [["registers: 3"]]


def test_two_runs_at_one_moment_make_one_digest(world, declared):
    """Both have read that there is none before either writes."""
    declared["registers"] = {"head_a": 3}
    address(world.head_a)
    everybody = readers(on=world.today)
    (week,) = periods.due_on(world.today)
    making.make(week, everybody, on=world.today)
    with freeze_time("2026-10-12 00:10:01"):
        assert making.make(week, everybody, on=world.today) == (0, 0)
    assert digests_of(world.head_a).count() == 1
    assert Notification.objects.filter(kind="core.digest").count() == 1


@pytest.mark.parametrize(
    ("moment", "frequency", "keys"),
    [
        ("2026-10-12 00:10:00", "weekly", [WEEK]),
        ("2026-10-12 00:10:00", "monthly", []),
        ("2026-10-12 00:10:00", "never", []),
        ("2026-10-01 00:10:00", "monthly", [MONTH]),
        ("2026-10-01 00:10:00", "weekly", []),
        ("2026-10-16 00:10:00", "weekly", []),
    ],
)
def test_weekly_monthly_or_never_is_the_persons_choice(world, declared, moment, frequency, keys):
    choose(world.head_a, frequency)
    with freeze_time(moment):
        make_digests()
    assert [each.key for each in digests_of(world.head_a)] == keys


def test_a_part_that_is_switched_off_is_left_out(world, declared):
    declared["registers"] = {"head_a": 3, "head_b": 4}
    choose(world.head_a, refused={"registers"})
    make_digests()
    assert lines(world.head_a) == [[]]
    assert lines(world.head_b) == [["registers: 4"]]


def test_what_everybody_switched_off_is_not_counted(world, declared, monkeypatch):
    for user in User.objects.all():
        choose(user, refused={"registers", "flags"})
    counted = []
    for code, part in list(parts._parts.items()):
        changed = {**part.__dict__, "count": lambda batch: counted.append(batch)}
        parts._parts[code] = Part(**changed)
    make_digests()
    assert Digest.objects.exists()
    assert counted == []


def test_an_empty_digest_is_kept_and_not_sent(world, declared):
    address(world.head_a)
    make_digests()
    assert lines(world.head_a) == [[]]
    assert not Notification.objects.exists()


def test_the_email_holds_numbers_and_links_and_where_to_stop_it(world, declared):
    declared["registers"] = {"head_a": 3}
    address(world.head_a)
    make_digests()
    send_waiting()
    (email,) = mail.outbox
    assert email.to == ["head_a@example.vn"]
    assert "05/10–11/10/2026" in email.subject
    assert "- registers: 3\n  https://diemdanh.example.vn/" in email.body
    stop = "https://diemdanh.example.vn/accounts/digests/choice/"
    assert stop in email.body
    assert email.extra_headers["List-Unsubscribe"] == f"<{stop}>"


@pytest.mark.parametrize("how", ["no address", "not by e-mail"])
def test_without_an_address_or_the_wish_it_stands_on_the_page_only(world, declared, how):
    declared["registers"] = {"head_a": 3}
    if how == "not by e-mail":
        address(world.head_a)
        choose(world.head_a, by_email=False)
    make_digests()
    assert lines(world.head_a) == [["registers: 3"]]
    assert not Notification.objects.exists()
    assert not mail.outbox


def written_and_not_sent(world, declared, monkeypatch):
    declared["registers"] = {"head_a": 3}
    address(world.head_a)
    monkeypatch.setattr("core.notifications.writing.enqueue", lambda *args, **more: None)
    make_digests()


def test_an_email_waiting_when_the_role_ends_is_not_sent(world, declared, monkeypatch):
    written_and_not_sent(world, declared, monkeypatch)
    end_grant(grant=world.head_a.grants.get(), on=world.today, by=world.province_officer)
    send_waiting()
    assert not mail.outbox
    assert Delivery.objects.get().code == "nothing_left"


def test_an_email_waiting_when_it_is_switched_off_is_not_sent(world, declared, monkeypatch):
    written_and_not_sent(world, declared, monkeypatch)
    choose(world.head_a, "never")
    send_waiting()
    assert not mail.outbox
    assert Delivery.objects.get().code == "not_wanted"


def test_an_email_is_not_sent_days_late(world, declared, monkeypatch):
    written_and_not_sent(world, declared, monkeypatch)
    with freeze_time("2026-10-14 17:00:00"):
        assert send_waiting() == {"sent": 0, "failed": 0}


def test_a_part_that_is_no_more_leaves_the_digest_readable(world, declared):
    declared["registers"] = {"head_a": 3}
    make_digests()
    del parts._parts["registers"]
    assert lines(world.head_a) == [[]]


def test_two_parts_of_one_code_are_refused(declared):
    part = parts.parts()[0]
    with pytest.raises(ValueError, match="twice"):
        parts.declare(part)


def test_a_run_cut_short_goes_on_with_those_who_have_none(world, declared, monkeypatch):
    monkeypatch.setattr(making, "AT_ONCE", 1)
    times = iter([0.0, 1.0, 1.0, 999.0])
    monkeypatch.setattr(making.time, "monotonic", lambda: next(times, 999.0))
    assert making.make_due()["digests"] == 2
    left = making.count_due()
    monkeypatch.undo()
    assert left > 0


def test_the_timetable_asks_for_the_job_only_while_some_are_waiting(
    world, declared, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        waiting = tend_digests()["waiting"]
    assert waiting == Digest.objects.count() > 0
    assert tend_digests() == {"waiting": 0}
    assert BEAT_SCHEDULE["tend-digests"]["task"] == "core.tend_digests"


@pytest.mark.parametrize("more", [1, 40])
def test_so_many_queries_whatever_the_number_of_people(world, declared, more):
    for number in range(more):
        user = make_user(
            f"more{number}", "Thêm", "school_head", since=world.since, school=world.school_a
        )
        address(user)
        declared["registers"][user.username] = 1
    choose(world.head_b, refused={"flags"})
    with CaptureQueriesContext(connection) as asked:
        people = readers(on=world.today)
    assert len(asked) == 3
    (week,) = periods.due_on(world.today)
    with CaptureQueriesContext(connection) as asked:
        digests, sent = making.make(week, people, on=world.today)
    assert digests >= more
    assert sent == more
    # Savepoints, the digests and what was made, and the five of `notify`.
    assert len(asked) <= 12


@pytest.mark.parametrize("more", [1, 40])
def test_so_many_queries_to_write_the_emails(world, declared, more):
    for number in range(more):
        user = make_user(
            f"more{number}", "Thêm", "school_head", since=world.since, school=world.school_a
        )
        address(user)
        declared["registers"][user.username] = 1
    make_digests()
    notifications = list(Notification.objects.select_related("recipient"))
    with CaptureQueriesContext(connection) as asked:
        assert len(emails.compose(notifications)) == more
    assert len(asked) == 4


def test_digests_are_deleted_after_the_days_of_the_rule(world, declared):
    make_digests()
    Rule.objects.filter(key="core.digest_days").update(value=10)
    with freeze_time("2026-10-22 00:09:00"):
        assert remove_old() == 0
    there = Digest.objects.count()
    with freeze_time("2026-10-22 00:11:00"):
        assert remove_old() == there > 0
    assert not Digest.objects.exists()


def test_counts_by_place_count_each_row_once():
    counts = PlaceCounts(
        [
            Counted(2, [1], [10], [100]),
            Counted(3, [1], [11], [110]),
            Counted(1, [1, 2], [10, 20], [100, 200]),
            Counted(5, [None]),
        ]
    )
    assert counts.within(Places(areas=frozenset([1]))) == 6
    assert counts.within(Places(areas=frozenset([1]), schools=frozenset([10]))) == 6
    assert counts.within(Places(schools=frozenset([10]))) == 3
    assert counts.within(Places(classes=frozenset([110, 200]))) == 4
    assert counts.within(Places()) == 0


def test_without_an_app_of_users_nobody_reads(monkeypatch, world):
    monkeypatch.setattr("core.digests.readers.sources", Hook("nobody"))
    assert making.make_due() == {"digests": 0, "emails": 0}
    assert not DigestChoice.objects.exists()
