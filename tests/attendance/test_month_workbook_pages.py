"""The pages of the month workbook: the whole road, and who may walk it."""

import datetime
import io
import re
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from attendance.models import MonthBatch, Register, RegisterRevision
from attendance.month_workbook import services as month_workbooks
from attendance.month_workbook.template import FIRST_DAY, FIRST_PUPIL
from tests.attendance.month_workbooks import (
    excel,
    grid,
    pupil_ids,
    receive,
    registers,
    rows_of,
    send,
)
from tests.world import PUPILS_6A

pytestmark = pytest.mark.django_db

CHUA, HUONG, *_OTHERS, PA = PUPILS_6A


@pytest.fixture
def teacher(world, sign_in):
    return sign_in(world.teacher_a)


def month_url(world, name="workbook", month="2026-10", school_class=None):
    return reverse(f"attendance:{name}", args=[(school_class or world.class_a).pk, month])


def batch_url(batch, name="workbook_batch"):
    return reverse(f"attendance:{name}", args=[batch.pk])


def post_file(client, world, content, name="So thang 10.xlsx", *, read=True):
    """Upload a workbook; `read`: the job comes, as it does after the commit."""
    with TestCase.captureOnCommitCallbacks(execute=read):
        return client.post(month_url(world), {"file": SimpleUploadedFile(name, content)})


def words(response):
    """The page's text, without the white space in which a heading or a cell begins and ends."""
    text = " ".join(response.content.decode().split())
    return re.sub(r" ?(</?(?:h1|li|dt|dd)\b[^>]*>) ?", r"\1", text)


def test_download_fill_in_upload_look_and_send(world, teacher):
    ids = pupil_ids(world)
    send(world, 8, {ids[CHUA]: ("K", "")})
    page = words(teacher.get(month_url(world)))
    assert month_url(world, "workbook_file") in page
    download = teacher.get(month_url(world, "workbook_file"))
    assert "S%E1%BB%95%20%C4%91i%E1%BB%83m%20danh%206A" in download.headers["Content-Disposition"]
    rows = rows_of(download.content)
    for row in rows[FIRST_PUPIL:]:
        row[FIRST_DAY + 8] = "P" if row[2] == HUONG else "x"
        if row[2] == CHUA:
            row[FIRST_DAY + 7] = "M"
    response = post_file(teacher, world, excel(("T10", rows)))
    batch = MonthBatch.objects.get()
    assert response.url == batch_url(batch)

    page = words(teacher.get(response.url))
    assert "<h1>Xem lại rồi gửi</h1>" in page
    assert "<dt>Sổ mới</dt><dd>1</dd>" in page
    assert "<dt>Sổ thay đổi</dt><dd>1</dd>" in page
    assert f"<li>{CHUA}: <del>Nghỉ không phép</del> → <ins>Đi muộn</ins></li>" in page
    assert "6 em · P 1 · K 0 · M 0" in page
    assert f"<li>{HUONG}: Nghỉ có phép</li>" in page

    response = teacher.post(batch_url(batch, "workbook_save"), {"correction_reason": ""})
    assert response.status_code == 422
    assert "Hãy ghi ngắn gọn vì sao sửa sổ của ngày trước." in words(response)
    assert Register.objects.count() == 1

    send_it = {"correction_reason": "Em đến muộn"}
    response = teacher.post(batch_url(batch, "workbook_save"), send_it, follow=True)
    page = words(response)
    assert "<h1>Đã gửi sổ điểm danh</h1>" in page
    assert "Đã gửi 2 sổ." in page
    assert reverse("attendance:sheet", args=[world.class_a.pk, "2026-10-09", "am"]) in page
    assert page.count('<span class="sync sync--sent">mã biên nhận ') == 2
    assert registers(world) == {
        (8, "am"): ("taken", "", {CHUA: "M"}),
        (9, "am"): ("taken", "", {HUONG: "P"}),
    }
    revision = RegisterRevision.objects.get(number=2)
    assert (revision.correction_reason, revision.sent_by) == ("Em đến muộn", world.teacher_a)
    assert revision.device == "Tệp Excel"

    # Pressed twice, or again from the history of the browser.
    teacher.post(batch_url(batch, "workbook_save"), send_it)
    assert RegisterRevision.objects.count() == 3


def test_unchanged_there_is_nothing_to_send(world, teacher):
    send(world, 8, {pupil_ids(world)[CHUA]: ("K", "sick")})
    content = teacher.get(month_url(world, "workbook_file")).content
    page = words(teacher.get(post_file(teacher, world, content).url))
    assert "Không cần gửi gì." in page
    assert "<h1>Không có gì thay đổi</h1>" in page
    assert "Xem lại rồi gửi" not in page
    assert "Gửi tất cả" not in page


