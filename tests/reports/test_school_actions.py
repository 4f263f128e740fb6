"""What a school's page of figures asks to be done today."""

import datetime

import pytest
from django.urls import reverse

from schools.enums import ExitReason
from schools.models import SchoolYear
from schools.pupils.selectors.rolls import pupils_without_class
from tests.html_query import read
from tests.reports.register_builders import take
from tests.world import enrol, make_class

pytestmark = pytest.mark.django_db


def todo(client, world, query=""):
    url = reverse("reports:school", args=[world.school_a.pk]) + query
    return read(client.get(url)).texts(".todo__item p")


def test_registers_and_classes_that_wait_are_named(world, sign_in):
    said = " ".join(todo(sign_in(world.head_a), world))
    assert "Còn 3 sổ chưa gửi" in said
    # 6A has a teacher.
    assert "1+2 Háng Lìa" in said
    assert "của: 6A" not in said


def test_what_was_sent_is_asked_for_no_more(world, sign_in):
    take(world.class_a, world.today)
    for session in ("am", "pm"):
        take(world.class_a12, world.today, session=session)
    assert not any(line.startswith("Hôm nay") for line in todo(sign_in(world.head_a), world))


def test_an_earlier_month_asks_for_nothing_of_today(world, sign_in):
    assert not todo(sign_in(world.head_a), world, "?month=2026-09")


def test_who_follows_figures_alone_reads_nothing_of_registers_or_teachers(world, sign_in):
    said = " ".join(todo(sign_in(world.province_officer), world))
    assert "1+2 Háng Lìa" not in said


def test_pupils_of_last_year_without_a_class_are_counted(world):
    last = SchoolYear.objects.create(
        code="2025-2026",
        valid_from=datetime.date(2025, 9, 5),
        valid_to=datetime.date(2026, 6, 1),
    )
    old = make_class(world.school_a, last, "5A", "TH", "5", ["Ma A Lử", "Ma A Sở", "Ma A Tủa"])
    done = make_class(world.school_a, last, "9A", "THCS", "9", ["Ma Thị Pà"])
    for spell in [*old.spells.all(), *done.spells.all()]:
        spell.valid_to, spell.exit_reason = last.valid_to, ExitReason.COMPLETED
        spell.save()
    first, second, _third = old.spells.order_by("pk")
    enrol(first.pupil, world.class_a, world.since)
    second.exit_reason = ExitReason.TRANSFER_OUT
    second.save()
    assert pupils_without_class(world.school_a, on=world.today) == 1
    assert pupils_without_class(world.school_a, on=datetime.date(2026, 7, 1)) == 0
