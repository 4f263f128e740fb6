"""Numbers of children assigned to communes and schools: entered, from a file, and in the rates."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from core.models import Event
from mobilisation.assigned.services import assign_numbers
from mobilisation.assigned.workbook import HEADINGS
from mobilisation.models import AssignedNumber
from mobilisation.rates.variants import VARIANTS
from tests.html_query import read
from tests.mobilisation.assigned_workbooks import HEADERS, file_of, row_of
from tests.reports.test_mobilisation import RATE, survey

pytestmark = pytest.mark.django_db
DECIDED = datetime.date(2026, 8, 20)


def assign(world, target, by=None, decision="QĐ 15/QĐ-UBND", **numbers):
    return assign_numbers(
        given=[(target, numbers)],
        year=2026,
        decision=decision,
        decided_on=DECIDED,
        by=by or world.province_officer,
    )


def upload(client, content, **more):
    asked = {"file": content, "decision": "QĐ 15", "decided_on": "2026-08-20"} | more
    return client.post(reverse("mobilisation:assigned") + "?year=2026", asked, follow=True)


def test_every_rate_has_its_heading():
    assert set(HEADINGS) == set(VARIANTS)
    assert len(set(HEADERS)) == len(HEADERS)


def test_a_number_is_entered_on_the_page_and_shown_beside_the_survey(world, sign_in):
    survey(world, on_roll=30, missing=20)
    client = sign_in(world.district_officer)
    url = reverse("mobilisation:assigned_commune", args=[world.commune_a.pk]) + "?year=2026"
    said = {RATE: "40", "decision": "QĐ 15/QĐ-UBND", "decided_on": "2026-08-20"}
    assert "Đã ghi 1 chỉ tiêu" in read(client.post(url, said, follow=True)).text
    row = AssignedNumber.objects.get()
    assert (row.commune, row.variant, row.children, row.entered_by) == (
        *(world.commune_a, RATE, 40, world.district_officer),
    )
    event = Event.objects.get(kind="numbers.assigned")
    assert (event.area_id, event.changes["children"]) == (world.commune_a.pk, [0, 40])
    page = reverse("reports:mobilisation", args=[world.commune_a.pk])
    text = read(sign_in(world.commune_officer).get(f"{page}?month=2026-10&rate={RATE}")).text
    assert "So với điều tra" in text
    assert "60,0% 30 / 50" in text
    assert "75,0% 30 / 40" in text


def test_the_api_names_both(world, sign_in):
    survey(world, on_roll=30, missing=20)
    survey(world, on_roll=1, missing=0, commune=world.commune_b)
    assign(world, world.commune_a, **{RATE: 40})
    assign(world, world.commune_a2, **{RATE: 70})  # Without a survey: nobody knows of how many.
    answer = sign_in(world.province_officer).get(
        reverse("api:mobilisation") + "?month=2026-10&area=12"
    )
    rates = {each["code"]: each for each in answer.json()["rows"][0]["rates"]}
    assert rates[RATE]["rate"]["denominator"] == 51
    assert rates[RATE]["assigned"] == {"children": 40, "on_roll": 30, "rate": 0.75, "communes": 1}
    assert rates["mobilised_5"]["assigned"] is None


def test_a_school_is_held_against_its_own_number(world, sign_in):
    survey(world, on_roll=3, missing=0)
    assign(world, world.school_a, **{RATE: 40})
    page = reverse("reports:mobilisation", args=[world.commune_a.pk])
    found = sign_in(world.commune_officer).get(f"{page}?month=2026-10&rate={RATE}")
    (row,) = found.context["schools"]
    pupils = sum(
        11 <= 2026 - spell.pupil.birth_date.year <= 14
        for spell in world.school_a.spells.filter(valid_to=None, grade__gte=6)
    )
    assert (row.school, row.children, row.pupils) == (world.school_a, 40, pupils)
    assert pupils >= 3
    assert "QĐ 15/QĐ-UBND (20/08/2026)" in read(found).text


def test_a_file_assigns_many_and_leaves_empty_cells_alone(world, sign_in):
    assign(world, world.commune_a, **{RATE: 40, "mobilised_5": 7})
    client = sign_in(world.province_officer)
    answer = upload(
        client,
        file_of(
            row_of(int(world.commune_a.code), **{RATE: 45}),  # Excel took its zero away.
            row_of(world.school_a.code, **{RATE: "1.200", "mobilised_6": 0}),
            row_of(world.commune_b.code),
        ),
    )
    assert "Đã ghi 3 chỉ tiêu" in read(answer).text
    told = AssignedNumber.objects.values_list(
        "commune", "school", "variant", "children", "decision"
    )
    assert set(told) == {
        (world.commune_a.pk, None, RATE, 45, "QĐ 15"),
        (world.commune_a.pk, None, "mobilised_5", 7, "QĐ 15/QĐ-UBND"),
        (None, world.school_a.pk, RATE, 1200, "QĐ 15"),
        (None, world.school_a.pk, "mobilised_6", 0, "QĐ 15"),
    }
    same = upload(client, file_of(row_of(world.commune_a.code, **{RATE: 45})))
    assert "Không có gì khác" in read(same).text
    assert Event.objects.filter(kind="numbers.assigned").count() == 2


def test_the_file_to_fill_in_is_taken_as_it_is(world, sign_in):
    assign(world, world.school_a, **{RATE: 40})
    client = sign_in(world.province_officer)
    answer = client.get(reverse("mobilisation:assigned_file") + "?year=2026")
    content = b"".join(answer) if answer.streaming else answer.content
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet).to_python()
    assert rows[0] == HEADERS
    assert [world.school_a.code, world.school_a.name] in [row[:2] for row in rows]
    assert "Không có gì khác" in read(upload(client, SimpleUploadedFile("a.xlsx", content))).text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["99999", "", 5]], "A2: không có xã hay trường nào của bạn mang mã “99999”"),
        ([["{a}", "", -5]], "C2: “-5” không phải số nguyên từ 0"),
        ([["{a}", "", 1.5]], "C2: “1.5” không phải số nguyên"),
        ([["{a}", "", "nhiều"]], "C2: “nhiều” không phải số nguyên"),
        ([["{a}", "", 100_001]], "C2: “100001” không phải số nguyên từ 0 đến 100000"),
        ([["{a}", "", 5], ["{a}", "", 6]], "A3: mã {a} đã có ở dòng 2"),
        ([["", "Xã A Một", 5]], "A2: hãy ghi mã xã hoặc mã trường"),
        ([["{a}", "", ""]], "Tệp chưa có con số nào"),
        ([["{b}", "", 5]], "không có xã hay trường nào của bạn"),
    ],
)
def test_a_file_with_a_wrong_cell_is_refused_whole(world, sign_in, rows, said):
    codes = {"a": world.commune_a.code, "b": world.commune_b.code}
    rows = [[each.format(**codes) if isinstance(each, str) else each for each in r] for r in rows]
    good = row_of(world.school_a.code, **{RATE: 3})
    text = read(
        upload(sign_in(world.district_officer), file_of(*rows, *([good] if rows[0][2] else [])))
    ).text
    assert said.format(**codes) in text
    assert not AssignedNumber.objects.exists()


def test_files_that_are_none_are_refused_with_what_to_do(world, sign_in):
    client = sign_in(world.province_officer)
    for content, said in (
        (SimpleUploadedFile("a.xlsx", b"x" * 50), "xlsx"),
        (file_of(["1", "2"], headings=["Tên", "Số"]), "Không thấy bảng nào có cột"),
        (
            file_of([world.commune_a.code, 1, 2], headings=[HEADERS[0], "5 tuổi", "5 tuổi"]),
            "hai lần",
        ),
    ):
        assert said in read(upload(client, content)).text
    assert not AssignedNumber.objects.exists()


def test_a_number_is_taken_back_by_emptying_it(world, sign_in):
    assign(world, world.school_a, **{RATE: 40, "mobilised_6": 9})
    url = reverse("mobilisation:assigned_school", args=[world.school_a.pk]) + "?year=2026"
    said = {"mobilised_6": "9", "decision": "QĐ 16", "decided_on": "2026-09-20"}
    sign_in(world.province_officer).post(url, said)
    (left,) = AssignedNumber.objects.all()
    assert (left.variant, left.decision) == ("mobilised_6", "QĐ 15/QĐ-UBND")


def test_a_number_out_of_bounds_writes_nothing(world):
    with pytest.raises(ValidationError):
        assign(world, world.commune_a, **{RATE: 100_001, "mobilised_5": 1})
    with pytest.raises(ValidationError, match="xã, phường"):
        assign(world, world.province, **{RATE: 1})
    assert not AssignedNumber.objects.exists()


def test_who_assigns_and_where(world, sign_in):
    other = reverse("mobilisation:assigned_commune", args=[world.commune_b.pk])
    assert sign_in(world.district_officer).get(other).status_code == 404
    assert sign_in(world.province_officer).get(other).status_code == 200
    assert sign_in(world.commune_officer).get(other).status_code == 403
    text = read(sign_in(world.province_officer).get(reverse("mobilisation:communes"))).text
    assert "Chỉ tiêu giao" in text
