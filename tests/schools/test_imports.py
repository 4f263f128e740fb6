"""The import of the ministry's workbook: what is written, and what is refused and why."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils import timezone

from core.jobs import records
from core.services import workbook_imports
from schools.directory.selectors.school_codes import SchoolCodes
from schools.models import DifferentPupils, Enrolment, ImportBatch, Pupil, SchoolClass, SchoolYear
from schools.pupil_import import services as imports
from schools.pupil_import.services import reading
from schools.pupil_import.services.change_set import make_change_set
from schools.pupil_import.services.reading import read_source
from schools.pupil_import.workbook.columns import BY_KEY
from schools.pupil_import.workbook.refusals import in_words
from schools.pupil_import.workbook.statuses import STATUSES
from schools.pupils.past_registers import RegistersLocked
from schools.signals import enrolments_changed
from schools.tasks import check_import, save_import
from tests.schools.pupil_workbooks import (
    HEADERS,
    USUAL,
    check,
    excel,
    pupil_row,
    receive,
    save,
    upload_of,
    workbook,
)
from tests.world import enrol

pytestmark = pytest.mark.django_db


def table_counts():
    """Rows of every table an import may write."""
    models = (Pupil, Enrolment, SchoolClass)
    return [m.objects.count() for m in models] + [m.history.count() for m in models]


def refused_in(batch):
    """(row, letter, code) of every refusal shown."""
    return [(each["row"], each["letter"], each["code"]) for each in batch.preview["refused"]]


def counts(batch):
    return (
        batch.created_count,
        batch.changed_count,
        batch.unchanged_count,
        batch.refused_count,
    )


def chua(world):
    return Pupil.objects.get(full_name="Giàng A Chua")


def known(pupil, **cells):
    """The row of a pupil on record, as the ministry's workbook would have it."""
    spell = pupil.spells.order_by("valid_from").last()
    usual = {
        "ministry_id": pupil.ministry_id,
        "full_name": pupil.full_name,
        "birth_date": pupil.birth_date,
        "sex": {"F": "Nữ", "M": "Nam"}[pupil.sex],
        "ethnic_group": pupil.get_ethnic_group_display(),
        "class_name": spell.school_class.name,
    }
    return usual | cells


# --- what is written --------------------------------------------------------------------


def test_new_pupils_come_onto_the_roll(world, roll_news):
    batch = check(
        world,
        workbook(
            pupil_row(
                ministry_id="0123456789",
                citizen_id="012315000001",
                phone="0912 345 678",
                village="Bản Háng Lìa",
                father="Vừ A Tủa",
                mother="Mùa Thị Dở",
            ),
            pupil_row(full_name="Lý Thị Sua", sex="Nữ", class_name="1+2 Háng Lìa", grade="2"),
        ),
    )
    assert (batch.state, counts(batch)) == ("ready", (2, 0, 0, 0))
    assert table_counts() == [13, 13, 3, 0 + 13, 13, 3]
    batch = save(batch)
    assert batch.state == "done"
    pupil = Pupil.objects.get(ministry_id="0123456789")
    assert (
        pupil.full_name,
        pupil.sex,
        pupil.birth_date,
        pupil.ethnic_group,
        pupil.citizen_id,
        pupil.home_address,
        pupil.guardian_name,
        pupil.guardian_phone,
    ) == (
        "Vừ A Sùng",
        "M",
        datetime.date(2015, 9, 5),
        "08",
        "012315000001",
        "Bản Háng Lìa",
        "Vừ A Tủa, Mùa Thị Dở",
        "0912345678",
    )
    assert pupil.search_key == "vu a sung"
    spell = pupil.spells.get()
    assert (spell.school_class, spell.grade, spell.valid_from, spell.valid_to) == (
        world.class_a,
        6,
        world.today,
        None,
    )
    assert (spell.school, spell.sex, spell.ethnic_group) == (world.school_a, "M", "08")
    assert pupil.history.get().history_user == world.head_a
    assert spell.history.get().history_user == world.head_a
    assert roll_news == [
        (sorted([world.class_a.pk, world.class_a12.pk]), world.today, None),
    ]


def test_the_same_file_again_writes_nothing(world, roll_news):
    content = workbook(
        pupil_row(ministry_id="0123456789", phone=912345678, father="Vừ A Tủa"),
        pupil_row(full_name="Lý Thị Sua", sex="Nữ"),
        known(chua(world), status="Chuyển đi kỳ 1"),
    )
    save(check(world, content))
    before = table_counts()
    values = (
        list(Pupil.objects.order_by("pk").values()),
        list(Enrolment.objects.order_by("pk").values()),
    )
    roll_news.clear()
    batch = check(world, content)
    assert (batch.state, counts(batch)) == ("ready", (0, 0, 3, 0))
    assert save(batch).state == "done"
    assert table_counts() == before
    assert values == (
        list(Pupil.objects.order_by("pk").values()),
        list(Enrolment.objects.order_by("pk").values()),
    )
    assert roll_news == []


def test_changed_cells_are_shown_and_written_with_history(world, roll_news):
    pupil = chua(world)
    batch = check(
        world, workbook(known(pupil, sex="Nam", phone="0987654321", ministry_id="0000000007"))
    )
    assert counts(batch) == (0, 1, 0, 0)
    assert batch.preview["changed"] == [
        {
            "sheet": "Học sinh",
            "row": 2,
            "name": "Giàng A Chua",
            "changes": [
                ["sex", "Nữ", "Nam"],
                ["ministry_id", "", "0000000007"],
                ["phone", "", "0987654321"],
            ],
        }
    ]
    save(batch)
    pupil.refresh_from_db()
    assert (pupil.sex, pupil.guardian_phone, pupil.ministry_id) == (
        "M",
        "0987654321",
        "0000000007",
    )
    assert pupil.history.first().history_type == "~"
    # The facts count sex from the spells: the copy follows, and they are told since when.
    assert pupil.spells.get().sex == "M"
    assert roll_news == [([world.class_a.pk], world.since, None)]