def test_what_to_mend_is_named_by_cell_value_and_remedy(world, teacher):
    content = excel(("T10", grid(marks={(CHUA, 4): "Q", (HUONG, 4): ""})))
    page = words(teacher.get(post_file(teacher, world, content).url))
    for text in (
        "<h1>2 chỗ cần sửa</h1>",
        "Ô G2",
        "Đây không phải ký hiệu điểm danh.",
        "Ghi x nếu có mặt, P có phép, K không phép, M đi muộn.",
        "Ô G3",
        "Ô trống trong ngày đã điểm danh.",
        "Viết x nếu có mặt",
        "gõ x, rồi bấm Ctrl+Enter",
    ):
        assert text in page
    assert "Gửi tất cả" not in page
    copy = teacher.get(batch_url(MonthBatch.objects.get(), "workbook_marked"))
    assert "So%20thang%2010" in copy.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(copy.streaming_content)))
    assert [row[0] for row in book.get_sheet_by_name("Cần sửa").to_python()] == ["Ô", "G2", "G3"]


def test_a_file_that_cannot_be_meant_is_refused_on_the_form(world, teacher):
    response = post_file(teacher, world, b"<html></html>")
    assert response.status_code == 422
    assert "Đây là trang web mang tên tệp Excel." in words(response)
    assert not MonthBatch.objects.exists()
    assert "Chọn tệp Excel." in words(teacher.post(month_url(world), {}))


def test_an_expired_batch_asks_for_the_file_again(world, teacher):
    batch = receive(world, excel(("T10", grid(marks={(CHUA, 4): "K"}))))
    MonthBatch.objects.update(state="expired", content={})
    page = words(teacher.get(batch_url(batch)))
    assert "Những gì đọc được từ tệp này không được gửi trong 24 giờ nên đã bị xoá." in page
    assert teacher.get(batch_url(batch, "workbook_marked")).status_code == 404
    teacher.post(batch_url(batch, "workbook_save"))
    assert not Register.objects.exists()


def test_names_never_stay_in_the_browser_cache(world, teacher):
    batch = receive(world, excel(("T10", grid(marks={(CHUA, 4): "?"}))))
    for url in (month_url(world, "workbook_file"), batch_url(batch)):
        assert "no-store" in teacher.get(url).headers["Cache-Control"]
    copy = teacher.get(batch_url(batch, "workbook_marked"))
    assert "no-store" in copy.headers["Cache-Control"]
    assert b"".join(copy.streaming_content)


@pytest.mark.parametrize("month", ["2026-07", "2027-08", "2026-13", "1800-01"])
def test_a_month_outside_the_school_year_does_not_exist(world, teacher, month):
    path = month_url(world).replace("2026-10", month)
    assert teacher.get(path).status_code == 404
    assert teacher.get(f"{path}file/").status_code == 404


def test_the_months_beside_are_offered_inside_the_school_year(world, teacher):
    assert month_url(world, month="2026-09") in words(teacher.get(month_url(world)))
    assert month_url(world, month="2026-07") not in words(
        teacher.get(month_url(world, month="2026-08"))
    )


@pytest.mark.parametrize("name", ["workbook", "workbook_file"])
def test_only_those_who_take_the_register_open_it(world, sign_in, name):
    url = month_url(world, name)
    for person in (world.teacher_a, world.head_a):
        assert sign_in(person).get(url).status_code == 200
    for person in (world.teacher_b, world.head_b):
        assert sign_in(person).get(url).status_code == 404
    for person in (world.commune_officer, world.province_officer, world.nobody):
        assert sign_in(person).get(url).status_code == 403


@pytest.mark.parametrize("name", ["workbook_batch", "workbook_save", "workbook_marked"])
def test_an_uploaded_workbook_is_its_senders_own(world, sign_in, name):
    batch = receive(world, excel(("T10", grid(marks={(CHUA, 4): "?"}))))
    url = batch_url(batch, name)
    method = "post" if name == "workbook_save" else "get"
    for person in (world.head_a, world.teacher_b, world.head_b):
        assert getattr(sign_in(person), method)(url).status_code == 404
    unknown = reverse(f"attendance:{name}", args=[uuid.uuid4()])
    assert getattr(sign_in(world.teacher_a), method)(unknown).status_code == 404


def test_the_class_page_leads_there(world, sign_in):
    page = words(
        sign_in(world.head_a).get(reverse("schools:school_class", args=[world.class_a.pk]))
    )
    assert month_url(world) in page


