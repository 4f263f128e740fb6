"""A month closed: registers locked, figures frozen, published under a code, reopened."""

import datetime
import hashlib
import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from attendance.models import PeriodLock
from attendance.registers.refusals import PeriodLocked
from core.models import Event
from core.months import Month
from reports.models import Publication, SchoolMonth, StaleMonth
from reports.month_review.details import detail_of
from reports.month_review.freezing import canonical, frozen_content
from reports.month_review.selectors import differences, is_unaltered, latest_publication
from reports.month_review.services import publish_month, reopen_month
from reports.services.facts import rebuild
from tests.frozen import freeze_time
from tests.reports.register_builders import pupil_ids, take
from tests.sending import send_register

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def count(world, month):
    rebuild(school_ids=[world.class_a.school_id, world.class_b.school_id], month=month)


@pytest.fixture
def month(world):
    """A month that is over and counted, with one register of class A in which one was away."""
    over = Month.of(world.today)
    take(world.class_a, world.today, {pupil_ids(world.class_a)[0]: "K"})
    with freeze_time(f"{(over.end + 2 * DAY).isoformat()}T03:00:00+00:00"):
        count(world, over)
        yield over


def publish(world, month, area=None):
    return publish_month(area=area or world.commune_a, month=month, by=world.province_officer)


def test_a_month_is_locked_and_its_figures_kept(world, month):
    made = publish(world, month)
    rows = json.loads(made.content)["rows"]
    away = next(r for r in rows if (r["level"], r["indicator"]) == ("", "attendance"))
    pupils = len(pupil_ids(world.class_a))
    assert (away["numerator"], away["denominator"]) == (pupils - 1, pupils)
    assert away["taken"] == 1
    assert made.fingerprint == hashlib.sha256(made.content.encode()).hexdigest()
    assert is_unaltered(made)
    assert PeriodLock.objects.in_force().get() == made.lock
    with pytest.raises(PeriodLocked):
        send_register(
            school_class=world.class_a,
            date=world.today + DAY,
            session="am",
            operation_id=uuid.uuid4(),
            base_revision=0,
            marks={},
            by=world.head_a,
            answers_for_school=True,
        )
    assert Event.objects.filter(kind="month.published", object_id=str(made.pk)).count() == 1


def test_the_same_facts_give_the_same_bytes(world, month):
    def frozen():
        content, _stale = frozen_content(area=world.province, month=month, number=1)
        return canonical(content), detail_of(world.province, month)

    first = frozen()
    count(world, month)
    assert frozen() == first


def test_it_is_published_once_until_it_is_reopened(world, month):
    made = publish(world, month)
    with pytest.raises(ValidationError) as refused:
        publish(world, month)
    assert refused.value.code == "published"
    reopen_month(publication=made, by=world.province_officer, reason="Trường gửi nhầm")
    take(world.class_a, world.today + DAY)
    count(world, month)
    again = publish(world, month)
    assert (again.number, again.replaces) == (2, made)
    assert again.code != made.code
    assert latest_publication(world.commune_a, month) == again
    made.refresh_from_db()
    assert is_unaltered(made)


def test_a_month_is_reopened_with_a_reason_and_once(world, month):
    made = publish(world, month)
    with pytest.raises(ValidationError):
        reopen_month(publication=made, by=world.province_officer, reason=" ")
    reopen_month(publication=made, by=world.province_officer, reason="Nhầm")
    with pytest.raises(ValidationError):
        reopen_month(publication=made, by=world.province_officer, reason="Nhầm")
    assert Event.objects.filter(kind="month.reopened").count() == 1


def test_nothing_is_published_while_registers_wait(world, month):
    StaleMonth.objects.create(
        school=world.class_a.school,
        school_class=world.class_a,
        month=month.first,
        marked_at=timezone.now(),
    )
    with pytest.raises(ValidationError) as refused:
        publish(world, month)
    assert refused.value.code == "stale"
    assert not PeriodLock.objects.exists()


def test_a_month_that_is_not_over_or_not_counted_is_refused(world, month):
    with pytest.raises(ValidationError) as refused:
        publish(world, Month.current())
    assert refused.value.code == "not_over"
    SchoolMonth.objects.all().delete()
    with pytest.raises(ValidationError) as refused:
        publish(world, month.plus(-1))
    assert refused.value.code == "nothing"


def test_what_moved_since_is_told_figure_by_figure(world, month):
    made = publish(world, month)
    assert differences(made) == []
    reopen_month(publication=made, by=world.province_officer, reason="Thiếu một buổi")
    take(world.class_a, world.today + DAY)
    count(world, month)
    moved = {(d.level, d.indicator): d for d in differences(made)}
    pupils = len(pupil_ids(world.class_a))
    each = moved["", "attendance"]
    assert each.now["denominator"] - each.published["denominator"] == pupils
    assert each.now["numerator"] - each.published["numerator"] == pupils
    assert ("", "dropout") not in {
        key for key, d in moved.items() if d.now["numerator"] != d.published["numerator"]
    }


def test_the_database_refuses_to_change_what_was_published(world, month):
    made = publish(world, month)
    for change in (
        lambda: Publication.objects.filter(pk=made.pk).update(content="{}"),
        lambda: Publication.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_command_publishes_verifies_compares_and_reopens(world, month, capsys):
    place = {"area": world.commune_a.code, "month": f"{month.first:%Y-%m}"}
    call_command("publish_month", **place)
    made = Publication.objects.get()
    assert made.code in capsys.readouterr().out
    call_command("publish_month", verify=made.code.lower())
    assert " attendance: " in capsys.readouterr().out
    call_command("publish_month", **place, compare=True)
    assert "→" not in capsys.readouterr().out
    call_command("publish_month", **place, reopen="Nhầm")
    made.lock.refresh_from_db()
    assert made.lock.unlock_reason == "Nhầm"
    for wrong in ({"verify": "AAAA"}, {}, place | {"month": "2026-13"}, place | {"area": "x"}):
        with pytest.raises(CommandError):
            call_command("publish_month", **wrong)
