"""Another province is a folder of data and one setting: nothing of Lai Châu stands in the code."""

import datetime
import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.translation import override

from accounts import passwords
from attendance.apps import COLD_LIMIT
from attendance.models import CalendarRule
from core import rules
from core.months import Month
from core.province import province
from lai_chau_edu.settings import BASE_DIR
from reports.services.facts import rebuild
from schools.areas.services.units import load_units
from schools.form_fields import ethnic_group_choices
from schools.models import Area, Enrolment, SchoolYear
from tests.frozen import freeze_time
from tests.reports.register_builders import take
from tests.world import MONDAY, make_class, make_school, make_user

HOA_BAN = BASE_DIR / "tests" / "data" / "hoa_ban"
FIRST_DAY = datetime.date(2026, 8, 1)


@pytest.fixture
def hoa_ban(settings):
    settings.PROVINCE_DATA = HOA_BAN
    passwords._known_words.cache_clear()
    yield province()
    passwords._known_words.cache_clear()


@pytest.mark.django_db
def test_its_units_are_loaded_and_its_figures_are_on_the_first_page(hoa_ban, sign_in):
    load_units(clusters=True)
    ward = Area.objects.get(code="98003")
    year = SchoolYear.objects.create(
        code="2026-2027", valid_from=FIRST_DAY, valid_to=datetime.date(2027, 8, 1)
    )
    top = Area.objects.get(code="98")
    CalendarRule.objects.create(
        area=top, morning="1111111", afternoon="1111111", valid_from=FIRST_DAY
    )
    school = make_school("98A1", "THCS Suối Trong", "THCS", ward, FIRST_DAY)
    school_class = make_class(
        school, year, "6A", "THCS", "6", ["Lò Văn Chăn", "Lường Thị Mây", "Cà Văn Inh"]
    )
    absent = Enrolment.objects.filter(school_class=school_class).first().pupil_id
    with freeze_time(f"{MONDAY} 03:00:00"):
        take(school_class, MONDAY, {absent: "K"})
        rebuild(school_ids=[school.pk], month=Month.of(MONDAY))
        officer = make_user("hoa_ban", "Vì Thị Lả", "province_officer", since=FIRST_DAY, area=top)
        page = sign_in(officer).get(
            reverse("reports:area", args=[top.pk]), {"level": "THCS", "month": "2026-10"}
        )
    text = page.content.decode()
    assert "Chuyên cần Hoa Ban" in text
    assert re.search(r"66,7\s*%", text)
    assert "Lai Châu" not in text


def test_its_own_groups_of_people_come_first(hoa_ban):
    with override("vi"):
        _none, here, elsewhere = ethnic_group_choices()
    assert here[0] == "Có ở Hoa Ban"
    assert [code for code, _name in here[1]] == ["01", "05"]
    assert "02" in dict(elsewhere[1])


def test_its_own_decrees_are_the_first_values_of_dated_rules(hoa_ban, monkeypatch):
    monkeypatch.setattr(rules, "_declared", {})
    for key in (COLD_LIMIT, "attendance.another"):
        rules.declare(key, meaning="", unit="°C", first_value=7, by_level={"TH": 10})
    another, cold = sorted(rules.declared(), key=lambda rule: rule.key)
    assert (cold.source, dict(cold.first_values)) == ("Sở GD&ĐT Hoa Ban", {"": 4, "MN": 12})
    assert (another.source, dict(another.first_values)) == ("", {"": 7, "TH": 10})


def test_its_places_are_no_passwords(hoa_ban):
    assert {"nuibac", "suoitrong"} & set(passwords._known_words())


@pytest.mark.parametrize("content", [None, "name = ", 'name = "Hoa Ban"'])
def test_a_folder_that_describes_no_province_is_named(settings, tmp_path, content):
    if content is not None:
        (tmp_path / "province.toml").write_text(content, encoding="utf-8")
    settings.PROVINCE_DATA = tmp_path
    with pytest.raises(ImproperlyConfigured, match=r"province\.toml"):
        province()


def test_nothing_of_lai_chau_stands_in_the_code():
    apps = {path.parent for path in BASE_DIR.glob("*/apps.py")}
    folders = [*apps, BASE_DIR / "templates", BASE_DIR / "static"]
    found = [
        str(path.relative_to(BASE_DIR))
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html", ".js", ".css"}
        and "demo" not in path.parts
        and re.search(r"Lai Ch[âa]u(?! Edu)", path.read_text(encoding="utf-8"))
    ]
    assert found == []