def test_the_page_speaks_english_to_an_english_reader(world, teacher):
    batch = receive(world, excel(("T10", grid(marks={(CHUA, 4): "?"}))))
    teacher.cookies["django_language"] = "en"
    page = words(teacher.get(batch_url(batch)))
    assert "This is no letter of the attendance book." in page
    assert "1 place needs mending" in page


def test_while_a_job_reads_the_file_the_page_says_so_and_asks_again(world, teacher, monkeypatch):
    content = excel(("T10", grid(marks={(CHUA, 4): "K"})))
    url = post_file(teacher, world, content, read=False).url
    batch = MonthBatch.objects.get()
    assert (batch.state, batch.content) == ("reading", {})
    assert default_storage.exists(f"months/{batch.pk}.xlsx")
    page = words(teacher.get(url))
    assert "Đang đọc tệp. Việc này mất vài giây." in page
    assert 'hx-trigger="every 2s"' in page
    htmx = {"HTTP_HX_REQUEST": "true"}
    assert "HX-Refresh" not in teacher.get(url, **htmx).headers
    # Nothing can be sent before it is read.
    teacher.post(batch_url(batch, "workbook_save"), {})
    assert not Register.objects.exists()

    month_workbooks.read_batch(batch.pk)
    assert not default_storage.exists(f"months/{batch.pk}.xlsx")
    assert teacher.get(url, **htmx).headers["HX-Refresh"] == "true"
    assert "<h1>Xem lại rồi gửi</h1>" in words(teacher.get(url))
    # A second run finds nothing to do.
    month_workbooks.read_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "ready"


def test_the_web_process_reads_no_cell_of_an_upload(world, teacher, monkeypatch):
    def read(*_args, **_more):
        raise AssertionError("read inside the request")

    monkeypatch.setattr("attendance.month_workbook.services.batches.read_source", read)
    content = excel(("T10", grid(marks={(CHUA, 4): "K"})))
    assert post_file(teacher, world, content, read=False).status_code == 302


def test_a_sheet_of_another_month_is_told_on_the_page(world, teacher):
    content = excel(("T9", grid(titles=["Sổ điểm danh lớp 6A tháng 9/2026"])))
    page = words(teacher.get(post_file(teacher, world, content).url))
    assert "<h1>Chưa đọc được tệp</h1>" in page
    assert "Trang “T9” là của tháng 09/2026" in page
    assert MonthBatch.objects.get().state == "refused"


def test_a_reading_that_dies_is_told_and_tried_again(world, teacher, monkeypatch):
    def die(*_args, **_more):
        raise MemoryError

    content = excel(("T10", grid(marks={(CHUA, 4): "K"})))
    with monkeypatch.context() as patched:
        patched.setattr("attendance.month_workbook.services.batches.read_source", die)
        url = post_file(teacher, world, content).url
    batch = MonthBatch.objects.get()
    assert batch.state == "failed"
    assert "lỗi không nằm ở tệp" in words(teacher.get(url))
    month_workbooks.read_batch(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "ready"


def test_a_lost_reading_is_asked_for_once_more(world, teacher):
    content = excel(("T10", grid(marks={(CHUA, 4): "K"})))
    url = post_file(teacher, world, content, read=False).url
    assert month_workbooks.revive_stuck() == []
    MonthBatch.objects.update(heartbeat_at=timezone.now() - datetime.timedelta(minutes=4))
    assert "Việc đã dừng giữa chừng" in words(teacher.get(url))
    assert month_workbooks.revive_stuck() == [MonthBatch.objects.get().pk]
    assert month_workbooks.revive_stuck() == []
    month_workbooks.read_died(batch_id=str(MonthBatch.objects.get().pk), given_up=True)
    assert MonthBatch.objects.get().state == "failed"


def test_a_reading_is_cancelled_on_the_page_that_waits_and_its_file_is_gone(world, teacher):
    batch = MonthBatch.objects.create(
        school_class=world.class_a,
        month=world.today.replace(day=1),
        file_name="so.xlsx",
        made_by=world.teacher_a,
    )
    default_storage.save(batch.kept_name, ContentFile(b"rows"))
    assert "Huỷ việc này" in teacher.get(batch_url(batch)).content.decode()
    with TestCase.captureOnCommitCallbacks(execute=True):
        teacher.post(batch_url(batch, "workbook_cancel"))
    assert "Đã huỷ việc đọc tệp" in teacher.get(batch_url(batch)).content.decode()
    assert not default_storage.exists(batch.kept_name)
    month_workbooks.read_batch(batch.pk)
    assert MonthBatch.objects.get().state == "cancelled"
    answer = teacher.post(batch_url(batch, "workbook_cancel"), follow=True)
    assert "Không kịp huỷ" in answer.content.decode()