def test_an_empty_cell_erases_nothing(world):
    pupil = chua(world)
    pupil.guardian_phone, pupil.home_address = "0912345678", "Bản Nà Khằm"
    pupil.save()
    batch = check(world, workbook(known(pupil, phone="", village=None)))
    assert counts(batch) == (0, 0, 1, 0)


def test_a_pupil_missing_in_the_file_stays(world):
    batch = check(world, workbook(known(chua(world)), pupil_row()))
    assert batch.preview["others_on_roll"] == 9
    save(batch)
    assert Enrolment.objects.filter(school=world.school_a, valid_to=None).count() == 11


def test_a_change_of_class_ends_one_spell_and_begins_another(world, roll_news):
    other = SchoolClass.objects.create(
        school=world.school_a,
        site=world.school_a.sites.get(is_main=True),
        year=world.year,
        name="6B",
        level="THCS",
        grades="6",
    )
    pupil = chua(world)
    batch = check(world, workbook(known(pupil, class_name="6 b")))
    assert batch.preview["changed"][0]["changes"] == [["class_name", "6A", "6B (12/10/2026)"]]
    save(batch)
    old, new = pupil.spells.order_by("valid_from")
    assert (old.valid_to, old.exit_reason) == (world.today, "class")
    assert (new.school_class, new.valid_from, new.entry_reason) == (other, world.today, "class")
    assert roll_news == [(sorted([world.class_a.pk, other.pk]), world.today, None)]


def test_a_wrong_class_on_the_first_day_is_corrected_in_place(world):
    pupil = chua(world)
    batch = check(
        world,
        workbook(known(pupil, class_name="1+2 Háng Lìa", grade="2")),
        starts_on=world.year.valid_from,
    )
    save(batch)
    spell = pupil.spells.get()
    assert (spell.school_class, spell.grade) == (world.class_a12, 2)


def test_a_grade_is_corrected_in_place(world):
    pupil = world.class_a12.spells.filter(grade=1).first().pupil
    batch = check(world, workbook(known(pupil, grade="Khối 2")))
    assert batch.preview["changed"][0]["changes"] == [["grade", "1", "2"]]
    save(batch)
    assert pupil.spells.get().grade == 2


@pytest.mark.parametrize(
    ("status", "reason", "cause"),
    [
        ("Chuyển đi kỳ 1", "out", ""),
        ("04", "out", ""),
        ("08", "out", ""),
        ("Chuyển đi trong hè", "out", ""),
        ("thôi học học kỳ I", "dropout", "other"),
        (5.0, "dropout", "other"),
        ("09 - Thôi học kỳ 2", "dropout", "other"),
        ("12", "dropout", "other"),
    ],
)
def test_a_status_of_leaving_ends_the_spell(world, status, reason, cause):
    pupil = chua(world)
    save(check(world, workbook(known(pupil, status=status, class_name="", sex="Nữ"))))
    spell = pupil.spells.get()
    assert (spell.valid_to, spell.exit_reason, spell.dropout_cause) == (
        world.today,
        reason,
        cause,
    )


def test_every_status_of_the_ministry_is_known_by_code_and_words(world):
    rows = [
        pupil_row(full_name=f"Vừ A {name}", status=status.code if index % 2 else status.name)
        for index, (status, name) in enumerate(zip(STATUSES, names(12), strict=True))
    ]
    batch = check(world, workbook(*rows))
    assert (batch.state, counts(batch)) == ("ready", (6, 0, 6, 0))


@pytest.mark.parametrize(
    ("status", "first_roll", "reason"),
    [
        ("Đang học", True, "start"),
        ("", True, "start"),
        ("Chuyển đến trong hè", True, "start"),
        ("Chuyển đến kỳ 1", True, "in"),
        ("Đang học", False, "new"),
        ("10", False, "in"),
        ("03", False, "new"),
    ],
)
def test_how_a_new_pupil_came(world, status, first_roll, reason):
    starts_on = world.year.valid_from if first_roll else world.today
    save(check(world, workbook(pupil_row(status=status)), starts_on=starts_on))
    assert Pupil.objects.get(full_name="Vừ A Sùng").spells.get().entry_reason == reason


def test_a_dropout_who_studies_again_is_a_returner(world):
    pupil = chua(world)
    gone = world.today - datetime.timedelta(days=20)
    pupil.spells.update(valid_to=gone, exit_reason="dropout", dropout_cause="harvest")
    save(check(world, workbook(known(pupil, status="03 Nghỉ học xin học lại kỳ 1"))))
    assert [s.entry_reason for s in pupil.spells.order_by("valid_from")] == ["start", "return"]


def test_a_pupil_of_the_school_before_comes_with_the_identifier(world):
    """Known by number, gone from there: enrolled here; what that school wrote is not shown."""
    pupil = world.class_b.spells.first().pupil
    pupil.ministry_id, pupil.guardian_phone = "0000000009", "0911111111"
    pupil.save()
    pupil.spells.update(valid_to=world.today, exit_reason="out")
    batch = check(world, workbook(known(pupil, class_name="6A", phone="0922222222")))
    assert batch.preview["changed"][0]["changes"] == [
        ["phone", None, "0922222222"],
        ["class_name", "", "6A (12/10/2026)"],
    ]
    save(batch)
    assert pupil.spells.get(valid_to=None).entry_reason == "in"


