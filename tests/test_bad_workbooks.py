"""Workbooks as they go wrong, over the four readers: pupils, staff, the month, the survey.

Each is uploaded on its page, and the page says in Vietnamese what is wrong and in which cell, row,
column or sheet. Nothing is a fault of the server, no table has another row afterwards than those
that tell of the upload itself, and what is refused offers nothing to save.
"""

import datetime
from dataclasses import dataclass, field

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from attendance.models import MonthBatch
from tests.accounts.staff_builders import HEADINGS as STAFF_HEAD
from tests.accounts.staff_builders import staff_row
from tests.attendance.month_workbooks import DAYS
from tests.core.test_workbooks import BAD
from tests.fingerprints import fingerprints
from tests.html_query import read
from tests.mobilisation.survey_workbooks import HEADINGS as SURVEY_HEAD
from tests.mobilisation.survey_workbooks import KEYS as SURVEY_KEYS
from tests.mobilisation.survey_workbooks import survey_row
from tests.workbook_parts import (
    DURATION,
    PERCENT,
    TIME,
    Cell,
    Sheet,
    column_letter,
    formula,
    styled,
    xlsx,
)
from tests.world import PUPILS_6A as PUPILS

pytestmark = pytest.mark.django_db

# What tells of an upload itself, and of who looked at the page.
SAID_OF_THE_UPLOAD = {
    "schools_importbatch",
    "accounts_staffimport",
    "mobilisation_surveyimport",
    "attendance_monthbatch",
    "core_event",
    "core_operation",
    "core_jobattempt",
    "schools_jobrecord",
    "schools_namesshown",
    "django_session",
    "accounts_signedin",
}
PUPIL_KEYS = ["number", "name", "born", "sex", "group", "status", "class", "grade", "code"]
PUPIL_KEYS += ["citizen", "phone", "father", "home"]
PUPIL_HEAD = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Dân tộc", "Trạng thái", "Lớp", "Khối"]
PUPIL_HEAD += ["Mã định danh", "Số định danh cá nhân", "SĐT liên hệ", "Tên cha", "Chỗ ở hiện nay"]
SUNG = [1, "Vừ A Sùng", "05/09/2015", "Nam", "Mông", "Đang học", "6A", "6"]
MAI = [2, "Tòng Thị Mai", "13/02/2015", "Nữ", "Thái", "Đang học", "6A", "6"]
STAFF_KEYS = ["code", "name", "born", "sex", "phone", "email", "school", "post", "homeroom"]
HOA = staff_row("Vàng Thị Hoa", code="1200000901")
TA = staff_row("Lý A Tá", born="04/05/1979")
CHILD, SISTER = survey_row(), survey_row(given_name="Mỷ", female="X", day=4)


@dataclass(frozen=True)
class Reader:
    """A page that takes a workbook: who uploads, the headings, and two sound rows."""

    person: str
    keys: list
    head: list
    rows: list
    where: object
    more: dict = field(default_factory=dict)

    def file(self, *rows, **options):
        return xlsx(Sheet([self.head, *(rows or self.rows)], **options))

    def with_cell(self, key, value, row=1):
        """The two sound rows with one cell changed."""
        rows = [list(each) + [""] * (len(self.head) - len(each)) for each in self.rows]
        rows[row][self.keys.index(key)] = value
        return self.file(*rows)

    def place(self, key, row=1):
        return f"{column_letter(self.keys.index(key))}{row + 2}"


MONTH_ROWS = [[number, name, "x", *[""] * (len(DAYS) - 1)] for number, name in enumerate(PUPILS, 1)]
READERS = {
    "pupils": Reader(
        "head_a",
        PUPIL_KEYS,
        PUPIL_HEAD,
        [SUNG, MAI],
        lambda world: reverse("schools:import_upload", args=[world.school_a.pk]),
        {"starts_on": "2026-10-12"},
    ),
    "staff": Reader(
        "head_a",
        STAFF_KEYS,
        STAFF_HEAD,
        [HOA, TA],
        lambda world: reverse("staff:import_upload", args=[world.school_a.pk]),
        {"starts_on": "2026-10-12"},
    ),
    "survey": Reader(
        "commune_officer",
        SURVEY_KEYS,
        SURVEY_HEAD,
        [CHILD, SISTER],
        lambda world: reverse("mobilisation:import_upload", args=[world.commune_a.pk]),
        {"year": "2026"},
    ),
    "month": Reader(
        "teacher_a",
        ["number", "name", *(str(day) for day in DAYS)],
        ["STT", "Họ và tên", *DAYS],
        MONTH_ROWS,
        lambda world: reverse("attendance:workbook", args=[world.class_a.pk, "2026-10"]),
    ),
}

