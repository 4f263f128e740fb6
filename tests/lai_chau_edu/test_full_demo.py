"""The demo at full size, made small: two provinces of a few schools."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.utils import timezone

from attendance.models import Absence, Register, RegisterRevision
from core.months import Month
from lai_chau_edu.demo import full
from lai_chau_edu.demo.provinces import province_of
from reports.models import ClassMonth
from reports.services.verify import verify
from schools.models import Area, Enrolment, Pupil, School

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 9, 25)
SMALL = full.Size(
    communes=2,
    parallel=(("MN", 1), ("TH", 1), ("THCS", 1), ("THPT", 1)),
    pupils=(("MN", 6), ("TH", 5), ("THCS", 6), ("THPT", 7)),
)


def write(count, **more):
    now = timezone.make_aware(datetime.datetime.combine(TODAY, datetime.time(12)))
    return full.write_provinces(count, today=TODAY, now=now, size=SMALL, **more)


def content():
    """What is written, without keys that count on from earlier tests."""
    first_pupil = Pupil.objects.order_by("pk").values_list("pk", flat=True)[0]
    first_class = ClassMonth.objects.order_by("school_class").values_list(
        "school_class", flat=True
    )[0]
    return [
        list(School.objects.order_by("code").values_list("code", "name", "levels")),
        list(Pupil.objects.order_by("pk").values_list("full_name", "sex", "birth_date")),
        list(
            Absence.objects.order_by("pk").values_list(
                "mark",
                "reason",
                F("pupil") - first_pupil,
                F("register__school_class") - first_class,
            )
        ),
        list(Register.objects.order_by("pk").values_list("date", "session", "roll", "sent_at")),
        [
            len(roll)
            for roll in RegisterRevision.objects.order_by("pk").values_list("roll", flat=True)
        ],
    ]


def test_a_province_has_its_year_and_its_facts_are_what_its_books_say():
    written = write(2)
    assert written["sổ điểm danh"] == Register.objects.count() > 5000
    assert written["lượt vắng"] == Absence.objects.count() > 0
    assert RegisterRevision.objects.count() == Register.objects.count()
    provinces = {province_of(area) for area in Area.objects.all()}
    assert provinces == {0, 1}
    schools = School.objects.filter(code__contains=".").count()
    assert schools == School.objects.exclude(code__contains=".").count() > 0
    days = Register.objects.order_by("date").values_list("date", flat=True)
    assert (days.first(), days.last()) == (datetime.date(2025, 9, 5), datetime.date(2026, 9, 24))
    sums = Register.objects.aggregate(away=Sum(F("excused") + F("unexcused")), all=Sum("roll"))
    assert 0.01 < sums["away"] / sums["all"] < 0.12
    for month in (Month.parse("2025-10"), Month.parse("2026-02"), Month.parse("2026-09")):
        found = verify(month=month)
        assert (found.class_months > 0, found.differences) == (True, [])
    assert Enrolment.objects.filter(exit_reason="completed").exists()


def test_a_measurement_needs_only_its_month():
    write(1, since=datetime.date(2026, 9, 1))
    assert Register.objects.order_by("date").first().date >= datetime.date(2026, 9, 1)
    assert set(ClassMonth.objects.values_list("month", flat=True)) == {datetime.date(2026, 9, 1)}


@pytest.mark.django_db(transaction=True)
def test_the_same_day_gives_the_same_province(django_db_reset_sequences, django_db_setup):
    write(1)
    first = content()
    django_db_setup.put_back()
    write(1)
    assert content() == first


@pytest.mark.parametrize("scale", ["0", "65", "viel", "-1"])
def test_a_scale_that_is_none_is_refused(scale):
    with pytest.raises(CommandError, match="--scale"):
        call_command("seed_demo", scale=scale, verbosity=0)
    assert School.objects.count() == 0
