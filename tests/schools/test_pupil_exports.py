"""The pupil list as a file: what was imported is exported, and importing it changes nothing."""

import datetime
import io
import random
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from python_calamine import load_workbook

from core.models import Event
from schools.directory.selectors.school_codes import SchoolCodes
from schools.models import Enrolment, NamesShown, Pupil, PupilExport, School, SchoolClass
from schools.pupil_export import services as exports
from schools.pupil_import.services.change_set import make_change_set
from schools.pupil_import.services.reading import read_source
from schools.pupil_import.workbook.columns import COLUMNS
from schools.pupil_import.workbook.statuses import STATUSES
from schools.tasks import remove_expired_imports, revive_imports
from tests.fingerprints import fingerprints
from tests.schools.pupil_workbooks import check, pupil_row, save, workbook
from tests.world import enrol

pytestmark = pytest.mark.django_db

# Names as they are among the peoples of the mountains and elsewhere; invented.
NAMES = (
    *("Giàng A Chua", "Lò Thị Hương", "H’Mai Ayŭn", "Y Ƀăm Êƀan", "Mùa Ơ̆n Ŭn", "Müller Søren"),
    *("Đèo Văn Ỷ", "Lỳ Xá Xạ", "Phàn Lở Mẩy", "Hoà", "Hòa", "Nguyễn Thuý-Vy", "Tòng Thị Ngoan"),
)


def listed(path):
    """Rows of an exported file as dicts by column key."""
    heads = {column.header: column.key for column in COLUMNS}
    rows = load_workbook(path).get_sheet_by_index(0).to_python()
    return [dict(zip((heads[head] for head in rows[0]), row, strict=True)) for row in rows[1:]]


def row_of(rows, name):
    """The row of the one pupil of that name."""
    (row,) = [each for each in rows if each["full_name"] == name]
    return row


def write(path, world, schools=None, *, of_many=False):
    if schools is None:
        schools = School.objects.filter(pk=world.school_a.pk)
    exports.write_file(path, schools, year=world.year, of_many=of_many)
    return listed(path)


def judged(path, world, *, of_many=False, starts_on=None):
    """What reading the file again would do, {kind: rows}, with why."""
    day = starts_on or world.today
    schools = list(School.objects.on(day)) if of_many else [world.school_a]
    only = None if of_many else world.school_a
    change_set = make_change_set(
        read_source(str(path), of_many=of_many),
        schools=SchoolCodes(schools, on=day, only=only),
        year=world.year,
        starts_on=day,
        create_classes=False,
    )
    told = [(o.kind, o.refusals, o.changes) for o in change_set.outcomes if o.kind != "unchanged"]
    return told, len(change_set.outcomes)


STAYING = ("01", "02", "03", "06", "07", "10")


@pytest.mark.parametrize("status", [each for each in STATUSES if each.code in STAYING])
def test_the_status_of_a_list_comes_back_as_it_was_told(world, tmp_path, status):
    more = {"father": "Vừ A Tủa", "mother": "Mùa Thị Dở", "phone": "0912345678"}
    row = pupil_row(status=status.name, **more)
    assert save(check(world, workbook(row))).state == "done"
    back = row_of(write(tmp_path / "a.xlsx", world), "Vừ A Sùng")
    assert {key: back[key] for key in row} == row
    assert judged(tmp_path / "a.xlsx", world) == ([], Pupil.objects.count() - 3)


@pytest.mark.parametrize("status", [each for each in STATUSES if each.code not in STAYING])
def test_a_leaving_of_a_list_comes_back_as_it_was_told(world, tmp_path, status):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    born = pupil.birth_date.strftime("%d/%m/%Y")
    row = pupil_row(
        full_name="Giàng A Chua", birth_date=born, sex="Nữ", ethnic_group="Mông", status=status.name
    )
    assert save(check(world, workbook(row))).state == "done"
    back = row_of(write(tmp_path / "a.xlsx", world), pupil.full_name)
    assert back["status"] == status.name
    assert judged(tmp_path / "a.xlsx", world)[0] == []


