"""The pages of the import: upload, progress, preview, save, downloads, and who may see them."""

import datetime
import io
import re
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import RoleGrant, User
from schools.models import Enrolment, ImportBatch, Pupil
from schools.pupil_import import services as imports
from schools.pupil_import.services import pipeline
from schools.pupil_import.services.reading import read_source
from schools.pupil_import.workbook.columns import COLUMNS
from tests.schools.pupil_workbooks import (
    check,
    excel,
    pupil_row,
    receive,
    upload_of,
    workbook,
)
from tests.world import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(world, sign_in):
    return sign_in(world.head_a)


def upload_url(world):
    return reverse("schools:import_upload", args=[world.school_a.pk])


def batch_url(batch, name="import_batch"):
    return reverse(f"schools:{name}", args=[batch.pk])


def send(client, world, content, commit, **more):
    """Post the upload form; the response."""
    fields = {
        "file": upload_of(content),
        "year": world.year.pk,
        "starts_on": world.today.isoformat(),
    }
    with commit(execute=True):
        return client.post(upload_url(world), fields | more)


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def words(response):
    """The page with single spaces, and none in which a heading or an item begins or ends."""
    text = " ".join(response.content.decode().split())
    return re.sub(r" ?(</?(?:h1|li)\b[^>]*>) ?", r"\1", text)


def test_upload_check_look_and_save(world, head, commit):
    response = send(head, world, workbook(pupil_row()), commit)
    batch = ImportBatch.objects.get()
    assert response.url == batch_url(batch)
    assert (batch.made_by, batch.school, batch.state) == (world.head_a, world.school_a, "ready")
    page = words(head.get(response.url))
    assert "<h1>Xem lại rồi lưu</h1>" in page
    assert "Lưu tất cả" in page
    assert "Vừ A Sùng" in page
    with commit(execute=True):
        response = head.post(batch_url(batch, "import_save"))
    assert response.url == batch_url(batch)
    assert Pupil.objects.filter(full_name="Vừ A Sùng").count() == 1
    page = words(head.get(response.url))
    assert "<h1>Đã lưu học sinh</h1>" in page
    assert "Vừ A Sùng" not in page


def test_the_form_offers_the_running_year_and_a_day(world, head):
    page = head.get(upload_url(world))
    form = page.context["form"]
    assert form.initial == {
        "year": world.year,
        "starts_on": world.today,
        "create_classes": False,
    }
    Enrolment.objects.filter(school=world.school_a).delete()
    form = head.get(upload_url(world)).context["form"]
    assert form.initial["starts_on"] == world.year.valid_from


def test_without_a_running_year_the_page_says_so(world, head):
    world.year.valid_to = world.today
    world.year.save()
    page = words(head.get(upload_url(world)))
    assert "Chưa có năm học để nhập." in page
    assert '<form class="form"' not in page


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"file": ""}, "file", "Chọn tệp Excel."),
        ({"starts_on": ""}, "starts_on", "họn ngày."),
        ({"starts_on": "2030-01-01"}, "starts_on", "Ngày phải nằm trong năm học"),
        ({"year": "0"}, "year", ""),
    ],
)
def test_a_wrong_form_is_refused_at_its_field(world, head, commit, fields, field, said):
    response = send(head, world, workbook(pupil_row()), commit, **fields)
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert said in str(errors[field])
    assert "<title>Lỗi:" in response.content.decode()
    assert ImportBatch.objects.count() == 0


def test_a_file_that_is_no_workbook_is_refused_on_the_form(world, head, commit):
    response = send(head, world, b"<html></html>", commit)
    assert list(response.context["form"].errors) == ["file"]
    assert "Đây là trang web mang tên tệp Excel." in words(response)
    assert ImportBatch.objects.count() == 0


