"""A session that does not count for a pupil, or no longer for anybody: shown so, and taken back."""

import datetime
import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from accounts.scoping import scope_for
from attendance.calendar.services.closures import add_closure, remove_closure
from attendance.enums import RegistersChoice
from attendance.models import Register, Uncounted
from attendance.rolls.selectors import count_differences
from core.models import Event
from core.months import Month
from core.permissions import Permission as P
from reports.services.facts import rebuild
from reports.services.verify import verify
from schools.enums import NamesKind
from schools.models import Enrolment, NamesShown, Pupil
from schools.pupil_merging.services.merging import merge_pupils, undo_merge
from schools.pupil_merging.services.removing import remove_pupil
from schools.pupils.past_registers import PastChoice
from schools.pupils.services.enrolments import enrol_pupil
from tests.attendance.month_workbooks import receive
from tests.attendance.test_rolls import new_pupil, send
from tests.html_query import read
from tests.world import enrol

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)
OCTOBER = Month(2026, 10)


def back_dated(world, day, choice=PastChoice.UNCOUNTED, pupil=None):
    """A pupil enrolled in 6A from a day on whose registers were sent already."""
    pupil = pupil or new_pupil()
    enrol_pupil(
        pupil=pupil,
        school_class=world.class_a,
        grade=6,
        start=day,
        reason="in",
        by=world.head_a,
        choice=choice,
    )
    return pupil


@pytest.fixture
def left_out(world):
    """The day of a register that does not count for one pupil of 6A, and the pupil."""
    day = world.today - ONE_DAY
    send(world, day)
    return day, back_dated(world, day)


def test_the_sheet_shows_the_state_and_takes_no_mark(world, sign_in, left_out):
    day, pupil = left_out
    url = reverse("attendance:sheet", args=[world.class_a.pk, day, "am"])
    page = read(sign_in(world.teacher_a).get(url))
    (row,) = page.select(".roll__row--uncounted")
    assert pupil.full_name in row.text
    assert "Không tính" in row.text
    assert not row.select("input, select, a")
    (link,) = read(sign_in(world.head_a).get(url)).select(".roll__row--uncounted a")
    assert link.text == "Tính lại"


def test_the_head_counts_the_pupil_again(world, sign_in, left_out):
    day, pupil = left_out
    client = sign_in(world.head_a)
    url = reverse("attendance:roll_settle", args=[world.class_a.pk, day, "am"])
    page = read(client.get(url))
    assert [each.get("value") for each in page.select("input[name=pupil]")] == [str(pupil.pk)]
    assert NamesShown.objects.filter(user=world.head_a, kind=NamesKind.DRIFT).count() == 1
    assert "Hãy chọn ít nhất một em." in read(client.post(url, {})).text
    assert client.post(url, {"pupil": pupil.pk}).status_code == 302
    assert not Uncounted.objects.exists()
    register = Register.objects.get()
    assert (register.roll, register.revision) == (7, 3)
    event = Event.objects.get(kind="registers.settled")
    assert (event.actor, event.school_id) == (world.head_a, world.school_a.pk)
    assert "khớp với danh sách" in read(client.get(url, follow=True)).text


def test_month_and_workbook_say_kt(world, sign_in, left_out):
    day, pupil = left_out
    client = sign_in(world.teacher_a)
    page = read(client.get(reverse("attendance:month", args=[world.class_a.pk, OCTOBER])))
    (cell,) = page.select("td.uncounted")
    assert (cell.text, cell.select("abbr")[0].get("title")) == ("kt", "Không tính")
    assert not page.select(f"input[name=mark-{pupil.pk}-{day:%d}am]")
    content = client.get(
        reverse("attendance:workbook_file", args=[world.class_a.pk, OCTOBER])
    ).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert ["kt" in row for row in rows].count(True) == 1
    # Uploaded as it is, it proposes nothing, and the pupil stays not counted.
    batch = receive(world, content)
    assert (batch.state, batch.content["entries"]) == ("ready", [])


def test_the_api_names_who_is_not_counted_and_whether_it_counts(world, sign_in, left_out):
    day, pupil = left_out
    client = sign_in(world.teacher_a)
    told = client.get(f"/api/v1/registers/{world.class_a.pk}/{day}/am/").json()
    assert (told["not_counted"], told["counts"], told["roll"]) == ([pupil.pk], True, 6)
    close(world, day)
    told = client.get(f"/api/v1/registers/{world.class_a.pk}/{day}/am/").json()
    assert told["counts"] is False


