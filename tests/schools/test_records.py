"""One child, one record: asked about, told apart, merged, parted, removed."""

import datetime
import threading
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from attendance.models import Absence, PlannedLeave, Register, RegisterRevision
from core.months import Month
from reports.services.facts import rebuild
from reports.services.verify import verify
from schools.enums import EntryReason, ExitReason
from schools.models import DifferentPupils, Enrolment, Pupil, PupilMerge
from schools.pupil_merging.services.merging import merge_pupils, undo_merge
from schools.pupil_merging.services.removing import hanging, remove_pupil
from schools.pupils.services.enrolments import leave
from schools.pupils.services.pupils import correct_pupil, tell_apart
from tests.frozen import freeze_time
from tests.html_query import read
from tests.sending import send_register
from tests.world import build_world, enrol, make_class

MONDAY = datetime.date(2026, 10, 12)
DAY = datetime.timedelta(days=1)
FRIDAY = MONDAY - 3 * DAY
OCTOBER = Month(2026, 10)


def typed(**more):
    return {
        "full_name": "Lò Thị Hương",
        "birth_date": "2015-02-10",
        "sex": "F",
        "ethnic_group": "03",
        "grade": "6",
        "start": "2026-10-12",
        "reason": "in",
        **more,
    }


def same_child(world, **more):
    """A second record of Lò Thị Hương, on no roll yet."""
    first = Pupil.objects.get(full_name="Lò Thị Hương")
    values = {
        "full_name": first.full_name,
        "sex": first.sex,
        "birth_date": first.birth_date,
        "ethnic_group": first.ethnic_group,
        **more,
    }
    return first, Pupil.objects.create(**values)


def send(school_class, date, marks, by, **more):
    return send_register(
        school_class=school_class,
        date=date,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=more.pop("base", 0),
        marks={pupil.pk: (mark, "") for pupil, mark in marks.items()},
        by=by,
        answers_for_school=True,
        **more,
    ).register


# --- Asked about when it is typed ------------------------------------------------------------


@pytest.fixture
def head(world, sign_in):
    return sign_in(world.head_a)


@pytest.fixture
def add(world):
    return reverse("schools:pupil_add", args=[world.class_a.pk])


@pytest.mark.parametrize(
    "change",
    [{}, {"full_name": "LÒ THỊ HƯƠNG"}, {"full_name": "Lo Thi Huong"}, {"ministry_id": "9" * 10}],
)
def test_a_child_of_the_same_name_and_birth_date_is_shown_and_asked_about(world, head, add, change):
    page = read(head.post(add, typed(**change)))
    known = Pupil.objects.get(full_name="Lò Thị Hương")
    link = page.select(".notice li a")[0]
    assert link.get("href") == reverse("schools:pupil", args=[known.pk])
    assert page.select("input[name=is_another]")[0].get("type") == "checkbox"
    assert (
        Pupil.objects.filter(birth_date=known.birth_date, search_key=known.search_key).count() == 1
    )
    fields = {
        "asked_about": page.select("input[name=asked_about]")[0].get("value"),
        "is_another": "on",
    }
    assert head.post(add, typed(**change, **fields)).status_code == 302
    twins = Pupil.objects.filter(birth_date=known.birth_date, search_key=known.search_key)
    assert twins.count() == 2
    assert DifferentPupils.objects.get().confirmed_by == world.head_a


def test_the_answer_is_for_those_who_were_shown(world, head, add):
    page = read(head.post(add, typed()))
    asked = page.select("input[name=asked_about]")[0].get("value")
    same_child(world)
    answer = head.post(add, typed(asked_about=asked, is_another="on"))
    assert answer.status_code == 422
    assert "pupils of other schools" not in read(answer).text
    assert Pupil.objects.filter(full_name="Lò Thị Hương").count() == 2


def test_of_a_pupil_of_another_school_nothing_is_said_but_that_there_is_one(world, sign_in):
    url = reverse("schools:pupil_add", args=[world.class_b.pk])
    page = read(sign_in(world.head_b).post(url, typed()))
    (notice,) = [each for each in page.select(".notice") if "trùng họ tên" in each.text]
    assert "1 học sinh của trường khác" in notice.text
    assert not notice.select("a")
    for secret in ("6A", world.school_a.name, world.commune_a.name):
        assert secret not in notice.text
    assert Pupil.objects.filter(full_name="Lò Thị Hương").count() == 1