def test_an_open_spell_of_last_year_ends_with_that_year(world):
    last_year = SchoolYear.objects.create(
        code="2025-2026",
        valid_from=datetime.date(2025, 8, 1),
        valid_to=datetime.date(2026, 8, 1),
    )
    old_class = SchoolClass.objects.create(
        school=world.school_b,
        site=world.school_b.sites.get(),
        year=last_year,
        name="6B",
        level="THCS",
        grades="6",
    )
    pupil = Pupil.objects.create(
        full_name="Vừ A Sùng",
        sex="M",
        birth_date=datetime.date(2015, 9, 5),
        ethnic_group="08",
        ministry_id="0000000011",
    )
    enrol(pupil, old_class, last_year.valid_from)
    save(check(world, workbook(pupil_row(ministry_id="0000000011"))))
    old, new = pupil.spells.order_by("valid_from")
    assert (old.valid_to, old.exit_reason) == (datetime.date(2026, 8, 1), "completed")
    assert (new.school_class, new.valid_from) == (world.class_a, world.today)


def test_a_row_about_a_pupil_who_left_long_ago_changes_nothing(world):
    """The new school answers for the pupil now; the old one cannot overwrite the data."""
    pupil = chua(world)
    pupil.spells.update(valid_to=world.today, exit_reason="out")
    enrol(pupil, world.class_b, world.today)
    batch = check(world, workbook(known(pupil, status="Chuyển đi kỳ 1", phone="0999999999")))
    assert counts(batch) == (0, 0, 1, 0)
    save(batch)
    pupil.refresh_from_db()
    assert pupil.guardian_phone == ""
    assert pupil.spells.filter(valid_to=None).count() == 1


def test_missing_classes_are_created_when_asked(world):
    rows = [
        pupil_row(class_name="Lớp 7A", grade="7"),
        pupil_row(full_name="Lý A Sò", class_name="7a", grade=7),
        pupil_row(full_name="Lý Thị Sua", class_name="3+4 Háng Lìa", grade="3"),
        pupil_row(full_name="Lý Thị Mẩy", class_name="3+4 Háng Lìa", grade="Khối 4"),
    ]
    batch = check(world, workbook(*rows), create_classes=True)
    assert batch.preview["new_classes"] == [["Lớp 7A", "7"], ["3+4 Háng Lìa", "3, 4"]]
    save(batch)
    made = SchoolClass.objects.get(name="3+4 Háng Lìa")
    assert (made.grades, made.level, made.site.is_main, made.sessions) == ("3,4", "TH", True, "am")
    assert SchoolClass.objects.get(name="Lớp 7A").spells.count() == 2
    assert made.history.get().history_user == world.head_a


def test_a_class_is_found_whatever_its_case_and_spaces(world):
    batch = check(world, workbook(pupil_row(class_name=" lớp 6 a ")))
    assert counts(batch) == (1, 0, 0, 0)


# --- reading ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "born",
    [
        "5/9/2015",
        "05-09-2015",
        "05.09.2015",
        "05092015",
        "2015-09-05",
        5092015,
        "ngày 5 tháng 9 năm 2015",
        42252,
        "42252",
        datetime.date(2015, 9, 5),
        "05/09/2015 00:00:00",
    ],
)
def test_dates_as_people_write_them(world, born):
    batch = check(world, workbook(pupil_row(birth_date=born)))
    assert (batch.state, refused_in(batch)) == ("ready", [])
    save(batch)
    assert Pupil.objects.get(full_name="Vừ A Sùng").birth_date == datetime.date(2015, 9, 5)


@pytest.mark.parametrize(
    ("key", "written", "stored"),
    [
        ("ministry_id", 123456789, "0123456789"),
        ("citizen_id", 12315000001, "012315000001"),
        ("ministry_id", "0123 456 789", "0123456789"),
        ("ministry_id", "12345678９0", "1234567890"),  # a full-width 9
        ("phone", 912345678, "0912345678"),
        ("phone", "+84 912.345.678", "0912345678"),
        ("sex", "nữ", "F"),
        ("sex", "NU", "F"),
        ("sex", 1, "M"),
        ("ethnic_group", "H'Mông", "08"),
        ("ethnic_group", "khơ mú", "29"),
        ("ethnic_group", 3, "03"),
        ("full_name", "VỪ A SÙNG", "Vừ A Sùng"),
        ("full_name", "  Vừ   A  Sùng ", "Vừ A Sùng"),
        ("full_name", "Vu\u031b\u0300 A Su\u0300ng", "Vừ A Sùng"),
        ("full_name", "H’Sưn Ayun", "H'Sưn Ayun"),
    ],
)
def test_cells_as_people_write_them(world, key, written, stored):
    attributes = {"phone": "guardian_phone"}
    batch = check(world, workbook(pupil_row(**{key: written})))
    assert (batch.state, refused_in(batch)) == ("ready", [])
    save(batch)
    pupil = Pupil.objects.order_by("pk").last()
    assert getattr(pupil, attributes.get(key, key)) == stored


@pytest.mark.parametrize(
    "headers",
    [
        ["HỌ TÊN", "NGÀY SINH", "GIỚI TÍNH", "DÂN TỘC", "LỚP HỌC"],
        ["ho ten", "ngay sinh (dd/mm/yyyy)", "gioi tinh", "dan toc", "lop"],
        ["Họ và tên *", " Ngày  sinh", "Giới\ntính", "Dân tộc:", "Lớp  học"],
        ["Ho\u0323 te\u0302n", "Ngày sinh", "Giới tính", "Dân tộc", "Lớp học"],
    ],
)
def test_headers_are_matched_without_case_accents_and_spaces(world, headers):
    rows = [headers, ["Vừ A Sùng", "05/09/2015", "Nam", "Mông", "6A"]]
    assert counts(check(world, excel({"Sheet1": rows}))) == (1, 0, 0, 0)