def test_refused_rows_name_the_cell_the_value_and_the_remedy(world, head, commit):
    send(head, world, workbook(pupil_row(birth_date="31/02/2015")), commit)
    batch = ImportBatch.objects.get()
    page = words(head.get(batch_url(batch)))
    for text in (
        "1 dòng cần sửa",
        "Ô D2",
        "trang tính Học sinh",
        "Ngày sinh",
        "31/02/2015",
        "Trong lịch không có ngày này.",
        "Viết ngày trước, tháng sau: 05/09/2015 là ngày 5 tháng 9.",
    ):
        assert text in page
    assert "Lưu tất cả" not in page


def test_saving_a_refused_batch_says_why_not(world, head, commit):
    batch = check(world, workbook(pupil_row(sex="x")))
    with commit(execute=True):
        response = head.post(batch_url(batch, "import_save"), follow=True)
    assert "Chưa lưu: còn dòng cần sửa." in words(response)
    assert Pupil.objects.filter(full_name="Vừ A Sùng").count() == 0


def test_only_the_first_fifty_are_shown_and_all_are_in_the_marked_copy(world, head):
    rows = [
        pupil_row(full_name=f"Vừ A {'abcdefghijklm'[n % 13]}{'ă' * (n // 13)}", sex="x")
        for n in range(60)
    ]
    batch = check(world, workbook(*rows))
    page = head.get(batch_url(batch))
    assert len(page.context["preview"]["refused"]) == 50
    assert "50 chỗ đầu trong 60" in words(page)
    response = head.get(batch_url(batch, "import_marked"))
    content = b"".join(response.streaming_content)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    lines = sheet.to_python()
    assert len(lines) == 61
    assert lines[0][-2:] == ["Cần sửa", "Thay đổi"]
    assert {line[-2] for line in lines[1:]} == {"Giới tính: Không rõ nam hay nữ. Ghi Nam hoặc Nữ."}
    assert "danh-sach" in response.headers["Content-Disposition"]


def test_the_marked_copy_can_be_mended_and_uploaded_again(world, head):
    batch = check(world, workbook(pupil_row(phone=912345678), pupil_row(sex="x")))
    content = b"".join(head.get(batch_url(batch, "import_marked")).streaming_content)
    lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    lines[2][lines[0].index("Giới tính")] = "Nam"
    lines[2][lines[0].index("Họ tên")] = "Lý A Sò"
    batch = check(world, excel({"Học sinh": lines}))
    assert (batch.state, batch.created_count) == ("ready", 2)
    assert batch.preview["unused_columns"] == []


