"""The survey in Excel: what is read, what is refused, and that nothing is half written."""

import datetime
import io

import pytest
from django.core.management import CommandError, call_command

from core.models import Event
from core.workbooks import read_sheets
from mobilisation.models import (
    Household,
    Match,
    SurveyEntry,
    SurveyImport,
    SurveyPerson,
    SurveyRound,
)
from mobilisation.survey_import import services as imports
from mobilisation.survey_import.workbook.template import write_template
from schools.models import Pupil, Succession
from tests.mobilisation.survey_workbooks import (
    HEADINGS,
    make_child,
    make_round,
    receive,
    save,
    survey_file,
    survey_row,
)
from tests.world import make_area

pytestmark = pytest.mark.django_db
State = SurveyImport.State

WHOLE = survey_row(
    female="X",
    last_name="GIÀNG THỊ",
    given_name="MỶ",
    citizen_id="012345678901",
    head_last_name="Giàng A",
    head_given_name="Của",
    address="Nhóm 2",
    phone="0912000111",
    residence="Tạm trú",
    presence="Chuyển đến",
    grade="5",
    class_name="5A1",
    school_name="TH A Một",
    school_code="12A1",
    completed_grade="4",
    completed_year="2026",
    dis_sight="x",
    can_learn="Có",
)


def refusals(run):
    """[(row, column heading, code)] of a refused survey."""
    assert run.state == State.REFUSED, run.preview
    return [(each["row"], each["header"], each["code"]) for each in run.preview["refused"]]


def nothing_written():
    models = (SurveyRound, Household, SurveyPerson, SurveyEntry)
    return not any(model.objects.exists() for model in models)


def test_a_survey_becomes_a_round_with_households_and_people(world):
    run = receive(world, WHOLE, survey_row())
    assert (run.state, run.created_count, run.refused_count) == (State.READY, 2, 0), run.preview
    assert nothing_written()
    run = save(run)
    assert (run.state, run.preview, run.file.name) == (State.DONE, {}, "")
    household = Household.objects.get()
    assert (household.village, household.form_number) == ("Háng Lìa", "001")
    assert (household.head_name, household.phone) == ("Giàng A Của", "0912000111")
    assert household.residence == "temp"
    girl = SurveyPerson.objects.get(sex="F")
    assert (girl.full_name, girl.citizen_id) == ("Giàng Thị Mỷ", "012345678901")
    assert (girl.birth_date, girl.birth_year) == (datetime.date(2015, 9, 3), 2015)
    entry = girl.entries.get()
    assert (entry.survey_round.year, entry.presence, entry.grade) == (2026, "came", 5)
    assert (entry.has_disability, entry.can_learn, entry.is_carried) == (True, True, False)
    assert (entry.completed_grade, entry.completed_year) == (4, 2026)
    boy = SurveyPerson.objects.get(sex="M").entries.get()
    assert (boy.presence, boy.grade, boy.can_learn) == ("lives", None, True)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "survey.import_received",
        "survey.import_asked",
        "survey.round_opened",
        "survey.import_saved",
    ]


def test_the_same_survey_again_changes_nothing(world):
    save(receive(world, WHOLE, survey_row()))
    run = receive(world, WHOLE, survey_row())
    assert (run.created_count, run.changed_count, run.unchanged_count) == (0, 0, 2)
    assert run.preview["writes"] == 0


def test_next_year_is_carried_on_from_last_year(world):
    gone = survey_row(given_name="Páo", presence="Chuyển đi")
    away = survey_row(given_name="Dơ", form_number="002", grade="6")
    save(receive(world, WHOLE, gone, away))
    pupil = Pupil.objects.first()
    girl = SurveyPerson.objects.get(sex="F")
    match = Match.objects.create(
        person=girl, pupil=pupil, score=90, confirmed_by=world.commune_officer,
        confirmed_at="2026-10-12T00:00:00Z",
    )  # fmt: skip
    run = receive(world, [*WHOLE[:16], "6", *WHOLE[17:]], year=2027)
    assert (run.created_count, run.changed_count) == (0, 1)
    assert run.preview["not_in_file"] == 1
    assert run.preview["opens_round"]
    changes = {key: (old, new) for key, old, new in run.preview["changed"][0]["changes"]}
    assert changes["grade"] == ("5", "6")
    save(run)
    entries = SurveyEntry.objects.filter(survey_round__year=2027).select_related("person")
    told = {each.person.full_name: (each.is_carried, each.grade) for each in entries}
    # Who moved away is not taken over; who is not in the file is, and was not asked.
    assert told == {"Giàng Thị Mỷ": (False, 6), "Giàng A Dơ": (True, 6)}
    assert SurveyEntry.objects.filter(survey_round__year=2026).count() == 3
    assert girl.match == match
    run = receive(world, away, year=2027)
    assert (run.unchanged_count, run.preview["writes"]) == (1, 1)
    save(run)
    assert not SurveyEntry.objects.filter(is_carried=True).exists()


