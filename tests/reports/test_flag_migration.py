"""The indicator of a flag, written to rows from before and taken away again."""

import datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from reports.models import Flag
from tests.migrating import migrate

BEFORE = [("reports", "0001_initial"), ("inspections", "0003_recommendation_evidence")]
MONTH = datetime.date(2026, 9, 1)
KEY = {"level": "THCS", "month": MONTH, "rule": "watch"}


@pytest.mark.django_db(transaction=True)
def test_flags_from_before_are_of_attendance_and_go_back_as_they_were(world):
    try:
        then = migrate(*BEFORE).get_model("reports", "Flag")
        old = then.objects.create(
            commune_id=world.commune_a.pk, state="planned", reason="Cờ.", **KEY
        )

        call_command("migrate", verbosity=0)
        flag = Flag.objects.get()
        assert (flag.pk, flag.indicator, flag.state) == (old.pk, "attendance", "planned")
        assert (flag.finding, flag.reason) == (None, "Cờ.")

        migrate(*BEFORE)
        back = then.objects.get()
        assert (back.pk, back.state, back.reason) == (old.pk, "planned", "Cờ.")
    finally:
        call_command("migrate", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_the_way_back_is_refused_while_another_indicator_is_flagged(world):
    for indicator in ("attendance", "retention_b"):
        Flag.objects.create(commune=world.commune_a, indicator=indicator, **KEY)
    try:
        with pytest.raises(RuntimeError, match="1 flags are of other indicators"):
            migrate(*BEFORE)
        assert Flag.objects.count() == 2
    finally:
        call_command("migrate", verbosity=0)


@pytest.mark.django_db
def test_a_flag_names_its_indicator(world):
    with pytest.raises(IntegrityError, match="flag_names_its_indicator"), transaction.atomic():
        Flag.objects.create(commune=world.commune_a, **KEY)
