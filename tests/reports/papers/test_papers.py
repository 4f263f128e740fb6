"""The month's official papers: laid out as the decree says, with the figures of the screen."""

import datetime
import io
import subprocess
import zipfile
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from core.documents import word
from core.documents.official_papers import OfficialPaper, official_pdf
from core.documents.word import official_docx
from core.documents.word_templates import TemplateRefused
from reports.models import ReportRun
from reports.papers import content, narratives
from reports.selectors.monthly import monthly_tables
from reports.services import runs as services
from reports.services.facts import rebuild
from schools.enums import AreaKind
from schools.models import Area, Pupil, School
from tests.reports.histories import MONTHS, write_history
from tests.reports.register_builders import OCTOBER, pupil_ids, take
from tests.world import make_school

pytestmark = pytest.mark.django_db

# What typst, Jinja and XML would each read as their own.
HOSTILE = "#panic(1) $x$ *đậm* _n_ {{ 7*7 }} {% if %} <w:p> & ]]> \\ @a [b] \x0b"
SHOWN = HOSTILE.replace("\x0b", "\ufffd")
A4 = (210, 297)


@pytest.fixture
def counted(world):
    """Twelve mornings of October in 6A with one pupil away, counted; texts in Vietnamese."""
    away = pupil_ids(world.class_a)[0]
    for number in range(1, 13):
        take(world.class_a, datetime.date(2026, 10, number), {away: "K"})
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    with translation.override("vi"):
        yield world


def words(text):
    return " ".join(text.split())


def pdf_pages(pdf, tmp_path):
    """The text of each page, as poppler reads it."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    run = ["pdftotext", "-raw", path, "-"]
    text = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return [words(page) for page in text.split("\f")[:-1]]


def pdf_lines(pdf, tmp_path):
    """The lines of a paper as they stand."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    run = ["pdftotext", "-raw", path, "-"]
    text = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return [words(line) for line in text.splitlines()]


