"""A record made anonymous: nothing tells who the child was, every figure is what it was."""

import datetime
import io
import json
import uuid
import zipfile
from xml.etree import ElementTree

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from attendance.leave.services import record_leave, withdraw_leave
from attendance.models import PlannedLeave, RegisterRevision
from core.models import Event, Rule
from core.months import Month
from reports.models import ClassCoverage, ClassMonth, SchoolMonth
from reports.services.facts import rebuild
from reports.services.verify import verify
from schools.models import (
    DifferentPupils,
    ImportBatch,
    NamesShown,
    Pupil,
    PupilErasure,
    PupilExport,
    PupilHold,
    PupilMerge,
)
from schools.personal_data.services import anonymising
from schools.personal_data.services.anonymising import (
    anonymise_by_clock,
    anonymise_due,
    anonymise_pupil,
    ask_erasure,
    decide_erasure,
    lift_hold,
    place_hold,
    pupils_due,
)
from schools.personal_data.services.trail import remove_old
from schools.pupil_merging.services.merging import merge_pupils
from schools.pupils.services.enrolments import enrol_pupil, leave, undo_leaving
from schools.pupils.services.pupils import correct_pupil
from tests.frozen import freeze_time
from tests.html_query import read
from tests.photos import JPEG
from tests.reports.register_builders import OCTOBER, day, take

pytestmark = pytest.mark.django_db

NAME = "Sần Thị Mùi Lả"
SECRETS = {
    "full_name": NAME,
    "ministry_id": "7766554433",
    "citizen_id": "012233445566",
    "home_address": "Bản Sin Suối Khuất",
    "guardian_name": "Sần Văn Giữ Kín",
    "guardian_phone": "0977123499",
}
LATER = "2037-10-12 00:10:00"


@pytest.fixture
def child(world):
    """A pupil of 6A with all there may be: leave with a letter, history, a merged record, events,
    corrections that name it; a month of registers; gone since the 20th."""
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    correct_pupil(pupil=pupil, by=world.head_a, **SECRETS)
    Pupil.objects.filter(pk=pupil.pk).update(home=world.commune_a)
    pupil.refresh_from_db()
    twin = Pupil.objects.create(
        full_name=NAME + " Tư", sex=pupil.sex, birth_date=pupil.birth_date, ethnic_group="08"
    )
    merge_pupils(kept=pupil, gone=twin, by=world.head_a)
    record_leave(
        school_class=world.class_a,
        pupil=pupil,
        first_day=world.today,
        last_day=world.today,
        reason="sick",
        note="Mẹ là Sần Thị Khuất Mặt",
        announced_by="Sần Văn Giữ Kín",
        letter=SimpleUploadedFile("don.jpg", JPEG),
        by=world.teacher_a,
    )
    other = Pupil.objects.get(full_name="Lò Thị Hương")
    DifferentPupils.objects.create(
        first=min(pupil, other, key=lambda each: each.pk),
        second=max(pupil, other, key=lambda each: each.pk),
        confirmed_by=world.head_a,
    )
    ImportBatch.objects.create(
        school=world.school_a,
        year=world.year,
        file_name="a.xlsx",
        file_hash="0" * 64,
        starts_on=world.today,
        state="ready",
        preview={"new": [["Học sinh", 3, NAME, "6A"]]},
        file=ContentFile(NAME.encode(), "a.xlsx"),
        made_by=world.head_a,
    )
    PupilExport.objects.create(
        school=world.school_a,
        year=world.year,
        state="done",
        counts={str(world.school_a.pk): 10},
        file=ContentFile(NAME.encode(), "b.xlsx"),
        made_by=world.head_a,
    )
    for number in (1, 2, 5, 6, 7, 8, 9):
        marks = {pupil.pk: "KPM"[number % 3], other.pk: "P"}
        register = take(world.class_a, day(number), marks)
        RegisterRevision.objects.create(
            school=world.school_a,
            register=register,
            number=1,
            operation_id=uuid.uuid4(),
            state="taken",
            marks={str(pk): [mark, ""] for pk, mark in marks.items()},
            roll=sorted(world.class_a.spells.values_list("pupil_id", flat=True)),
            correction_reason=f"Sửa cho em {NAME}",
            sent_by=world.teacher_a,
            sent_at=timezone.now(),
        )
    spell = pupil.spells.get()
    spell.valid_to, spell.exit_reason, spell.dropout_cause = world.today, "dropout", "work"
    spell._change_reason = f"{NAME} theo bố mẹ"
    spell.save()
    return pupil