def test_a_name_corrected_into_that_of_another_pupil_is_asked_about(world, head):
    pupil = Pupil.objects.get(full_name="Ma A Dơ")
    url = reverse("schools:pupil_edit", args=[pupil.pk])
    page = read(head.post(url, typed()))
    assert page.select("input[name=is_another]")[0].get("type") == "checkbox"
    pupil.refresh_from_db()
    assert pupil.full_name == "Ma A Dơ"


@pytest.mark.django_db(transaction=True)
def test_twelve_pages_with_one_child_make_one_pupil(today, sign_in):
    world = build_world(today)
    url = reverse("schools:pupil_add", args=[world.class_a.pk])
    start, statuses = threading.Barrier(12), []

    def post(client):
        start.wait()
        try:
            sent = typed(full_name="Sùng A Tủa", operation=str(uuid.uuid4()))
            statuses.append(client.post(url, sent).status_code)
        finally:
            connection.close()

    clients = [sign_in(world.head_a) for _each in range(12)]
    threads = [threading.Thread(target=post, args=[client]) for client in clients]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(statuses) == [302] + [422] * 11
    assert Pupil.objects.filter(full_name="Sùng A Tủa").count() == 1


def asked(client, pupil):
    page = read(client.get(reverse("schools:pupil", args=[pupil.pk])))
    return [each.get("value") for each in page.select("input[name=other]")]


def test_two_told_apart_on_the_page_are_not_asked_about_again(world, head):
    first, second = same_child(world)
    enrol(second, world.class_a, world.since)
    assert asked(head, first) == [str(second.pk)]
    head.post(reverse("schools:pupil_apart", args=[first.pk]), {"other": second.pk})
    assert asked(head, first) == asked(head, second) == []


# --- Merged and parted -----------------------------------------------------------------------

TABLES = (
    Pupil,
    Enrolment,
    Absence,
    Register,
    RegisterRevision,
    PlannedLeave,
    DifferentPupils,
)


def tables():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def differences():
    rebuild(school_ids=Enrolment.objects.values_list("school_id", flat=True), month=OCTOBER)
    return verify(month=OCTOBER).differences


@pytest.fixture
def both(world):
    """Two records of one child in 6A since August, with marks, leave and a twin told apart."""
    kept, gone = same_child(world, guardian_phone="0912345678", ministry_id="1234567890")
    enrol(gone, world.class_a, world.since)
    world.kept, world.gone = kept, gone
    twin = Pupil.objects.get(full_name="Ma A Dơ")
    tell_apart(pupil=gone, others=[twin.pk], by=world.head_a)
    for back, marks in enumerate([{kept: "K", gone: "K"}, {gone: "P"}, {kept: "M"}, {}], start=1):
        send(world.class_a, MONDAY - back * DAY, marks, world.teacher_a)
    send(
        world.class_a,
        MONDAY - 2 * DAY,
        {gone: "K", twin: "P"},
        world.teacher_a,
        base=1,
        correction_reason="Nhầm",
    )
    PlannedLeave.objects.create(
        school=world.school_a,
        pupil=gone,
        valid_from=MONDAY + DAY,
        valid_to=MONDAY + 3 * DAY,
        reason="sick",
        announced_by="mẹ",
        recorded_by=world.head_a,
        recorded_at=timezone.now(),
    )
    return world


def test_two_records_of_one_class_become_one_with_the_marks_of_both(both):
    kept, gone = both.kept, both.gone
    merge_pupils(kept=kept, gone=gone, by=both.head_a)
    assert not Pupil.objects.filter(pk=gone.pk).exists()
    kept.refresh_from_db()
    assert (kept.guardian_phone, kept.ministry_id) == ("0912345678", "1234567890")
    assert Enrolment.objects.filter(pupil=kept).count() == 1
    marks = Absence.objects.filter(pupil=kept).values_list("register__date", "mark")
    assert sorted(marks) == [
        (MONDAY - 3 * DAY, "M"),
        (MONDAY - 2 * DAY, "K"),
        (MONDAY - DAY, "K"),
    ]
    assert PlannedLeave.objects.get().pupil == kept
    for register in Register.objects.all():
        assert register.roll == 6
        found = register.absences.count()
        assert register.excused + register.unexcused + register.late == found
    for revision in RegisterRevision.objects.all():
        assert gone.pk not in revision.roll
        assert str(gone.pk) not in str(revision.marks)
    merge = PupilMerge.objects.get()
    assert (merge.merged_by, merge.merged_at) == (both.head_a, timezone.now())
    checked = verify(month=OCTOBER) if not differences() else None
    assert checked is not None
    assert not checked.drift