def close(world, day):
    return add_closure(
        place=world.school_a,
        is_held=False,
        valid_from=day,
        valid_to=day + ONE_DAY,
        reason="flood",
        by=world.head_a,
        choice=RegistersChoice.CLOSED,
    )


def test_a_day_closed_afterwards_counts_again_when_the_closure_is_taken_back(world, sign_in):
    day = world.today - ONE_DAY
    pupil_id = Enrolment.objects.filter(school_class=world.class_a).earliest("pk").pupil_id
    send(world, day, {pupil_id: ("K", "")})
    client = sign_in(world.teacher_a)

    def shown():
        page = client.get(reverse("reports:pupil", args=[pupil_id]))
        return page.context["record"].away, len(page.context["record"].absences)

    assert shown() == (1, 1)
    closure = close(world, day)
    assert shown() == (0, 0)
    remove_closure(closure=closure, by=world.head_a)
    assert shown() == (1, 1)


def test_two_rolls_of_one_size_with_different_pupils_differ(world, sign_in):
    """One pupil taken off backwards, another put on: the number is the same."""
    day = world.today - ONE_DAY
    send(world, day)
    spell = Enrolment.objects.filter(school_class=world.class_a).earliest("pk")
    Enrolment.objects.filter(pk=spell.pk).update(valid_to=day, exit_reason="other")
    newcomer = new_pupil()
    enrol(newcomer, world.class_a, day)
    client = sign_in(world.head_a)
    page = read(client.get(reverse("attendance:roll_differences")))
    assert newcomer.full_name in page.text
    assert spell.pupil.full_name in page.text
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    assert len(verify(month=OCTOBER).drift) == 1
    home = read(client.get(reverse("home")))
    assert "1 sổ của tháng 10/2026 không khớp với danh sách lớp." in home.text


def test_the_start_page_is_silent_when_all_agree(world, sign_in):
    send(world, world.today - ONE_DAY)
    assert "không khớp" not in read(sign_in(world.head_a).get(reverse("home"))).text


@pytest.mark.parametrize("kept_first", [True, False])
def test_a_merged_child_counts_where_either_record_counted(world, kept_first):
    """One record was in the register, of the other it said nothing; and both at once."""
    day = world.today - ONE_DAY
    send(world, day - ONE_DAY)
    send(world, day)
    first = back_dated(world, day - ONE_DAY)
    twin = back_dated(world, day - ONE_DAY, pupil=new_pupil())
    Pupil.objects.filter(pk=twin.pk).update(birth_date=first.birth_date)
    send(world, day, {twin.pk: ("K", "")})
    assert Uncounted.objects.count() == 3
    pair = (first, twin) if kept_first else (twin, first)
    merge = merge_pupils(kept=pair[0], gone=pair[1], by=world.head_a)
    (row,) = Uncounted.objects.all()
    assert (row.register.date, row.pupil_id) == (day - ONE_DAY, pair[0].pk)
    assert sound(world)
    undo_merge(merge=merge, by=world.head_a)
    assert Uncounted.objects.count() == 3
    assert sound(world)


def test_a_register_sent_between_merging_and_parting_knows_of_one_child(world):
    day = world.today - ONE_DAY
    first, twin = (back_dated(world, day, pupil=new_pupil()) for _each in range(2))
    merge = merge_pupils(kept=first, gone=twin, by=world.head_a)
    send(world, day, {first.pk: ("K", "")})
    undo_merge(merge=merge, by=world.head_a)
    assert Uncounted.objects.get().pupil_id == twin.pk
    assert sound(world)


def test_a_mistaken_record_that_nothing_counts_for_is_removed(world, left_out):
    _day, pupil = left_out
    remove_pupil(pupil=pupil, by=world.head_a)
    assert not Uncounted.objects.exists()
    assert not Pupil.objects.filter(pk=pupil.pk).exists()
    assert sound(world)


def sound(world):
    """Registers and roll agree."""
    places = scope_for(world.head_a).places(P.VIEW_SCHOOL)
    return count_differences(places, OCTOBER, OCTOBER) == {}