def everything():
    """Every value of every table, as one text."""
    told = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            told.append(str(cursor.fetchall()))
    return "\n".join(told)


def facts():
    """Every figure that is stored, but for when it was counted."""
    return {
        model.__name__: sorted(
            str({key: value for key, value in row.items() if key not in ("id", "rebuilt_at")})
            for row in model.objects.values()
        )
        for model in (ClassMonth, SchoolMonth, ClassCoverage)
    }


def count(world):
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    return facts()


def test_nothing_that_tells_who_the_child_is_stays_anywhere(
    world, child, django_capture_on_commit_callbacks
):
    letter = PlannedLeave.objects.get().letter
    storage, path = letter.storage, letter.name
    upload = ImportBatch.objects.get().file
    assert all(secret in everything() for secret in SECRETS.values())
    with django_capture_on_commit_callbacks(execute=True):
        anonymise_pupil(pupil=child, by=world.system_admin, reason="nhập nhầm")
    told = everything()
    for secret in (*SECRETS.values(), "Khuất Mặt", "Giữ Kín", "Giàng A Chua", "giang a chua"):
        assert secret not in told
        # As a database writes a JSON that it keeps as text.
        assert json.dumps(secret)[1:-1] not in told
    assert not storage.exists(path)
    assert not upload.storage.exists(upload.name)
    child.refresh_from_db()
    assert child.full_name == "Đã ẩn danh"
    assert (child.birth_date.month, child.birth_date.day) == (1, 1)
    assert (child.name_key, child.search_key, child.home) == ("", "", None)
    assert not DifferentPupils.objects.exists()
    assert PupilMerge.objects.get().before == {}


def test_every_figure_of_past_months_is_what_it_was_and_counted_anew_the_same(world, child):
    before = count(world)
    assert before["ClassMonth"]
    anonymise_pupil(pupil=child, by=world.system_admin, reason="")
    assert facts() == before
    assert count(world) == before
    assert not verify(month=OCTOBER).differences


def test_the_decision_is_an_event_without_a_name(world, child):
    anonymise_pupil(pupil=child, by=world.system_admin, reason="nhập nhầm")
    event = Event.objects.get(kind="pupil.anonymised")
    assert (event.actor, event.school_id) == (world.system_admin, world.school_a.pk)
    assert event.reason == "nhập nhầm"


def test_free_text_about_the_child_goes_from_the_events(world, child):
    text = f"Mẹ em {NAME} xin"
    spell, head = child.spells.get(), world.head_a
    undo_leaving(enrolment=spell, by=head, reason=text)
    withdraw_leave(leave=PlannedLeave.objects.get(), because=text, by=head)
    # A second record, whose time in class goes when the two become one.
    twin = Pupil.objects.create(
        full_name=NAME, sex=child.sex, birth_date=child.birth_date, ethnic_group="08"
    )
    again = enrol_pupil(
        pupil=twin, school_class=world.class_a, grade=6, start=world.today, reason="in", by=head
    )
    tomorrow = world.today + datetime.timedelta(days=1)
    leave(enrolment=again, on=tomorrow, reason="out", cause="", by=head)
    undo_leaving(enrolment=again, by=head, reason=text)
    merge_pupils(kept=child, gone=twin, by=head)
    spell.refresh_from_db()
    leave(enrolment=spell, on=tomorrow, reason="out", cause="", by=head)
    place_hold(pupil=child, school=world.school_a, reason=text, by=head)
    lift_hold(pupil=child, school=world.school_a, by=head)
    about_others = Event.objects.create(
        at=timezone.now(), kind="leave.withdrawn", part_of="schools.pupil:987654321", reason="khác"
    )
    told = Event.objects.filter(reason=text)
    kinds = ["enrolment.leaving_undone"] * 2 + ["leave.withdrawn", "pupil.hold_placed"]
    assert sorted(told.values_list("kind", flat=True)) == sorted(kinds)
    count = Event.objects.count()
    with freeze_time("2026-10-14 00:10:00"):
        ask = ask_erasure(pupil=child, school=world.school_a, reason=text, by=head)
        decide_erasure(erasure=ask, grant=True, by=world.system_admin)
    assert not told.exists()
    assert NAME not in everything()
    # Who decided what, and when, stays; and so does what is about others.
    assert Event.objects.count() == count + 2
    assert Event.objects.filter(kind="pupil.hold_placed", actor=head).exists()
    about_others.refresh_from_db()
    assert about_others.reason == "khác"