def test_titles_totals_repeated_headers_and_other_sheets_are_left_aside(world):
    row = [pupil_row().get(key) for key in USUAL]
    second = [pupil_row(full_name="Lý A Sò").get(key) for key in USUAL]
    third = [pupil_row(full_name="Lý A Và").get(key) for key in USUAL]
    sheets = {
        "Lớp 6A": [
            ["TRƯỜNG TH&THCS A MỘT"],
            ["DANH SÁCH HỌC SINH"],
            [],
            [*HEADERS, "Số CMND", "Ghi chú"],
            row,
            [],
            HEADERS,
            second,
            ["Tổng cộng", "", "2"],
            ["2"],
        ],
        "Lớp khác": [HEADERS, third],
        "DANH_MUC": [["Giới tính"], ["Nam"], ["Nữ"]],
    }
    batch = check(world, excel(sheets))
    assert counts(batch) == (3, 0, 0, 0)
    assert batch.preview["sheets"] == [["Lớp 6A", 2], ["Lớp khác", 1]]
    assert batch.preview["other_sheets"] == ["DANH_MUC"]
    assert batch.preview["unused_columns"] == ["Số CMND", "Ghi chú"]
    assert batch.preview["rows_left_out"] == 3
    assert [place[:2] for place in batch.preview["new"]] == [
        ["Lớp 6A", 5],
        ["Lớp 6A", 8],
        ["Lớp khác", 2],
    ]


def test_a_header_of_two_rows_is_read(world):
    rows = [
        ["Họ tên", "Ngày sinh", "Giới tính", "Dân tộc", "Gia đình", "", "Lớp học"],
        ["", "", "", "", "Họ tên cha", "Họ tên mẹ", ""],
        ["Vừ A Sùng", "05/09/2015", "Nam", "Mông", "Vừ A Tủa", "Mùa Thị Dở", "6A"],
    ]
    batch = check(world, excel({"S": rows}))
    save(batch)
    assert Pupil.objects.get(full_name="Vừ A Sùng").guardian_name == "Vừ A Tủa, Mùa Thị Dở"


# --- refused cells ----------------------------------------------------------------------

BAD_CELLS = [
    ("full_name", "", "blank", "Ô này còn trống."),
    ("full_name", "NguyÔn V¨n An", "old_font", "phông cũ"),
    ("full_name", "Nguyeãn Vaên An", "old_font", "phông cũ"),
    ("full_name", "Nguyá»…n VÄƒn An", "old_font", "phông cũ"),
    ("full_name", "Vừ A 2", "not_a_name", "không giống họ tên"),
    ("full_name", "Vừ А Sùng", "not_a_name", "không giống họ tên"),  # a Cyrillic А
    ("full_name", "=1+1", "not_a_name", "không giống họ tên"),
    ("full_name", "A" * 101, "too_long", "100 ký tự"),
    ("full_name", True, "became_boolean", "TRUE"),
    ("birth_date", "", "blank", "Ô này còn trống."),
    ("birth_date", "31/02/2015", "no_such_day", "không có ngày này"),
    ("birth_date", "29/02/2015", "no_such_day", "không có ngày này"),
    ("birth_date", "05/13/2015", "no_such_day", "không có ngày này"),
    ("birth_date", "2015", "incomplete", "chưa đủ"),
    ("birth_date", "5/9/15", "two_digit_year", "hai chữ số"),
    ("birth_date", 2015, "incomplete", "chưa đủ"),
    ("birth_date", 60, "not_a_date", "không phải ngày tháng"),
    ("birth_date", "#REF!", "formula_failed", "#REF!"),
    ("birth_date", True, "became_boolean", "TRUE"),
    ("birth_date", "05/09/2027", "not_born", "chưa đến"),
    ("birth_date", "05/09/1999", "age", "27 tuổi"),
    ("birth_date", "05/09/2025", "age", "1 tuổi"),
    ("sex", "", "blank", "Ô này còn trống."),
    ("sex", "không rõ", "sex", "nam hay nữ"),
    ("sex", True, "became_boolean", "TRUE"),
    ("ethnic_group", "", "blank", "Ô này còn trống."),
    ("ethnic_group", "Kính Coong", "ethnic_group", "54 dân tộc"),
    ("ethnic_group", 77, "ethnic_group", "54 dân tộc"),
    ("status", "Đi chơi", "status", "trạng thái"),
    ("status", "13", "status", "trạng thái"),
    ("status", "04 Đang học", "status", "trạng thái"),
    ("phone", "12345", "phone", "số điện thoại"),
    ("phone", "không có", "phone", "số điện thoại"),
    ("ministry_id", "12345", "ministry_id", "10 chữ số"),
    ("ministry_id", "1.23E+10", "digits_lost", "làm tròn"),
    ("ministry_id", "123456789", "ministry_id", "10 chữ số"),
    ("ministry_id", 1234567, "ministry_id", "10 chữ số"),
    ("citizen_id", "01231500000", "citizen_id", "12 chữ số"),
    ("citizen_id", "0123150000O1", "citizen_id", "12 chữ số"),
    ("class_name", "", "blank", "Ô này còn trống."),
    ("class_name", "9Z", "unknown_class", "1+2 Háng Lìa, 6A"),
    ("class_name", "6/A", "unknown_class", "1+2 Háng Lìa, 6A"),
    ("grade", "7", "grade_of_class", "chỉ có: 6"),
    ("grade", "khối X", "grade", "Không rõ khối"),
    ("father", "NguyÔn V¨n An", "old_font", "phông cũ"),
    ("mother", "NguyÔn Thị An", "old_font", "phông cũ"),
    ("village", "B" * 201, "too_long", "200 ký tự"),
]


