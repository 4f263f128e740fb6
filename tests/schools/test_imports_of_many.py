"""One workbook of pupils for many schools, and the rolls of a year that is over."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from attendance.calendar.selectors.due_sessions import due_bits, due_sessions, is_due
from attendance.models import CalendarRule
from core.models import Event
from core.months import Month
from reports.models import ClassCoverage, SchoolMonth
from reports.services.facts import rebuild
from schools.models import (
    DifferentPupils,
    Enrolment,
    ImportBatch,
    LoadedYear,
    Placement,
    Pupil,
    SchoolClass,
    SchoolYear,
    Site,
)
from schools.pupil_import import services as imports
from schools.pupil_import.services import preview
from tests.schools.pupil_workbooks import USUAL, pupil_row, upload_of, workbook
from tests.world import make_school

pytestmark = pytest.mark.django_db
KEYS = ("school_code", *USUAL)


def row(code="12A1", **cells):
    return pupil_row(school_code=code, **cells)


def of_b(**cells):
    return row("12B1", **{"class_name": "6B", "full_name": "Lò Văn Mới"} | cells)


def book(*rows):
    return workbook(*rows, keys=KEYS)


def check(world, *rows, by=None, year=None, content=None, **options):
    batch = imports.receive_workbook(
        school=None,
        year=year or world.year,
        starts_on=world.today,
        create_classes=options.pop("create_classes", False),
        upload=upload_of(content or book(*rows)),
        by=by or world.province_officer,
    )
    imports.check_batch(batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)


def save(batch, **more):
    assert imports.ask_to_save(batch, by=batch.made_by, **more)
    imports.save_batch(batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)


def refused(batch):
    assert batch.state == "refused", batch.preview
    return [(each["row"], each["header"], each["code"]) for each in batch.preview["refused"]]


def by_school(batch):
    return [
        (each["code"], each["new"], each["changed"], each["unchanged"], each["refused"])
        for each in batch.preview["schools"]
    ]


# --- what is written ------------------------------------------------------------------------


def test_each_row_goes_to_the_school_it_names(world, roll_news):
    batch = check(world, row(), of_b(), of_b(full_name="Lò Văn Hai"))
    assert (batch.state, batch.created_count) == ("ready", 3)
    assert by_school(batch) == [("12A1", 1, 0, 0, 0), ("12B1", 2, 0, 0, 0)]
    assert [each["others_on_roll"] for each in batch.preview["schools"]] == [10, 3]
    batch = save(batch)
    assert batch.state == "done"
    spells = Enrolment.objects.filter(pupil__full_name__in=["Vừ A Sùng", "Lò Văn Mới"])
    assert sorted(spells.values_list("school__code", "school_class__name")) == [
        ("12A1", "6A"),
        ("12B1", "6B"),
    ]
    assert roll_news == [(sorted([world.class_a.pk, world.class_b.pk]), world.today, None)]
    assert "Vừ A Sùng" not in str(batch.preview)
    assert by_school(batch) == [("12A1", 1, 0, 0, 0), ("12B1", 2, 0, 0, 0)]
    event = Event.objects.get(kind="import.saved")
    assert event.actor == world.province_officer


def test_one_refused_row_and_no_school_is_written(world):
    before = Pupil.objects.count()
    batch = check(world, row(), of_b(sex="x"))
    assert refused(batch) == [(3, "Giới tính", "sex")]
    assert by_school(batch) == [("12A1", 1, 0, 0, 0), ("12B1", 0, 0, 0, 1)]
    assert not imports.ask_to_save(batch, by=world.province_officer)
    assert Pupil.objects.count() == before


def test_missing_classes_are_made_in_the_school_that_names_them(world):
    batch = check(
        world,
        row(class_name="6C", grade="6"),
        of_b(class_name="6C", grade="6"),
        create_classes=True,
    )
    assert [each["new_classes"] for each in batch.preview["schools"]] == [1, 1]
    save(batch)
    made = SchoolClass.objects.filter(name="6C").values_list("school__code", flat=True)
    assert sorted(made) == ["12A1", "12B1"]


@pytest.mark.parametrize(("person", "old"), [("province_officer", None), ("commune_officer", "")])
def test_who_sees_no_pupils_sees_not_what_was_on_record(world, person, old):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    known = row(full_name=pupil.full_name, birth_date=pupil.birth_date, sex="Nữ")
    batch = check(world, known | {"phone": "0912345678"}, by=getattr(world, person))
    (shown,) = batch.preview["schools"][0]["rows"]["changed"]
    assert shown["changes"] == [["phone", old, "0912345678"]]


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"code": ""}, "school_missing"),
        ({"code": "99999"}, "school_unknown"),
        ({"code": "12B1"}, "school_outside"),
        ({"code": "12C1"}, "school_ended"),
        ({"code": "12D1"}, "school_not_open"),
    ],
)
def test_a_school_that_the_sender_may_not_fill(world, cells, code):
    day = datetime.timedelta(days=1)
    ended = make_school("12C1", "Trường cũ", "THCS", world.commune_a, world.since)
    ended.valid_to = world.today
    ended.save()
    make_school("12D1", "Trường mới", "THCS", world.commune_a, world.today + day)
    batch = check(world, row(), row(**cells, full_name="Lý A Sò"), by=world.commune_officer)
    assert refused(batch) == [(3, "Mã trường", code)]
    (shown,) = imports.in_reader_words(batch.preview)["refused"]
    assert shown["letter"] == "A"
    assert shown["problem"]
    assert shown["remedy"]


@pytest.mark.parametrize("code", ["12a1", " 12A1 ", "'12A1"])
def test_a_code_is_known_however_it_is_written(world, code):
    assert check(world, row(code)).state == "ready"


def test_a_code_that_excel_took_for_a_number(world):
    make_school("12345", "Trường số", "THCS", world.commune_a, world.since)
    world.class_a.school.code = "777"
    batch = check(world, row(12345, class_name="6C", grade="6"), create_classes=True)
    assert (batch.state, by_school(batch)) == ("ready", [("12345", 1, 0, 0, 0)])


def test_a_list_of_one_school_refuses_the_code_of_another(world):
    batch = imports.receive_workbook(
        school=world.school_a,
        year=world.year,
        starts_on=world.today,
        create_classes=False,
        upload=upload_of(book(row(), row("12B1", full_name="Lý A Sò"), row("", full_name="Lý A"))),
        by=world.head_a,
    )
    imports.check_batch(batch.pk)
    assert refused(ImportBatch.objects.get()) == [(3, "Mã trường", "school_other")]


def test_classes_of_no_school_and_of_another_school(world):
    batch = check(world, row(class_name="6Z"), of_b(class_name="6A"))
    assert refused(batch) == [(2, "Lớp học", "unknown_class"), (3, "Lớp học", "unknown_class")]
    shown = imports.in_reader_words(batch.preview)["refused"][1]
    assert "6B" in shown["problem"]


def test_without_the_column_of_codes_the_file_says_so(world):
    batch = check(world, content=workbook(pupil_row()))
    assert (batch.state, batch.problem_code) == ("refused", "columns_missing")
    assert "Mã trường" in str(batch.problem.what)


def test_a_cell_of_half_a_million_marks_is_refused_with_its_place(world):
    marks = "ẹ́" * 15_000
    batch = check(world, row(full_name=marks))
    assert batch.state == "refused"
    assert batch.problem_code
    assert Pupil.objects.filter(full_name__startswith="ẹ").count() == 0


# --- one child twice -------------------------------------------------------------------------


def test_one_number_in_two_schools_is_refused_in_both(world):
    number = {"ministry_id": "0123456789"}
    batch = check(world, row(**number), of_b(**number))
    header = "Mã định danh Bộ GD&ĐT"
    assert refused(batch) == [(2, header, "number_twice_at"), (3, header, "number_twice_at")]


def test_one_name_and_birth_date_in_two_schools_is_asked_about(world):
    batch = check(world, row(), of_b(full_name="Vừ A Sùng"))
    assert (batch.state, batch.preview["alike_count"]) == ("ready", 2)
    assert [each["rows"] for each in batch.preview["alike"]] == ["3", "2"]
    assert not imports.ask_to_save(batch, by=world.province_officer)
    save(batch, confirmed=True)
    first, second = Pupil.objects.filter(full_name="Vừ A Sùng").order_by("pk")
    assert DifferentPupils.objects.get().first_id == first.pk
    assert DifferentPupils.objects.get().second_id == second.pk


def test_two_numbers_tell_two_children_apart_and_nothing_is_asked(world):
    batch = check(
        world,
        row(ministry_id="0123456789"),
        of_b(full_name="Vừ A Sùng", ministry_id="0123456780"),
    )
    assert (batch.state, batch.preview["alike_count"]) == ("ready", 0)


def test_a_child_on_the_roll_of_another_school_is_told_as_for_one_school(world):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    pupil.ministry_id = "0123456789"
    pupil.save()
    known = {"full_name": pupil.full_name, "birth_date": pupil.birth_date, "sex": "Nữ"}
    batch = check(world, of_b(**known, ministry_id="0123456789"))
    assert refused(batch) == [(2, "Lớp học", "enrolled_elsewhere")]
    batch = check(world, of_b(**known))
    assert (batch.state, batch.preview["alike"][0]["elsewhere"]) == ("ready", 1)


# --- how much --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [60, 240])
def test_queries_do_not_grow_with_the_rows(world, django_assert_max_num_queries, size):
    letters = "BCDGHKLMNPSTVX"
    given = [f"{a}{b}a {c}u" for a in "BCDGHKLM" for b in "hr" for c in letters + "QR"]
    rows = [
        (row if n % 2 else of_b)(full_name=f"Vừ A {given[n]}", ministry_id=f"{1_000_000_000 + n}")
        for n in range(size)
    ]
    content = book(*rows)
    with django_assert_max_num_queries(55):
        batch = check(world, content=content)
    assert (batch.state, batch.created_count) == ("ready", size)
    assert imports.ask_to_save(batch, by=world.province_officer)
    with django_assert_max_num_queries(90):
        imports.save_batch(batch.pk)
    assert Pupil.objects.filter(ministry_id__gte="1000000000").count() == size


def test_a_preview_of_many_schools_shows_some_rows_of_each(world, monkeypatch):
    monkeypatch.setattr(preview, "SHOWN_OF_SCHOOLS", 4)
    monkeypatch.setattr(preview, "FEWEST_SHOWN", 2)
    batch = check(world, *(of_b(full_name=f"Lò Văn {each}") for each in ("An", "Ba", "Ca", "Da")))
    (shown,) = batch.preview["schools"]
    assert (shown["new"], len(shown["rows"]["new"])) == (4, 4)
    monkeypatch.setattr(preview, "SHOWN_OF_SCHOOLS", 1)
    batch = check(world, *(of_b(full_name=f"Lò Văn {each}") for each in ("An", "Ba", "Ca", "Da")))
    (shown,) = batch.preview["schools"]
    assert (shown["new"], len(shown["rows"]["new"])) == (4, 2)


# --- pages -----------------------------------------------------------------------------------


def test_upload_look_into_a_school_and_save(world, sign_in, django_capture_on_commit_callbacks):
    client = sign_in(world.province_officer)
    page = client.get(reverse("schools:schools")).content.decode()
    assert reverse("schools:import_upload_all") in page
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            reverse("schools:import_upload_all"),
            {
                "file": upload_of(book(row(), of_b())),
                "year": world.year.pk,
                "starts_on": world.today.isoformat(),
            },
        )
    batch = ImportBatch.objects.get()
    assert response.url == reverse("schools:import_batch", args=[batch.pk])
    page = client.get(response.url).content.decode()
    link = reverse("schools:import_batch_school", args=[batch.pk, world.school_b.pk])
    assert "2 trường trong tệp" in " ".join(page.split())
    assert link in page
    assert "Lò Văn Mới" not in page
    page = client.get(link).content.decode()
    assert "Lò Văn Mới" in page
    assert "Vừ A Sùng" not in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("schools:import_save", args=[batch.pk]))
    assert Pupil.objects.filter(full_name="Lò Văn Mới").exists()
    assert client.get(link).status_code == 404
    assert "Đã lưu học sinh" in client.get(response.url).content.decode()


def test_a_workbook_of_many_schools_is_its_senders_alone(world, sign_in):
    batch = check(world, row())
    for person in (world.head_a, world.commune_officer):
        client = sign_in(person)
        for name in ("import_batch", "import_marked"):
            assert client.get(reverse(f"schools:{name}", args=[batch.pk])).status_code == 404


def test_the_empty_workbook_of_many_schools_has_their_codes(world, sign_in):
    client = sign_in(world.commune_officer)
    for name in ("template", "example"):
        response = client.get(reverse(f"schools:import_{name}_all"))
        content = b"".join(response) if response.streaming else response.content
        lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        assert "Mã trường" in lines.to_python()[0]
        if name == "example":
            assert lines.to_python()[1][lines.to_python()[0].index("Mã trường")] == "12A1"


# --- by a command ----------------------------------------------------------------------------


def run(world, tmp_path, *rows, by="province_officer", **options):
    path = tmp_path / "hoc-sinh.xlsx"
    path.write_bytes(book(*rows))
    out, err = io.StringIO(), io.StringIO()
    failed, by = "", getattr(getattr(world, by, None), "username", by)
    try:
        call_command("import_pupils", str(path), by=by, stdout=out, stderr=err, **options)
    except CommandError as error:
        failed = str(error)
    return out.getvalue(), err.getvalue(), failed


def test_the_command_writes_what_the_page_would(world, tmp_path):
    said, _err, failed = run(world, tmp_path, row(), of_b(), dry_run=True)
    assert "Chạy thử: chưa ghi gì." in said
    assert not failed
    assert not Pupil.objects.filter(full_name="Vừ A Sùng").exists()
    said, _err, failed = run(world, tmp_path, row(), of_b())
    assert "12B1 THCS B Một: mới 1, đổi 0, cần sửa 0" in said
    assert not failed
    spell = Enrolment.objects.get(pupil__full_name="Vừ A Sùng")
    assert (spell.school_class.name, spell.valid_from) == ("6A", world.year.valid_from)
    assert Event.objects.get(kind="import.saved").actor == world.province_officer


def test_the_command_tells_where_and_what_and_writes_nothing(world, tmp_path):
    _said, err, failed = run(world, tmp_path, row(), of_b(sex="x"))
    assert "Học sinh, dòng 3, Lò Văn Mới: Giới tính “x”" in err
    assert failed.startswith("Chưa ghi gì")
    assert not Pupil.objects.filter(full_name="Vừ A Sùng").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "ai_do"}, "Không có tài khoản"),
        ({"by": "nobody"}, "Chưa ghi gì"),
        ({"year": "1999-2000"}, "Không có năm học 1999-2000."),
        ({"by": "head_a", "school": "12B1"}, "Không có trường nào mã 12B1"),
        ({"starts_on": datetime.date(2001, 1, 1)}, "Ngày phải nằm trong năm học"),
    ],
)
def test_the_command_refuses_what_the_person_may_not(world, tmp_path, options, said):
    _said, _err, failed = run(world, tmp_path, row(), **options)
    assert failed.startswith(said)
    assert not Pupil.objects.filter(full_name="Vừ A Sùng").exists()


def test_the_command_asks_about_other_children(world, tmp_path):
    rows = row(), of_b(full_name="Vừ A Sùng")
    said, _err, failed = run(world, tmp_path, *rows)
    assert "trùng tên? (dòng 3)" in said
    assert "--other-children" in failed
    assert not Pupil.objects.filter(full_name="Vừ A Sùng").exists()
    run(world, tmp_path, *rows, other_children=True)
    assert Pupil.objects.filter(full_name="Vừ A Sùng").count() == 2


def test_a_head_enters_their_school_by_the_command(world, tmp_path):
    _said, _err, failed = run(world, tmp_path, row(""), by="head_a", school="12a1")
    assert not failed
    assert Pupil.objects.filter(full_name="Vừ A Sùng").exists()


# --- a year that is over ---------------------------------------------------------------------


@pytest.fixture
def past(world):
    """The school year before, closed; the schools were open then."""
    start = world.year.valid_from.replace(year=world.year.valid_from.year - 1)
    for school in (world.school_a, world.school_b):
        school.valid_from = start
        school.save()
    Placement.objects.update(valid_from=start)
    Site.objects.update(valid_from=start)
    CalendarRule.objects.update(valid_from=start)
    return SchoolYear.objects.create(
        code=f"{start.year}-{start.year + 1}",
        valid_from=start,
        valid_to=start.replace(year=start.year + 1, month=6),
        closed_at=timezone.now(),
    )


def then(**cells):
    return row(**{"class_name": "5A", "grade": "5", "birth_date": "05/09/2015"} | cells)


def load(world, past, *rows):
    return check(world, *rows, year=past, create_classes=True)


def test_a_closed_year_gets_closed_spells_that_say_they_were_loaded(world, past, roll_news):
    batch = load(world, past, then(), then(full_name="Lý A Sò", status="05"))
    assert (batch.state, batch.starts_on) == ("ready", past.valid_from)
    save(batch)
    stayed = Enrolment.objects.get(pupil__full_name="Vừ A Sùng")
    left = Enrolment.objects.get(pupil__full_name="Lý A Sò")
    assert (stayed.valid_from, stayed.valid_to) == (past.valid_from, past.valid_to)
    assert (stayed.exit_reason, left.exit_reason, left.dropout_cause) == (
        "completed",
        "dropout",
        "other",
    )
    loaded = LoadedYear.objects.get()
    assert (loaded.school, loaded.year) == (world.school_a, past)
    assert loaded.loaded_by == world.province_officer
    assert roll_news[0][1:] == (past.valid_from, past.valid_to)


def test_what_is_on_record_of_a_child_stays_as_it_is(world, past):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    known = {"full_name": pupil.full_name, "birth_date": pupil.birth_date}
    batch = load(world, past, then(**known, sex="Nam", phone="0912345678"))
    assert (batch.state, batch.changed_count) == ("ready", 1)
    save(batch)
    pupil.refresh_from_db()
    assert (pupil.sex, pupil.guardian_phone) == ("F", "")
    assert pupil.spells.count() == 2


def test_present_figures_do_not_change(world, past):
    month, schools = Month.of(world.today), [world.school_a.pk, world.school_b.pk]
    rebuild(school_ids=schools, month=month)

    def now():
        rebuild(school_ids=schools, month=month)
        facts = [
            list(model.objects.filter(month=month.first).order_by("pk").values())
            for model in (SchoolMonth, ClassCoverage)
        ]
        roll = Enrolment.objects.on(world.today).order_by("pk").values_list("pk", flat=True)
        return _without_keys(facts[0]), _without_keys(facts[1]), list(roll)

    before = now()
    assert before[0]
    save(load(world, past, then(), then(full_name="Lý A Sò")))
    assert now() == before


def _without_keys(rows):
    """Facts without their own ids and the time they were counted."""
    apart = {"id", "counted_at", "rebuilt_at"}
    return sorted(
        str({key: value for key, value in each.items() if key not in apart}) for each in rows
    )


def test_nothing_is_due_of_a_loaded_year_so_nobody_is_reminded(world, past):
    save(load(world, past, then()))
    classes = list(SchoolClass.objects.filter(year=past).select_related("year"))
    day = past.valid_from + datetime.timedelta(days=40)
    month = Month.of(day)

    def due():
        sessions = due_sessions(classes, month.first, month.end)
        return sum(map(len, sessions.values())), any(due_bits(classes, month).values())

    assert due() == (0, False)
    assert not is_due(classes[0], day, "am")
    LoadedYear.objects.all().delete()
    count, some = due()
    assert count > 0
    assert some
    assert is_due(classes[0], day, "am")


def test_the_pages_say_that_a_year_was_loaded(world, past, sign_in):
    save(load(world, past, then()))
    client, said = sign_in(world.head_a), "Nạp sau, ngày"
    school = reverse("schools:school", args=[world.school_a.pk])
    assert said in client.get(f"{school}?year={past.code}").content.decode()
    assert said not in client.get(school).content.decode()
    spell = Enrolment.objects.get(school_class__year=past)
    address = reverse("schools:school_class", args=[spell.school_class_id])
    assert said in client.get(address).content.decode()
    address = reverse("schools:pupil", args=[spell.pupil_id])
    assert "nạp sau" in client.get(address).content.decode()


def test_a_year_that_a_school_kept_here_is_not_written_over(world, past):
    save(load(world, past, then()))
    again = load(world, past, then(), then(full_name="Lý A Sò"))
    assert (again.state, again.created_count, again.unchanged_count) == ("ready", 1, 1)
    LoadedYear.objects.all().delete()
    assert refused(load(world, past, then()))[0][2] == "year_was_kept"


def test_a_pupil_in_another_class_of_that_year_is_refused(world, past):
    save(load(world, past, then()))
    batch = load(world, past, then(class_name="5B"))
    assert refused(batch) == [(2, "Lớp học", "on_roll_then")]


def test_a_year_that_is_over_and_not_closed_is_refused(world, past):
    past.closed_at = None
    past.save()
    with pytest.raises(ValidationError, match="Ngày phải nằm trong năm học"):
        load(world, past, then())
