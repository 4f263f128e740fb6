"""Official papers as Word files: the one module that knows docxtpl.

The layout is a Word template that this module writes itself, so that no binary stands in the
repository; its places are filled in a sandbox, and every text comes out as it was written.
"""

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docxtpl import DocxTemplate

from .archives import without_moments
from .official_papers import Column, OfficialPaper
from .word_templates import NameReader, TemplateEnvironment

FONT = "Times New Roman"
CENTER, LEFT, RIGHT, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


def official_docx(paper: OfficialPaper, template: bytes | None = None) -> bytes:
    """The paper as a Word file, A4, in Times New Roman.

    Args:
        template: another layout, which `word_templates.trial_of` took; None for ours.

    Raises jinja2.TemplateError when a template does not fit the paper.
    """
    return fill(template or template_of(paper), paper.as_data())


def template_of(paper: OfficialPaper) -> bytes:
    """Our own template for papers with the columns of this one, to be changed in Word."""
    return _template(tuple(paper.appendix.columns) if paper.appendix is not None else ())


def fill(template: bytes, data: Mapping[str, Any]) -> bytes:
    """A template filled with what `OfficialPaper.as_data` gives; raises jinja2.TemplateError."""
    document = DocxTemplate(io.BytesIO(template))
    document.render(dict(data), TemplateEnvironment(), autoescape=True)
    file = io.BytesIO()
    document.save(file)
    return without_moments(file.getvalue())


def names_in(template: bytes) -> NameReader:
    """The names that a template says, in its text, headers and footers.

    Raises jinja2.TemplateError when it cannot be read.
    """
    reader = NameReader()
    DocxTemplate(io.BytesIO(template)).get_undeclared_template_variables(reader)
    return reader


@lru_cache(maxsize=32)
def _template(columns: tuple[Column, ...]) -> bytes:
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    section = document.sections[0]
    _page(section, left=30)
    section.different_first_page_header_footer = True
    _page_number(section.header.paragraphs[0])
    _head(document)
    _write(document, "{{ paper.kind }}", CENTER, bold=True, size=14, before=16)
    _rule(_write(document, "{{ paper.subject }}", CENTER, bold=True, size=14), 60)
    _write(document, "{%p if paper.to %}")
    _write(document, "Kính gửi: {{ paper.to|join('; ') }}.", CENTER, before=8)
    _write(document, "{%p endif %}")
    _write(document, "{%p if paper.authority %}")
    _write(document, "{{ paper.authority|upper }}", CENTER, bold=True, before=10)
    _write(document, "{%p for each in paper.grounds %}")
    ground = _write(document, "{{ each }}", JUSTIFY, before=6, italic=True)
    ground.paragraph_format.first_line_indent = Mm(10)
    _write(document, "{%p endfor %}")
    _write(document, "QUYẾT ĐỊNH:", CENTER, bold=True, before=10)
    _write(document, "{%p endif %}")
    _write(document, "{%p for heading, paragraphs in paper.sections %}")
    _write(document, "{%p if heading %}")
    heading = _write(document, "{{ heading }}", bold=True, before=8)
    heading.paragraph_format.keep_with_next = True
    _write(document, "{%p endif %}")
    _write(document, "{%p for each in paragraphs %}")
    body = _write(document, "{{ each }}", JUSTIFY, before=6)
    body.paragraph_format.first_line_indent = Mm(10)
    _write(document, "{%p endfor %}")
    _write(document, "{%p endfor %}")
    _foot(document)
    if columns:
        _appendix(document, columns)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _page(section: Any, *, left: int) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(left), Mm(15)
    section.header_distance = Mm(10)


def _write(
    where: Any, text: str, align: Any = LEFT, *, size: float = 13, before: float = 0, **font: bool
) -> Any:
    paragraph = where.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = Pt(before)
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.bold, run.italic = font.get("bold"), font.get("italic")
    return paragraph