@pytest.mark.parametrize(("key", "value", "code", "said"), BAD_CELLS)
def test_a_bad_cell_is_refused_at_its_place(world, key, value, code, said):
    before = table_counts()
    batch = check(world, workbook(pupil_row(full_name="Lý A Sò"), pupil_row(**{key: value})))
    letter = chr(ord("A") + USUAL.index(key))
    assert (batch.state, counts(batch)) == ("refused", (1, 0, 0, 1))
    assert refused_in(batch) == [(3, letter, code)]
    refusal = batch.preview["refused"][0]
    problem, remedy = in_words(refusal["code"], refusal["params"])
    assert said in problem
    assert remedy
    assert not imports.ask_to_save(batch, by=batch.made_by)
    assert table_counts() == before


def test_all_bad_cells_of_a_row_are_told_at_once(world):
    row = pupil_row(full_name="", birth_date="x", sex="x", class_name="9Z", status="x", phone="1")
    batch = check(world, workbook(row))
    assert refused_in(batch) == [
        (2, "C", "blank"),
        (2, "D", "not_a_date"),
        (2, "E", "sex"),
        (2, "G", "status"),
        (2, "H", "phone"),
        (2, "L", "unknown_class"),
    ]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"class_name": "7A"}], "new_class_grade"),
        ([{"class_name": "10A", "grade": "10"}], "new_class_level"),
        (
            [
                {"class_name": "5+6", "grade": "5"},
                {"class_name": "5+6", "grade": "6", "full_name": "Lý A Sò"},
            ],
            "new_class_grades",
        ),
        ([{"class_name": "L" * 31, "grade": "7"}], "new_class_name"),
    ],
)
def test_a_class_that_cannot_be_created_refuses_its_rows(world, rows, code):
    batch = check(world, workbook(*(pupil_row(**row) for row in rows)), create_classes=True)
    assert {refusal[2] for refusal in refused_in(batch)} == {code}
    assert len(refused_in(batch)) == len(rows)
    assert SchoolClass.objects.count() == 3


def test_a_multi_grade_class_asks_for_the_grade(world):
    batch = check(world, workbook(pupil_row(class_name="1+2 Háng Lìa")))
    assert refused_in(batch) == [(2, "M", "grade_needed")]


# --- refused identities -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "code", "letter"),
    [
        ({"ministry_id": "0123456789"}, {"ministry_id": "0123456789"}, "number_twice", "B"),
        ({"citizen_id": "012315000001"}, {"citizen_id": "012315000001"}, "number_twice", "N"),
        ({}, {"full_name": "VỪ A SÙNG"}, "pupil_twice", "C"),
        ({"ministry_id": "0123456789"}, {"full_name": "Vừ A Sùng"}, "pupil_twice", "C"),
    ],
)
def test_a_pupil_twice_in_the_file_refuses_both_rows(world, first, second, code, letter):
    second = {"full_name": "Lý A Sò"} | second
    batch = check(world, workbook(pupil_row(**first), pupil_row(**second)))
    assert refused_in(batch) == [(2, letter, code), (3, letter, code)]
    assert batch.preview["refused"][0]["params"] == {"rows": "2, 3"}


def test_twins_with_two_identifiers_are_two_pupils(world):
    rows = pupil_row(ministry_id="0123456789"), pupil_row(ministry_id="0123456788")
    assert counts(check(world, workbook(*rows))) == (2, 0, 0, 0)


def test_two_rows_that_mean_one_record_are_refused(world):
    pupil = chua(world)
    pupil.ministry_id = "0000000007"
    pupil.save()
    renamed = known(pupil, full_name="Giàng A Chứ")
    no_number = known(pupil, ministry_id="")
    batch = check(world, workbook(renamed, no_number))
    assert refused_in(batch) == [(2, "C", "same_record"), (3, "C", "same_record")]


def test_namesakes_on_record_are_asked_never_merged(world):
    pupil = chua(world)
    twin = Pupil.objects.create(
        full_name=pupil.full_name, sex="M", birth_date=pupil.birth_date, ethnic_group="08"
    )
    enrol(twin, world.class_a, world.since)
    batch = check(world, workbook(known(pupil)))
    assert refused_in(batch) == [(2, "B", "namesakes")]


def test_a_namesake_in_another_class_is_told_by_the_class(world):
    pupil = chua(world)
    twin = Pupil.objects.create(
        full_name=pupil.full_name, sex="F", birth_date=pupil.birth_date, ethnic_group="08"
    )
    enrol(twin, world.class_a12, world.since, 1)
    assert counts(check(world, workbook(known(pupil)))) == (0, 0, 1, 0)


def test_a_namesake_with_another_identifier_is_another_child(world):
    pupil = chua(world)
    pupil.ministry_id = "0000000007"
    pupil.save()
    batch = check(world, workbook(known(pupil, ministry_id="0000000008")))
    assert counts(batch) == (1, 0, 0, 0)


def test_a_name_that_differs_in_its_accents_only_is_asked(world):
    batch = check(world, workbook(known(chua(world), full_name="Giàng A Chúa")))
    assert refused_in(batch) == [(2, "C", "similar_name")]