# The words of whole files, as people read them.
OF_A_FILE = {
    "damaged": "Tệp bị hỏng hoặc không phải do Excel tạo",
    "too_big": "Tệp",
    "far_cell": "Có ô ghi ở rất xa danh sách",
    "macros": "Tệp có macro",
    "files_inside": "Trong tệp có kèm tệp khác",
    "not_excel": "Đây không phải bảng tính Excel",
    "not_xlsx": "Chỉ nhận tệp .xlsx",
    "old_xls": "Tệp là .xls đời cũ",
    "password": "Tệp có mật khẩu",
    "web_page": "Đây là trang web mang tên tệp Excel",
    "text_file": "Đây là tệp chữ (CSV) mang tên tệp Excel",
    "empty": "Tệp trống",
    "too_large": "Tệp lớn hơn",
    "epoch_1904": "Tệp tính ngày từ năm 1904",
    "same_sheet_name": "Tệp có hai trang tính cùng tên",
}
NOT_TYPED = {
    "formula without its result": (formula(), "Ô có công thức chưa lưu kết quả"),
    "formula without a value": (formula(value_tag=False), "Ô có công thức chưa lưu kết quả"),
    "shared formula": (Cell('<f t="shared" si="3"/>'), "Ô có công thức chưa lưu kết quả"),
    "failed formula": (formula("#N/A", "e"), "Công thức trong ô bị lỗi: #N/A"),
    "failed formula as text": ("#REF!", "Công thức trong ô bị lỗi: #REF!"),
    "a date": (datetime.date(2026, 1, 6), "Excel đã đổi chữ gõ vào thành ngày"),
    "a time": (styled(0.25, TIME), "Excel đã đổi chữ gõ vào thành ngày hoặc giờ"),
    "a duration": (styled(1.5, DURATION), "Excel đã đổi chữ gõ vào thành ngày hoặc giờ"),
    "a percentage": (styled(0.61, PERCENT), "Excel đã đổi ô này thành phần trăm"),
    "TRUE": (True, "Excel đã đổi chữ gõ vào thành TRUE hoặc FALSE"),
}
OLD_FONTS = {
    "TCVN3": "Mïa A Tïng",
    "VNI": "Loø Thò Mai",
    "UTF-8 misread": "Nguyá»…n VÄƒn An",
    "Windows-1258": "Nguyêòn Hoa",
}
FONT = "Chữ viết bằng phông cũ (TCVN3, VNI) hoặc bị lỗi phông"
LONG = "Giàng " * 40

