"""The workbook of schools: its columns, its rows as values, and the empty one to fill in."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from core.documents.lists import LISTS_SHEET, NEEDED_HEAD, Choices, offer_choices
from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet
from core.levels import EducationLevel
from core.old_fonts import old_font_of
from core.vietnamese import fold
from core.workbooks import (
    Column,
    Limits,
    Row,
    Sheet,
    Table,
    cell_text,
    conversion_of,
    find_table,
    is_office_text,
    is_total,
    open_workbook,
    require_headings,
)

from ..enums import SchoolKind
from ..models import Area
from .refusals import Refused

ROW_LIMIT = 1_000
BYTES_LIMIT = 2 * 1024 * 1024
SITES_LIMIT = 40
LONGEST = {"code": 20, "name": 150, "main_site": 100}

COLUMNS = (
    Column(
        "code", "Mã trường", ("Mã định danh trường", "Mã trường Bộ GD&ĐT", "Mã Bộ"), required=True
    ),
    Column("name", "Tên trường", ("Trường", "Tên đơn vị"), required=True),
    Column("levels", "Cấp học", ("Cấp", "Các cấp học"), required=True),
    Column("kind", "Loại trường", ("Loại hình", "Loại hình trường")),
    Column("commune", "Mã xã", ("Mã xã, phường", "Mã ĐVHC", "Mã xã/phường"), required=True),
    Column("commune_name", "Tên xã", ("Xã", "Xã, phường")),
    Column("main_site", "Điểm trường chính", ("Điểm chính",)),
    Column("sites", "Điểm trường lẻ", ("Các điểm trường lẻ", "Điểm trường")),
)
WIDTHS = {"code": 14, "name": 36, "levels": 18, "kind": 24, "commune": 10, "sites": 40}
REQUIRED = tuple(column for column in COLUMNS if column.required)
HEADERS = {column.key: column.header for column in COLUMNS}
READ = tuple(column.key for column in COLUMNS if column.key != "commune_name")

LEVEL_CHOICES = ("Mầm non", "Tiểu học", "THCS", "THPT", "Tiểu học, THCS", "THCS, THPT")
LEVEL_WORDS = {
    "mn": EducationLevel.PRESCHOOL,
    "mam non": EducationLevel.PRESCHOOL,
    "mau giao": EducationLevel.PRESCHOOL,
    "th": EducationLevel.PRIMARY,
    "tieu hoc": EducationLevel.PRIMARY,
    "thcs": EducationLevel.LOWER_SECONDARY,
    "trung hoc co so": EducationLevel.LOWER_SECONDARY,
    "thpt": EducationLevel.UPPER_SECONDARY,
    "trung hoc pho thong": EducationLevel.UPPER_SECONDARY,
}
KIND_NAMES = {
    SchoolKind.REGULAR: "Trường phổ thông",
    SchoolKind.SEMI_BOARDING: "Trường PTDT bán trú",
    SchoolKind.BOARDING: "Trường PTDT nội trú",
    SchoolKind.CONTINUING: "Trung tâm GDTX",
}
KIND_WORDS = {
    "truong pho thong": SchoolKind.REGULAR,
    "pho thong": SchoolKind.REGULAR,
    "cong lap": SchoolKind.REGULAR,
    "regular": SchoolKind.REGULAR,
    "ptdtbt": SchoolKind.SEMI_BOARDING,
    "ptdt ban tru": SchoolKind.SEMI_BOARDING,
    "pho thong dan toc ban tru": SchoolKind.SEMI_BOARDING,
    "ptdtnt": SchoolKind.BOARDING,
    "ptdt noi tru": SchoolKind.BOARDING,
    "pho thong dan toc noi tru": SchoolKind.BOARDING,
    "gdtx": SchoolKind.CONTINUING,
    "trung tam gdtx": SchoolKind.CONTINUING,
    "gdnn gdtx": SchoolKind.CONTINUING,
}
_SCHOOL_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
_COMMUNE_CODE = re.compile(r"\d{1,5}")
_BETWEEN_LEVELS = re.compile(r"[,;/&+]|\bvà\b", re.IGNORECASE)
_BETWEEN_SITES = re.compile(r"[;\n]")


@dataclass
class SchoolRow:
    """A row as values, and why it cannot be taken.

    `values`: code, name, levels ("TH,THCS"), kind ("" when empty), commune (five digits),
    main_site and sites (list); only what could be read. `refusals`: (column key, code, params).
    """

    sheet: str
    number: int
    values: dict[str, Any] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    refusals: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def refuse(self, key: str, code: str, **params: Any) -> None:
        self.refusals.append((key, code, params))


def read_schools(file: BinaryIO | bytes | str, *, name: str = "") -> list[SchoolRow]:
    """The rows of schools of a workbook, from every sheet with the headings.

    Raises:
        WorkbookRefused: not a sound workbook, too large, or values without a heading.
        Refused: no headings, a column missing or twice, no school.
    """
    limits = Limits(bytes=BYTES_LIMIT, rows=ROW_LIMIT * 2)
    rows: list[SchoolRow] = []
    tables = 0
    for sheet in open_workbook(file, name=name, limits=limits).sheets:
        table = None
        if not sheet.hidden and sheet.name != LISTS_SHEET:
            table = find_table(sheet, COLUMNS, max_rows=ROW_LIMIT)
        if table is None or sum(column.key in table.places for column in REQUIRED) < 2:
            continue
        tables += 1
        rows += _rows_of(sheet, table)
    if not tables:
        raise Refused("no_header")
    if not rows:
        raise Refused("no_rows")
    return rows


def _rows_of(sheet: Sheet, table: Table) -> list[SchoolRow]:
    if table.missing:
        missing = ", ".join(column.header for column in table.missing)
        raise Refused("columns_missing", sheet=sheet.name, columns=missing)
    for key, places in table.duplicated.items():
        if key in READ:
            raise Refused(
                "column_twice",
                sheet=sheet.name,
                header=places[1].text,
                first=places[0].letter,
                second=places[1].letter,
            )
    schools = [row for row in table.rows if _is_school(row)]
    require_headings(sheet.name, table, schools, may_count=True)
    return [_read(sheet.name, row) for row in schools]


def _is_school(row: Row) -> bool:
    """Whether a row means a school: not a total, a signature or a number beside nothing."""
    told = [text for key in ("code", "name", "levels", "commune") if (text := row.text(key))]
    if len(told) > 1:
        return True
    texts = [text for text in map(cell_text, row.cells) if text]
    return bool(told) and not any(is_total(text) or is_office_text(text) for text in texts)


def _read(sheet: str, row: Row) -> SchoolRow:
    read = SchoolRow(sheet, row.number)
    for key in READ:
        read.places[key] = row.place(key)
        read.found[key] = row.text(key)[:100]
        if key not in row.places:
            continue
        raw = row.raw(row.places[key].index)
        try:
            _require_as_typed(raw)
            text = row.text(key)
            if not text and HEADERS[key] in {column.header for column in REQUIRED}:
                raise Refused("blank")
            if len(text) > LONGEST.get(key, len(text)):
                raise Refused("too_long", limit=LONGEST[key])
            # Lines of a cell part sites, and are lost in cleaned text.
            read.values[key] = _READERS[key](str(raw) if key == "sites" else text)
        except Refused as refusal:
            read.refuse(key, str(refusal.code), **(refusal.params or {}))
    return read


def _require_as_typed(raw: Any) -> None:
    if code := conversion_of(raw):
        raise Refused(code, shown=cell_text(raw))
    if isinstance(raw, str) and (font := old_font_of(raw)):
        raise Refused("old_font", reading=f" → {font.reading}" if font.reading else "")


def _code(text: str) -> str:
    if not _SCHOOL_CODE.fullmatch(text):
        raise Refused("school_code")
    return text


def _levels(text: str) -> str:
    levels = set()
    for part in _BETWEEN_LEVELS.split(text):
        if not fold(part):
            continue
        if fold(part) not in LEVEL_WORDS:
            raise Refused("level", level=part.strip())
        levels.add(LEVEL_WORDS[fold(part)].value)
    if not levels:
        raise Refused("level", level=text)
    return ",".join(sorted(levels, key=list(EducationLevel.values).index))


def _kind(text: str) -> str:
    if not text:
        return ""
    kind = KIND_WORDS.get(fold(text)) or KIND_WORDS.get(fold(text).removeprefix("truong "))
    if kind is None:
        raise Refused("kind")
    return kind.value


def _commune(text: str) -> str:
    """Five digits; Excel takes the zeros before a number away."""
    if not _COMMUNE_CODE.fullmatch(text):
        raise Refused("commune", day="")
    return text.zfill(5)


def _sites(text: str) -> list[str]:
    sites = [" ".join(part.split()) for part in _BETWEEN_SITES.split(text)]
    sites = [site for site in sites if site]
    if len(sites) > SITES_LIMIT:
        raise Refused("too_many_sites", limit=SITES_LIMIT)
    seen = set()
    for site in sites:
        if len(site) > LONGEST["main_site"]:
            raise Refused("too_long", limit=LONGEST["main_site"])
        if fold(site) in seen:
            raise Refused("site_twice", site=site)
        seen.add(fold(site))
    return sites


def _as_is(text: str) -> str:
    return text


_READERS: dict[str, Any] = {
    "code": _code,
    "name": _as_is,
    "levels": _levels,
    "kind": _kind,
    "commune": _commune,
    "main_site": _as_is,
    "sites": _sites,
}


# Invented schools.
_EXAMPLE = (
    ("12000901", "Trường Tiểu học Suối Mơ", "Tiểu học", SchoolKind.REGULAR, "Nậm Tăm; Háng Lìa"),
    ("12000902", "Trường PTDTBT THCS Đỉnh Sương", "THCS", SchoolKind.SEMI_BOARDING, ""),
)


def write_template(communes: Iterable[Area], *, example: bool = False) -> bytes:
    """The empty workbook, with lists to choose levels, types and communes from.

    With `example` it holds two invented schools, in the first communes.
    """
    areas = list(communes)
    places = {column.key: index for index, column in enumerate(COLUMNS)}
    choices = [
        Choices("Danh mục xã (mã)", [area.code for area in areas]),
        Choices("Tên", [area.title for area in areas]),
        Choices("Các loại trường", list(KIND_NAMES.values()), places["kind"]),
        Choices("Các cấp", LEVEL_CHOICES, places["levels"]),
    ]
    file = io.BytesIO()
    with Spreadsheet(file, title=_("Schools")) as book:
        sheet = book.sheet("Trường")
        for index, column in enumerate(COLUMNS):
            sheet.widths(index, index, WIDTHS.get(column.key, 20), LIST_TEXT)
            sheet.text(0, index, column.header, NEEDED_HEAD if column.required else LIST_HEAD)
        if example:
            for line, (row, area) in enumerate(zip(_EXAMPLE, areas, strict=False), 1):
                code, name, levels, kind, sites = row
                values = {
                    "code": code, "name": name, "levels": levels, "kind": KIND_NAMES[kind],
                    "commune": area.code, "commune_name": area.title, "sites": sites,
                }  # fmt: skip
                for key, value in values.items():
                    sheet.text(line, places[key], value, LIST_TEXT)
        sheet.freeze(1)
        offer_choices(book, sheet, choices, rows=(1, ROW_LIMIT))
    return file.getvalue()
