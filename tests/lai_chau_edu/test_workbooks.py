"""The invented workbooks: the same from one seed, taken whole, or refused where they are flawed."""

import datetime

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from accounts.models import ClassAssignment, Post
from accounts.staff.services.imports import change_set_of_file
from core.workbooks import read_sheets
from lai_chau_edu.demo import workbooks
from schools.models import Enrolment, ImportBatch, School
from schools.pupil_import import services as imports

pytestmark = pytest.mark.django_db
SIZE = {"schools": 4, "staff": 36, "pupils": 240}
COMMUNES = ("03001", "03002", "03003")


def build(world, **options):
    return workbooks.build(communes=COMMUNES, year=world.year.valid_from.year, **SIZE, **options)


def put(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return str(path)


def check(world, content):
    batch = imports.receive_workbook(
        school=None,
        year=world.year,
        starts_on=world.year.valid_from,
        create_classes=True,
        upload=ContentFile(content, name="hoc-sinh.xlsx"),
        by=world.province_officer,
    )
    imports.check_batch(batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)


def open_schools(world, tmp_path, made):
    path = put(tmp_path, "truong.xlsx", made.schools)
    call_command("import_schools", path, "--from", str(world.year.valid_from))


def test_one_seed_gives_one_province(world):
    made = build(world)

    def cells(content):
        return [list(sheet.rows) for sheet in read_sheets(ContentFile(content))]

    assert cells(made.pupils) == cells(build(world).pupils)
    assert cells(made.staff) == cells(build(world).staff)
    assert cells(made.pupils) != cells(build(world, seed=1).pupils)


def test_the_sound_ones_go_from_empty_to_a_running_province(world, tmp_path):
    made = build(world)
    open_schools(world, tmp_path, made)
    assert School.objects.filter(code__startswith="129").count() == 4
    batch = check(world, made.pupils)
    assert (batch.state, batch.created_count) == ("ready", 240), batch.preview["refused"][:3]
    confirmed = bool(batch.preview["alike_count"])
    assert imports.ask_to_save(batch, by=world.province_officer, confirmed=confirmed)
    imports.save_batch(batch.pk)
    assert Enrolment.objects.filter(school__code__startswith="129").count() == 240
    path = put(tmp_path, "can-bo.xlsx", made.staff)
    first = str(world.year.valid_from)
    call_command("import_staff", path, "--from", first, "--same-people")
    assert Post.objects.filter(school__code__startswith="129", kind="head").count() == 4
    assert ClassAssignment.objects.filter(school_class__school__code__startswith="129").exists()


def test_the_flawed_ones_are_refused_where_they_say(world, tmp_path):
    made = build(world, flawed=True)
    open_schools(world, tmp_path, made)
    batch = check(world, made.pupils)
    assert batch.state == "refused"
    told = {(each["row"], each["code"]) for each in batch.preview["refused"]}
    assert told == {(flaw.row, flaw.code) for flaw in made.pupil_flaws}
    assert batch.preview["rows_left_out"] == 1
    staff = change_set_of_file(
        put(tmp_path, "can-bo.xlsx", made.staff),
        school=None,
        schools=list(School.objects.all()),
        starts_on=world.year.valid_from + datetime.timedelta(days=1),
    )
    # The classes were not saved, so no staff row of a class is sound yet.
    told = {
        (outcome.line.number, key, code)
        for outcome in staff.outcomes
        for key, code, _params in outcome.refusals
        if key != "homeroom"
    }
    assert told == {(flaw.row, flaw.key, flaw.code) for flaw in made.staff_flaws}


def test_the_command_writes_three_files(world, tmp_path):
    call_command("practice_workbooks", str(tmp_path / "tap"), schools=2, staff=8, pupils=20)
    names = sorted(path.name for path in (tmp_path / "tap").iterdir())
    assert names == ["can-bo.xlsx", "hoc-sinh.xlsx", "truong.xlsx"]


def test_without_communes_there_is_nothing_to_lie_in(tmp_path):
    with pytest.raises(CommandError, match="load_units"):
        call_command("practice_workbooks", str(tmp_path))
