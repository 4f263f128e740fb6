"""Three workbooks of an invented province: its schools, staff and pupils, for practice and benches.

Everything is drawn from one seed, so that the same size gives the same rows. The flawed variant
is the sound one with what offices really send: a mistyped code, a child twice, a class of another
school, dates that are none, numbers as numbers, a total below the list.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.staff.workbook.columns import BY_KEY as STAFF_COLUMNS
from core.documents.spreadsheets import LIST_HEAD, Spreadsheet
from schools.ethnic_groups import names
from schools.pupil_import.workbook.columns import BY_KEY as PUPIL_COLUMNS
from schools.school_import.workbook import HEADERS as SCHOOL_HEADERS

from . import people

SEED = 12_785
LEVELS = ("MN", "TH", "THCS", "TH,THCS")
SCHOOL_WORDS = {
    "MN": ("Mầm non", "Mầm non"),
    "TH": ("Tiểu học", "Tiểu học"),
    "THCS": ("THCS", "THCS"),
    "TH,THCS": ("TH&THCS", "Tiểu học, THCS"),
}
GRADES = {
    "MN": (-2, -1),
    "TH": (1, 2, 3, 4, 5),
    "THCS": (6, 7, 8, 9),
    "TH,THCS": (1, 2, 3, 4, 5, 6, 7, 8, 9),
}
GRADE_WORDS = {-2: "4 tuổi", -1: "5 tuổi"}
PUPILS_OF_A_CLASS = 30
STAFF_KEYS = (
    "staff_code",
    "full_name",
    "birth_date",
    "sex",
    "phone",
    "school_code",
    "post",
    "homeroom",
)
PUPIL_KEYS = (
    "number",
    "school_code",
    "ministry_id",
    "full_name",
    "birth_date",
    "sex",
    "ethnic_group",
    "village",
    "father",
    "phone",
    "class_name",
    "grade",
)
SCHOOL_KEYS = ("code", "name", "levels", "commune", "main_site")
Row = dict[str, str | int]


@dataclass(frozen=True)
class Flaw:
    """A row of a flawed workbook that is refused: its number in Excel, where and why."""

    row: int
    key: str
    code: str


@dataclass
class Workbooks:
    """The three files as bytes, and the rows of the pupils' and staff's that are refused."""

    schools: bytes
    staff: bytes
    pupils: bytes
    pupil_flaws: list[Flaw] = field(default_factory=list)
    staff_flaws: list[Flaw] = field(default_factory=list)


def build(
    *,
    communes: Sequence[str],
    year: int,
    schools: int = 40,
    staff: int = 900,
    pupils: int = 12_000,
    flawed: bool = False,
    seed: int = SEED,
) -> Workbooks:
    """Draw a province.

    Args:
        communes: codes of the communes of today that the schools lie in, in turn.
        year: the calendar year in which the school year begins; ages follow from it.
        flawed: whether pupils and staff have the flaws that are told in the answer.
    """
    rng = random.Random(seed)
    school_rows = [_school(rng, number, communes) for number in range(1, schools + 1)]
    pupil_rows, classes = _pupils(rng, school_rows, pupils, year)
    staff_rows = _staff(rng, school_rows, classes, staff, year)
    pupil_flaws = _spoil_pupils(pupil_rows) if flawed else []
    staff_flaws = _spoil_staff(staff_rows) if flawed else []
    shown = [{**row, "levels": SCHOOL_WORDS[str(row["levels"])][1]} for row in school_rows]
    return Workbooks(
        schools=_written(
            "Trường", [SCHOOL_HEADERS[key] for key in SCHOOL_KEYS], SCHOOL_KEYS, shown
        ),
        staff=_written(
            "Cán bộ", [STAFF_COLUMNS[key].header for key in STAFF_KEYS], STAFF_KEYS, staff_rows
        ),
        pupils=_written(
            "Học sinh", [PUPIL_COLUMNS[key].header for key in PUPIL_KEYS], PUPIL_KEYS, pupil_rows
        ),
        pupil_flaws=pupil_flaws,
        staff_flaws=staff_flaws,
    )


def _school(rng: random.Random, number: int, communes: Sequence[str]) -> Row:
    levels = LEVELS[number % len(LEVELS)]
    place = rng.choice(("Bản Mới", "Nà Khằm", "Háng Lìa", "Sin Câu", "Nậm Pha", "Tà Ghênh"))
    return {
        "code": f"{12_900_000 + number}",
        "name": f"Trường {SCHOOL_WORDS[levels][0]} {place} số {number}",
        "levels": levels,
        "commune": communes[number % len(communes)],
        "main_site": "Điểm trường chính",
    }


def _pupils(
    rng: random.Random, schools: Sequence[Row], count: int, year: int
) -> tuple[list[Row], dict[str, list[str]]]:
    """The rows, school by school and class by class; and the classes of each school code."""
    rows: list[Row] = []
    classes: dict[str, list[str]] = {}
    for index, school in enumerate(schools):
        of_school = count * (index + 1) // len(schools) - count * index // len(schools)
        grades, code = GRADES[str(school["levels"])], str(school["code"])
        per_grade = max(1, round(of_school / len(grades) / PUPILS_OF_A_CLASS))
        offered = [
            (grade, f"{GRADE_WORDS.get(grade, grade)}{'ABCDEFGH'[n]}".replace(" tuổi", "T"))
            for grade in grades
            for n in range(min(per_grade, 8))
        ]
        classes[code] = [name for _grade, name in offered]
        taken: set[tuple[str, str]] = set()
        for place in range(of_school):
            grade, name = offered[place % len(offered)]
            row = _pupil(rng, len(rows) + 1, grade, year)
            while (str(row["full_name"]), str(row["birth_date"])) in taken:
                row = _pupil(rng, len(rows) + 1, grade, year)
            taken.add((str(row["full_name"]), str(row["birth_date"])))
            rows.append({**row, "school_code": code, "class_name": name})
    return rows, classes


def _pupil(rng: random.Random, number: int, grade: int, year: int) -> Row:
    group = people.draw_group(rng, rng.choice(list(people.MIXES)))
    sex = rng.choice("FM")
    born = year - (5 + grade if grade > 0 else 6 + grade)
    return {
        "number": number,
        "ministry_id": f"{3_100_000_000 + number}",
        "full_name": people.draw_name(rng, group, sex),
        "birth_date": f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{born}",
        "sex": "Nữ" if sex == "F" else "Nam",
        "ethnic_group": str(names()[group]),
        "village": f"Bản {rng.choice(('Háng Lìa', 'Nà Khằm', 'Sin Câu', 'Huổi Lính'))}",
        "father": people.draw_name(rng, group, "M"),
        "phone": f"09{rng.randint(10_000_000, 99_999_999)}" if rng.random() < 0.7 else "",
        "grade": GRADE_WORDS.get(grade, str(grade)),
    }


def _staff(
    rng: random.Random,
    schools: Sequence[Row],
    classes: dict[str, list[str]],
    count: int,
    year: int,
) -> list[Row]:
    """The rows: a head and a deputy of each school, teachers, of whom some have a class."""
    rows: list[Row] = []
    for index, school in enumerate(schools):
        of_school = count * (index + 1) // len(schools) - count * index // len(schools)
        left = list(classes[str(school["code"])])
        for place in range(of_school):
            post = {0: "Hiệu trưởng", 1: "Phó hiệu trưởng", 2: "Văn thư"}.get(place, "Giáo viên")
            sex = rng.choice("FM")
            group = people.draw_group(rng, rng.choice(list(people.MIXES)))
            rows.append(
                {
                    "staff_code": f"{1_290_000_000 + len(rows) + 1}",
                    "full_name": people.draw_name(rng, group, sex),
                    "birth_date": f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}"
                    f"/{year - rng.randint(24, 58)}",
                    "sex": "Nữ" if sex == "F" else "Nam",
                    "phone": f"09{rng.randint(10_000_000, 99_999_999)}",
                    "school_code": str(school["code"]),
                    "post": post,
                    "homeroom": left.pop(0) if left and post == "Giáo viên" else "",
                }
            )
    return rows


# --- Flaws --------------------------------------------------------------------------------------


def _spoil_pupils(rows: list[Row]) -> list[Flaw]:
    """Spoil rows in place, spread over the file; a total and a signature follow below it."""
    at = _spread(len(rows), 10)
    flaws = []

    def spoil(index: int, key: str, value: str | int, code: str) -> None:
        rows[index] = {**rows[index], key: value}
        flaws.append(Flaw(index + 2, key, code))

    spoil(at[0], "school_code", "99999999", "school_unknown")
    spoil(at[1], "school_code", "", "school_missing")
    spoil(at[2], "birth_date", "31/02/2018", "no_such_day")
    spoil(at[3], "birth_date", "05/09/18", "two_digit_year")
    spoil(at[4], "ethnic_group", "Mông hoa lá", "ethnic_group")
    spoil(at[5], "class_name", "", "blank")
    spoil(at[6], "ministry_id", "31-00", "ministry_id")
    # Excel took the number for a number: it is read as it was meant.
    number = str(rows[at[7]]["ministry_id"])
    rows[at[7]] = {**rows[at[7]], "ministry_id": int(number)}
    # A child twice in one school, and one number in two schools.
    first, again = at[8], at[8] + 1
    same = {key: rows[first][key] for key in ("full_name", "birth_date", "school_code")}
    rows[again] = {**rows[again], **same, "ministry_id": ""}
    flaws += [Flaw(index + 2, "full_name", "pupil_twice") for index in (first, again)]
    here, there = at[9], 0
    rows[there] = {**rows[there], "ministry_id": rows[here]["ministry_id"]}
    flaws += [Flaw(index + 2, "ministry_id", "number_twice_at") for index in (here, there)]
    rows.append({"full_name": f"Tổng cộng: {len(rows)} học sinh"})
    return sorted(flaws, key=lambda flaw: flaw.row)


def _spoil_staff(rows: list[Row]) -> list[Flaw]:
    at = _spread(len(rows), 3)
    rows[at[0]] = {**rows[at[0]], "school_code": "99999999"}
    rows[at[1]] = {**rows[at[1]], "birth_date": "31/02/1980"}
    rows[at[2]] = {**rows[at[2]], "post": "Thợ săn"}
    return [
        Flaw(at[0] + 2, "school_code", "school_unknown"),
        Flaw(at[1] + 2, "birth_date", "no_such_day"),
        Flaw(at[2] + 2, "post", "post"),
    ]


def _spread(count: int, wanted: int) -> list[int]:
    """Indexes over a list, none at its ends."""
    return [count * (place + 1) // (wanted + 1) for place in range(wanted)]


def _written(
    title: str, headings: Sequence[str], keys: Sequence[str], rows: Sequence[Row]
) -> bytes:
    file = io.BytesIO()
    with Spreadsheet(file, title=title) as book:
        sheet = book.sheet(title)
        sheet.row(0, headings, LIST_HEAD)
        for line, row in enumerate(rows, 1):
            for column, key in enumerate(keys):
                value = row.get(key, "")
                if isinstance(value, int):
                    sheet.number(line, column, value)
                elif value:
                    sheet.text(line, column, value)
    return file.getvalue()