# reader -> (column, what stands in it, what the page says of that cell).
CELLS = {
    "pupils": [
        ("name", "", "Ô này còn trống"),
        ("name", "Vừ A 5", "Đây không giống họ tên"),
        ("name", "Вừ Дмитрий", "Đây không giống họ tên"),
        ("name", "王小明", "Đây không giống họ tên"),
        ("name", LONG, "Nội dung dài quá 100 ký tự"),
        ("born", "", "Ô này còn trống"),
        ("born", "05/13/2015", "Trong lịch không có ngày này"),
        ("born", "29/02/2015", "Trong lịch không có ngày này"),
        ("born", "hôm nọ", "Đây không phải ngày tháng"),
        ("born", "5/9/15", "Năm chỉ ghi hai chữ số"),
        ("born", 2015, "Ngày ghi chưa đủ"),
        ("born", "9/2015", "Ngày ghi chưa đủ"),
        ("born", "05/09/2035", "Ngày này chưa đến"),
        ("born", "05/09/1965", "Theo ngày này, học sinh 61 tuổi"),
        ("born", "05/09/2025", "Theo ngày này, học sinh 1 tuổi"),
        ("sex", "", "Ô này còn trống"),
        ("sex", "không rõ", "Không rõ nam hay nữ"),
        ("group", "", "Ô này còn trống"),
        ("group", "Sao Hoả", "Không có trong danh mục 54 dân tộc"),
        ("status", "Nghỉ ốm", "Không có trạng thái này"),
        ("status", "13", "Không có trạng thái này"),
        ("class", "", "Ô này còn trống"),
        ("class", "9Z", "trường không có lớp tên này. Các lớp đang có: 1+2 Háng Lìa, 6A"),
        ("class", 6.1, "Excel hiểu tên lớp là số 6.1"),
        ("class", 46028, "Excel đã đổi chữ gõ vào thành ngày"),
        ("grade", "7", "Lớp này không có khối đó"),
        ("grade", "13", "Không rõ khối này"),
        ("code", "123", "Mã định danh của Bộ phải có đúng 10 chữ số"),
        ("code", "1.23E+09", "Excel đã làm tròn số"),
        ("citizen", "12345678901a", "Số định danh cá nhân phải có đúng 12 chữ số"),
        ("citizen", 123456000000, "Excel đã làm tròn số"),
        ("phone", "gọi bác trưởng bản", "Đây không phải số điện thoại"),
        ("father", "A (0912345678)", "Đây không giống họ tên"),
        ("home", "bản " * 80, "Nội dung dài quá 200 ký tự"),
    ],
    "staff": [
        ("code", "12", "Đây không phải mã cán bộ"),
        ("code", "mã của thầy Tá", "Đây không phải mã cán bộ"),
        ("code", 1200000000, "Excel đã làm tròn số"),
        ("name", "", "Ô này còn trống"),
        ("name", "Giáo viên 1", "Đây không giống họ tên"),
        ("name", LONG, "Nội dung dài quá 100 ký tự"),
        ("born", "31/02/1980", "Trong lịch không có ngày này"),
        ("born", "1980", "Ngày ghi chưa đủ"),
        ("born", "5/9/80", "Năm chỉ ghi hai chữ số"),
        ("born", "không nhớ", "Đây không phải ngày tháng"),
        ("born", "05/09/2015", "Theo ngày này thì người đó 11 tuổi"),
        ("born", "05/09/1901", "Theo ngày này thì người đó 125 tuổi"),
        ("sex", "giáo viên", "Không rõ nam hay nữ"),
        ("phone", "12", "Đây không phải số điện thoại"),
        ("email", "hoa@", "Đây không phải địa chỉ thư điện tử"),
        ("email", "không có", "Đây không phải địa chỉ thư điện tử"),
        ("school", "99999999", "Đây là mã của trường khác"),
        ("post", "Tổng giám sát", "Không rõ chức vụ này"),
        ("homeroom", "9Z", "Trường không có lớp tên này. Trường có: 1+2 Háng Lìa, 6A"),
        ("homeroom", 46028, "Excel đã đổi chữ gõ vào thành ngày"),
    ],
    "survey": [
        ("village", "", "Ô này còn trống"),
        ("village", "bản " * 40, "Nội dung dài quá 100 ký tự"),
        ("given_name", "5", "Đây không giống họ tên"),
        ("last_name", "Giàng " * 15, "Nội dung dài quá 60 ký tự"),
        ("day", 32, "Ô này chỉ ghi số từ 1 đến 31"),
        ("day", 31, "Không có ngày này trong lịch: 31/9/2015"),
        ("month", 13, "Ô này chỉ ghi số từ 1 đến 12"),
        ("year", "", "Ô này còn trống"),
        ("year", 15, "Năm sinh phải từ 1900 đến 2026"),
        ("year", 2027, "Năm sinh phải từ 1900 đến 2026"),
        ("female", "gái", "Ô này chỉ ghi X"),
        ("ethnic_group", "", "Ô này còn trống"),
        ("ethnic_group", "Hoả tinh", "Không có trong danh mục 54 dân tộc"),
        ("citizen_id", "0123", "Số định danh cá nhân phải có đúng 12 chữ số"),
        ("citizen_id", 123456000000, "Excel đã làm tròn số"),
        ("phone", "không có", "Đây không phải số điện thoại"),
        ("form_number", "", "Ô này còn trống"),
        ("residence", "ở nhờ", "Không hiểu diện cư trú này"),
        ("presence", "đi đâu", "Không hiểu tình trạng cư trú này"),
        ("grade", "13", "Không rõ khối này"),
        ("class_name", "lớp " * 20, "Nội dung dài quá 30 ký tự"),
        ("finished_level", "cao học", "Không hiểu bậc học này"),
        ("finished_year", 2030, "Năm phải từ 1900 đến 2026"),
        ("completed_grade", "xong", "Không rõ khối này"),
        ("literacy_class", 9, "Ô này chỉ ghi số từ 1 đến 5"),
        ("dis_sight", "mờ", "Ô này chỉ ghi X"),
        ("can_learn", "tuỳ", "Không hiểu khả năng học tập này"),
    ],
    "month": [
        ("1", "Q", "Đây không phải ký hiệu điểm danh"),
        ("1", "vắng mà có phép ạ", "Đây không phải ký hiệu điểm danh"),
        ("1", "", "Ô trống trong ngày đã điểm danh"),
        ("1", 7, "Đây không phải ký hiệu điểm danh"),
        ("name", "Lò Văn Lạ", "lớp không có học sinh tên hoặc mã này"),
        ("name", "", "Dòng có ký hiệu điểm danh nhưng không có tên"),
    ],
}
# Where Excel changes what was typed, in a column of each kind.
CONVERTED = {
    "pupils": ("name", "group", "status", "class", "code", "phone"),
    "staff": ("name", "post", "homeroom", "code"),
    "survey": ("given_name", "ethnic_group", "village", "class_name"),
    "month": ("1",),
}
NAMED = {"pupils": "name", "staff": "name", "survey": "given_name", "month": "name"}


