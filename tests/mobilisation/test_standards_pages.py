"""The standards on their pages and in the API, and what is entered for them."""

import datetime
import io

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mobilisation.models import LiteracyTotal
from mobilisation.standards.services import enter_literacy
from schools.areas.services.designations import designate
from schools.models import AreaDesignation
from tests.html_query import read
from tests.mobilisation.survey_workbooks import make_child, make_round

pytestmark = pytest.mark.django_db
SEPTEMBER = datetime.date(2026, 9, 1)


def young_people(world, *, finished, others):
    survey_round = make_round(world.commune_a)
    for number in range(finished + others):
        make_child(
            survey_round,
            f"Giàng A Thử {number}",
            datetime.date(2010, 3, 4),
            form=str(number),
            finished_level="THCS" if number < finished else "",
        )


def decide(world, *named, day=SEPTEMBER):
    designate(
        named=named,
        among=[world.commune_a, world.commune_a2, world.commune_b],
        decree="QĐ 9/QĐ-UBND",
        valid_from=day,
        by=world.province_officer,
    )


def test_a_commune_sees_what_fails_by_how_many_and_who(world, sign_in):
    decide(world, world.commune_b)
    young_people(world, finished=14, others=6)
    client = sign_in(world.commune_officer)
    page = read(client.get(reverse("mobilisation:standards", args=[world.commune_a.pk])))
    assert "70,00% 14 / 20" in page.text
    assert "thiếu 2" in page.text
    assert "chưa có văn bản của Trung ương" in page.text
    assert "Quy định nào chưa chắc" in page.text
    assert "Giàng A Thử" not in page.text
    url = reverse("mobilisation:standards_missing", args=[world.commune_a.pk])
    listed = read(client.get(url + "?year=2026&condition=THCS1-tot-nghiep")).text
    assert "6 người, ngày 12/10/2026; cần thêm 2" in listed
    assert "Giàng A Thử 14" in listed
    assert "Giàng A Thử 13" not in listed
    assert client.get(url + "?condition=gì+đó").status_code == 404
    assert sign_in(world.province_officer).get(url).status_code == 403


def test_offices_above_see_communes_and_no_name(world, sign_in):
    decide(world, world.commune_a)
    young_people(world, finished=14, others=6)
    for person, area in (
        (world.province_officer, world.province),
        (world.district_officer, world.cluster),
        (world.province_officer, world.commune_a),
    ):
        client = sign_in(person)
        text = read(client.get(reverse("mobilisation:standards", args=[area.pk]))).text
        assert "Phổ cập giáo dục trung học cơ sở mức độ 2" in text
        assert "Giàng A Thử" not in text
    cluster = reverse("mobilisation:standards", args=[world.cluster.pk])
    text = read(sign_in(world.district_officer).get(cluster)).text
    assert "cụm không phải đơn vị hành chính" in text
    assert "Thiếu 2" in text
    assert sign_in(world.commune_officer).get(cluster).status_code == 404


def test_the_day_of_the_law_can_be_asked_for(world, sign_in):
    url = reverse("mobilisation:standards", args=[world.province.pk])
    client = sign_in(world.province_officer)
    assert "danh sách lớp ngày 12/10/2026" in read(client.get(url)).text
    assert "Chưa ghi xã nào là đặc biệt khó khăn" in read(client.get(url)).text
    asked = read(client.get(url + "?year=2026&day=2026-09-30")).text
    assert "danh sách lớp ngày 30/09/2026" in asked
    assert "danh sách lớp ngày 12/10/2026" in read(client.get(url + "?day=x&year=y")).text


