"""Rules on their page: what holds, a value from a day on, taken back before its day."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from attendance.apps import COLD_LIMIT, LEAVE_DAYS
from attendance.models import PeriodLock
from core import rules
from core.models import Event, Rule
from reports.thresholds import YEAR_FIRST, YEAR_LIMIT, YEAR_SECOND
from schools.closed_months import settled_before
from schools.dated_rules.services import end_level, keep_level, remove_value, set_value
from schools.models import SchoolYear
from tests.html_query import read

D = datetime.date
TODAY, TOMORROW, NEXT_YEAR = D(2026, 10, 12), D(2026, 10, 13), D(2027, 1, 1)
SOURCE = "Quyết định 12/QĐ-SGDĐT ngày 10/10/2026"


def dated(world, key, value, valid_from=TOMORROW, **more):
    return set_value(
        spec=rules.find(key),
        value=Decimal(str(value)),
        valid_from=valid_from,
        source=more.pop("source", SOURCE),
        by=world.province_officer,
        **more,
    )


def values_of(key, *days, level=""):
    return [int(rules.value(key, on=day, level=level)) for day in days]


def test_a_value_holds_from_its_day_on_and_leaves_an_event(world):
    made = dated(world, LEAVE_DAYS, 20)
    assert values_of(LEAVE_DAYS, TODAY, TOMORROW) == [31, 20]
    event = Event.objects.get(kind="rule.set")
    assert (event.actor, event.object_id) == (world.province_officer, str(made.pk))
    assert event.changes["value"] == ["31", "20"]
    assert event.changes["source"] == [None, SOURCE]


def test_what_was_dated_later_still_comes(world):
    dated(world, LEAVE_DAYS, 10, NEXT_YEAR)
    dated(world, LEAVE_DAYS, 20)
    assert values_of(LEAVE_DAYS, TODAY, TOMORROW, NEXT_YEAR) == [31, 20, 10]


def test_a_value_of_the_same_day_is_corrected(world):
    dated(world, LEAVE_DAYS, 20)
    dated(world, LEAVE_DAYS, 21)
    assert values_of(LEAVE_DAYS, TODAY, TOMORROW) == [31, 21]
    assert Rule.objects.filter(key=LEAVE_DAYS).count() == 2


def test_before_its_day_a_value_is_taken_back_and_the_one_before_goes_on(world):
    dated(world, LEAVE_DAYS, 10, NEXT_YEAR)
    made = dated(world, LEAVE_DAYS, 20)
    remove_value(row=made, by=world.province_officer)
    assert values_of(LEAVE_DAYS, TODAY, TOMORROW, NEXT_YEAR) == [31, 31, 10]
    assert Event.objects.get(kind="rule.removed").changes["value"] == ["20", None]
    with pytest.raises(ValidationError, match="Vừa có người rút"):
        remove_value(row=made, by=world.province_officer)


def test_what_holds_already_is_not_taken_back(world):
    made = dated(world, LEAVE_DAYS, 20, TODAY)
    with pytest.raises(ValidationError, match="đã có hiệu lực"):
        remove_value(row=made, by=world.province_officer)
    assert values_of(LEAVE_DAYS, TODAY) == [20]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (LEAVE_DAYS, 0, "Từ 1 đến 366 ngày"),
        (LEAVE_DAYS, 2.5, "chữ số sau dấu phẩy"),
        (LEAVE_DAYS, 31, "Hãy ghi văn bản"),
        ("risk.chronic_percent", 101, "Từ 0 đến 100 phần trăm"),
    ],
)
def test_a_value_without_sense_or_source_is_refused(world, key, value, said):
    with pytest.raises(ValidationError, match=said):
        dated(world, key, value, source=" " if value == 31 else SOURCE)
    assert not Event.objects.filter(kind="rule.set").exists()


def test_the_value_that_holds_is_not_dated_anew(world):
    dated(world, LEAVE_DAYS, 20)
    with pytest.raises(ValidationError, match="đã áp dụng đúng giá trị này"):
        dated(world, LEAVE_DAYS, 20, NEXT_YEAR)


def test_a_closed_month_stays_judged_as_it_was(world):
    lock = PeriodLock.objects.create(
        area=world.commune_a,
        valid_from=D(2026, 9, 1),
        valid_to=D(2026, 10, 1),
        locked_at="2026-10-08T00:00Z",
    )
    with pytest.raises(ValidationError, match=r"Tháng 09/2026 của .* đã chốt.*01/10/2026"):
        dated(world, LEAVE_DAYS, 20, D(2026, 9, 30))
    dated(world, LEAVE_DAYS, 20, D(2026, 10, 1))
    lock.unlocked_at, lock.unlock_reason = "2026-10-09T00:00Z", "nhầm"
    lock.save()
    dated(world, LEAVE_DAYS, 25, D(2026, 9, 30))
    assert values_of(LEAVE_DAYS, D(2026, 9, 30), TODAY) == [25, 20]


def test_a_year_that_is_over_stays_judged_as_it_was(world):
    assert settled_before(TODAY) is None
    SchoolYear.objects.create(code="2025-2026", valid_from=D(2025, 9, 5), valid_to=D(2026, 6, 1))
    with pytest.raises(ValidationError, match=r"2025-2026 đã hết.*01/06/2026"):
        dated(world, LEAVE_DAYS, 20, D(2026, 5, 31))


def test_rules_that_rise_do_not_fall(world):
    with pytest.raises(
        ValidationError, match=r"Từ 13/10/2026, .*\(35 ngày\) sẽ lớn hơn .*\(30 ngày\)"
    ):
        dated(world, YEAR_FIRST, 35)
    dated(world, YEAR_SECOND, 38, NEXT_YEAR)
    with pytest.raises(ValidationError, match="lớn hơn"):
        dated(world, YEAR_FIRST, 35)
    dated(world, YEAR_FIRST, 35, NEXT_YEAR)
    # Taking back the second warning would leave the first above it.
    with pytest.raises(ValidationError, match="lớn hơn"):
        remove_value(
            row=Rule.objects.get(key=YEAR_SECOND, valid_from=NEXT_YEAR), by=world.province_officer
        )


def test_a_level_rises_by_its_own_values(world):
    with pytest.raises(ValidationError, match="Cấp học: THCS"):
        dated(world, YEAR_LIMIT, 39, level="THCS")


def test_a_level_has_its_own_value_and_goes_back_to_the_general_one(world):
    row = dated(world, LEVELLED, 8, level="MN")
    assert values_of(LEVELLED, TOMORROW, level="MN") == [8]
    assert values_of(LEVELLED, TOMORROW, level="TH") == [10]
    with pytest.raises(ValidationError, match="ngày sau đó"):
        end_level(row=row, on=TOMORROW, source=SOURCE, by=world.province_officer)
    end_level(row=row, on=NEXT_YEAR, source=SOURCE, by=world.province_officer)
    assert values_of(LEVELLED, NEXT_YEAR, level="MN") == [10]
    assert Event.objects.get(kind="rule.level_ended").reason == SOURCE
    keep_level(row=row, by=world.province_officer)
    assert values_of(LEVELLED, NEXT_YEAR, level="MN") == [8]
    with pytest.raises(ValidationError, match="Không có lần thôi áp dụng"):
        keep_level(row=row, by=world.province_officer)


LEVELLED = "risk.unseen_sessions"


def test_a_rule_read_for_all_levels_has_no_level(world):
    with pytest.raises(ValidationError, match="một giá trị chung"):
        dated(world, LEAVE_DAYS, 20, level="MN")


def test_the_general_value_does_not_end(world):
    row = Rule.objects.get(key=LEAVE_DAYS)
    with pytest.raises(ValidationError, match="mức chung thì đặt giá trị khác"):
        end_level(row=row, on=TOMORROW, source=SOURCE, by=world.province_officer)


def test_the_page_names_every_rule_with_what_holds_and_what_comes(world, sign_in):
    dated(world, LEAVE_DAYS, 20, NEXT_YEAR)
    page = read(sign_in(world.province_officer).get(reverse("schools:rules")))
    with translation.override("vi"):
        names = {str(spec.meaning) for spec in rules.declared()}
    assert names <= set(page.texts("main a"))
    assert "20 ngày" in page.one("#coming").parent.text
    limit = next(row for row in page.select("main tr") if "Nhiệt độ thấp nhất" in row.text)
    assert "Tiểu học: 10 °C" in limit.text
    late = next(row for row in page.select("main tr") if "Giờ vào học buổi chiều" in row.text)
    assert "13:30" in late.text


def test_a_value_is_set_on_the_page(world, sign_in):
    client, address = sign_in(world.province_officer), reverse("schools:rule", args=[COLD_LIMIT])
    sent = {"level": "THCS", "value": "8,5", "valid_from": "2026-11-01", "source": SOURCE}
    answer = client.post(address, sent)
    assert (answer.status_code, answer.url) == (302, address)
    assert rules.value(COLD_LIMIT, on=D(2026, 11, 1), level="THCS") == Decimal("8.5")
    page = read(client.get(address))
    assert "8,5 °C" in page.one("main").text
    assert f"{SOURCE} · {world.province_officer}" in page.one("main").text
    answer = client.post(address, sent | {"value": "80"})
    assert answer.status_code == 422


def test_rules_of_the_installation_are_an_administrators(world, sign_in):
    address = reverse("schools:rule", args=["accounts.key_days"])
    sent = {"value": "60", "valid_from": "2026-10-13", "source": SOURCE}
    officer = sign_in(world.province_officer)
    assert not read(officer.get(address)).select("main form")
    assert officer.post(address, sent).status_code == 403
    row = Rule.objects.get(key="accounts.key_days")
    assert officer.get(reverse("schools:rule_remove", args=[row.pk])).status_code == 403
    assert sign_in(world.system_admin).post(address, sent).status_code == 302


def test_a_switch_is_asked_as_yes_and_no(world, sign_in):
    address = reverse("schools:rule", args=["accounts.second_factor"])
    page = read(sign_in(world.system_admin).get(address))
    assert [each.strip() for each in page.texts("main form fieldset label")] == ["không", "có"]


@pytest.mark.django_db
def test_every_rule_has_a_theme_and_makes_sense_of_its_first_values():
    for spec in rules.declared():
        assert rules.theme_of(spec)
        for _level, value in spec.first_values:
            assert value == round(value, spec.unit.digits), spec.key
    for keys in rules.rising():
        assert all(rules.find(key) for key in keys)


@pytest.mark.django_db
def test_first_values_speak_the_language_of_the_offices():
    assert not Rule.objects.filter(source__startswith="Ours").exists()


def test_a_key_that_nobody_declared_is_not_found(world, sign_in):
    client = sign_in(world.province_officer)
    assert client.get(reverse("schools:rule", args=["nothing.of_this"])).status_code == 404
