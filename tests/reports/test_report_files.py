"""Reports as files: asked for, made, kept, removed; and their figures those of the screen."""

import csv
import datetime
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from core.months import Month
from reports.models import ReportRun
from reports.month_review.open_data import safe
from reports.services import runs as services
from reports.services.facts import rebuild
from schools.models import Area, Enrolment, School
from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.histories import MONTHS, write_history
from tests.reports.register_builders import OCTOBER, pupil_ids, take

pytestmark = pytest.mark.django_db

HOSTILE = ["=1+1", "@SUM(A1)", "+1", "http://example.invalid/x", '=HYPERLINK("http://x")']


@pytest.fixture
def books(world):
    """Twelve mornings of October in 6A with one pupil away, counted."""
    away = pupil_ids(world.class_a)[0]
    for number in range(1, 13):
        take(world.class_a, datetime.date(2026, 10, number), {away: "K"})
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    return world


def sheet(path, name):
    """Rows of a sheet as dicts by heading."""
    head, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()[3:]
    return [dict(zip(head, row, strict=True)) for row in rows]


def ask(world, user=None, area=None, **filters):
    return services.request_report(
        kind="monthly",
        area=area or world.commune_a,
        month=OCTOBER,
        filters=filters,
        by=user or world.commune_officer,
    )


def test_report_page_makes_a_file_with_the_figures_of_the_screen(
    books, sign_in, tmp_path, django_capture_on_commit_callbacks
):
    client = sign_in(books.commune_officer)
    asked = {"kind": "monthly", "area": books.commune_a.pk, "month": "2026-10"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("reports:runs"), asked)
    run = ReportRun.objects.get()
    assert answer.url == reverse("reports:run", args=[run.pk])
    assert run.state == ReportRun.State.DONE
    file = client.get(reverse("reports:run_file", args=[run.pk]))
    content = b"".join(file.streaming_content)
    assert hashlib.sha256(content).hexdigest() == run.file_hash
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    (row,) = (row for row in sheet(path, "Theo xã") if row["Cấp học"] == "THCS")
    assert (row["Lượt phải học"], row["Nghỉ không phép"], row["Đi muộn"]) == (72, 12, 0)
    screen = read(client.get(reverse("reports:area", args=[books.commune_a.pk]) + "?month=2026-10"))
    assert "60 / 72" in screen.one("main .meta").text
    assert row["Tỷ lệ chuyên cần"] == pytest.approx(60 / 72)


def test_report_of_schools_adds_up_to_the_communes(books, tmp_path):
    path = tmp_path / "a.xlsx"
    services.export_report(kind="monthly", area=books.province, month=OCTOBER, path=path)
    communes, schools = sheet(path, "Theo xã"), sheet(path, "Theo trường")
    *communes, of_communes = communes
    *schools, of_schools = schools
    for heading in ("HS hiện có", "Số sổ phải gửi", "Số sổ đã gửi", "Lượt phải học"):
        summed = {sum(row[heading] for row in rows) for rows in (communes, schools)}
        assert summed == {of_communes[heading]} == {of_schools[heading]}
    assert sum(row["HS hiện có"] for row in communes) == 13


@pytest.mark.parametrize("name", HOSTILE)
def test_text_that_looks_like_a_formula_stays_text(books, tmp_path, name):
    School.objects.filter(pk=books.school_a.pk).update(name=name)
    path = tmp_path / "a.xlsx"
    services.export_report(kind="monthly", area=books.province, month=OCTOBER, path=path)
    assert name in {row["Trường"] for row in sheet(path, "Theo trường")}
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    assert not any(b"<f>" in content or b"<f " in content for content in parts.values())
    assert not any(b"<hyperlink" in content for content in parts.values())


def test_making_twice_does_nothing_the_second_time(books):
    run = ask(books)
    assert services.make_report(run_id=run.pk).state == ReportRun.State.DONE
    first = ReportRun.objects.values().get()
    assert services.make_report(run_id=run.pk) is None
    assert ReportRun.objects.values().get() == first


def test_a_fault_leaves_a_sentence_and_no_file(books, monkeypatch):
    run = ask(books)
    # The disk refuses the file: a fault outside the code under test.
    monkeypatch.setattr(ReportRun.file.field.storage, "_save", _refuse)
    run = services.make_report(run_id=run.pk)
    assert (run.state, bool(run.file)) == (ReportRun.State.FAILED, False)
    assert run.problem.what.startswith("Chưa lập được báo cáo")


def _refuse(*args, **kwargs):
    raise OSError("No space left on device")


def test_report_of_a_month_to_come_is_refused(world):
    with pytest.raises(ValidationError):
        services.request_report(
            kind="monthly",
            area=world.commune_a,
            month=Month(2026, 11),
            filters={},
            by=world.commune_officer,
        )