def test_totals_of_adults_go_before_the_survey(world, sign_in):
    decide(world, world.commune_b)
    client = sign_in(world.commune_officer)
    url = reverse("mobilisation:literacy", args=[world.commune_a.pk]) + "?year=2026"
    entered = {"people_15_35": "200", "level_1_15_35": "190", "level_2_15_35": "100"}
    answer = client.post(url, entered, follow=True)
    text = read(answer).text
    assert "Đã lưu số tổng hợp" in text
    assert "95,00% 190 / 200" in text
    assert "theo số xã nhập" in text
    assert LiteracyTotal.objects.get().entered_by == world.commune_officer
    client.post(url, {})
    assert not LiteracyTotal.objects.exists()


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"people_15_35": "200"}, "phải có đủ ba số"),
        ({"people_15_35": "9", "level_1_15_35": "10", "level_2_15_35": "1"}, "không được hơn"),
        ({"people_15_35": "9", "level_1_15_35": "5", "level_2_15_35": "6"}, "không được hơn"),
        (
            {
                "people_15_35": "9",
                "level_1_15_35": "5",
                "level_2_15_35": "5",
                "people_15_60": "8",
                "level_1_15_60": "5",
                "level_2_15_60": "5",
            },
            "Nhóm 15–35 tuổi có số lớn hơn nhóm 15–60 tuổi",
        ),
        ({"people_15_35": "-1", "level_1_15_35": "x", "level_2_15_35": "9" * 30}, "số nguyên"),
    ],
)
def test_totals_that_cannot_be_are_refused(world, sign_in, entered, said):
    client = sign_in(world.commune_officer)
    url = reverse("mobilisation:literacy", args=[world.commune_a.pk])
    assert said in read(client.post(url, entered)).text
    assert not LiteracyTotal.objects.exists()


def totals_file(*rows, head=("Nhóm tuổi", "Số người", "Biết chữ mức độ 1", "Biết chữ mức độ 2")):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Biết chữ")
    for line, row in enumerate([head, *rows]):
        sheet.write_row(line, 0, row)
    book.close()
    return SimpleUploadedFile("Biet chu.xlsx", file.getvalue())


def test_totals_come_from_excel_and_are_looked_at_before_they_are_saved(world, sign_in):
    client = sign_in(world.commune_officer)
    url = reverse("mobilisation:literacy", args=[world.commune_a.pk]) + "?year=2026"
    given = totals_file(["15-35", "1.200", 1100, 1000], ["từ 15 đến 60 tuổi", 2000, 1500, 1400])
    page = read(client.post(url, {"read": "1", "file": given}))
    assert "Chưa lưu" in page.text
    assert not LiteracyTotal.objects.exists()
    fields = {
        each.get("name"): each.get("value") or "" for each in page.select("input[type=number]")
    }
    assert (fields["people_15_35"], fields["level_2_15_60"]) == ("1200", "1400")
    client.post(url, fields)
    rows = LiteracyTotal.objects.order_by("last_age").values_list("people", "level_1", "level_2")
    assert list(rows) == [(1200, 1100, 1000), (2000, 1500, 1400)]
    # The file to fill in has them, and is read as it is.
    file = client.get(reverse("mobilisation:literacy_file", args=[world.commune_a.pk]))
    again = SimpleUploadedFile("Biet chu.xlsx", file.content)
    page = read(client.post(url, {"read": "1", "file": again}))
    assert page.text.count("1.200 · 1.100 · 1.000") == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["15-35", 200, 210, 1]], "nhiều hơn số người"),
        ([["15-35", 200, "x", 1]], "không phải số nguyên"),
        ([["15-35", 200, "", 1]], "không phải số nguyên"),
        ([["7-9", 200, 100, 1]], "A2: hãy ghi một trong các nhóm tuổi"),
        ([["15-35", 1, 1, 1], ["15–35", 1, 1, 1]], "hai lần"),
        ([["15-35", "", "", ""]], "chưa có con số nào"),
    ],
)
def test_a_file_of_totals_that_cannot_be_is_refused_with_its_cell(world, sign_in, rows, said):
    url = reverse("mobilisation:literacy", args=[world.commune_a.pk])
    answer = sign_in(world.commune_officer).post(url, {"read": "1", "file": totals_file(*rows)})
    assert answer.status_code == 422
    assert said in read(answer).text


def test_what_is_no_file_of_totals_is_refused(world, sign_in):
    url = reverse("mobilisation:literacy", args=[world.commune_a.pk])
    client = sign_in(world.commune_officer)
    for file in (totals_file([1], head=["Tên"]), SimpleUploadedFile("a.xlsx", b"no workbook")):
        assert client.post(url, {"read": "1", "file": file}).status_code == 422
    assert client.post(url, {"read": "1"}).status_code == 422


