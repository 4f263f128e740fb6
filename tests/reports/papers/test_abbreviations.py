"""Abbreviations in papers' numbers on their page: dated, taken back, an office's own."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import Event
from core.months import Month
from reports.models import PaperSymbol
from reports.papers.abbreviations.services import remove_symbol, set_symbol
from reports.papers.offices import office_of_school
from reports.papers.symbols import symbol_of
from tests.html_query import read

D = datetime.date
TODAY, TOMORROW, NEXT_YEAR = D(2026, 10, 12), D(2026, 10, 13), D(2027, 1, 1)
SOURCE = "Quyết định 16/QĐ-SGDĐT ngày 10/10/2026"


def dated(world, key, symbol, valid_from=TOMORROW, source=SOURCE):
    return set_symbol(
        key=key, symbol=symbol, valid_from=valid_from, source=source, by=world.province_officer
    )


def of_school(world, day):
    return symbol_of(office_of_school(world.school_a, Month.of(day)), "report", on=day)


def test_an_abbreviation_holds_from_its_day_on(world):
    dated(world, "office:school", "TRG")
    assert [of_school(world, day) for day in (TODAY, TOMORROW)] == ["BC-TRƯỜNG", "BC-TRG"]
    event = Event.objects.get(kind="paper_symbol.set")
    assert (event.actor, event.changes["symbol"]) == (world.province_officer, ["TRƯỜNG", "TRG"])


def test_an_office_has_its_own(world):
    dated(world, f"school:{world.school_a.code}", "THCSAM")
    assert of_school(world, TOMORROW) == "BC-THCSAM"


def test_before_its_day_it_is_taken_back_and_the_one_before_goes_on(world):
    dated(world, "office:school", "TRH", NEXT_YEAR)
    made = dated(world, "office:school", "TRG")
    dated(world, "office:school", "TR", TOMORROW)
    remove_symbol(row=made, by=world.province_officer)
    assert [of_school(world, day) for day in (TOMORROW, NEXT_YEAR)] == ["BC-TRƯỜNG", "BC-TRH"]
    with pytest.raises(ValidationError, match="Vừa có người rút"):
        remove_symbol(row=made, by=world.province_officer)


def test_what_holds_is_not_taken_back(world):
    made = dated(world, "office:school", "TRG", TODAY)
    with pytest.raises(ValidationError, match="đã có hiệu lực"):
        remove_symbol(row=made, by=world.province_officer)


@pytest.mark.parametrize(
    ("key", "symbol", "day", "source", "said"),
    [
        ("office:school", "TRG", D(2026, 10, 11), SOURCE, "giữ ký hiệu"),
        ("office:school", "TRG", TOMORROW, " ", "Hãy ghi văn bản"),
        ("office:school", "trg", TOMORROW, SOURCE, "chữ in hoa"),
        ("office:school", "TRƯỜNG", TOMORROW, "Nghị định 30/2020/NĐ-CP, Phụ lục I và III", "đúng"),
        ("school:KHONGCO", "TRG", TOMORROW, SOURCE, "không có cơ quan này"),
        ("nothing", "TRG", TOMORROW, SOURCE, "không có cơ quan này"),
    ],
)
def test_what_makes_no_sense_is_refused(world, key, symbol, day, source, said):
    with pytest.raises(ValidationError, match=said):
        dated(world, key, symbol, day, source)
    assert not Event.objects.filter(kind="paper_symbol.set").exists()


def test_the_page_lists_them_and_takes_a_new_one(world, sign_in):
    client, address = sign_in(world.province_officer), reverse("reports:paper_symbols")
    page = read(client.get(address))
    row = next(row for row in page.select("main tr") if "Báo cáo" in row.text)
    assert "BC" in row.text
    sent = {
        "office": "school:",
        "code": world.school_a.code,
        "symbol": "THCSAM",
        "valid_from": "2026-11-01",
        "source": SOURCE,
    }
    answer = client.post(reverse("reports:paper_symbol_add"), sent)
    assert (answer.status_code, answer.url) == (302, address)
    page = read(client.get(address))
    own = page.one("#own").parent.text
    assert world.school_a.name in own
    assert "THCSAM" in own
    answer = client.post(reverse("reports:paper_symbol_add"), sent | {"code": "KHONGCO"})
    assert answer.status_code == 422
    assert client.get(reverse("reports:paper_symbol", args=["kind:nothing"])).status_code == 404
    assert PaperSymbol.objects.filter(key__startswith="school:").count() == 1