def test_text_of_a_user_is_never_a_formula_in_the_marked_copy(world, head):
    hostile = ['=HYPERLINK("http://x","a")', "+1+1", "-1", "@SUM(A1)", "http://example.com"]
    rows = [pupil_row(full_name=text, village=text) for text in hostile]
    batch = check(world, workbook(*rows))
    content = b"".join(head.get(batch_url(batch, "import_marked")).streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert (sheet.count(b"<f>"), sheet.count(b"<hyperlink")) == (0, 0)
        shared = archive.read("xl/sharedStrings.xml").decode()
    assert "=HYPERLINK(" in shared


def test_changes_show_old_and_new(world, head):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    row = pupil_row(
        full_name=pupil.full_name, birth_date=pupil.birth_date, sex="Nữ", phone="0912345678"
    )
    batch = check(world, workbook(row))
    page = words(head.get(batch_url(batch)))
    assert (
        '<li>SĐT liên hệ: <span class="muted">(trống)</span> → <ins>0912345678</ins></li>' in page
    )


def test_a_batch_at_work_reads_itself_again_without_a_script_too(world, head):
    batch = receive(world, workbook(pupil_row()))
    ImportBatch.objects.filter(pk=batch.pk).update(rows_total=200, rows_done=50)
    page = words(head.get(batch_url(batch)))
    assert f'hx-get="{batch_url(batch)}" hx-trigger="every 2s"' in page
    assert f'<a class="button" href="{batch_url(batch)}">Xem đến đâu rồi</a>' in page
    assert '<progress class="progress" value="50" max="200"' in page
    fragment = head.get(batch_url(batch), headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert 'id="import-progress"' in fragment.content.decode()
    imports.check_batch(batch.pk)
    finished = head.get(batch_url(batch), headers={"HX-Request": "true"})
    assert (finished.headers["HX-Refresh"], finished.content) == ("true", b"")


@pytest.mark.parametrize("state", ["checking", "saving", "failed"])
def test_a_stopped_batch_offers_to_check_again(world, head, commit, state):
    batch = check(world, workbook(pupil_row()))
    silent_since = timezone.now() - datetime.timedelta(hours=1)
    ImportBatch.objects.filter(pk=batch.pk).update(
        state=state, heartbeat_at=silent_since, preview={}, problem_code="crashed"
    )
    assert "Kiểm tra lại" in words(head.get(batch_url(batch)))
    with commit(execute=True):
        response = head.post(batch_url(batch, "import_check"))
    assert response.url == batch_url(batch)
    batch.refresh_from_db()
    assert (batch.state, batch.created_count) == ("ready", 1)


def test_an_expired_batch_asks_for_the_file_again(world, head):
    batch = check(world, workbook(pupil_row()))
    ImportBatch.objects.filter(pk=batch.pk).update(
        expires_at=timezone.now() - datetime.timedelta(hours=1)
    )
    imports.remove_expired()
    page = words(head.get(batch_url(batch)))
    assert "Tệp này không được lưu trong 24 giờ nên đã bị xoá." in page
    assert head.get(batch_url(batch, "import_marked")).status_code == 404


def test_a_file_without_headings_is_told_on_the_page(world, head):
    batch = check(world, excel({"Sheet1": [["xin chào"]]}))
    page = words(head.get(batch_url(batch)))
    assert "<h1>Chưa đọc được tệp</h1>" in page
    assert "Không trang tính nào trong tệp có dòng tên cột." in page
    assert "Tải mẫu trống" in page


def test_nothing_to_save_is_said(world, head):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    batch = check(
        world, workbook(pupil_row(full_name=pupil.full_name, birth_date=pupil.birth_date, sex="Nữ"))
    )
    page = words(head.get(batch_url(batch)))
    assert "Mọi dòng trong tệp đều đã có." in page
    assert "Lưu tất cả" not in page


def test_the_page_speaks_english_to_an_english_reader(world, head):
    batch = check(world, workbook(pupil_row(sex="x")))
    head.cookies["django_language"] = "en"
    page = words(head.get(batch_url(batch)))
    assert "Write Nam or Nữ." in page
    assert "Không rõ" not in page


def test_names_never_stay_in_the_browser_cache(world, head):
    batch = check(world, workbook(pupil_row(sex="x")))
    for name in ("import_batch", "import_marked"):
        answer = head.get(batch_url(batch, name))
        assert "no-store" in answer.headers["Cache-Control"]
        if answer.streaming:
            assert b"".join(answer.streaming_content)


def test_the_empty_workbook_offers_the_choices_and_is_no_pupil_list_yet(world, head):
    response = head.get(reverse("schools:import_template", args=[world.school_a.pk]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    first, lists = (book.get_sheet_by_index(index).to_python() for index in (0, 1))
    assert first == [
        [each.header for each in COLUMNS if not each.own and each.key != "school_code"]
    ]
    assert [row[3] for row in lists if row[3]] == ["Danh mục Lớp học", "1+2 Háng Lìa", "6A"]
    batch = check(world, response.content)
    assert batch.problem_code == "no_rows"


def test_the_example_can_be_uploaded(world, head):
    response = head.get(reverse("schools:import_example", args=[world.school_a.pk]))
    batch = check(world, response.content)
    assert (batch.state, batch.created_count) == ("ready", 3)


@pytest.mark.parametrize("name", ["import_upload", "import_template", "import_example"])
def test_only_those_who_may_import_open_the_school_pages(world, sign_in, name):
    url = reverse(f"schools:{name}", args=[world.school_a.pk])
    assert sign_in(world.head_a).get(url).status_code == 200
    assert sign_in(world.head_b).get(url).status_code == 404
    for person in (world.teacher_a, world.commune_officer, world.system_admin):
        assert sign_in(person).get(url).status_code == 403


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("import_batch", "get"),
        ("import_marked", "get"),
        ("import_save", "post"),
        ("import_check", "post"),
    ],
)
def test_a_batch_of_another_school_does_not_exist(world, sign_in, name, method):
    batch = check(world, workbook(pupil_row(sex="x")))
    url = batch_url(batch, name)
    assert getattr(sign_in(world.head_b), method)(url).status_code == 404
    for person in (world.teacher_a, world.commune_officer, world.nobody):
        assert getattr(sign_in(person), method)(url).status_code == 403
    batch.refresh_from_db()
    assert batch.state == "refused"


def test_a_head_of_two_schools_sees_each_batch_in_its_school(world, sign_in):
    both = make_user(
        "both", "Vàng Thị Sen", "school_head", since=world.since, school=world.school_a
    )
    RoleGrant.objects.create(
        user=both, role="school_head", school=world.school_b, valid_from=world.since
    )
    batch = check(world, workbook(pupil_row()))
    client = sign_in(both)
    assert client.get(batch_url(batch)).status_code == 200
    other = client.get(reverse("schools:import_upload", args=[world.school_b.pk]))
    assert other.context["batches"] == []


def test_the_last_uploads_are_listed_without_growing_queries(
    world, head, django_assert_max_num_queries
):
    for _number in range(2):
        receive(world, workbook(pupil_row()))
    with django_assert_max_num_queries(16):
        assert len(head.get(upload_url(world)).context["batches"]) == 2
    for _number in range(6):
        receive(world, workbook(pupil_row()))
    with django_assert_max_num_queries(16):
        assert len(head.get(upload_url(world)).context["batches"]) == 5


def test_files_are_kept_under_names_of_our_own(world, head, commit):
    fields = {
        "file": upload_of(workbook(pupil_row()), name="../../Lớp 6A (mật).xlsx"),
        "year": world.year.pk,
        "starts_on": world.today.isoformat(),
    }
    with commit(execute=True):
        head.post(upload_url(world), fields)
    batch = ImportBatch.objects.get()
    assert batch.file.name == f"imports/{batch.pk}.xlsx"
    assert batch.file_name == "Lớp 6A (mật).xlsx"
    assert default_storage.exists(batch.file.name)


def test_the_person_who_uploaded_is_in_the_history(world, head, commit):
    send(head, world, workbook(pupil_row()), commit)
    with commit(execute=True):
        head.post(batch_url(ImportBatch.objects.get(), "import_save"))
    record = Pupil.history.get(full_name="Vừ A Sùng")
    assert record.history_user == User.objects.get(username="head_a")


def test_a_check_is_cancelled_on_the_page_that_waits_and_its_file_is_gone(world, head, commit):
    batch = receive(world, workbook(pupil_row()))
    stored = batch.file.name
    assert "Huỷ việc này" in words(head.get(batch_url(batch)))
    with commit(execute=True):
        head.post(batch_url(batch, "import_cancel"))
    page = words(head.get(batch_url(batch)))
    assert "Đã huỷ việc kiểm tra" in page
    assert "Huỷ việc này" not in page
    assert not default_storage.exists(stored)
    imports.check_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.file.name, batch.preview) == ("cancelled", "", {})
    assert not imports.ask_to_check(batch)


def test_a_list_that_is_read_or_being_saved_is_not_cancelled(world, head):
    batch = check(world, workbook(pupil_row()))
    for state in ("ready", "saving"):
        ImportBatch.objects.update(state=state)
        page = words(head.post(batch_url(batch, "import_cancel"), follow=True))
        assert "Không kịp huỷ" in page
        assert ImportBatch.objects.get().state == state


def test_a_check_that_is_cancelled_midway_stores_nothing(world, monkeypatch):
    batch = receive(world, workbook(pupil_row(sex="x")))

    def read_then_cancel(path, **options):
        imports.cancel(ImportBatch.objects.get(), by=world.head_a)
        return read_source(path, **options)

    monkeypatch.setattr(pipeline, "read_source", read_then_cancel)
    imports.check_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.preview, batch.refused_count) == ("cancelled", {}, 0)
    assert not default_storage.exists(batch.marked_name)