def test_totals_are_replaced_group_by_group(world):
    enter_literacy(
        commune=world.commune_a,
        year=2026,
        totals={(15, 25): (10, 9, 8), (15, 35): (20, 18, 16)},
        by=world.commune_officer,
    )
    enter_literacy(
        commune=world.commune_a,
        year=2026,
        totals={(15, 25): (11, 9, 8), (15, 35): None},
        by=world.commune_officer,
    )
    assert list(LiteracyTotal.objects.values_list("people", flat=True)) == [11]


def test_a_decision_replaces_the_one_before(world, sign_in):
    client = sign_in(world.province_officer)
    url = reverse("mobilisation:designations")
    named = [world.commune_a.pk, world.commune_b.pk]
    first = {"decree": "QĐ 1", "valid_from": "2026-09-01", "communes": named}
    assert "Đã ghi quyết định" in read(client.post(url, first, follow=True)).text
    second = {"decree": "QĐ 2", "valid_from": "2026-10-01", "communes": [world.commune_b.pk]}
    client.post(url, second)
    on = AreaDesignation.objects.on
    assert set(on(datetime.date(2026, 9, 30)).values_list("area", flat=True)) == set(named)
    held = on(datetime.date(2026, 10, 1))
    assert list(held.values_list("area", "decree")) == [(world.commune_b.pk, "QĐ 2")]
    text = read(client.get(url)).text
    assert "QĐ 1: từ 01/09/2026 đến 30/09/2026 · 2 / 3" in text
    assert "QĐ 2: từ 01/10/2026 · 1 / 3" in text
    assert "hãy chọn ngày từ đó trở đi" in read(client.post(url, first)).text
    client.post(url, second | {"communes": named})
    assert held.count() == 2
    assert sign_in(world.commune_officer).get(url).status_code == 403


def test_a_decision_names_communes_of_its_day(world):
    with pytest.raises(ValidationError, match="không có"):
        decide(world, world.commune_a, day=datetime.date(2025, 1, 1))


def test_the_api_tells_what_the_page_tells(world, sign_in):
    decide(world, world.commune_a)
    young_people(world, finished=14, others=6)
    client = sign_in(world.province_officer)
    url = reverse("api:standards")
    said = client.get(url + f"?area={world.commune_a.code}&year=2026").json()
    standards = {each["code"]: each for each in said["rule_sets"][0]["standards"]}
    (condition,) = standards["THCS1"]["conditions"]
    assert (said["day"], said["designated"]) == ("2026-10-12", True)
    assert (condition["certain"], condition["total"], condition["least"]) == (14, 20, 0.7)
    assert (condition["verdict"], condition["ages"]) == ("met", [15, 18])
    assert standards["THCS1"]["verdict"] == "not_known"
    (condition,) = standards["THCS2"]["conditions"]
    assert (condition["verdict"], condition["lacking"]) == ("not_met", 2)
    assert standards["XMC1"]["conditions"][0]["unknown"] == "no_adults"
    whole = client.get(url + "?area=12&year=2026&day=2026-09-30").json()
    assert whole["day"] == "2026-09-30"
    assert [each["code"] for each in whole["rule_sets"]] == ["nd-20-2014-hai-cap", "nd-277-2025"]
    second = whole["rule_sets"][0]["standards"][7]
    assert second["code"] == "THCS2"
    assert {each["code"]: each["lacking"] for each in second["communes"]}["03001"] == 2
    assert second["shares"][0]["least"] == 0.95
    for query, status in (
        ("?area=12", 400),
        ("?area=12&year=1999", 400),
        ("?area=12&year=2024", 400),
        ("?area=12&year=2026&day=2026-09-29", 400),
        ("?area=99999&year=2026", 404),
    ):
        assert client.get(url + query).status_code == status
    other = sign_in(world.commune_officer).get(url + f"?area={world.commune_b.code}&year=2026")
    assert other.status_code == 404