def page_sizes(pdf, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    run = ["pdfinfo", "-l", "99", path]
    text = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    sizes = [
        line.split("size:")[1] for line in text.splitlines() if "size:" in line and "Page" in line
    ]
    return [tuple(round(float(part)) for part in size.split("pts")[0].split("x")) for size in sizes]


def word_text(docx):
    """Every text of a Word file, in and outside tables, in one string."""
    body = Document(io.BytesIO(docx)).element.body
    return words(" ".join(each.text or "" for each in body.iter(qn("w:t"))))


@pytest.mark.parametrize("closing", ["", "Biên bản lập thành hai bản."])
def test_no_name_is_torn_no_dots_are_left_over_and_no_signature_stands_alone(tmp_path, closing):
    sections = [("I. Thành phần", ["Đơn vị được kiểm tra: " + "…\u200b" * 40])]
    ends = [("", [closing])] if closing else []
    paper = OfficialPaper(
        above="Ủy ban nhân dân tỉnh Lai Châu",
        issuer="Sở Giáo dục và Đào tạo tỉnh Lai Châu",
        symbol="BB-SGDĐT",
        place="Lai Châu",
        month_year="tháng 10 năm 2026",
        kind="BIÊN BẢN",
        subject="Kết quả khắc phục theo kiến nghị của đoàn kiểm tra ngày 05/10/2026, xã Sìn Hồ",
        sections=[*sections, *ends],
        recipients=["Lưu: VT."],
        signs=["GIÁM ĐỐC"],
    )
    lines = pdf_lines(official_pdf(paper), tmp_path)
    head = ["ỦY BAN NHÂN DÂN TỈNH LAI CHÂU", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "TỈNH LAI CHÂU"]
    assert [each for each in head if each not in lines] == []
    assert "đoàn kiểm tra ngày 05/10/2026, xã Sìn Hồ" in lines
    assert sum(set(line) <= set(". ") for line in lines if line) == 0
    two_sheets = 0
    for count in range(20, 40):
        rows = ("II. Nội dung", ["Nội dung."] * count)
        told = official_pdf(replace(paper, sections=[*sections, rows, *ends]))
        _first, *more = pdf_pages(told, tmp_path)
        assert all("Nội dung." in page for page in more)
        two_sheets += bool(more)
    assert 3 < two_sheets < 20


def test_a_text_that_was_cut_ends_as_it_ends_and_is_no_line_to_write_on(tmp_path):
    cut = "Nhà xa trường, đường sạt lở, phải đi bộ nửa ngày mới tới lớp…"
    blank = "Người lập: " + "…\u200b" * 20
    long = "Sạt lở. " * 1_000
    paper = OfficialPaper(
        above="Ủy ban nhân dân tỉnh Lai Châu",
        issuer="Sở Giáo dục và Đào tạo",
        symbol="BB-SGDĐT",
        place="Lai Châu",
        month_year="tháng 10 năm 2026",
        kind="BIÊN BẢN",
        subject="Kiểm tra",
        sections=[("I. Nội dung", [cut, f"{cut}.", blank, long])],
        recipients=["Lưu: VT."],
        signs=["GIÁM ĐỐC"],
    )
    lines = pdf_lines(official_pdf(paper), tmp_path)
    assert [line for line in lines if line.endswith("mới tới lớp…")]
    assert [line for line in lines if line.endswith("mới tới lớp….")]
    assert [line for line in lines if "Người lập" in line and "....." in line]
    assert sum("....." in line for line in lines) == 1
    # What is longer than a paper takes says so.
    assert "…" in " ".join(lines).split("Nơi nhận")[0][-40:]
    assert word_text(official_docx(paper)).count("…") >= 3


def test_the_word_file_keeps_the_margins_the_font_and_the_repeated_head(counted):
    document = Document(io.BytesIO(official_docx(content.report(counted.province, OCTOBER))))
    upright, across = document.sections
    assert (round(upright.page_width.mm), round(upright.page_height.mm)) == A4
    assert (round(across.page_height.mm), round(across.page_width.mm)) == A4
    assert across.orientation == WD_ORIENT.LANDSCAPE
    assert [round(side.mm) for side in (upright.top_margin, upright.bottom_margin)] == [20, 20]
    assert [round(side.mm) for side in (upright.left_margin, upright.right_margin)] == [30, 15]
    assert document.styles["Normal"].font.name == "Times New Roman"
    head = document.tables[-1].rows[0]._tr.trPr
    assert head.find(qn("w:tblHeader")) is not None
    assert upright.different_first_page_header_footer


def test_both_files_say_what_the_decree_asks_for(counted, tmp_path):
    paper = content.report(counted.commune_a, OCTOBER)
    in_word, pages = word_text(official_docx(paper)), pdf_pages(official_pdf(paper), tmp_path)
    for text in (in_word, " ".join(pages)):
        for asked in (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "ỦY BAN NHÂN DÂN XÃ A MỘT",
            "BÁO CÁO",
            "/BC-UBND",
            "Kính gửi: Sở Giáo dục và Đào tạo tỉnh Lai Châu.",
            # Of "Nơi", in bold italics, poppler reads one letter twice.
            "nhận:",
            "CHỦ TỊCH",
            "83,3%",
        ):
            assert asked in text, asked
        assert "{{" not in text
    assert "Phụ lục" in pages[-1]
    assert "Phụ lục" not in pages[0]


def test_the_appendix_lies_across_its_sheet(counted, tmp_path):
    sizes = page_sizes(official_pdf(content.report(counted.province, OCTOBER)), tmp_path)
    assert sizes == [(595, 842), (842, 595)]


def test_a_long_appendix_repeats_its_head_on_every_sheet(counted, tmp_path):
    paper = content.report(counted.province, OCTOBER)
    row = paper.appendix.rows[0]
    long = [[str(number), *row[1:]] for number in range(1, 109)]
    object.__setattr__(paper.appendix, "rows", long)
    pages = pdf_pages(official_pdf(paper), tmp_path)
    assert len(pages) > 3
    assert all("Tỷ lệ chuyên cần" in page for page in pages[1:])
    assert [page.split()[0] for page in pages[2:]] == [str(n) for n in range(2, len(pages))]


@pytest.mark.parametrize("area", ["province", "cluster", "commune_a"])
def test_the_total_is_the_sum_of_the_schools(counted, area):
    area = getattr(counted, area)
    tables = monthly_tables(area=area, month=OCTOBER)
    for key in ("roll", "expected", "unexcused", "taken"):
        assert tables.total[key] == sum(row[key] for row in tables.schools), key


def test_the_identity_of_the_appendix_holds_over_a_year_of_moves(world):
    write_history(world, 1)
    for month in MONTHS:
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
    with translation.override("vi"):
        for month in MONTHS:
            for row in monthly_tables(area=world.province, month=month).schools:
                moved = row["transfers_in"] - row["transfers_out"] - row["dropouts_year"]
                assert row["year_start"] + moved + content.other_comings(row) == row["roll"]


def test_no_name_of_a_child_is_in_a_paper(counted, tmp_path):
    names = list(Pupil.objects.values_list("full_name", flat=True))
    assert names
    for paper in (
        content.report(counted.province, OCTOBER),
        content.report(counted.commune_a, OCTOBER),
        content.notice(counted.commune_a, OCTOBER),
    ):
        text = word_text(official_docx(paper)) + " ".join(pdf_pages(official_pdf(paper), tmp_path))
        assert not [name for name in names if name in text]


def test_a_name_comes_out_as_it_was_written(counted, tmp_path):
    School.objects.filter(pk=counted.school_a.pk).update(name=HOSTILE)
    paper = content.notice(counted.commune_a, OCTOBER)
    assert words(SHOWN) in word_text(official_docx(paper))
    # A narrow cell may break a name anywhere: compared without its spaces.
    shown = "".join(pdf_pages(official_pdf(paper), tmp_path)).replace(" ", "")
    assert SHOWN.replace(" ", "").removesuffix("\ufffd") in shown


def test_a_template_can_neither_reach_out_nor_name_what_there_is_not(counted, monkeypatch):
    paper = content.notice(counted.commune_a, OCTOBER)
    for text, refused in (
        ("{{ paper.unknown }}", "unknown"),
        ("{{ paper.kind.__class__.__mro__ }}", "__mro__"),
    ):
        file = io.BytesIO()
        document = Document()
        document.add_paragraph(text)
        document.save(file)
        content_of_it = file.getvalue()
        monkeypatch.setattr(word, "_template", lambda columns, held=content_of_it: held)
        with pytest.raises(TemplateRefused) as told:
            official_docx(paper)
        assert (told.value.code, told.value.what) == ("unknown_name", refused)


def test_what_others_say_about_a_month_stands_in_its_paper(counted, monkeypatch):
    monkeypatch.setattr(
        narratives.narratives,
        "_functions",
        [lambda area, month: [f"Nhận định của {area.title}, {month.label}."]],
    )
    (_heading, said), *_rest = content.notice(counted.commune_a, OCTOBER).sections
    assert said[-1] == "Nhận định của Xã A Một, 10/2026."


def test_every_commune_gets_its_notice_in_one_file(counted, tmp_path):
    path = tmp_path / "a.zip"
    services.export_report(kind="notices_pdf", area=counted.province, month=OCTOBER, path=path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            "thong-bao-2026-10-03002-a-hai.pdf",
            "thong-bao-2026-10-03001-a-mot.pdf",
            "thong-bao-2026-10-03003-b-mot.pdf",
        ]
        text = " ".join(pdf_pages(archive.read("thong-bao-2026-10-03001-a-mot.pdf"), tmp_path))
        # A commune without a school gets one too, and no figure is made up.
        empty = " ".join(pdf_pages(archive.read("thong-bao-2026-10-03002-a-hai.pdf"), tmp_path))
    assert "/TB-SGDĐT" in text
    assert "Ủy ban nhân dân xã A Một;" in text
    assert "Tháng này chưa đếm được sổ nào." in empty


def test_a_paper_is_asked_for_on_the_page_and_fetched_as_what_it_is(
    counted, sign_in, django_capture_on_commit_callbacks
):
    client = sign_in(counted.commune_officer)
    asked = {"kind": "report_docx", "area": counted.commune_a.pk, "month": "2026-10"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("reports:runs"), asked)
    run = ReportRun.objects.get()
    assert (run.state, run.rows_done) == (ReportRun.State.DONE, 1)
    answer = client.get(reverse("reports:run_file", args=[run.pk]))
    assert answer.headers["Content-Type"].endswith("wordprocessingml.document")
    assert 'filename="bao-cao-03001-2026-10.docx"' in answer.headers["Content-Disposition"]
    assert "BÁO CÁO" in word_text(b"".join(answer.streaming_content))


def test_the_command_takes_a_report_and_a_format(counted, tmp_path):
    path = tmp_path / "a.pdf"
    order = {"area": "03001", "month": "2026-10", "out": str(path)}
    call_command("export_report", "report", format="pdf", **order)
    assert path.read_bytes().startswith(b"%PDF")
    with pytest.raises(CommandError, match="report_pdf"):
        call_command("export_report", "report", format="xlsx", **order)


def test_before_2025_the_district_writes_to_its_communes(counted):
    # The cluster of the world, made a district as there were until July 2025.
    Area.objects.filter(pk=counted.cluster.pk).update(kind=AreaKind.DISTRICT)
    paper = content.notice(counted.commune_a, OCTOBER)
    assert (paper.issuer, paper.symbol) == ("Ủy ban nhân dân huyện Cụm A", "TB-UBND")
    assert content.report(counted.commune_a, OCTOBER).to == ("Ủy ban nhân dân huyện Cụm A",)


def test_a_school_of_a_long_name_stays_on_its_sheet(counted, tmp_path):
    name = "Trường PTDTBT Tiểu học và THCS " + "Nậm Cuổi " * 12
    make_school("LONG", name.strip(), "TH", counted.commune_a, counted.since)
    assert len(pdf_pages(official_pdf(content.notice(counted.commune_a, OCTOBER)), tmp_path)) == 2