def test_who_moved_away_is_matched_no_more(world):
    save(receive(world, WHOLE))
    girl = SurveyPerson.objects.get()
    Match.objects.create(
        person=girl, pupil=Pupil.objects.first(), score=90, confirmed_by=world.commune_officer,
        confirmed_at="2026-10-12T00:00:00Z",
    )  # fmt: skip
    left = [cell if cell != "Chuyển đến" else "Chuyển đi" for cell in WHOLE]
    save(receive(world, left))
    assert not Match.objects.exists()


def test_a_commune_made_of_others_carries_on_their_last_rounds(world):
    day = datetime.date(2026, 11, 1)
    merged = make_area(3, "xa", "03009", "A Chung", world.province, valid_from=day)
    for old in (world.commune_a, world.commune_a2):
        make_child(make_round(old), f"Lò Văn {old.name}", datetime.date(2015, 1, 2))
        Succession.objects.create(old=old, new=merged, effective_on=day, decree="NQ")
    save(receive(world, survey_row(form_number="009"), year=2027, commune=merged))
    entries = SurveyEntry.objects.filter(survey_round__commune=merged)
    assert sorted(entries.values_list("person__full_name", "is_carried")) == [
        ("Giàng A Tếnh", False),
        ("Lò Văn A Hai", True),
        ("Lò Văn A Một", True),
    ]
    houses = Household.objects.filter(commune=merged).order_by("pk")
    # Two households had one number in villages of one name.
    assert {house.village for house in houses} == {"Háng Lìa", "Háng Lìa (A Hai)"}