def test_a_word_of_the_list_stands_as_long_as_the_roll_says_the_same(world, tmp_path):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    spell = pupil.spells.get()
    spell.valid_to, spell.exit_reason, spell.told_status = world.today, "dropout", "04"
    spell.dropout_cause = "other"
    spell.save()
    back = row_of(write(tmp_path / "a.xlsx", world), pupil.full_name)
    assert back["status"] == "Thôi học kỳ 1"


def test_a_list_that_tells_another_status_is_shown_and_kept(world, tmp_path):
    """The class stays; what the ministry calls it is on record from then on."""
    spell = Enrolment.objects.get(pupil__full_name="Giàng A Chua")
    rows = write(tmp_path / "a.xlsx", world)
    chua = next(each for each in rows if each["full_name"] == "Giàng A Chua")
    batch = check(world, workbook(chua | {"status": "Chuyển đến kỳ 1"}))
    (shown,) = batch.preview["changed"]
    assert "Chuyển đến kỳ 1" in str(shown)
    save(batch)
    spell.refresh_from_db()
    assert spell.told_status == "02"
    assert spell.entry_reason == "start", "how the pupil came is not the list's to change"
    again = check(world, workbook(chua | {"status": "02"}))
    assert (again.changed_count, again.unchanged_count) == (0, 1)


def generated_roll(world, seed):
    """A roll of school A with everything that a year brings; None of it is tidy."""
    chance = random.Random(seed)
    second = SchoolClass.objects.create(
        school=world.school_a,
        site=world.site_a,
        year=world.year,
        name=chance.choice(["6B", "6 Đội 1", "6.1", "Lớp 6C"]),
        level="THCS",
        grades="6",
    )
    for number in range(40):
        name = chance.choice(NAMES)
        pupil = Pupil.objects.create(
            full_name=name,
            sex=chance.choice("FM"),
            # Few days, so that two children have one name and one birth date.
            birth_date=datetime.date(2015, 3, chance.choice([1, 2])),
            ethnic_group=chance.choice(["01", "03", "08", "09", "54"]),
            ministry_id=f"{seed:03}{number:07}" if chance.random() < 0.4 else None,
            citizen_id=f"{seed:05}{number:07}" if chance.random() < 0.4 else None,
            home_address=chance.choice(["", "Bản Háng Lìa (đội 2)", "Số 5, đường 30/4"]),
            guardian_name=chance.choice(
                ["", "Vừ A Tủa", "Vừ A Tủa, Mùa Thị Dở", "Ông nội: Vừ A Páo (0912)", "A, B, C"]
            ),
            guardian_phone=chance.choice(["", "0912345678", "0912 345 678", "hỏi trưởng bản"]),
        )
        _spells(world, chance, pupil, second)


def _spells(world, chance, pupil, second):
    start = world.year.valid_from
    reason = chance.choice(["start", "in", "new", "return"])
    first = start if reason == "start" else start + datetime.timedelta(chance.randint(0, 20))
    kind = chance.choice(["stays", "stays", "left", "moved", "changed", "back", "ends later"])
    middle = first + datetime.timedelta(chance.randint(10, 40))
    told = chance.choice(["", "", "01", "02", "06", "10", "04", "09"])
    if kind == "stays":
        enrol(pupil, world.class_a, first, entry_reason=reason, told_status=told)
        return
    end = {
        "left": chance.choice(["dropout", "out", "other"]),
        "moved": "out",
        "changed": "class",
        "back": "dropout",
        "ends later": "out",
    }[kind]
    if kind == "ends later":
        middle = world.today + datetime.timedelta(chance.randint(1, 9))
    enrol(
        pupil,
        world.class_a,
        first,
        entry_reason=reason,
        told_status=told,
        valid_to=middle,
        exit_reason=end,
        dropout_cause="other" if end == "dropout" else "",
    )
    if kind == "moved":
        enrol(pupil, world.class_b, middle, entry_reason="in")
    elif kind == "changed":
        enrol(pupil, second, middle, entry_reason="class")
    elif kind == "back":
        enrol(pupil, second, middle + datetime.timedelta(2), entry_reason="return")


