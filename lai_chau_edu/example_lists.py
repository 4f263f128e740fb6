"""Three small lists in Excel with invented schools, staff and pupils, to practise a start with."""

from pathlib import Path

from django.utils import timezone, translation

from accounts.staff.workbook.template import write_template as write_staff
from schools.areas.selectors.tree import AreaTree
from schools.enums import Grade
from schools.pupil_import.workbook.template import write_example as write_pupils
from schools.school_import.workbook import write_template as write_schools

SCHOOL = "12000901"  # the first school of the list of schools
CLASS = "1A"


def write_example_lists(folder: Path) -> list[Path]:
    """Write the lists that are not there yet, as Excel; returns where all of them are."""
    today = timezone.localdate()
    # A school year begins in the second half of a year.
    begins = today.year if today.month >= 7 else today.year - 1
    makers = {
        "1-truong.xlsx": lambda: write_schools(AreaTree.on(today).communes(), example=True),
        "2-nhan-su.xlsx": lambda: write_staff(
            school_codes=[SCHOOL], class_names=[CLASS], example=True
        ),
        "3-hoc-sinh.xlsx": lambda: write_pupils(class_name=CLASS, grade=Grade.G1, year=begins),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / name: make for name, make in makers.items()}
    with translation.override("vi"):
        for path, make in paths.items():
            if not path.exists():
                path.write_bytes(make())
    return list(paths)