@pytest.mark.parametrize(
    ("cells", "header", "code"),
    [
        ({"village": ""}, "Thôn/xóm", "blank"),
        ({"village": "B" * 101}, "Thôn/xóm", "too_long"),
        ({"form_number": ""}, "Số phiếu", "blank"),
        ({"last_name": "", "given_name": ""}, "Tên", "blank"),
        ({"given_name": "Tếnh 2"}, "Tên", "not_a_name"),
        ({"year": ""}, "Năm sinh", "blank"),
        ({"year": "15"}, "Năm sinh", "birth_year"),
        ({"year": 2027}, "Năm sinh", "birth_year"),
        ({"day": 31, "month": 4}, "Ngày", "no_such_birthday"),
        ({"day": "", "month": 4}, "Ngày", "day_or_month_missing"),
        ({"month": 13}, "Tháng", "small_number"),
        ({"female": "có lẽ"}, "Nữ", "survey_sex"),
        ({"ethnic_group": "Mong Cổ"}, "Dân tộc", "ethnic_group"),
        ({"citizen_id": "1234"}, "Số định danh cá nhân", "citizen_id"),
        ({"phone": "12"}, "Điện thoại", "phone"),
        ({"residence": "KT9"}, "Diện cư trú", "residence"),
        ({"presence": "đi đâu đó"}, "Tình trạng cư trú", "presence"),
        ({"grade": "13"}, "Khối học", "grade"),
        ({"finished_level": "đại học"}, "Bậc tốt nghiệp", "survey_level"),
        ({"finished_year": "20"}, "Năm TN", "survey_year"),
        ({"literacy_class": "9"}, "Đang học lớp XMC", "small_number"),
        ({"dis_sight": "mờ"}, "KT nhìn", "cross"),
        ({"dis_sight": "x", "can_learn": "ít"}, "Khả năng học tập", "can_learn"),
        ({"can_learn": "Không"}, "Khả năng học tập", "unable_without_disability"),
        ({"grade": "5", "dropped_grade": "4"}, "Bỏ học lớp", "both_studies_and_dropped"),
        ({"class_name": "6,5%"}, "Lớp học", "became_percent"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_saved(world, cells, header, code):
    run = receive(world, survey_row(form_number="007"), survey_row(**cells))
    assert refusals(run) == [(3, header, code)]
    words = imports.worded(run.preview)["refused"][0]
    assert words["problem"]
    assert words["remedy"]
    assert not imports.ask_to_save(run, by=world.commune_officer)
    assert nothing_written()


def test_one_person_twice_and_one_number_twice_are_refused(world):
    run = receive(world, survey_row(), survey_row())
    assert refusals(run) == [(row, "Tên", "survey_listed_twice") for row in (2, 3)]
    number = {"citizen_id": "012345678901"}
    run = receive(world, survey_row(**number), survey_row(given_name="Páo", **number))
    assert refusals(run) == [(row, "Số định danh cá nhân", "number_twice") for row in (2, 3)]


def test_namesakes_are_told_apart_by_their_household_else_refused(world):
    save(receive(world, survey_row(), survey_row(form_number="002")))
    run = receive(world, survey_row(grade="5"), survey_row(form_number="002", grade="6"))
    assert run.changed_count == 2
    run = receive(world, survey_row(form_number="003"))
    assert refusals(run) == [(2, "Tên", "survey_namesakes")]


def test_a_number_of_another_is_refused(world):
    save(receive(world, WHOLE))
    run = receive(world, survey_row(citizen_id="012345678901", given_name="Vảng", year=1980))
    assert refusals(run) == [(2, "Số định danh cá nhân", "number_of_another")]


def test_a_corrected_spelling_or_day_finds_its_person(world):
    save(receive(world, survey_row(given_name="Tenh")))
    run = receive(world, survey_row(given_name="Tếnh", day=4))
    assert (run.created_count, run.changed_count) == (0, 1)
    save(run)
    person = SurveyPerson.objects.get()
    assert (person.full_name, person.birth_date.day) == ("Giàng A Tếnh", 4)


def test_who_is_too_old_is_not_kept(world):
    run = receive(world, survey_row(), survey_row(given_name="Sùng", year=1950))
    assert (run.created_count, run.preview["too_old"]) == (1, 1)


@pytest.mark.parametrize(
    ("headings", "rows", "code"),
    [
        (["A", "B"], [["x", "y"]], "no_header"),
        (HEADINGS, [], "no_persons"),
        ([each for each in HEADINGS if each != "Năm sinh"], [survey_row()[1:]], "columns_missing"),
        ([*HEADINGS, "Tên"], [[*survey_row(), "Khác"]], "column_twice"),
    ],
)
def test_a_file_that_is_no_survey_says_why(world, headings, rows, code):
    run = receive(world, content=survey_file(*rows, headings=headings))
    assert (run.state, run.problem_code) == (State.REFUSED, code)
    assert nothing_written()


def test_the_marked_copy_can_be_mended_and_uploaded(world):
    run = receive(world, survey_row(presence="đâu đó"))
    with open(run.file.storage.path(run.marked_name), "rb") as file:
        (sheet,) = read_sheets(io.BytesIO(file.read()))
    head, row = sheet.rows[:2]
    assert "Chuyển đi" in row[head.index("Cần sửa")]


def test_what_changed_since_the_preview_makes_a_new_one(world):
    first = receive(world, survey_row())
    save(receive(world, survey_row(grade="4")))
    assert imports.ask_to_save(first, by=world.commune_officer)
    imports.save_survey(str(first.pk))
    first.refresh_from_db()
    assert first.state == State.READY
    assert first.preview["changed_since"]
    assert SurveyEntry.objects.get().grade == 4


def test_the_empty_workbook_and_the_example_are_read_as_they_are(world):
    run = receive(world, content=write_template(villages=["Háng Lìa"], example=True))
    assert (run.state, run.created_count) == (State.READY, 3), run.preview
    run = receive(world, content=write_template(villages=["Háng Lìa"]))
    assert run.problem_code == "no_persons"


def test_checking_asks_as_much_for_many_rows_as_for_few(world, django_assert_max_num_queries):
    rows = [
        survey_row(given_name=name, form_number=str(number))
        for number in range(60)
        for name in ("Páo", "Dơ", "Của")
    ]
    few, many = receive(world, *rows[:3]), receive(world, *rows)
    for run in (few, many):
        with django_assert_max_num_queries(30):
            run.state = State.CHECKING
            run.save()
            imports.check_survey(str(run.pk))
    imports.ask_to_save(SurveyImport.objects.get(pk=many.pk), by=world.commune_officer)
    with django_assert_max_num_queries(45):
        imports.save_survey(str(many.pk))
    assert SurveyEntry.objects.count() == 180


def call(tmp_path, content, *options, by="commune_a"):
    path = tmp_path / "phieu.xlsx"
    path.write_bytes(content)
    out = io.StringIO()
    call_command(
        "import_survey", str(path), "--year", "2026", "--area", "03001", "--by", by, *options,
        stdout=out, stderr=out,
    )  # fmt: skip
    return out.getvalue()


def test_the_command_saves_or_only_shows(world, tmp_path):
    said = call(tmp_path, survey_file(survey_row()), "--dry-run")
    assert "Mới 1" in said
    assert "chưa ghi gì" in said
    assert nothing_written()
    assert "Đã ghi" in call(tmp_path, survey_file(survey_row()))
    assert SurveyRound.objects.get().opened_by == world.commune_officer
    assert Event.objects.filter(kind="survey.import_saved", actor=world.commune_officer).exists()


def test_the_command_names_rows_to_mend_and_saves_nothing(world, tmp_path):
    with pytest.raises(CommandError, match="Chưa ghi gì"):
        call(tmp_path, survey_file(survey_row(), survey_row(presence="đâu đó")))
    with pytest.raises(CommandError, match="Không có tài khoản"):
        call(tmp_path, survey_file(survey_row()), by="ai_do")
    with pytest.raises(CommandError, match=r"Cột|cột|tiêu đề"):
        call(tmp_path, survey_file(["x"], headings=["A", "B"]))
    assert nothing_written()
