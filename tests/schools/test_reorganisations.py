"""Decrees applied to the map of units: previewed, refused whole, applied, taken back."""

import csv
import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from core.province import province
from schools.areas.services.units import load_units
from schools.models import Area, Placement, Reorganisation, School, Succession
from schools.reorganisations.services import look_at, reorganise, take_back, tell
from tests.schools.decrees import decree, decree_file, line
from tests.world import make_area, make_school

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 10, 1)


def rows_of(name):
    with (province().folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def decree_of(day, number):
    """The decree of a day, as its file would have been written from the official lists."""
    areas = [row for row in rows_of("areas.csv") if row["valid_from"] == day]
    into = {row["code"]: row for row in areas if row["level"] == "3"}
    lines = [
        line(
            row["old_code"],
            row["new_code"],
            name=new.get("name", ""),
            kind={"xa": "xã", "phuong": "phường", "thi_tran": "thị trấn"}.get(new.get("kind"), ""),
            parent=new.get("parent_code", ""),
        )
        for row in rows_of("successions.csv")
        if row["effective_on"] == day
        for new in [into.get(row["new_code"], {})]
    ]
    ended = [row for row in rows_of("areas.csv") if row["valid_to"] == day and row["level"] == "2"]
    lines += [line(row["code"], about="huyện") for row in ended]
    return decree(lines, number=number, decided_on="16/06/2019", effective_on=day)


def content():
    """The map as everything that reads it sees it."""
    areas = Area.objects.order_by("level", "code", "valid_from").values_list(
        *("level", "code", "name", "kind", "valid_from", "valid_to"),
        *("parent__code", "parent__level", "parent__valid_from"),
    )
    joined = Succession.objects.order_by("old__code", "new__code", "effective_on").values_list(
        "old__code", "old__valid_from", "new__code", "new__valid_from", "effective_on"
    )
    return list(areas), list(joined)


def test_the_decrees_of_2020_and_2025_end_in_the_official_map(db):
    load_units(until=datetime.date(2015, 9, 5))
    reorganise(decree=decree_of("2020-03-01", "866"), by=None)
    reorganise(decree=decree_of("2025-07-01", "1670"), by=None)
    by_decrees = content()
    Reorganisation.objects.all().delete()
    Succession.objects.all().delete()
    for level in (3, 2, 1):
        Area.objects.filter(level=level).delete()
    load_units()
    assert by_decrees == content()