@pytest.mark.parametrize("seed", range(12))
def test_importing_the_export_changes_nothing(world, tmp_path, seed):
    """Names with rare letters, two children of one name, ended times in class, missing numbers."""
    generated_roll(world, seed)
    path = tmp_path / "a.xlsx"
    rows = write(path, world)
    names = {(each["full_name"], each["birth_date"]) for each in rows}
    assert len(names) < len(rows), "children of one name and birth date are among them"
    assert len(rows) == Pupil.objects.filter(spells__school=world.school_a).distinct().count()
    assert judged(path, world) == ([], len(rows))
    many = write(path, world, School.objects.all(), of_many=True)
    assert len(many) == Pupil.objects.count(), "a child stands once in a list of many schools"
    assert judged(path, world, of_many=True) == ([], len(many))


def test_saving_the_export_writes_nothing(world, tmp_path):
    generated_roll(world, 99)
    write(tmp_path / "a.xlsx", world)
    said_by_every_upload = {
        "schools_importbatch",
        "core_event",
        "core_operation",
        "schools_historicalimportbatch",
    }
    before = fingerprints(said_by_every_upload)
    batch = save(check(world, (tmp_path / "a.xlsx").read_bytes()))
    assert (batch.state, batch.created_count, batch.changed_count) == ("done", 0, 0)
    after = fingerprints(said_by_every_upload)
    assert {table for table in before if before[table] != after[table]} == set()


def test_a_record_number_means_a_child_of_the_school_with_that_name(world):
    """The numbers follow each other: who tries them out learns nothing."""
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    born = pupil.birth_date.strftime("%d/%m/%Y")
    other = Pupil.objects.get(full_name="Sùng A Páo")
    keys = ("full_name", "birth_date", "sex", "ethnic_group", "class_name", "record")
    for record, name, day in (
        (str(other.pk), other.full_name, other.birth_date.strftime("%d/%m/%Y")),
        (str(pupil.pk), "Vừ A Sùng", born),
        (str(pupil.pk), pupil.full_name, "01/01/2015"),
        ("abc", pupil.full_name, born),
        ("9" * 30, pupil.full_name, born),
    ):
        row = pupil_row(full_name=name, birth_date=day, record=record)
        batch = check(world, workbook(row, keys=keys))
        (refused,) = batch.preview["refused"]
        assert (refused["letter"], refused["code"]) == ("F", "record"), record


def test_a_cell_that_repeats_the_record_is_not_judged(world):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    Pupil.objects.filter(pk=pupil.pk).update(guardian_name="Ông: A (chú)", guardian_phone="xa 5")
    keys = ("full_name", "birth_date", "sex", "ethnic_group", "class_name", "guardian", "phone")
    row = pupil_row(
        full_name=pupil.full_name,
        birth_date=pupil.birth_date.strftime("%d/%m/%Y"),
        sex="Nữ",
        guardian="Ông: A (chú)",
        phone="xa 5",
    )
    assert check(world, workbook(row, keys=keys)).unchanged_count == 1
    batch = check(world, workbook(row | {"guardian": "Ông: B (chú)", "phone": "xa 6"}, keys=keys))
    assert [each["code"] for each in batch.preview["refused"]] == ["not_a_name", "phone"] or [
        each["code"] for each in batch.preview["refused"]
    ] == ["phone", "not_a_name"]


