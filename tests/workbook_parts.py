"""Workbooks for tests, written part by part: what no writer of ours would ever write."""

import datetime
import io
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from core.workbooks.scanning import column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
GENERAL, DATE, PERCENT, TIME, DURATION = range(5)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs>'
    + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 9, 20, 46))
    + "</cellXfs></styleSheet>"
)


@dataclass(frozen=True)
class Cell:
    """A cell as its XML: attributes beside the place, and what is inside."""

    inside: str = ""
    attributes: str = ""


@dataclass(frozen=True)
class Sheet:
    """Rows of values; `merged` A1 ranges; `hidden` row numbers from 1; `columns` XML."""

    rows: list
    name: str = "Sheet1"
    merged: tuple = ()
    hidden: tuple = ()
    columns: str = ""
    state: str = "visible"
    before: str = ""
    after: str = ""


def formula(value="", kind="", text="A1", value_tag=True):
    """A cell with a formula and what is stored of its result."""
    stored = f"<v>{value}</v>" if value_tag else ""
    return Cell(f"<f>{text}</f>{stored}", f't="{kind}"' if kind else "")


def styled(value, style):
    return Cell(f"<v>{value}</v>", f's="{style}"')


def xlsx(*sheets, parts=None, properties="", strings=()):
    """Bytes of an .xlsx of `Sheet`s; `parts` adds or replaces parts by name."""
    contents = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{properties}<sheets>'
            + "".join(
                f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}" '
                f'state="{sheet.state}"/>'
                for n, sheet in enumerate(sheets, 1)
            )
            + "</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            + "".join(
                f'<Relationship Id="rId{n}" Type="{LINKS}/worksheet" '
                f'Target="worksheets/sheet{n}.xml"/>'
                for n in range(1, len(sheets) + 1)
            )
            + "</Relationships>"
        ),
        "xl/styles.xml": STYLES,
    }
    if strings:
        items = "".join(f"<si>{item}</si>" for item in strings)
        contents["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{items}</sst>'
    for number, sheet in enumerate(sheets, 1):
        contents[f"xl/worksheets/sheet{number}.xml"] = _sheet(sheet)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (contents | (parts or {})).items():
            archive.writestr(name, content)
    return file.getvalue()


def _sheet(sheet):
    rows = "".join(
        f'<row r="{number}"{" hidden=" + quoteattr("1") if number in sheet.hidden else ""}>'
        + "".join(
            _cell(f"{column_letter(index)}{number}", value)
            for index, value in enumerate(row)
            if value not in (None, "")
        )
        + "</row>"
        for number, row in enumerate(sheet.rows, 1)
    )
    merged = "".join(f'<mergeCell ref="{place}"/>' for place in sheet.merged)
    return (
        f'<worksheet xmlns="{MAIN}">{sheet.before}{sheet.columns}<sheetData>{rows}</sheetData>'
        f"{f'<mergeCells>{merged}</mergeCells>' if merged else ''}{sheet.after}</worksheet>"
    )


def _cell(place, value):
    if isinstance(value, Cell):
        return f'<c r="{place}" {value.attributes}>{value.inside}</c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime.date):
        serial = (value - datetime.date(1899, 12, 30)).days
        return f'<c r="{place}" s="{DATE}"><v>{serial}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