def test_two_numbers_of_two_pupils_are_refused(world):
    first, second = Pupil.objects.filter(spells__school_class=world.class_a)[:2]
    first.ministry_id, second.citizen_id = "0000000001", "000000000002"
    first.save()
    second.save()
    batch = check(world, workbook(known(first, citizen_id="000000000002")))
    assert refused_in(batch) == [(2, "N", "numbers_disagree")]


def test_a_number_of_another_child_is_refused(world):
    pupil = chua(world)
    pupil.ministry_id = "0000000007"
    pupil.save()
    batch = check(world, workbook(pupil_row(ministry_id="0000000007")))
    assert refused_in(batch) == [(2, "B", "another_pupil")]


def test_a_number_cannot_rename_a_child_of_another_school(world):
    """The same birth date is not enough for a pupil who was never here."""
    stranger = world.class_b.spells.first().pupil
    stranger.ministry_id = "0000000009"
    stranger.save()
    stranger.spells.update(valid_to=world.today, exit_reason="out")
    row = known(stranger, full_name="Vừ A Sùng", class_name="6A")
    batch = check(world, workbook(row))
    assert refused_in(batch) == [(2, "B", "another_pupil")]
    assert "Lò Văn Hặc" not in str(batch.preview)


def test_a_pupil_on_the_roll_of_another_school_is_refused_without_its_name(world):
    pupil = world.class_b.spells.first().pupil
    pupil.ministry_id = "0000000009"
    pupil.save()
    batch = check(world, workbook(known(pupil, class_name="6A")))
    assert refused_in(batch) == [(2, "L", "enrolled_elsewhere")]
    assert world.school_b.name not in str(batch.preview)


def test_days_before_a_spell_began_are_refused(world):
    pupil = chua(world)
    later = world.today + datetime.timedelta(days=5)
    pupil.spells.update(valid_from=later)
    left = check(world, workbook(known(pupil, status="04")))
    assert refused_in(left) == [(2, "G", "leaves_too_early")]
    moved = check(world, workbook(known(pupil, class_name="1+2 Háng Lìa", grade="1")))
    assert refused_in(moved) == [(2, "L", "on_roll_later")]
    assert moved.preview["refused"][0]["params"] == {"date": "17/10/2026"}


# --- refused files ----------------------------------------------------------------------


def problem_of(batch):
    return batch.problem_code


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["xin chào"], ["một", "hai"]], "no_header"),
        (
            [["Họ tên", "Ngày sinh", "Giới tính"], ["Vừ A Sùng", "05/09/2015", "Nam"]],
            "columns_missing",
        ),
        ([[*HEADERS, "Họ và tên"], ["1"]], "column_twice"),
        ([HEADERS], "no_rows"),
        ([HEADERS, ["1"], ["Tổng cộng", "", "0"]], "no_rows"),
        ([[]], "no_header"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_words(world, rows, code):
    before = table_counts()
    batch = check(world, excel({"Học sinh": rows}))
    assert (batch.state, problem_of(batch)) == ("refused", code)
    assert all(batch.problem)
    assert table_counts() == before


def test_missing_columns_are_named(world):
    rows = [["Họ tên", "Ngày sinh", "Giới tính"], ["Vừ A Sùng", "05/09/2015", "Nam"]]
    batch = check(world, excel({"Trang 1": rows}))
    assert batch.problem_params == {
        "sheet": "Trang 1",
        "columns": f"{BY_KEY['ethnic_group'].header}, {BY_KEY['class_name'].header}",
    }


def test_more_rows_than_the_limit_are_refused(world, monkeypatch):
    monkeypatch.setattr(reading, "ROW_LIMIT", 2)
    rows = [pupil_row(full_name=f"Vừ A {name}") for name in ("Sò", "Sùng", "Páo")]
    assert problem_of(check(world, workbook(*rows))) == "too_many_rows"
    assert check(world, workbook(*rows[:2])).state == "ready"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("danh-sach.xls", b"\xd0\xcf\x11\xe0"),
        ("danh-sach.xlsm", b"PK\x03\x04"),
        ("danh-sach.csv", b"Ho ten,Ngay sinh\n"),
        ("danh-sach.xlsx", b"<html><table></table></html>"),
        ("danh-sach.xlsx", b"Ho ten;Ngay sinh\n"),
        ("danh-sach.xlsx", b"PK\x03\x04 cut short"),
    ],
)
def test_another_kind_of_file_is_refused_before_it_is_kept(world, name, content):
    with pytest.raises(ValidationError) as refusal:
        imports.receive_workbook(
            school=world.school_a,
            year=world.year,
            starts_on=world.today,
            create_classes=False,
            upload=upload_of(content, name),
            by=world.head_a,
        )
    assert set(refusal.value.message_dict) == {"file"}
    assert ImportBatch.objects.count() == 0


def test_a_day_outside_the_school_year_is_refused(world):
    with pytest.raises(ValidationError) as refusal:
        receive(world, workbook(pupil_row()), starts_on=world.year.valid_to)
    assert set(refusal.value.message_dict) == {"starts_on"}


def test_uploads_of_one_person_are_limited(world, monkeypatch):
    monkeypatch.setattr(workbook_imports, "UPLOADS_PER_HOUR", 2)
    content = workbook(pupil_row())
    receive(world, content)
    receive(world, content)
    with pytest.raises(ValidationError):
        receive(world, content)
    receive(world, content, by=world.province_officer)


# --- the life of a batch ----------------------------------------------------------------


def test_the_file_is_hashed_again_before_the_save(world):
    batch = check(world, workbook(pupil_row()))
    before = table_counts()
    with open(batch.file.path, "r+b") as file:
        file.seek(100)
        file.write(b"\x00")
    batch = save(batch)
    assert (batch.state, problem_of(batch)) == ("refused", "file_altered")
    assert table_counts() == before