def test_expired_file_is_removed_and_the_row_stays(books, sign_in):
    run = services.make_report(run_id=ask(books).pk)
    path = Path(run.file.path)
    assert path.exists()
    with freeze_time(run.expires_at + datetime.timedelta(seconds=1)):
        assert services.remove_expired_runs() == 1
        assert services.remove_expired_runs() == 0
    assert not path.exists()
    client = sign_in(books.commune_officer)
    assert client.get(reverse("reports:run_file", args=[run.pk])).status_code == 404
    assert client.get(reverse("reports:run", args=[run.pk])).status_code == 200


def test_same_report_asked_for_again_leads_to_the_one_that_waits(books):
    first = ask(books)
    assert ask(books) == first
    assert ask(books, level="TH") != first
    assert ask(books, user=books.head_a) != first
    services.make_report(run_id=first.pk)
    assert ask(books) != first


def test_one_person_has_so_many_reports_waiting(books):
    for number in range(services.report_runs.MOST_WAITING):
        ask(books, part=number)
    with pytest.raises(ValidationError, match="báo cáo đang được lập"):
        ask(books, part="more")
    assert ask(books, part=0).filters == {"part": 0}
    assert ask(books, user=books.head_a, part="more")


def test_report_whose_process_dies_waits_again_then_is_given_up(books):
    run = ask(books)
    ReportRun.objects.filter(pk=run.pk).update(state="running")
    services.report_died(run_id=run.pk, given_up=False)
    assert ReportRun.objects.get().state == "waiting"
    services.report_died(run_id=run.pk, given_up=True)
    given_up = ReportRun.objects.get()
    assert (given_up.state, bool(given_up.problem)) == ("failed", True)
    # The operator may start its job again.
    assert services.make_report(run_id=run.pk).state == "done"
    services.report_died(run_id=run.pk, given_up=True)
    assert ReportRun.objects.get().state == "done"


def test_stuck_runs_are_found(books):
    dead, lost, fresh = ask(books), ask(books, level="TH"), ask(books, level="THCS")
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    ReportRun.objects.filter(pk=dead.pk).update(state="running", heartbeat_at=long_ago)
    ReportRun.objects.filter(pk=lost.pk).update(heartbeat_at=long_ago)
    assert set(services.restart_stuck_runs()) == {dead.pk, lost.pk}
    assert set(ReportRun.objects.values_list("state", flat=True)) == {"waiting"}
    assert fresh.pk not in services.restart_stuck_runs()


def test_report_of_another_is_absent(books, sign_in):
    run = services.make_report(run_id=ask(books).pk)
    for person in (books.province_officer, books.district_officer):
        client = sign_in(person)
        assert client.get(reverse("reports:run", args=[run.pk])).status_code == 404
        assert client.get(reverse("reports:run_file", args=[run.pk])).status_code == 404


def test_command_writes_the_same_report(books, tmp_path):
    by_page, by_command = tmp_path / "page.xlsx", tmp_path / "command.xlsx"
    services.export_report(kind="monthly", area=books.commune_a, month=OCTOBER, path=by_page)
    call_command("export_report", "monthly", area="03001", month="2026-10", out=str(by_command))
    assert sheet(by_page, "Theo trường") == sheet(by_command, "Theo trường")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"area": "99999"}, "99999"),
        ({"month": "10/2026"}, "ví dụ 2026-10"),
        ({"out": "/no/such/folder/a.xlsx"}, "/no/such/folder"),
    ],
)
def test_command_says_what_is_wrong(books, tmp_path, options, said):
    usual = {"area": "03001", "month": "2026-10", "out": str(tmp_path / "a.xlsx")}
    with pytest.raises(CommandError, match=said):
        call_command("export_report", "monthly", **(usual | options))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", range(4))
def test_roll_columns_of_every_row_add_up(world, tmp_path, seed):
    write_history(world, seed)
    for month in MONTHS:
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
    path = tmp_path / "a.xlsx"
    services.export_report(kind="monthly", area=world.province, month=OCTOBER, path=path)
    for row in [*sheet(path, "Theo xã"), *sheet(path, "Theo trường")]:
        headings = list(row)
        start, end = headings.index("HS đầu năm"), headings.index("HS hiện có")
        came, left = headings[start : start + 4], headings[start + 4 : end - 1]
        (changed,) = headings[end - 1 : end]
        assert len(left) == 4
        total = sum(row[h] for h in came) - sum(row[h] for h in left) + row[changed]
        assert total == row["HS hiện có"], row