def test_parted_again_every_table_is_as_it_was(both):
    before = tables()
    assert not differences()
    merge = merge_pupils(kept=both.kept, gone=both.gone, by=both.head_a)
    assert tables() != before
    undo_merge(merge=merge, by=both.head_a)
    assert tables() == before
    assert not differences()
    assert merge.undone_by == both.head_a


@pytest.mark.parametrize("kept_first", [True, False])
def test_spells_of_other_times_are_moved_and_come_back(world, kept_first):
    other = make_class(world.school_a, world.year, "6B", "THCS", "6", [])
    kept, gone = same_child(world)
    spell = Enrolment.objects.get(pupil=kept)
    leave(enrolment=spell, on=FRIDAY, reason=ExitReason.OTHER, cause="", by=world.head_a)
    enrol(gone, other, FRIDAY, entry_reason=EntryReason.TRANSFER_IN)
    send(world.class_a, FRIDAY - DAY, {kept: "K"}, world.teacher_a)
    send(other, FRIDAY, {gone: "P"}, world.head_a)
    before = tables()
    pair = (kept, gone) if kept_first else (gone, kept)
    merge = merge_pupils(kept=pair[0], gone=pair[1], by=world.head_a)
    assert Enrolment.objects.filter(pupil=pair[0]).count() == 2
    assert not differences()
    undo_merge(merge=merge, by=world.head_a)
    assert tables() == before


def test_marks_sent_since_go_back_with_the_class_of_the_record(world):
    other = make_class(world.school_a, world.year, "6B", "THCS", "6", [])
    kept, gone = same_child(world)
    spell = Enrolment.objects.get(pupil=kept)
    leave(enrolment=spell, on=FRIDAY, reason=ExitReason.OTHER, cause="", by=world.head_a)
    enrol(gone, other, FRIDAY)
    merge = merge_pupils(kept=kept, gone=gone, by=world.head_a)
    send(other, MONDAY, {kept: "K"}, world.head_a)
    undo_merge(merge=merge, by=world.head_a)
    assert Absence.objects.get().pupil_id == gone.pk
    revision = RegisterRevision.objects.get()
    assert (revision.roll, list(revision.marks)) == ([gone.pk], [str(gone.pk)])
    assert not differences()


def test_a_day_in_two_classes_is_refused_with_what_to_mend(world):
    other = make_class(world.school_a, world.year, "6B", "THCS", "6", [])
    kept, gone = same_child(world)
    enrol(gone, other, FRIDAY)
    before = tables()
    with pytest.raises(ValidationError) as refused:
        merge_pupils(kept=kept, gone=gone, by=world.head_a)
    assert "09/10/2026" in refused.value.messages[0]
    assert "6B" in refused.value.messages[0]
    assert tables() == before


def test_leave_of_both_on_one_day_is_refused(both):
    there = PlannedLeave.objects.get()
    there.pk, there.pupil = None, both.kept
    there.save()
    with pytest.raises(ValidationError, match="13/10/2026"):
        merge_pupils(kept=both.kept, gone=both.gone, by=both.head_a)


def test_what_was_changed_since_is_changed_back_first(both):
    merge = merge_pupils(kept=both.kept, gone=both.gone, by=both.head_a)
    both.kept.refresh_from_db()
    correct_pupil(pupil=both.kept, by=both.head_a, guardian_phone="0999999999")
    with pytest.raises(ValidationError, match="điện thoại"):
        undo_merge(merge=merge, by=both.head_a)
    correct_pupil(pupil=both.kept, by=both.head_a, guardian_phone="0912345678")
    spell = Enrolment.objects.get(pupil=both.kept)
    leave(enrolment=spell, on=MONDAY, reason=ExitReason.OTHER, cause="", by=both.head_a)
    with pytest.raises(ValidationError):
        undo_merge(merge=merge, by=both.head_a)
    assert not Pupil.objects.filter(pk=both.gone.pk).exists()