def test_a_change_since_the_preview_stops_the_save_and_shows_it_anew(world):
    pupil = chua(world)
    batch = check(world, workbook(known(pupil, phone="0912345678"), pupil_row()))
    pupil.guardian_phone = "0911111111"
    pupil.save()
    before = table_counts()
    batch = save(batch)
    assert (batch.state, batch.preview["changed_since"]) == ("ready", True)
    assert batch.preview["changed"][0]["changes"] == [["phone", "0911111111", "0912345678"]]
    assert table_counts() == before
    assert save(batch).state == "done"
    pupil.refresh_from_db()
    assert pupil.guardian_phone == "0912345678"


def test_a_change_that_makes_rows_wrong_stops_the_save(world):
    batch = check(world, workbook(pupil_row(ministry_id="0123456789")))
    stranger = Pupil.objects.create(
        full_name="Vừ A Sùng",
        sex="M",
        birth_date=datetime.date(2015, 9, 5),
        ethnic_group="08",
        ministry_id="0123456789",
    )
    enrol(stranger, world.class_b, world.since)
    batch = save(batch)
    assert (batch.state, refused_in(batch)) == ("refused", [(2, "L", "enrolled_elsewhere")])


@pytest.fixture
def broken_signal():
    """A receiver that fails: the last step of a save."""

    def fail(**kwargs):
        raise RuntimeError("a fault of ours")

    enrolments_changed.connect(fail)
    yield
    enrolments_changed.disconnect(fail)


def test_a_save_that_meets_a_locked_month_writes_nothing_and_says_why(world):
    def lock(**kwargs):
        raise RegistersLocked("Sổ tháng 9 đã khoá.")

    batch = check(world, workbook(pupil_row(class_name="7A", grade="7")), create_classes=True)
    before = table_counts()
    enrolments_changed.connect(lock)
    try:
        batch = save(batch)
    finally:
        enrolments_changed.disconnect(lock)
    assert (batch.state, problem_of(batch)) == ("refused", "registers_locked")
    assert batch.problem_params == {"why": "Sổ tháng 9 đã khoá."}
    assert table_counts() == before


def test_a_fault_during_the_save_writes_nothing_and_can_be_mended(world, broken_signal):
    rows = workbook(pupil_row(class_name="7A", grade="7"), known(chua(world), status="04"))
    batch = check(world, rows, create_classes=True)
    before = table_counts()
    imports.ask_to_save(batch, by=batch.made_by)
    with pytest.raises(RuntimeError):
        imports.save_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, problem_of(batch)) == ("failed", "crashed")
    assert table_counts() == before
    assert Enrolment.objects.exclude(valid_to=None).count() == 0
    assert imports.ask_to_check(batch)
    imports.check_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("ready", (1, 1, 0, 0))


def test_a_save_that_failed_is_tried_again_as_a_check_for_its_owner(world, broken_signal):
    batch = check(world, workbook(pupil_row()))
    imports.ask_to_save(batch, by=batch.made_by)
    with pytest.raises(RuntimeError):
        imports.save_batch(batch.pk)
    before = table_counts()
    # As the queue does after a while, or the operator with a button.
    imports.save_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("ready", (1, 0, 0, 0))
    assert table_counts() == before


def test_a_fault_during_the_check_can_be_mended(world):
    batch = receive(world, workbook(pupil_row()))
    path = batch.file.path
    default_storage.delete(batch.file.name)
    with pytest.raises(FileNotFoundError):
        imports.check_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, problem_of(batch)) == ("failed", "crashed")
    with open(path, "wb") as file:
        file.write(workbook(pupil_row()))
    assert imports.ask_to_check(batch)
    batch.refresh_from_db()
    assert batch.state == "checking"


@pytest.mark.parametrize(
    ("state", "minutes", "stuck"),
    [("checking", 1, False), ("checking", 3, True), ("saving", 3, False), ("saving", 12, True)],
)
def test_a_silent_job_is_told_dead_and_checked_again(world, state, minutes, stuck):
    batch = check(world, workbook(pupil_row()))
    silent_since = timezone.now() - datetime.timedelta(minutes=minutes)
    ImportBatch.objects.filter(pk=batch.pk).update(state=state, heartbeat_at=silent_since)
    batch.refresh_from_db()
    assert batch.is_stuck is stuck
    assert imports.ask_to_check(batch) is stuck
    assert imports.revive_stuck() == []
    batch.refresh_from_db()
    assert batch.state == ("checking" if stuck else state)


def test_the_sweep_checks_again_and_gives_up_after_three_attempts(world):
    batch = receive(world, workbook(pupil_row()))
    job = ("schools.check_import", batch.job_arguments)
    for _attempt in range(3):
        silent_since = timezone.now() - datetime.timedelta(minutes=30)
        ImportBatch.objects.filter(pk=batch.pk).update(heartbeat_at=silent_since)
        assert imports.revive_stuck() == [batch.pk]
        records.note_loss(*job)
    ImportBatch.objects.filter(pk=batch.pk).update(heartbeat_at=silent_since)
    assert imports.revive_stuck() == []
    batch.refresh_from_db()
    assert (batch.state, problem_of(batch)) == ("failed", "crashed")


def test_a_job_run_twice_saves_once(world):
    batch = check(world, workbook(pupil_row()))
    save(batch)
    before = table_counts()
    imports.save_batch(batch.pk)
    imports.check_batch(batch.pk)
    assert table_counts() == before
    assert not imports.ask_to_check(batch)
    batch.refresh_from_db()
    assert batch.state == "done"