class TestMonthlyTable:
    """The first sheet, as an office files it; and its rows as CSV."""

    @pytest.fixture
    def path(self, books, tmp_path):
        path = tmp_path / "a.xlsx"
        services.export_report(kind="monthly", area=books.province, month=OCTOBER, path=path)
        return path

    def test_it_has_head_total_identity_and_signature(self, path, books):
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Biểu tháng").to_python()
        said = " ".join(str(cell) for row in rows for cell in row if cell != "")
        for words in (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "SỞ GIÁO DỤC VÀ ĐÀO TẠO",
            "NGƯỜI LẬP BIỂU",
            "GIÁM ĐỐC",
            "tháng 10/2026",
            "Số liệu tính lúc",
        ):
            assert words in said, words
        head = rows[5]
        at = {heading: place for place, heading in enumerate(head)}
        (end,) = (line for line, row in enumerate(rows) if row[at["Xã"]] == "Tổng cộng")
        table, total = rows[7:end], rows[end]
        assert len(table) == len({tuple(row[:4]) for row in table})
        for name in ("HS đầu năm", "HS hiện có", "Lượt phải học", "Nghỉ không phép"):
            assert sum(row[at[name]] for row in table) == total[at[name]]
        for row in [*table, total]:
            moved = (
                row[at["HS đầu năm"]]
                + row[at["Chuyển đến (từ đầu năm)"]]
                - row[at["Chuyển đi (từ đầu năm)"]]
                - row[at["Bỏ học từ đầu năm"]]
                + row[at["Trở lại lớp (từ đầu năm)"]]
                + row[at["Tăng, giảm khác (năm)"]]
            )
            assert moved == row[at["HS hiện có"]]
        (of_a,) = (
            row for row in table if row[at["Trường"]] == books.school_a.name and "THCS" in row
        )
        assert of_a[at["Người phụ trách xã"]] == books.member.full_name

    def test_every_sheet_fits_its_pages_and_repeats_its_head(self, path):
        with zipfile.ZipFile(path) as archive:
            book = archive.read("xl/workbook.xml").decode()
            sheets = [archive.read(f"xl/worksheets/sheet{at}.xml").decode() for at in (1, 2, 3)]
        assert book.count("_xlnm.Print_Titles") == 3
        for sheet, wide in zip(sheets, (1, 2, 2), strict=True):
            assert 'paperSize="9"' in sheet
            assert 'orientation="landscape"' in sheet
            assert "<oddHeader>&amp;C&amp;P</oddHeader>" in sheet
            # One page wide is the default of the format, and left out.
            assert ('fitToWidth="2"' in sheet) == (wide == 2)
            assert 'fitToHeight="0"' in sheet

    def test_the_csv_has_the_rows_of_the_table(self, path, books, tmp_path):
        out = tmp_path / "a.csv"
        call_command(
            *("export_report", "monthly", "--area", books.province.code),
            *("--month", "2026-10", "--format", "csv", "--out", str(out)),
        )
        assert out.read_bytes().startswith(b"\xef\xbb\xbf")
        found = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Biểu tháng").to_python()
        assert len(found) == len(sheet(path, "Theo trường")) - 1
        assert [row["Trường"] for row in found] == [row[2] for row in rows[7 : 7 + len(found)]]
        (of_a,) = (row for row in found if row["Lượt phải học"] == "72")
        assert float(of_a["Tỷ lệ chuyên cần"]) == pytest.approx(60 / 72, abs=1e-6)
        assert of_a["Tháng"] == "2026-10"

    def test_a_number_below_nought_stays_a_number_in_both(self, books, tmp_path):
        """One has finished in the course of the year: other comings less goings."""
        spells = Enrolment.objects.filter(school_class=books.class_a)
        spells.filter(pk=spells.first().pk).update(
            valid_to=datetime.date(2026, 10, 5), exit_reason="completed"
        )
        School.objects.filter(pk=books.school_a.pk).update(name="-5")
        for month in (Month(2026, 8), Month(2026, 9), OCTOBER):
            rebuild(school_ids=[books.school_a.pk, books.school_b.pk], month=month)
        out = tmp_path / "a.csv"
        services.export_report(kind="monthly_csv", area=books.province, month=OCTOBER, path=out)
        found = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
        (of_a,) = (row for row in found if row["Cấp học"] == "THCS" and row["Trường"] == "'-5")
        book = tmp_path / "a.xlsx"
        services.export_report(kind="monthly", area=books.province, month=OCTOBER, path=book)
        rows = CalamineWorkbook.from_path(str(book)).get_sheet_by_name("Biểu tháng").to_python()
        (in_book,) = (row for row in rows if row[2] == "-5" and row[3] == "THCS")
        other = rows[5].index("Tăng, giảm khác (năm)")
        assert in_book[other] == -1
        assert of_a["Tăng, giảm khác (năm)"] == "-1"

    def test_who_answers_is_told_by_the_code_of_the_commune(self, books, tmp_path):
        """Two communes may have one name; each has its own member."""
        Area.objects.filter(pk=books.commune_b.pk).update(
            name=books.commune_a.name, kind=books.commune_a.kind
        )
        path = tmp_path / "a.xlsx"
        services.export_report(kind="monthly", area=books.province, month=OCTOBER, path=path)
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Biểu tháng").to_python()
        by_school = {row[2]: row[-1] for row in rows[7:]}
        assert by_school[books.school_a.name] == books.member.full_name
        assert by_school[books.school_b.name] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_text_of_a_csv_is_no_formula_and_a_number_is_no_text(start):
    assert safe(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert safe("Trường - A") == "Trường - A"
    assert (safe(-5), safe(-0.5)) == (-5, -0.5)