def test_never_a_pupil_on_a_roll_or_one_that_comes_tomorrow(world, child):
    with pytest.raises(ValidationError):
        anonymise_pupil(
            pupil=Pupil.objects.get(full_name="Lò Thị Hương"), by=world.system_admin, reason=""
        )
    spell = child.spells.get()
    spell.valid_to = world.today + datetime.timedelta(days=1)
    spell.save()
    with pytest.raises(ValidationError):
        anonymise_pupil(pupil=child, by=world.system_admin, reason="")
    assert Pupil.objects.get(pk=child.pk).full_name == NAME


def test_due_is_who_left_as_long_ago_as_the_rule_says(world, child):
    with freeze_time("2036-10-11 20:00:00"):  # 12/10/2036 at 3 in the morning here
        assert list(pupils_due(timezone.localdate())) == [child]
    with freeze_time("2036-10-11 12:00:00"):
        assert not pupils_due(timezone.localdate()).exists()


def test_a_dry_run_and_the_clock_change_nothing_until_the_rule_says_so(world, child, capsys):
    with freeze_time(LATER):
        assert anonymise_due(dry_run=True).due == [child.pk]
        assert (anonymise_by_clock().due, anonymise_by_clock().done) == ([child.pk], 0)
        call_command("anonymise_pupils", "--dry-run")
        assert "1" in capsys.readouterr().out
        assert Pupil.objects.get(pk=child.pk).full_name == NAME
        Rule.objects.filter(key="schools.anonymise_by_clock").update(value=1)
        assert anonymise_by_clock().done == 1
        assert Pupil.objects.get(pk=child.pk).anonymised_at is not None
        assert anonymise_by_clock().due == []


def test_the_command_does_what_its_dry_run_named(world, child, capsys):
    with freeze_time(LATER):
        call_command("anonymise_pupils")
    assert Pupil.objects.get(pk=child.pk).anonymised_at is not None


def test_a_record_kept_on_purpose_stays(world, child):
    place_hold(pupil=child, school=world.school_a, reason="Khiếu nại", by=world.head_a)
    with freeze_time(LATER):
        assert anonymise_due().done == 0
        with pytest.raises(ValidationError):
            anonymise_pupil(pupil=child, by=world.system_admin, reason="")
        assert lift_hold(pupil=child, school=world.school_a, by=world.head_a)
        assert not lift_hold(pupil=child, school=world.school_a, by=world.head_a)
        assert anonymise_due().done == 1
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"pupil.hold_placed", "pupil.hold_lifted"} <= kinds


