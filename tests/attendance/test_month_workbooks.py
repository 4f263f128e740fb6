"""The month workbook: what is downloaded, what a batch keeps, how it becomes registers."""

import datetime
import io
import uuid
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.models import Closure, MonthBatch, Register, RegisterRevision
from attendance.month_sheet.services import send_month
from attendance.month_workbook import services as month_workbooks
from attendance.month_workbook.selectors import sent_by
from attendance.month_workbook.template import FIRST_DAY, FIRST_PUPIL, HEADING_ROW, write_month
from attendance.registers.submission import RegisterSubmission
from attendance.tasks import remove_expired_workbooks
from schools.enums import Session
from schools.models import Enrolment, Pupil
from tests.attendance.month_workbooks import (
    book_of,
    download,
    excel,
    grid,
    pupil_ids,
    receive,
    registers,
    save,
    send,
)
from tests.frozen import freeze_time
from tests.world import PUPILS_6A, enrol, make_class

pytestmark = pytest.mark.django_db

CHUA, HUONG, DO, MAY, _TA_MAY, PA = PUPILS_6A


def upload(world, **more):
    """Chua away on the fifth, or the `marks` given."""
    return receive(world, excel(("Sheet1", grid(**{"marks": {(CHUA, 4): "K"}} | more))))


def column_of(rows, day, session="S"):
    heads = zip(rows[HEADING_ROW], rows[HEADING_ROW + 2], strict=True)
    return next(i for i, head in enumerate(heads) if head == (f"{day}/10", session))


# --- the download


def test_the_month_as_it_is_downloaded(world):
    ids = pupil_ids(world)
    send(world, 5, {ids[CHUA]: ("K", "sick"), ids[DO]: ("M", "")})
    send(world, 6, not_held_reason="cold")
    Enrolment.objects.filter(pupil=ids[PA]).update(
        valid_to=world.today.replace(day=5), exit_reason="out"
    )
    Closure.objects.create(
        school=world.school_a,
        reason="holiday",
        valid_from=world.today.replace(day=7),
        valid_to=world.today.replace(day=8),
    )
    rows = download(world)
    assert rows[0][0] == "TH&THCS A Một"
    assert rows[1][0] == "SỔ ĐIỂM DANH LỚP 6A · THÁNG 10/2026"
    assert "x có mặt · P nghỉ có phép" in rows[2][0]
    head = [row[FIRST_DAY + 4 : FIRST_DAY + 8] for row in rows[HEADING_ROW:FIRST_PUPIL]]
    assert head == [
        ["5/10", "6/10", "7/10", "8/10"],
        ["T2", "T3", "T4", "T5"],
        ["S", "S", "nghỉ", "S"],
    ]
    assert len(rows[HEADING_ROW]) == FIRST_DAY + 31
    cells = {row[2]: row[FIRST_DAY + 4 : FIRST_DAY + 8] for row in rows[FIRST_PUPIL:]}
    assert list(cells) == [line.pupil.full_name for line in book_of(world).lines]
    assert cells[CHUA] == ["K", "N rét", "", ""]
    assert cells[DO] == ["M", "N rét", "", ""]
    assert cells[HUONG] == ["x", "N rét", "", ""]
    assert cells[PA] == ["", "", "", ""]