def without(head, key, keys):
    return [heading for heading, each in zip(head, keys, strict=True) if each != key]


def tables(reader):
    """{kind: (workbook, what the page says)} of whole tables, rows and sheets."""
    own = READERS[reader]
    head, rows = own.head, own.rows
    named = head[own.keys.index(NAMED[reader])]
    no_list = "dòng tên cột"
    found = {
        "empty sheets": (xlsx(Sheet([], name="Trống")), no_list),
        "no headings": (xlsx(Sheet(rows)), no_list),
        "headings on a hidden sheet": (
            xlsx(Sheet([["Ghi chú"]]), Sheet([head, *rows], name="Ẩn", state="hidden")),
            no_list,
        ),
        "dates from 1904": (
            xlsx(Sheet([head, *rows]), properties='<workbookPr date1904="1"/>'),
            OF_A_FILE["epoch_1904"],
        ),
        "two sheets of one name": (
            xlsx(Sheet([head, *rows], name="A"), Sheet([head, *rows], name="A")),
            "Tệp có hai trang tính cùng tên “A”",
        ),
        "macros": (
            xlsx(Sheet([head, *rows]), parts={"xl/vbaProject.bin": b"x"}),
            OF_A_FILE["macros"],
        ),
        "a cell of 5,000 characters": (
            own.with_cell(NAMED[reader], "Ă" * 5000),
            f"Ô {own.place(NAMED[reader])}, trang “Sheet1” dài quá 4000 ký tự",
        ),
        "a hundred accents on one letter": (
            own.with_cell(NAMED[reader], "a" + "\u0301\u0300" * 60),
            f"Ô {own.place(NAMED[reader])}, trang “Sheet1” có quá",
        ),
    }
    if reader != "month":
        found |= {
            "headings and nobody": (xlsx(Sheet([head])), "Tệp có tên cột nhưng"),
            "the name's column missing": (
                xlsx(Sheet([without(head, NAMED[reader], own.keys), *rows])),
                ("thiếu cột", no_list),
            ),
            "a column twice": (
                xlsx(Sheet([[*head, named], *([*pad(row, head), "Khác Hẳn"] for row in rows)])),
                "có hai cột",
            ),
            "values under no heading": (
                xlsx(Sheet([head, *([*pad(row, head), "ghi chú"] for row in rows)])),
                f"Cột {column_letter(len(head))}, trang “Sheet1” có số liệu",
            ),
        }
    return found


def pad(row, head):
    return [*row, *[""] * (len(head) - len(row))]