def _head(document: Any) -> None:
    left, right = _two_cells(document, 73, 92)
    _write(left, "{{ paper.above|upper }}", CENTER, size=12)
    _rule(_write(left, "{{ paper.issuer|upper }}", CENTER, size=12, bold=True), 22)
    _write(left, "Số: {{ paper.number or '         ' }}/{{ paper.symbol }}", CENTER, before=6)
    _write(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", CENTER, size=12, bold=True)
    _rule(_write(right, "Độc lập - Tự do - Hạnh phúc", CENTER, bold=True), 42)
    _write(
        right,
        "{{ paper.place }}, ngày {{ paper.day or '     ' }} {{ paper.month_year }}",
        CENTER,
        before=6,
        italic=True,
    )
    _without_first_lines(left, right)


def _foot(document: Any) -> None:
    _write(document, "", size=6)
    left, right = _two_cells(document, 82, 83)
    _write(left, "{%p if paper.other_side %}")
    _write(left, "{%p for each in paper.other_side %}")
    _write(left, "{{ each }}", CENTER, bold=True)
    _write(left, "{%p endfor %}")
    _write(left, "{%p else %}")
    _write(left, "Nơi nhận:", size=12, bold=True, italic=True)
    _write(left, "{%p for each in paper.recipients %}")
    _write(left, "- {{ each }}", size=11)
    _write(left, "{%p endfor %}")
    _write(left, "{%p endif %}")
    _write(right, "{%p for each in paper.signs %}")
    _write(right, "{{ each }}", CENTER, bold=True)
    _write(right, "{%p endfor %}")
    _write(right, "{{ paper.signer }}", CENTER, bold=True, before=70)
    _write(document, "{{ paper.check }}", size=9, before=6, italic=True)
    _without_first_lines(left, right)


def _two_cells(document: Any, *widths: int) -> Sequence[Any]:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    _never_split(table.rows[0])
    for cell, width in zip(table.rows[0].cells, widths, strict=True):
        cell.width = Mm(width)
    cells: Sequence[Any] = table.rows[0].cells
    return cells


def _without_first_lines(*cells: Any) -> None:
    """A new cell has an empty paragraph, which would stand as an empty line."""
    for cell in cells:
        first = cell.paragraphs[0]._p
        first.getparent().remove(first)


def _appendix(document: Any, columns: Sequence[Column]) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    _page(section, left=20)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    start = OxmlElement("w:pgNumType")
    start.set(qn("w:start"), "1")
    section._sectPr.append(start)
    _write(document, "Phụ lục", CENTER, size=14, bold=True)
    _write(document, "{{ paper.appendix.title|upper }}", CENTER, bold=True)
    _write(
        document,
        "(Kèm theo {{ paper.kind|capitalize }} số {{ paper.number or '         ' }}"
        "/{{ paper.symbol }}{% if paper.day %} ngày {{ paper.day }} {{ paper.month_year }}"
        "{% endif %} của {{ paper.issuer }})",
        CENTER,
        italic=True,
    )
    table = document.add_table(rows=1, cols=len(columns))
    table.style = "Table Grid"
    table.autofit = False
    _repeat(table.rows[0])
    share = 262 / sum(column.width for column in columns)
    # By place, not as text: a heading that somebody wrote is no part of the template.
    headings = [f"{{{{ paper.appendix.columns[{n}].heading }}}}" for n in range(len(columns))]
    _fill(table.rows[0], headings, columns, share, bold=True)
    table.add_row().cells[0].text = "{%tr for row in paper.appendix.rows %}"
    _fill(table.add_row(), [f"{{{{ row[{n}] }}}}" for n in range(len(columns))], columns, share)
    table.add_row().cells[0].text = "{%tr endfor %}"
    total = [f"{{{{ paper.appendix.total[{n}] }}}}" for n in range(len(columns))]
    _fill(table.add_row(), total, columns, share, bold=True)
    _write(document, "{{ paper.appendix.note }}", size=10, before=4, italic=True)


def _fill(
    row: Any, texts: Sequence[str], columns: Sequence[Column], share: float, *, bold: bool = False
) -> None:
    _never_split(row)
    is_head = row._tr.trPr.find(qn("w:tblHeader")) is not None
    for cell, text, column in zip(row.cells, texts, columns, strict=True):
        cell.width = Mm(round(column.width * share, 1))
        align = CENTER if is_head else LEFT if column.is_text else RIGHT
        _write(cell, text, align, size=8, bold=bold)
        _narrow(cell)
        _without_first_lines(cell)


def _narrow(cell: Any) -> None:
    margins = OxmlElement("w:tcMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "40")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    cell._tc.get_or_add_tcPr().append(margins)


def _repeat(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _never_split(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _rule(paragraph: Any, width_mm: int) -> None:
    """A short line under a paragraph: a border of an empty one, narrowed from both sides."""
    holder = paragraph._parent
    line = holder.add_paragraph()
    line.alignment = CENTER
    run = line.add_run("\u00a0" * round(width_mm / 1.1))
    run.font.size = Pt(4)
    run.font.strike = True
    line.paragraph_format.space_after = Pt(2)


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