def test_three_records_are_parted_in_the_opposite_order(both):
    third = Pupil.objects.create(
        full_name="Lò Thị Hương", sex="F", birth_date=both.kept.birth_date, ethnic_group="03"
    )
    enrol(third, both.class_a, both.since)
    before = tables()
    first = merge_pupils(kept=both.kept, gone=both.gone, by=both.head_a)
    second = merge_pupils(kept=third, gone=both.kept, by=both.head_a)
    with pytest.raises(ValidationError):
        undo_merge(merge=first, by=both.head_a)
    undo_merge(merge=second, by=both.head_a)
    undo_merge(merge=first, by=both.head_a)
    assert tables() == before


def test_after_the_days_of_the_rule_records_stay_one(both):
    merge = merge_pupils(kept=both.kept, gone=both.gone, by=both.head_a)
    with freeze_time("2026-11-12 00:00"), pytest.raises(ValidationError):
        undo_merge(merge=merge, by=both.head_a)
    with freeze_time("2026-11-11 00:00"):
        undo_merge(merge=merge, by=both.head_a)


def test_the_head_merges_and_parts_on_the_pages(both, head):
    url = reverse("schools:pupil_merge", args=[both.kept.pk])
    assert f"?with={both.gone.pk}" in [a.get("href") for a in read(head.get(url)).select("a")]
    url += f"?with={both.gone.pk}"
    page = read(head.get(url))
    assert "0912345678" in page.text
    assert head.post(url, {"keep": both.kept.pk}).status_code == 302
    # An address that somebody kept leads on.
    old = head.get(reverse("schools:pupil", args=[both.gone.pk]))
    assert old.url == reverse("schools:pupil", args=[both.kept.pk])
    undo = reverse("schools:merge_undo", args=[PupilMerge.objects.get().pk])
    assert undo in [each.get("href") for each in read(head.get(old.url)).select(".notice a")]
    assert head.post(undo).status_code == 302
    assert Pupil.objects.filter(full_name="Lò Thị Hương").count() == 2


def test_only_who_keeps_both_records_merges_them(both, sign_in):
    foreign = Pupil.objects.get(full_name="Lò Văn Hặc")
    url = reverse("schools:pupil_merge", args=[both.kept.pk])
    assert sign_in(both.head_a).post(f"{url}?with={foreign.pk}").status_code == 404
    assert sign_in(both.teacher_a).post(f"{url}?with={both.gone.pk}").status_code == 403
    assert sign_in(both.head_b).post(f"{url}?with={both.gone.pk}").status_code == 404


# --- Removed ---------------------------------------------------------------------------------


def test_a_mistaken_record_is_removed_while_nothing_hangs_on_it(world, head, roll_news):
    _kept, mistake = same_child(world)
    enrol(mistake, world.class_a, MONDAY)
    url = reverse("schools:pupil_remove", args=[mistake.pk])
    assert head.get(url).status_code == 200
    assert head.post(url).status_code == 302
    assert not Pupil.objects.filter(pk=mistake.pk).exists()
    assert Pupil.history.filter(id=mistake.pk).latest().history_user == world.head_a
    assert roll_news == [([world.class_a.pk], MONDAY, None)]


def test_what_hangs_on_a_record_is_listed_and_keeps_it(both, head):
    assert hanging(both.gone) == [
        "Đã gửi 4 buổi điểm danh có em này, từ 08/10/2026 đến 11/10/2026.",
        "2 dấu vắng, muộn.",
        "1 lần báo nghỉ trước.",
    ]
    answer = head.post(reverse("schools:pupil_remove", args=[both.gone.pk]))
    assert answer.status_code == 409
    assert len(read(answer).select(".notice li")) == 3
    with pytest.raises(ValidationError):
        remove_pupil(pupil=both.gone, by=both.head_a)
    assert Pupil.objects.filter(pk=both.gone.pk).exists()