def test_the_download_is_a_form_without_formulas(world):
    Pupil.objects.filter(full_name=CHUA).update(full_name="=1+1")
    with zipfile.ZipFile(io.BytesIO(write_month(book_of(world)))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert '<pane xSplit="3" ySplit="8"' in sheet
        assert '<formula1>"x,P,K,M"</formula1>' in sheet
        assert ">=1+1<" in archive.read("xl/sharedStrings.xml").decode()


def test_a_class_of_two_sessions_has_a_column_for_each(world):
    Closure.objects.create(
        school=world.school_a,
        session="pm",
        reason="event",
        valid_from=world.today.replace(day=2),
        valid_to=world.today.replace(day=3),
    )
    rows = download(world, world.class_a12)
    assert rows[HEADING_ROW][FIRST_DAY : FIRST_DAY + 5] == ["1/10", "1/10", "2/10", "3/10", "3/10"]
    assert rows[HEADING_ROW + 2][FIRST_DAY : FIRST_DAY + 5] == ["S", "C", "S", "S", "C"]


# --- there and back

MARKS = st.sampled_from(["", "", "", "P", "K", "M"])
REASONS = st.sampled_from(["", "sick", "harvest"])
BOOK = st.dictionaries(
    st.tuples(st.integers(1, 12), st.sampled_from(list(Session))),
    st.one_of(
        st.sampled_from(["cold", "flood", "other"]),
        st.lists(st.tuples(MARKS, REASONS), min_size=4, max_size=4),
    ),
    max_size=8,
)


def write_book(world, book, *, by, bases=None):
    """Send registers by hand: (day, session) -> reason, or a (mark, reason) for each pupil."""
    ids = list(pupil_ids(world, world.class_a12).values())
    send_month(
        RegisterSubmission(
            school_class=world.class_a12,
            date=world.today.replace(day=day),
            session=session,
            operation_id=uuid.uuid4(),
            base_revision=(bases or {}).get((day, session), 0),
            state="not_held" if isinstance(said, str) else "taken",
            not_held_reason=said if isinstance(said, str) else "",
            marks={}
            if isinstance(said, str)
            else {
                pk: (mark, "" if mark == "M" else why)
                for pk, (mark, why) in zip(ids, said, strict=True)
                if mark
            },
            by=by,
            correction_reason="Ghi nhầm",
            answers_for_school=True,
        )
        for (day, session), said in book.items()
    )


def in_vain(check):
    """Run an example in a transaction that is taken back."""

    def run(**example):
        with transaction.atomic():
            check(**example)
            transaction.set_rollback(True)

    return run


def test_downloaded_and_uploaded_again_it_changes_nothing(world):
    @settings(max_examples=20, deadline=None)
    @given(book=BOOK)
    def check(book):
        in_vain(there_and_back)(book=book)

    def there_and_back(book):
        write_book(world, book, by=world.head_a)
        content = write_month(book_of(world, world.class_a12))
        batch = receive(world, content, school_class=world.class_a12, by=world.head_a, head=True)
        assert (batch.state, batch.content["entries"]) == ("ready", [])
        assert batch.content["same"] == len(book)

    check()


def test_edited_it_writes_what_sending_by_hand_writes(world):
    """The same registers, absences and reasons, whatever stood there before."""

    @settings(max_examples=20, deadline=None)
    @given(before=BOOK, after=BOOK)
    def check(before, after):
        expected = []

        def by_hand(before, after):
            write_book(world, before, by=world.head_a)
            # The workbook knows letters only: a letter that stays keeps its reason.
            kept = {
                key: said
                if isinstance(said, str)
                else [
                    old if old[0] == mark else (mark, "")
                    for (mark, _why), old in zip(said, old_marks(before.get(key)), strict=True)
                ]
                for key, said in after.items()
            }
            changed = {key: said for key, said in kept.items() if said != said_of(before, key)}
            write_book(world, changed, by=world.head_a, bases=dict.fromkeys(before, 1))
            expected.append(everything(world))

        def by_workbook(before, after):
            write_book(world, before, by=world.head_a)
            rows = download(world, world.class_a12)
            for (day, session), said in after.items():
                index = column_of(rows, day, {"am": "S", "pm": "C"}[session])
                for number, row in enumerate(rows[FIRST_PUPIL:]):
                    row[index] = (
                        {"cold": "N rét", "flood": "nghỉ lũ", "other": "N khác"}[said]
                        if isinstance(said, str)
                        else said[number][0] or "x"
                    )
            batch = receive(
                world,
                excel(("Sheet1", rows)),
                school_class=world.class_a12,
                by=world.head_a,
                head=True,
            )
            assert save(batch, reason="Ghi nhầm", head=True)
            assert everything(world) == expected[0]

        in_vain(by_hand)(before=before, after=after)
        in_vain(by_workbook)(before=before, after=after)

    check()


def old_marks(said):
    if said is None or isinstance(said, str):
        return [("", "")] * 4
    return [(mark, "" if mark == "M" or not mark else why) for mark, why in said]


def said_of(book, key):
    said = book.get(key)
    return said if isinstance(said, str) or said is None else old_marks(said)


def everything(world):
    return sorted(
        (
            register.date,
            register.session,
            register.state,
            register.not_held_reason,
            register.roll,
            register.revision,
            sorted(register.absences.values_list("pupil_id", "mark", "reason")),
        )
        for register in Register.objects.filter(school_class=world.class_a12)
    )


# --- what is kept, and for how long


def test_a_batch_keeps_no_name_and_no_file(world):
    ids = pupil_ids(world)
    batch = upload(world)
    assert not any(name in str(batch.content) for name in PUPILS_6A)
    (entry,) = batch.content["entries"]
    assert entry["marks"] == {str(ids[CHUA]): ["K", ""]}
    assert not default_storage.exists(f"months/{batch.pk}-marked.xlsx")
    assert save(batch)
    assert batch.content == {"operations": [entry["operation_id"]]}


def test_what_is_not_saved_in_a_day_is_forgotten(world):
    ready, refused, saved = upload(world), upload(world, marks={(CHUA, 4): "?"}), upload(world)
    assert save(saved)
    copy = refused.marked_name
    assert default_storage.exists(copy)
    assert remove_expired_workbooks() == {"workbooks": 0}
    MonthBatch.objects.update(expires_at=timezone.now() - datetime.timedelta(hours=1))
    assert remove_expired_workbooks() == {"workbooks": 2}
    assert remove_expired_workbooks() == {"workbooks": 0}
    assert not default_storage.exists(copy)
    for batch in (ready, refused):
        batch.refresh_from_db()
        assert (batch.state, batch.content) == ("expired", {})
    saved.refresh_from_db()
    assert saved.state == "done"
    assert not save(ready)
    assert Register.objects.count() == 1


def test_uploads_of_a_person_are_limited(world, monkeypatch):
    monkeypatch.setattr("attendance.month_workbook.services.batches.UPLOADS_PER_HOUR", 2)
    upload(world)
    upload(world)
    with pytest.raises(ValidationError, match="2 tệp"):
        upload(world)


# --- saving


def test_saved_twice_it_has_one_effect(world):
    batch = upload(world)
    content = batch.content
    assert save(batch)
    assert save(batch)
    assert RegisterRevision.objects.count() == 1
    # Even when the answer of the first save was lost with the state of the batch.
    MonthBatch.objects.filter(pk=batch.pk).update(state="ready", content=content)
    assert save(batch)
    assert RegisterRevision.objects.count() == 1
    assert [each.register.date.day for each in sent_by(batch)] == [5]


def test_all_registers_are_sent_or_none(world):
    batch = upload(world, marks={(CHUA, 3): "K", (CHUA, 4): "P"})
    Closure.objects.create(
        school=world.school_a,
        reason="cold",
        valid_from=world.today.replace(day=5),
        valid_to=world.today.replace(day=6),
    )
    assert not save(batch)
    assert not Register.objects.exists()
    assert batch.state == "refused"
    (refused,) = batch.content["refused"]
    assert refused == {
        "cell": "G",
        "value": "Buổi sáng 05/10",
        "code": "no_school",
        "params": {},
    }
    assert batch.content["changed_since"]
    assert "entries" not in batch.content


def test_one_reason_for_corrections_is_asked(world):
    ids = pupil_ids(world)
    send(world, 8, {ids[CHUA]: ("K", "sick")})
    batch = upload(world, marks={(CHUA, 7): "P", (DO, 4): "K"})
    with pytest.raises(ValidationError) as refused:
        save(batch, reason="  ")
    assert list(refused.value.message_dict) == ["correction_reason"]
    assert Register.objects.count() == 1
    assert save(batch, reason="Nhầm ký hiệu")
    reasons = RegisterRevision.objects.filter(number=2).values_list("correction_reason", flat=True)
    assert list(reasons) == ["Nhầm ký hiệu"]
    assert registers(world)[8, "am"] == ("taken", "", {CHUA: "P"})


def test_a_letter_that_stays_keeps_its_reason(world):
    ids = pupil_ids(world)
    send(world, 8, {ids[CHUA]: ("K", "sick")})
    assert upload(world, marks={(CHUA, 7): "K"}).content["same"] == 1
    batch = upload(world, marks={(CHUA, 7): "K", (DO, 7): "P"})
    assert save(batch, reason="Thiếu một em")
    assert set(Register.objects.get().absences.values_list("pupil", "mark", "reason")) == {
        (ids[CHUA], "K", "sick"),
        (ids[DO], "P", ""),
    }


def test_what_was_sent_meanwhile_is_merged(world):
    ids = pupil_ids(world)
    batch = upload(world)
    send(world, 5, {ids[DO]: ("P", "")}, by=world.head_a)
    assert save(batch)
    assert registers(world)[5, "am"][2] == {CHUA: "K", DO: "P"}
    (revision,) = sent_by(batch)
    assert revision.sent_marks is not None


def test_a_contradiction_is_shown_and_never_overwritten_unseen(world):
    ids = pupil_ids(world)
    send(world, 8, {ids[MAY]: ("K", "")})
    batch = upload(world, marks={(MAY, 7): "P", (CHUA, 7): "K"})
    # Somebody else: May late, Do away; the file knows neither.
    send(world, 8, {ids[MAY]: ("M", ""), ids[DO]: ("P", "sick")}, base=1, by=world.head_a)
    assert not save(batch, reason="Nhầm")
    assert Register.objects.get().revision == 2
    assert batch.state == "ready"
    assert batch.content["changed_since"]
    preview = month_workbooks.preview_of(batch)
    (changed,) = preview.changed
    assert changed.changes == [
        (CHUA, "", "Nghỉ không phép"),
        (MAY, "Đi muộn", "Nghỉ có phép"),
    ]
    assert save(batch, reason="Nhầm")
    assert registers(world)[8, "am"][2] == {CHUA: "K", MAY: "P", DO: "P"}
    assert Register.objects.get().absences.get(pupil=ids[DO]).reason == "sick"


def test_a_session_that_others_called_off_meanwhile_is_shown(world):
    batch = upload(world)
    send(world, 5, not_held_reason="cold", by=world.head_a)
    assert not save(batch)
    (changed,) = month_workbooks.preview_of(batch).changed
    assert (changed.before, changed.now) == ("Không học: Rét đậm, rét hại", "Đã điểm danh")
    assert save(batch, reason="Có học")
    assert registers(world)[5, "am"] == ("taken", "", {CHUA: "K"})


def test_the_same_letter_sent_meanwhile_keeps_the_reason_it_came_with(world):
    ids = pupil_ids(world)
    send(world, 8, {})
    batch = upload(world, marks={(CHUA, 7): "K"})
    send(world, 8, {ids[CHUA]: ("K", "sick")}, base=1, by=world.head_a)
    assert save(batch, reason="Nhầm")
    assert Register.objects.get().absences.get().reason == "sick"


def test_a_pupil_who_came_meanwhile_is_not_counted_present_unseen(world):
    batch = upload(world)
    late = Pupil.objects.create(
        full_name="Sùng A Lử", sex="M", birth_date=datetime.date(2015, 1, 2), ethnic_group="08"
    )
    enrol(late, world.class_a, world.today.replace(day=5))
    assert not save(batch)
    assert batch.content["refused"][0]["code"] == "roll_changed"
    assert not Register.objects.exists()


def test_a_window_that_closed_meanwhile_is_told(world):
    ids = pupil_ids(world)
    send(world, 5, {ids[CHUA]: ("K", "")}, by=world.head_a)
    batch = upload(world, marks={(CHUA, 4): "P"})
    with freeze_time("2026-10-13 00:10:00"):
        assert not save(batch, reason="Nhầm")
    assert batch.content["refused"][0]["code"] == "window"


def test_an_empty_column_changes_nothing(world):
    ids = pupil_ids(world)
    send(world, 8, {ids[CHUA]: ("K", "")})
    batch = upload(world, marks={(DO, 4): "P"})
    assert batch.content["blank"] == 11
    assert save(batch)
    assert registers(world)[8, "am"][2] == {CHUA: "K"}


# --- queries


def test_queries_of_a_preview_do_not_grow(world, django_assert_max_num_queries):
    large = make_class(
        world.school_a,
        world.year,
        "7A",
        "THCS",
        "7",
        [f"Lý A {chr(65 + n)}" for n in range(12)],
        sessions="am,pm",
    )
    names = list(pupil_ids(world, large))
    rows = [["Họ tên", *(f"{n}{s}" for n in range(3, 13) for s in "SC")]]
    rows += [[name, *"x" * 20] for name in names]
    with django_assert_max_num_queries(24):
        small = upload(world)
    with django_assert_max_num_queries(24):
        batch = receive(
            world, excel(("Sheet1", rows)), school_class=large, by=world.head_a, head=True
        )
    assert len(batch.content["entries"]) == 20
    for each in (small, batch):
        with django_assert_max_num_queries(1):
            month_workbooks.preview_of(each)
