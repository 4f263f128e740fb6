"""Letters of leave: told by their bytes, kept under our names, handed out as downloads only."""

import datetime
import os
import re
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleGrant
from attendance.leave import services
from attendance.models import PlannedLeave
from attendance.tasks import remove_old_letters
from core.attachments import MOST_BYTES
from core.models import Rule
from operations.backup.stored_files import list_files
from operations.tasks import remove_orphan_files
from tests.attendance.test_leaves import form_of, record_url, tell
from tests.attendance.test_registers import pupil_ids
from tests.frozen import freeze_time
from tests.html_query import read
from tests.photos import JPEG, PNG

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n"
HTML = b"<script>alert(1)</script>"
OURS = re.compile(r"leave/[0-9a-f]{32}\.(jpg|pdf)")


@pytest.fixture(autouse=True)
def _files_of_their_own(tmp_path, settings):
    settings.FILES_DIR = settings.MEDIA_ROOT = tmp_path / "files"


def letter(content=JPEG, name="don.jpg", content_type="image/jpeg"):
    return SimpleUploadedFile(name, content, content_type)


def letter_url(leave):
    return reverse("attendance:leave_letter", args=[leave.pk])


@pytest.mark.parametrize(
    ("content", "ending"), [(JPEG, "jpg"), (PNG, "jpg"), (PDF, "pdf"), (b"%PDF-2.0\n", "pdf")]
)
@pytest.mark.parametrize(
    "name",
    [
        "don.jpg",
        "đơn xin nghỉ.pdf",
        "don.jpg.php",
        "don.html",
        "don",
        "../../../etc/passwd",
        "..\\..\\don.exe",
        "don.jpg\x00.php",
        "/etc/cron.d/don",
        ".htaccess",
        'x"; filename="y.html',
        "ơ" * 180,
    ],
)
def test_the_bytes_say_the_kind_and_the_name_is_ours(world, content, ending, name):
    leave = tell(world, letter=letter(content, "x.jpg"))
    # Past the cleaning of Django's own class, as a careless caller might hand it over.
    leave.delete()
    upload = letter(content)
    upload._name = name
    leave = tell(world, letter=upload)
    match = OURS.fullmatch(leave.letter.name)
    assert match[1] == ending
    path = (settings.FILES_DIR / leave.letter.name).resolve()
    assert path.parent == (settings.FILES_DIR / "leave").resolve()
    # A PDF as it is, a photo made anew (tests/core/test_attachments.py).
    assert (path.read_bytes() == content) is (ending == "pdf")
    assert leave.letter.name in list_files()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (HTML, "other_kind"),
        (b" " + JPEG, "other_kind"),
        (b"\xff\xd8" + HTML, "other_kind"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "other_kind"),
        (b"%PDF" + HTML, "other_kind"),
        (b"\n%PDF-1.7", "other_kind"),
        (b"GIF89a", "other_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "other_kind"),
        (b"PK\x03\x04", "other_kind"),
        (b"MZ\x90\x00", "other_kind"),
        (b"\x00\x00\x00\x18ftypheic", "other_kind"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 a photo of paper", "damaged"),
        (JPEG[: len(JPEG) // 2], "damaged"),
        (JPEG + bytes(MOST_BYTES + 1 - len(JPEG)), "too_large"),
    ],
)
@pytest.mark.parametrize("name", ["don.jpg", "don.pdf"])
def test_what_is_no_letter_is_refused_whatever_it_is_called(world, content, code, name):
    with pytest.raises(ValidationError) as refused:
        tell(world, letter=letter(content, name))
    assert [error.code for error in refused.value.error_dict["letter"]] == [code]
    assert PlannedLeave.objects.count() == 0
    assert list_files() == []


def test_the_largest_letter_is_taken(world):
    content = JPEG + bytes(MOST_BYTES - len(JPEG))
    assert tell(world, letter=letter(content)).letter
    largest = PDF + bytes(MOST_BYTES - len(PDF))
    assert tell(world, 1, letter=letter(largest)).letter.size == MOST_BYTES


def test_nothing_is_left_when_the_leave_is_refused_at_the_last_moment(world, monkeypatch):
    tell(world)
    check, calls = PlannedLeave.full_clean, []

    def blind_at_first(self, *args, **kwargs):
        calls.append(self)
        if len(calls) > 1:
            check(self, *args, **kwargs)

    monkeypatch.setattr(PlannedLeave, "full_clean", blind_at_first)
    with pytest.raises(ValidationError):
        tell(world, letter=letter())
    assert list_files() == []


def test_so_many_uploads_in_an_hour(world, monkeypatch):
    monkeypatch.setattr(services, "UPLOADS_PER_HOUR", 2)
    tell(world, 0, letter=letter())
    tell(world, 1, letter=letter())
    tell(world, 2)
    with pytest.raises(ValidationError) as refused:
        tell(world, 3, letter=letter())
    assert "ghi mà chưa kèm ảnh" in str(refused.value.error_dict["letter"][0])
    tell(world, 3, letter=letter(), by=world.head_a)
    with freeze_time("2026-10-12 02:00:00"):
        tell(world, 4, letter=letter())


def test_the_same_with_a_letter_is_not_the_same_without(world):
    tell(world)
    with pytest.raises(ValidationError):
        tell(world, letter=letter())


def test_a_letter_that_comes_later_is_added_once(world):
    leave = tell(world)
    assert leave.letter_came_later is False
    with freeze_time("2026-10-13 00:20:00"):
        added = services.add_letter(leave=leave, letter=letter(PNG), by=world.head_a)
    assert OURS.fullmatch(added.letter.name)[1] == "jpg"
    assert (added.letter_by, added.recorded_by) == (world.head_a, world.teacher_a)
    assert added.letter_came_later
    with pytest.raises(ValidationError) as refused:
        services.add_letter(leave=leave, letter=letter(PDF), by=world.teacher_a)
    assert refused.value.code == "kept"
    assert list_files() == [added.letter.name]


def test_no_letter_is_added_to_what_was_withdrawn_or_of_what_is_none(world):
    leave = tell(world)
    with pytest.raises(ValidationError) as refused:
        services.add_letter(leave=leave, letter=letter(HTML), by=world.teacher_a)
    assert [error.code for error in refused.value.error_dict["letter"]] == ["other_kind"]
    services.withdraw_leave(leave=leave, because="Ghi nhầm", by=world.teacher_a)
    with pytest.raises(ValidationError) as refused:
        services.add_letter(leave=leave, letter=letter(), by=world.teacher_a)
    assert refused.value.code == "withdrawn"
    leave.refresh_from_db()
    assert (leave.letter.name, leave.letter_by, leave.letter_at) == ("", None, None)
    assert list_files() == []


def test_uploads_in_an_hour_are_counted_with_those_added_later(world, monkeypatch):
    monkeypatch.setattr(services, "UPLOADS_PER_HOUR", 2)
    leave = tell(world, 0)
    tell(world, 1, letter=letter(), by=world.head_a)
    services.add_letter(leave=leave, letter=letter(), by=world.head_a)
    with pytest.raises(ValidationError):
        tell(world, 2, letter=letter(), by=world.head_a)
    assert tell(world, 2, letter=letter()).letter


def test_from_the_list_a_letter_is_added(world, sign_in):
    client = sign_in(world.head_a)
    leave = tell(world)
    url = reverse("attendance:leave_letter_add", args=[leave.pk])
    page = read(client.get(reverse("attendance:leaves")))
    assert page.one(f'[href="{url}"]').text == "Bổ sung đơn"
    refused = client.post(url, {})
    assert refused.status_code == 422
    assert "Hãy chọn ảnh đơn xin nghỉ." in read(refused).one(".error-summary").text
    with freeze_time("2026-10-12 00:20:00"):
        assert client.post(url, {"letter": letter()}).status_code == 302
    page = read(client.get(reverse("attendance:leaves")))
    assert page.select(f'[href="{url}"]') == []
    assert "Lù Văn Sơn bổ sung đơn lúc 07:20 12/10/2026" in page.one("main .list").text
    assert page.one(f'[href="{letter_url(leave)}"]')
    assert read(client.get(url)).select("main form") == []


def test_through_the_form_and_out_as_a_download(world, sign_in):
    client = sign_in(world.teacher_a)
    data = form_of(world, letter=letter(JPEG, "<b>evil</b>.html", "text/html"))
    assert client.post(record_url(world.class_a), data).status_code == 302
    leave = PlannedLeave.objects.get()
    answer = client.get(letter_url(leave))
    assert answer.content == (settings.FILES_DIR / leave.letter.name).read_bytes()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    kind, _star, name = answer.headers["Content-Disposition"].partition("filename*=utf-8''")
    assert kind == "attachment; "
    assert unquote(name) == f"Đơn xin nghỉ, hồ sơ {leave.pupil_id}, 12-10-2026.jpg"
    assert "evil" not in str(PlannedLeave.objects.values().get())
    page = read(client.get(reverse("attendance:leaves")))
    assert page.one(f'[href="{letter_url(leave)}"]').text == "Tải đơn xin nghỉ"
    assert page.select("main img, main embed, main object, main iframe") == []


def test_a_refused_file_is_named_at_its_field_and_asked_for_again(world, sign_in):
    data = form_of(world, letter=letter(HTML))
    answer = sign_in(world.teacher_a).post(record_url(world.class_a), data)
    assert answer.status_code == 422
    page = read(answer)
    assert "Chỉ nhận ảnh (JPEG, PNG) hoặc tệp PDF" in page.one(".error-summary").text
    assert "open" in page.one("main form details").attributes
    assert "Hãy chọn lại tệp" in page.one("main form .notice--warning").text


def test_only_those_who_take_the_register_open_it(world, sign_in, static_files):
    leave = tell(world, letter=letter())
    answers = {
        person: sign_in(getattr(world, person)).get(letter_url(leave)).status_code
        for person in (
            "teacher_a",
            "head_a",
            "commune_officer",
            "teacher_b",
            "head_b",
            "province_officer",
            "system_admin",
        )
    }
    assert answers == {
        "teacher_a": 200,
        "head_a": 200,
        "commune_officer": 403,
        "teacher_b": 404,
        "head_b": 404,
        "province_officer": 403,
        "system_admin": 403,
    }
    for path in (f"/{leave.letter.name}", f"/media/{leave.letter.name}", "/static/../var/files/"):
        assert sign_in(world.teacher_a).get(path).status_code == 404


def test_taking_registers_elsewhere_opens_no_letter_here(world, sign_in):
    """A commune officer who is also a teacher of class 6B."""
    leave = tell(world, letter=letter())
    RoleGrant.objects.create(
        user=world.commune_officer,
        role="teacher",
        school_class=world.class_b,
        valid_from=world.since,
    )
    client = sign_in(world.commune_officer)
    withdraw = reverse("attendance:leave_withdraw", args=[leave.pk])
    assert client.get(letter_url(leave)).status_code == 403
    assert client.post(withdraw, {"because": "x"}).status_code == 403
    assert client.get(record_url(world.class_a)).status_code == 403
    assert client.get(record_url(world.class_b)).status_code == 200


def test_no_letter_no_download(world, sign_in):
    client = sign_in(world.teacher_a)
    assert client.get(letter_url(tell(world))).status_code == 404
    leave = tell(world, 1, letter=letter())
    default_storage.delete(leave.letter.name)
    assert client.get(letter_url(leave)).status_code == 404


def test_letters_go_some_days_after_the_year_and_the_row_stays(world):
    leave = tell(world, letter=letter())
    withdrawn = services.withdraw_leave(
        leave=tell(world, 1, letter=letter()), because="Đi học lại sớm", by=world.teacher_a
    )
    end = world.year.valid_to
    with freeze_time(end + datetime.timedelta(days=29)):
        assert remove_old_letters.apply().get() == {"files": 0}
    with freeze_time(end + datetime.timedelta(days=30)):
        assert remove_old_letters.apply().get() == {"files": 2}
        assert remove_old_letters.apply().get() == {"files": 0}
    assert list_files() == []
    for each in (leave, withdrawn):
        each.refresh_from_db()
        assert each.letter.name == ""
    assert pupil_ids(world.class_a)[0] == leave.pupil_id


def test_how_long_is_a_dated_rule(world):
    tell(world, letter=letter())
    Rule.objects.filter(key="attendance.letter_days").update(value=0)
    with freeze_time(world.year.valid_to):
        assert services.remove_old_letters() == 1


def test_files_that_no_leave_knows_go_after_a_day(world):
    leave = tell(world, letter=letter())
    with default_storage.open("leave/0123.jpg", "wb") as orphan:
        orphan.write(JPEG)
    for hours, removed in [(23, 0), (25, 1)]:
        written = (timezone.now() - datetime.timedelta(hours=hours)).timestamp()
        for path in list_files():
            os.utime(settings.FILES_DIR / path, (written, written))
        assert remove_orphan_files.apply().get() == {"files": removed}
    assert list_files() == [leave.letter.name]