ROWS = {
    ("pupils", "a pupil twice"): (lambda r: r.file(SUNG, MAI, SUNG), "lặp ở các dòng: 2, 4"),
    ("pupils", "one number twice"): (
        lambda r: r.file([*SUNG, "1234567890"], [*MAI, "1234567890"]),
        "Số này lặp ở các dòng: 2, 3",
    ),
    ("pupils", "accents of a pupil of the school"): (
        lambda r: r.file([1, "Giang A Chua", "10/01/2015", "Nữ", "Mông", "Đang học", "6A", "6"]),
        "họ tên chỉ khác dấu",
    ),
    ("pupils", "no grade in a class of several"): (
        lambda r: r.file([1, "Vừ A Bé", "05/09/2019", "Nam", "Mông", "", "1+2 Háng Lìa", ""]),
        "Đây là lớp ghép các khối 1, 2",
    ),
    ("staff", "a person twice"): (lambda r: r.file(HOA, TA, HOA), "Một người có ở nhiều dòng"),
    ("staff", "two heads"): (
        lambda r: r.file(
            staff_row("Vàng Thị Hoa", post="Hiệu trưởng"),
            staff_row("Lý A Tá", born="04/05/1979", post="Hiệu trưởng"),
        ),
        "có hai hiệu trưởng, ở các dòng: 2, 3",
    ),
    ("staff", "a class of two teachers"): (
        lambda r: r.file(
            staff_row("Vàng Thị Hoa", homeroom="6A"),
            staff_row("Lý A Tá", born="04/05/1979", homeroom="6A"),
        ),
        "Lớp 6A có ở các dòng: 2, 3",
    ),
    ("staff", "one code of two people"): (
        lambda r: r.file(HOA, staff_row("Lý A Tá", code="1200000901", born="04/05/1979")),
        "Mã này đã ghi ở dòng",
    ),
    ("staff", "neither birth date nor code"): (
        lambda r: r.file(HOA, staff_row("Lý A Tá", born="")),
        "Thiếu cả ngày sinh và mã cán bộ",
    ),
    ("survey", "a person twice"): (
        lambda r: r.file(CHILD, SISTER, CHILD),
        "Cùng một người ở các dòng: 2, 4",
    ),
    ("survey", "one number of two people"): (
        lambda r: r.file(
            survey_row(citizen_id="012345678901"),
            survey_row(given_name="Mỷ", citizen_id="012345678901"),
        ),
        "Cùng một số định danh cá nhân ở các dòng: 2, 3",
    ),
    ("survey", "day without a month"): (
        lambda r: r.with_cell("month", ""),
        "Thiếu ngày hoặc thiếu tháng",
    ),
    ("survey", "unable without a disability"): (
        lambda r: r.with_cell("can_learn", "Không"),
        "không có khả năng học tập mà không ghi khuyết tật",
    ),
    ("survey", "studies and has dropped out"): (
        lambda r: r.file(survey_row(grade="5", dropped_grade="4"), SISTER),
        "Vừa ghi đang học vừa ghi bỏ học",
    ),
    ("month", "a pupil twice"): (
        lambda r: r.file(*MONTH_ROWS, MONTH_ROWS[0]),
        "Một học sinh có ở nhiều dòng: 2, 8",
    ),
    ("month", "a pupil left out"): (
        lambda r: r.file(*MONTH_ROWS[:-1]),
        "Vàng Thị Pà có tên trong lớp ngày 01/10/2026 nhưng không có trong tệp",
    ),
    ("month", "no day"): (
        lambda r: xlsx(Sheet([["STT", "Họ và tên"], *([1, name] for name in PUPILS)])),
        ("không có cột ngày nào", "dòng tên cột"),
    ),
    ("month", "a day of the future"): (
        lambda r: xlsx(Sheet([["STT", "Họ và tên", 30], *([1, n, "x"] for n in PUPILS)])),
        "Ngày này chưa đến",
    ),
    ("month", "a day that the month has not"): (
        lambda r: xlsx(Sheet([["STT", "Họ và tên", 1, 32], *([1, n, "x", "x"] for n in PUPILS)])),
        ("không có ngày này", "cột mà tên cột không nêu ngày nào"),
    ),
    ("month", "one day twice"): (
        lambda r: xlsx(Sheet([["STT", "Họ và tên", 1, 1], *(["", n, "x", "P"] for n in PUPILS)])),
        "Một buổi của cùng một ngày có ở hai cột: C, D",
    ),
    ("month", "not held without a reason"): (
        lambda r: xlsx(Sheet([["STT", "Họ và tên", 1], *([1, n, "N"] for n in PUPILS)])),
        "không ghi lý do không học",
    ),
    ("month", "not held for some only"): (
        lambda r: xlsx(
            Sheet(
                [
                    ["STT", "Họ và tên", 1],
                    [1, PUPILS[0], "N rét"],
                    *([1, n, "P"] for n in PUPILS[1:]),
                ]
            )
        ),
        "Cột vừa ghi N (không học) vừa có ký hiệu của học sinh",
    ),
}