def test_asked_by_the_head_confirmed_by_another(world, child):
    asked = ask_erasure(pupil=child, school=world.school_a, reason="Nhầm", by=world.head_a)
    with pytest.raises(ValidationError):
        ask_erasure(pupil=child, school=world.school_a, reason="Nhầm", by=world.head_a)
    with pytest.raises(ValidationError):
        decide_erasure(erasure=asked, grant=True, by=world.head_a)
    decide_erasure(erasure=asked, grant=False, by=world.system_admin)
    assert Pupil.objects.get(pk=child.pk).full_name == NAME
    again = ask_erasure(pupil=child, school=world.school_a, reason=f"Em {NAME}", by=world.head_a)
    decide_erasure(erasure=again, grant=True, by=world.system_admin)
    assert Pupil.objects.get(pk=child.pk).anonymised_at is not None
    assert NAME not in PupilErasure.objects.get(pk=again.pk).reason
    with pytest.raises(ValidationError):
        decide_erasure(erasure=again, grant=True, by=world.system_admin)


def test_an_anonymous_record_is_never_filled_again(world, child):
    anonymise_pupil(pupil=child, by=world.system_admin, reason="")
    child.refresh_from_db()
    with pytest.raises(ValidationError):
        correct_pupil(pupil=child, by=world.head_a, full_name=NAME)
    with pytest.raises(ValidationError):
        enrol_pupil(
            pupil=child,
            school_class=world.class_a,
            grade=6,
            start=world.today,
            reason="return",
            by=world.head_a,
        )
    other = Pupil.objects.create(
        full_name="Ly A Hai", sex="M", birth_date=child.birth_date, ethnic_group="08"
    )
    with pytest.raises(ValidationError):
        merge_pupils(kept=other, gone=child, by=world.head_a)


def test_a_correction_leaves_its_event_with_the_fields_and_no_values(world, child):
    correct_pupil(pupil=child, by=world.head_a, guardian_phone="0911222333", full_name=NAME)
    event = Event.objects.filter(kind="pupil.corrected").latest("pk")
    assert event.changes == {"fields": [[], ["guardian_phone"]]}
    assert (event.actor, event.school_id) == (world.head_a, world.school_a.pk)
    assert NAME not in event.object_name


# --- Pages -----------------------------------------------------------------------------------