def test_a_school_that_a_child_left_tells_no_new_home(world, tmp_path):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    spell = pupil.spells.get()
    spell.valid_to, spell.exit_reason = world.today, "out"
    spell.save()
    enrol(pupil, world.class_b, world.today, entry_reason="in")
    Pupil.objects.filter(pk=pupil.pk).update(
        home_address="Bản Nậm Lạnh mới", guardian_name="Lò Văn Giữ", guardian_phone="0912000777"
    )
    write(tmp_path / "a.xlsx", world)
    told = str(listed(tmp_path / "a.xlsx"))
    assert "Giàng A Chua" in told
    assert not [each for each in ("Nậm Lạnh", "Lò Văn Giữ", "0912000777") if each in told]
    Pupil.objects.filter(pk=pupil.pk).update(anonymised_at=timezone.now())
    assert "Giàng A Chua" not in str(write(tmp_path / "a.xlsx", world))


# --- the way of a file


def made(client, world, name="pupils_export_school", **data):
    url = reverse(
        f"schools:{name}", args=[world.school_a.pk] if name == "pupils_export_school" else []
    )
    answer = client.post(url, {"year": world.year.pk, **data})
    assert answer.status_code == 302, answer.content.decode()
    run = PupilExport.objects.latest("made_at")
    exports.make(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_a_head_fetches_the_list_of_the_school_and_it_is_written_down(world, sign_in):
    client = sign_in(world.head_a)
    run = made(client, world)
    assert (run.state, run.pupils) == ("done", 10)
    page = client.get(reverse("schools:pupils_export", args=[run.pk])).content.decode()
    assert re.search(r"Số học sinh trong tệp</dt><dd>10<", page)
    answer = client.get(reverse("schools:pupils_export_file", args=[run.pk]))
    rows = listed(io.BytesIO(answer.getvalue()))
    assert len(rows) == 10
    assert "school_code" not in rows[0]
    (shown,) = NamesShown.objects.filter(kind="file")
    assert (shown.user_id, shown.school_id, shown.names) == (world.head_a.pk, world.school_a.pk, 10)
    kinds = ["pupils.list_asked", "pupils.list_made", "pupils.list_fetched"]
    assert (
        list(Event.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", flat=True))
        == kinds
    )


def test_a_commune_fetches_its_schools_in_one_file(world, sign_in):
    client = sign_in(world.commune_officer)
    run = made(client, world, "pupils_export_all")
    answer = client.get(reverse("schools:pupils_export_file", args=[run.pk]))
    rows = listed(io.BytesIO(answer.getvalue()))
    assert {each["school_code"] for each in rows} == {"12A1"}
    assert run.counts == {str(world.school_a.pk): 10}


@pytest.mark.parametrize(
    "who", ["province_officer", "district_officer", "teacher_a", "member_user"]
)
def test_who_does_not_own_the_children_gets_no_list(world, sign_in, who):
    client = sign_in(getattr(world, who))
    for url in (
        reverse("schools:pupils_export_school", args=[world.school_a.pk]),
        reverse("schools:pupils_export_all"),
    ):
        assert client.get(url).status_code in (403, 404)
        assert client.post(url, {"year": world.year.pk}).status_code in (403, 404)
    assert not PupilExport.objects.exists()


def test_a_list_is_its_askers_own_and_only_while_the_right_lasts(world, sign_in):
    run = made(sign_in(world.commune_officer), world, "pupils_export_all")
    url = reverse("schools:pupils_export_file", args=[run.pk])
    assert sign_in(world.head_a).get(url).status_code == 404
    world.commune_officer.grants.update(area=world.commune_b)
    assert sign_in(world.commune_officer).get(url).status_code == 404


def test_who_lost_a_school_before_the_job_ran_gets_a_list_without_it(world, sign_in):
    client = sign_in(world.head_a)
    client.post(
        reverse("schools:pupils_export_school", args=[world.school_a.pk]), {"year": world.year.pk}
    )
    run = PupilExport.objects.get()
    PupilExport.objects.update(state="waiting", claimed_at=None, file="", counts={})
    world.head_a.grants.update(school=world.school_b)
    exports.make(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.pupils) == ("done", 0)


def test_a_file_is_gone_after_a_day(world, sign_in):
    run = made(sign_in(world.head_a), world)
    PupilExport.objects.update(expires_at=timezone.now())
    remove_expired_imports()
    run.refresh_from_db()
    assert not run.file
    url = reverse("schools:pupils_export_file", args=[run.pk])
    assert sign_in(world.head_a).get(url).status_code == 404
    page = sign_in(world.head_a).get(reverse("schools:pupils_export", args=[run.pk]))
    assert url not in page.content.decode()


def test_a_list_can_be_cancelled_and_asked_for_once_at_a_time(world):
    first = exports.ask(school=world.school_a, year=world.year, by=world.head_a)
    assert exports.ask(school=world.school_a, year=world.year, by=world.head_a) == first
    assert exports.cancel(run=first, by=world.head_a)
    first.refresh_from_db()
    assert exports.make(run_id=first.pk) is None
    assert not exports.cancel(run=first, by=world.head_a)
    assert Event.objects.filter(kind="pupils.list_cancelled").count() == 1


def test_a_lost_list_is_made_again_and_one_given_up_says_so(world):
    run = exports.ask(school=world.school_a, year=world.year, by=world.head_a)
    PupilExport.objects.update(
        state="running",
        claimed_at=timezone.now(),
        heartbeat_at=timezone.now() - datetime.timedelta(1),
    )
    revive_imports()
    run.refresh_from_db()
    assert run.state in ("waiting", "done")
    PupilExport.objects.update(state="running")
    exports.died(run_id=run.pk, given_up=True)
    run.refresh_from_db()
    assert run.state == "failed"
    with override("vi"):
        assert "Không lập được danh sách" in str(run.problem.what)
    assert Event.objects.filter(kind="pupils.list_failed").count() == 1


def test_the_command_writes_a_province_and_says_for_whom(world, tmp_path, capsys):
    path = tmp_path / "tinh.xlsx"
    call_command("export_pupils", area="12", out=str(path), by="province")
    assert len(listed(path)) == 13
    assert NamesShown.objects.filter(kind="file", user_id=world.province_officer.pk).count() == 2
    assert Event.objects.filter(kind="pupils.list_fetched").count() == 1
    assert "13 học sinh, 2 trường" in capsys.readouterr().out


def test_a_long_list_is_written_in_parts_that_the_import_takes(world, tmp_path, monkeypatch):
    monkeypatch.setattr("schools.management.commands.export_pupils.ROW_LIMIT_OF_MANY", 11)
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    spell = pupil.spells.get()
    spell.valid_to, spell.exit_reason = world.today, "out"
    spell.save()
    enrol(pupil, world.class_b, world.today, entry_reason="in")
    call_command("export_pupils", area="12", out=str(tmp_path / "t.xlsx"), by="province")
    parts = [listed(tmp_path / f"t-{number}.xlsx") for number in (1, 2)]
    names = [each["full_name"] for part in parts for each in part]
    assert sorted(names) == sorted(Pupil.objects.values_list("full_name", flat=True))


@pytest.mark.parametrize("size", ["small", "large"])
def test_queries_follow_the_schools_and_not_the_pupils(
    world, tmp_path, size, django_assert_max_num_queries
):
    """Two for each school; six for the schools, the year and the terms of its levels."""
    generated_roll(world, 7)
    if size == "large":
        more_pupils(world)
    with django_assert_max_num_queries(2 * 2 + 6):
        rows = write(tmp_path / "a.xlsx", world, School.objects.all(), of_many=True)
    assert len(rows) == Pupil.objects.count()


def more_pupils(world):
    for number in range(60):
        pupil = Pupil.objects.create(
            full_name="Vừ A Sùng",
            sex="M",
            birth_date=datetime.date(2015, 1, 1 + number % 28),
            ethnic_group="08",
        )
        enrol(pupil, world.class_b, world.since)
