"""The three lists to practise a start with are such as the program itself reads."""

import pytest
from python_calamine import load_workbook

from accounts.staff.services.imports.reading import read_source
from core.months import Month
from lai_chau_edu.example_lists import CLASS, SCHOOL, write_example_lists
from schools.school_import.workbook import read_schools

pytestmark = pytest.mark.django_db


def test_the_program_reads_its_examples_and_leaves_what_is_there(world, tmp_path):
    schools, staff, pupils = write_example_lists(tmp_path / "examples")
    rows = read_schools(schools.read_bytes())
    assert [row.refusals for row in rows] == [[], []]
    assert rows[0].values["code"] == SCHOOL
    source = read_source(str(staff), on=Month.current().first, needs_school=True)
    assert len(source.lines) == 3
    first, *lines = load_workbook(str(pupils)).get_sheet_by_index(0).to_python()
    assert {dict(zip(first, line, strict=True))["Lớp học"] for line in lines} == {CLASS}
    staff.write_bytes(b"the reader's own")
    assert write_example_lists(tmp_path / "examples") == [schools, staff, pupils]
    assert staff.read_bytes() == b"the reader's own"