def sheets(answer):
    """All texts of a workbook: in its sheets, or shared between them."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        parts = [
            archive.read(name)
            for name in archive.namelist()
            if name.startswith("xl/worksheets/sheet") or name == "xl/sharedStrings.xml"
        ]
    return "\n".join(text for part in parts for text in ElementTree.fromstring(part).itertext())


def test_the_head_gives_out_everything_about_one_child(world, child, sign_in):
    sign_in(world.teacher_a).get(reverse("schools:school_class", args=[world.class_a.pk]))
    answer = sign_in(world.head_a).post(reverse("schools:pupil_data", args=[child.pk]))
    told = sheets(answer)
    for secret in (*SECRETS.values(), "Khuất Mặt", "Nguyễn Thị Hoa", "Nghỉ không phép", "bố mẹ"):
        assert secret in told, secret
    assert "Lò Thị Hương" not in told
    assert NAME not in answer.headers["Content-Disposition"]
    assert Event.objects.filter(kind="pupil.exported", actor=world.head_a).count() == 1
    assert NamesShown.objects.get(kind="data").pupil == child
    assert (
        sign_in(world.teacher_a).post(reverse("schools:pupil_data", args=[child.pk])).status_code
        == 403
    )


def test_a_formula_in_a_name_stays_text(world, child, sign_in):
    Pupil.objects.filter(pk=child.pk).update(home_address='=HYPERLINK("http://a.example")')
    answer = sign_in(world.head_a).post(reverse("schools:pupil_data", args=[child.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        parts = [archive.read(each) for each in archive.namelist() if "sheet" in each.lower()]
    assert not any(b"<f>" in part or b"hyperlink" in part for part in parts[:-1])


def readers_on(answer):
    """Who stands at the head of the rows of a page, with their role."""
    return set(read(answer).texts("tbody th"))


def test_the_head_sees_who_looked_at_a_pupil_and_at_the_school(world, sign_in):
    pupil = Pupil.objects.get(full_name="Lò Thị Hương")
    head = sign_in(world.head_a)
    seen = reverse("schools:pupil_seen", args=[pupil.pk])
    school = reverse("schools:school_seen", args=[world.school_a.pk])
    assert "Chưa có ai" in head.get(school).content.decode()
    sign_in(world.commune_officer).get(reverse("schools:pupil", args=[pupil.pk]))
    sign_in(world.teacher_a).get(reverse("schools:school_class", args=[world.class_a.pk]))
    page = head.get(seen).content.decode()
    assert "Giàng A Tủa" in page
    assert "Nguyễn Thị Hoa" in page
    assert "Giàng A Tủa" in head.get(reverse("schools:pupil", args=[pupil.pk])).content.decode()
    whole = head.get(school).content.decode()
    assert "Giàng A Tủa" in whole
    assert "Lò Thị Hương" not in whole
    officer, teacher = "Giàng A Tủa Cán bộ xã", "Nguyễn Thị Hoa Giáo viên"
    assert {officer, teacher} < readers_on(head.get(school))
    assert readers_on(head.get(school, {"kind": "roll"})) == {teacher}
    by_person = head.get(school, {"person": world.commune_officer.pk})
    assert readers_on(by_person) == {officer}
    assert "Không có ai" in head.get(school, {"last": "01/01/2020"}).content.decode()


def test_the_administrator_reads_counts_and_decides_without_a_name(world, child, sign_in):
    ask_erasure(pupil=child, school=world.school_a, reason="Nhập nhầm", by=world.head_a)
    sign_in(world.teacher_a).get(reverse("schools:school_class", args=[world.class_a.pk]))
    admin = sign_in(world.system_admin)
    page = admin.get(reverse("schools:trail_counts")).content.decode()
    assert "Nguyễn Thị Hoa" in page
    assert "Nhập nhầm" in page
    assert NAME not in page
    asked = PupilErasure.objects.get()
    answer = admin.post(reverse("schools:erasure_decide", args=[asked.pk]), {"answer": "confirm"})
    assert answer.status_code == 302
    assert Pupil.objects.get(pk=child.pk).anonymised_at is not None
    head = sign_in(world.head_a)
    page = head.get(reverse("schools:pupil", args=[child.pk])).content.decode()
    assert "Đã ẩn danh" in page
    assert head.get(reverse("schools:pupil_edit", args=[child.pk])).status_code == 403


def test_a_head_asks_and_holds_by_the_pages(world, child, sign_in):
    head = sign_in(world.head_a)
    ask, hold = (reverse(name, args=[child.pk]) for name in ("schools:erasure_ask", "schools:hold"))
    assert head.post(ask, {"reason": ""}).status_code == 422
    assert head.post(hold, {"reason": "Khiếu nại"}).status_code == 302
    assert PupilHold.objects.get().placed_by == world.head_a
    assert head.post(ask, {"reason": "Nhầm"}).status_code == 422
    assert head.post(reverse("schools:hold_lift", args=[child.pk])).status_code == 302
    assert head.post(ask, {"reason": "Nhầm"}).status_code == 302
    assert PupilErasure.objects.get().asked_by == world.head_a


# --- The trail's own time --------------------------------------------------------------------


def test_rows_of_the_trail_go_after_the_months_of_the_rule(world, sign_in, monkeypatch):
    monkeypatch.setattr("schools.personal_data.services.trail.BATCH", 1)
    url = reverse("schools:school_class", args=[world.class_a.pk])
    moments = ["2026-09-30 00:00:00", "2026-09-30 16:59:00", "2026-09-30 17:01:00"]
    for moment in moments:
        with freeze_time(moment):
            sign_in(world.teacher_a).get(url)
    assert NamesShown.objects.count() == 3
    with freeze_time("2028-10-20"):
        # The last two lie in September and October here.
        assert remove_old() == 2
    assert NamesShown.objects.get().at.month == 9
    assert anonymising.last_day_kept(datetime.date(2028, 2, 29)) == datetime.date(2018, 2, 28)
    assert Month.of(datetime.date(2026, 10, 1)) == OCTOBER