def test_the_file_and_the_names_are_gone_after_the_save(world):
    batch = check(world, workbook(pupil_row(), known(chua(world), phone="0912345678")))
    stored, marked = batch.file.name, batch.marked_name
    assert default_storage.exists(stored)
    assert default_storage.exists(marked)
    batch = save(batch)
    assert (batch.file.name, default_storage.exists(stored), default_storage.exists(marked)) == (
        "",
        False,
        False,
    )
    assert "Giàng" not in str(batch.preview)
    assert counts(batch) == (1, 1, 0, 0)


def test_what_was_not_saved_within_a_day_is_removed(world):
    fresh, old = check(world, workbook(pupil_row())), check(world, workbook(pupil_row(sex="x")))
    ImportBatch.objects.filter(pk=old.pk).update(
        expires_at=timezone.now() - datetime.timedelta(hours=1)
    )
    stored = old.file.name
    assert imports.remove_expired() == 1
    old.refresh_from_db()
    assert (old.state, old.preview, default_storage.exists(stored)) == ("expired", {}, False)
    fresh.refresh_from_db()
    assert (fresh.state, default_storage.exists(fresh.file.name)) == ("ready", True)
    assert not imports.ask_to_check(old)


def test_progress_is_told_while_the_rows_are_read(world):
    batch = receive(world, workbook(*(pupil_row(full_name=f"Vừ A {n}") for n in names(600))))
    seen = []
    make_change_set(
        read_source(batch.file.path),
        schools=SchoolCodes([world.school_a], on=world.today, only=world.school_a),
        year=world.year,
        starts_on=world.today,
        create_classes=False,
        progress=seen.append,
    )
    assert seen == [250, 500]
    imports.check_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.rows_done, batch.rows_total) == (600, 600)


def names(count):
    """Different invented given names."""
    first, second = "BCDGHKLMNPSTVX", "aeiouyăâêôơư"
    syllables = [a + b for a in first for b in second]
    return [f"{a} {b}" for a in syllables for b in syllables][:count]


@pytest.mark.parametrize("size", [100, 400])
def test_queries_do_not_grow_with_the_rows(world, django_assert_max_num_queries, size):
    content = workbook(
        *(
            pupil_row(full_name=f"Vừ A {name}", ministry_id=f"{1000000000 + index}")
            for index, name in enumerate(names(size))
        )
    )
    batch = receive(world, content)
    # PostgreSQL has its sequence set back by the library of imports: one more there.
    with django_assert_max_num_queries(18):
        imports.check_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.created_count == size
    assert imports.ask_to_save(batch, by=batch.made_by)
    # SQLite takes 999 values in a statement: 27 of these are inserts of 400 rows.
    with django_assert_max_num_queries(54):
        imports.save_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "done"


def test_check_whose_process_died_three_times_is_told_and_may_be_asked_for_once_more(world):
    batch = receive(world, workbook(pupil_row()))
    job = ("schools.check_import", {"batch_id": str(batch.pk)})
    for given_up in (False, False, True):
        assert records.note_loss(*job) is given_up
        imports.check_died(str(batch.pk), given_up=given_up)
    batch.refresh_from_db()
    assert (batch.state, imports.revive_stuck()) == ("failed", [])
    assert records.is_resting(records.open_failure(*job))
    assert imports.ask_to_check(batch)
    assert not records.is_resting(records.open_failure(*job))
    assert check_import.apply(kwargs=job[1]).successful()
    batch.refresh_from_db()
    assert batch.state == "ready"
    assert records.open_failure(*job) is None


def test_save_whose_process_died_three_times_may_be_confirmed_once_more(world):
    batch = check(world, workbook(pupil_row()))
    assert imports.ask_to_save(batch, by=batch.made_by)
    job = ("schools.save_import", {"batch_id": str(batch.pk)})
    for given_up in (False, False, True):
        assert records.note_loss(*job) is given_up
        imports.save_died(str(batch.pk), given_up=given_up)
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert imports.ask_to_check(batch)
    imports.check_batch(batch.pk)
    batch.refresh_from_db()
    assert imports.ask_to_save(batch, by=batch.made_by)
    assert not records.is_resting(records.open_failure(*job))
    assert save_import.apply(kwargs=job[1]).successful()
    batch.refresh_from_db()
    assert batch.state == "done"
    assert records.open_failure(*job) is None


# --- The same child again -------------------------------------------------------------------


def test_a_new_row_with_other_numbers_of_a_known_child_is_asked_about(world):
    Pupil.objects.filter(pk=chua(world).pk).update(ministry_id="1" * 10)
    row = known(chua(world)) | {"ministry_id": "2" * 10}
    batch = check(world, workbook(row))
    assert batch.state == "ready"
    assert [(each["own"], each["elsewhere"]) for each in batch.preview["alike"]] == [(1, 0)]
    assert not imports.ask_to_save(batch, by=batch.made_by)
    assert imports.ask_to_save(batch, by=batch.made_by, confirmed=True)
    imports.save_batch(batch.pk)
    first, second = Pupil.objects.filter(full_name="Giàng A Chua").order_by("pk")
    pair = DifferentPupils.objects.get()
    assert (pair.first, pair.second) == (first, second)
    # The second time the number tells who it is.
    assert not check(world, workbook(row)).preview["alike"]


def test_of_a_child_of_another_school_only_that_there_is_one_is_said(world):
    other = Pupil.objects.get(full_name="Lò Văn Hặc")
    batch = check(world, workbook(known(other, class_name="6A")))
    assert [(each["own"], each["elsewhere"]) for each in batch.preview["alike"]] == [(0, 1)]
    assert world.school_b.name not in str(batch.preview)