def cases_of(reader):
    """{kind: (workbook as a function, place or "", words)}; of several words one is enough."""
    own = READERS[reader]
    found = {}
    for key, value, words in CELLS[reader]:
        shown = repr(value)[:20]
        found[f"{key}: {shown}"] = (
            lambda k=key, v=value: own.with_cell(k, v),
            own.place(key),
            words,
        )
    for key in CONVERTED[reader]:
        for kind, (value, words) in NOT_TYPED.items():
            found[f"{key}: {kind}"] = (
                lambda k=key, v=value: own.with_cell(k, v),
                own.place(key),
                words,
            )
    for font, text in OLD_FONTS.items():
        key = NAMED[reader]
        found[f"{key}: {font}"] = (lambda k=key, t=text: own.with_cell(k, t), own.place(key), FONT)
    for kind, (content, words) in tables(reader).items():
        found[kind] = (lambda content=content: content, "", words)
    for (whose, kind), (build, words) in ROWS.items():
        if whose == reader:
            found[kind] = (lambda build=build: build(own), "", words)
    return found


def files_of():
    """{code: (workbook as a function, words)}: of each kind of file that is no sound workbook one.

    All of a kind are refused by the one function that opens workbooks (core/test_workbooks.py).
    """
    found = {}
    for build, code in BAD.values():
        found.setdefault(code, (build, OF_A_FILE[code]))
    return found


class Uploads:
    """Uploads on the page of a reader, each forgotten before the next one."""

    def __init__(self, world, client, own, callbacks):
        self.client, self.own, self.callbacks = client, own, callbacks
        self.url = own.where(world)
        self.fields = {"year": str(world.year.pk)} | own.more

    def problem(self, content, place, words):
        """Why an upload is not answered as it should be; "" when it is."""
        sent = self.fields | {"file": SimpleUploadedFile("tep.xlsx", content)}
        with self.callbacks(execute=True):
            answer = self.client.post(self.url, sent)
        if answer.status_code == 302:
            answer = self.client.get(answer.url)
        if answer.status_code not in (200, 422):
            return f"answered {answer.status_code}"
        page = read(answer)
        text = " ".join(page.text.split())
        wanted = (words,) if isinstance(words, str) else words
        if not any(each in text for each in wanted):
            return f"says none of {wanted}: {text[-600:]}"
        if place and not any(
            re_place(place, row) and any(each in row for each in wanted)
            for row in (" ".join(each.split()) for each in page.texts("main tr"))
        ):
            return f"names no cell {place}: {text[-600:]}"
        if [each for each in page.texts("main button") if each.startswith(("Lưu", "Gửi tất cả"))]:
            return "offers to save it"
        return ""


def re_place(place, row):
    return f" {place} " in f" {row.replace(',', ' ')} "


@pytest.fixture
def no_hourly_limit(monkeypatch):
    monkeypatch.setattr("core.services.workbook_imports.UPLOADS_PER_HOUR", 10_000)
    monkeypatch.setattr("attendance.month_workbook.services.batches.UPLOADS_PER_HOUR", 10_000)


@pytest.mark.parametrize("reader", READERS)
def test_a_bad_workbook_is_refused_in_words_and_leaves_nothing(
    world, sign_in, no_hourly_limit, django_capture_on_commit_callbacks, reader
):
    own = READERS[reader]
    client = sign_in(getattr(world, own.person))
    uploads = Uploads(world, client, own, django_capture_on_commit_callbacks)
    before = fingerprints(SAID_OF_THE_UPLOAD)
    wrong = {}
    for kind, (build, place, words) in cases_of(reader).items():
        told = uploads.problem(build(), place, words)
        if told:
            wrong[kind] = told
    for kind, (build, words) in files_of().items():
        told = uploads.problem(build(), "", words)
        if told:
            wrong[kind] = told
    after = fingerprints(SAID_OF_THE_UPLOAD)
    assert {table for table in before if before[table] != after[table]} == set()
    assert not MonthBatch.objects.filter(state="done").exists()
    assert wrong == {}


def test_the_corpus_is_as_large_as_it_was_promised():
    """At least 120 over the four readers, without the files that are no workbook."""
    counts = {reader: len(cases_of(reader)) for reader in READERS}
    assert sum(counts.values()) >= 120
    assert min(counts.values()) >= 25, counts


def test_sound_rows_are_taken(world, sign_in, django_capture_on_commit_callbacks):
    """The corpus refuses what it changes, and nothing else."""
    for reader, own in READERS.items():
        client = sign_in(getattr(world, own.person))
        uploads = Uploads(world, client, own, django_capture_on_commit_callbacks)
        told = uploads.problem(own.file(), "", "")
        assert told == "offers to save it", (reader, told)
