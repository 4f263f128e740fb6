"""Coming onto the roll, moving, leaving, and taking mistakes back."""

import datetime
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from core.models import Event
from core.services.saving import save_checked
from schools.directory.services.classes import create_class
from schools.enums import DropoutCause, EntryReason, ExitReason
from schools.models import Enrolment, Pupil, SchoolClass, SchoolYear
from schools.pupils.selectors.rolls import roll_on
from schools.pupils.services.enrolments import (
    enrol_pupil,
    leave,
    move_class,
    transfer,
    undo_leaving,
)
from schools.pupils.services.pupils import PossiblyKnown, correct_pupil, enrol_new_pupil
from tests.world import enrol, make_class

MONDAY = datetime.date(2026, 10, 12)
TUESDAY = datetime.date(2026, 10, 13)
YEAR_START = datetime.date(2026, 8, 1)


def new_pupil(name="Giàng A Sử", **more):
    return Pupil.objects.create(
        full_name=name,
        sex="M",
        birth_date=datetime.date(2015, 3, 2),
        ethnic_group="08",
        **more,
    )


def spell_of(name):
    return Enrolment.objects.get(pupil__full_name=name)


def names_on(school_class, date):
    return [spell.pupil.full_name for spell in roll_on(school_class, date)]


def enrol_in(school_class, pupil, *, by, start=MONDAY, reason=EntryReason.TRANSFER_IN, grade=6):
    return enrol_pupil(
        pupil=pupil, school_class=school_class, grade=grade, start=start, reason=reason, by=by
    )


@pytest.fixture
def other_class(world):
    return make_class(world.school_a, world.year, "6B", "THCS", "6", [])


def test_an_enrolled_pupil_is_on_the_roll_from_the_first_day_on(world, roll_news):
    spell = enrol_in(world.class_a, new_pupil(), by=world.head_a)
    before = names_on(world.class_a, MONDAY - datetime.timedelta(days=1))
    assert "Giàng A Sử" not in before
    assert names_on(world.class_a, MONDAY).count("Giàng A Sử") == 1
    assert len(names_on(world.class_a, MONDAY)) == len(before) + 1
    assert (spell.school, spell.sex, spell.ethnic_group) == (world.school_a, "M", "08")
    assert roll_news == [([world.class_a.pk], MONDAY, None)]
    assert spell.history.get().history_user == world.head_a


def test_a_pupil_on_another_roll_is_refused(world, roll_news):
    pupil = spell_of("Lò Thị Hương").pupil
    with pytest.raises(ValidationError) as caught:
        enrol_in(world.class_b, pupil, by=world.head_b)
    assert [error.code for error in caught.value.error_dict["__all__"]] == ["overlap"]
    assert Enrolment.objects.filter(pupil=pupil).count() == 1
    assert roll_news == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"grade": 7}, "grade"),
        ({"start": datetime.date(2026, 7, 31)}, "valid_from"),
        ({"start": datetime.date(2027, 8, 1)}, "valid_from"),
        ({"reason": EntryReason.CLASS_CHANGE}, "reason"),
        ({"reason": EntryReason.RETURN}, "reason"),
    ],
)
def test_a_wrong_enrolment_is_refused_at_its_field(world, change, field):
    with pytest.raises(ValidationError) as caught:
        enrol_in(world.class_a, new_pupil(), by=world.head_a, **change)
    assert list(caught.value.error_dict) == [field]
    assert Enrolment.objects.filter(pupil__full_name="Giàng A Sử").count() == 0


def test_an_open_spell_of_a_past_year_ends_with_that_year(world, roll_news):
    past = SchoolYear.objects.create(
        code="2025-2026", valid_from=datetime.date(2025, 8, 1), valid_to=YEAR_START
    )
    old_class = make_class(world.school_a, past, "5A", "TH", "5", [])
    pupil = new_pupil()
    forgotten = enrol(pupil, old_class, past.valid_from)
    enrol_in(world.class_a, pupil, by=world.head_a, start=YEAR_START, reason=EntryReason.YEAR_START)
    forgotten.refresh_from_db()
    assert (forgotten.valid_to, forgotten.exit_reason) == (YEAR_START, ExitReason.COMPLETED)
    assert roll_news == [
        ([old_class.pk], YEAR_START, None),
        ([world.class_a.pk], YEAR_START, None),
    ]


def test_a_move_ends_one_spell_and_begins_the_next_on_the_same_day(world, other_class, roll_news):
    old = spell_of("Lò Thị Hương")
    new = move_class(enrolment=old, to=other_class, on=MONDAY, by=world.head_a)
    old.refresh_from_db()
    assert (old.valid_to, old.exit_reason) == (MONDAY, ExitReason.CLASS_CHANGE)
    assert (new.valid_from, new.entry_reason) == (MONDAY, EntryReason.CLASS_CHANGE)
    assert "Lò Thị Hương" not in names_on(world.class_a, MONDAY)
    assert names_on(other_class, MONDAY) == ["Lò Thị Hương"]
    assert roll_news == [([world.class_a.pk, other_class.pk], MONDAY, None)]


def test_a_move_on_the_first_day_corrects_the_spell(world, other_class, roll_news):
    spell = enrol_in(world.class_a, new_pupil(), by=world.head_a)
    roll_news.clear()
    moved = move_class(enrolment=spell, to=other_class, on=MONDAY, by=world.head_a)
    assert moved.pk == spell.pk
    assert Enrolment.objects.filter(pupil=spell.pupil).count() == 1
    assert names_on(other_class, MONDAY) == ["Giàng A Sử"]
    assert roll_news == [(sorted([world.class_a.pk, other_class.pk]), MONDAY, None)]


def test_a_move_keeps_the_grade_where_the_class_teaches_it(world):
    join = make_class(world.school_a, world.year, "6+7", "THCS", "6,7", [])
    moved = move_class(enrolment=spell_of("Ma A Dơ"), to=join, on=MONDAY, by=world.head_a)
    assert moved.grade == 6


@pytest.mark.parametrize("target", ["class_a", "class_b"])
def test_a_move_to_the_same_class_or_another_school_is_refused(world, target):
    with pytest.raises(ValidationError) as caught:
        move_class(
            enrolment=spell_of("Ma A Dơ"), to=getattr(world, target), on=MONDAY, by=world.head_a
        )
    assert list(caught.value.error_dict) == ["to"]


def test_a_transfer_leaves_here_and_comes_there_on_one_day(world, roll_news):
    old = spell_of("Ma A Dơ")
    new = transfer(enrolment=old, to=world.class_b, grade=6, on=MONDAY, by=world.province_officer)
    old.refresh_from_db()
    assert (old.valid_to, old.exit_reason) == (MONDAY, ExitReason.TRANSFER_OUT)
    assert (new.school, new.valid_from, new.entry_reason) == (
        world.school_b,
        MONDAY,
        EntryReason.TRANSFER_IN,
    )
    assert roll_news == [
        ([world.class_a.pk], MONDAY, None),
        ([world.class_b.pk], MONDAY, None),
    ]


def test_a_transfer_that_cannot_come_does_not_leave_either(world):
    old = spell_of("Ma A Dơ")
    with pytest.raises(ValidationError):
        transfer(enrolment=old, to=world.class_b, grade=7, on=MONDAY, by=world.province_officer)
    old.refresh_from_db()
    assert (old.valid_to, old.exit_reason) == (None, "")


def test_a_pupil_who_left_is_off_the_roll_from_that_day_on(world, roll_news):
    spell = leave(
        enrolment=spell_of("Vàng Thị Pà"),
        on=MONDAY,
        reason=ExitReason.DROPOUT,
        cause=DropoutCause.EARLY_MARRIAGE,
        by=world.head_a,
    )
    assert "Vàng Thị Pà" in names_on(world.class_a, datetime.date(2026, 10, 11))
    assert "Vàng Thị Pà" not in names_on(world.class_a, MONDAY)
    assert roll_news == [([world.class_a.pk], MONDAY, None)]
    assert spell.history.first().history_user == world.head_a


def test_a_dropout_without_cause_is_refused(world):
    with pytest.raises(ValidationError) as caught:
        leave(
            enrolment=spell_of("Vàng Thị Pà"),
            on=MONDAY,
            reason=ExitReason.DROPOUT,
            cause="",
            by=world.head_a,
        )
    assert list(caught.value.error_dict) == ["cause"]
    assert spell_of("Vàng Thị Pà").valid_to is None


def test_several_causes_of_a_dropout_are_kept_in_the_order_of_the_list(world):
    spell = leave(
        enrolment=spell_of("Vàng Thị Pà"),
        on=MONDAY,
        reason=ExitReason.DROPOUT,
        cause=DropoutCause.EARLY_MARRIAGE,
        further=["tet", "marriage", "poverty"],
        by=world.head_a,
    )
    assert (spell.dropout_cause, spell.further_causes) == ("marriage", "poverty,tet")
    assert spell.causes == [DropoutCause.EARLY_MARRIAGE, DropoutCause.POVERTY, DropoutCause.TET]
    event = Event.objects.filter(kind="enrolment.ended").latest("pk")
    assert event.changes["further_causes"] == ["", "poverty,tet"]
    undo_leaving(enrolment=spell, by=world.head_a, reason="Nhầm")
    spell.refresh_from_db()
    assert (spell.dropout_cause, spell.further_causes) == ("", "")


def test_every_cause_is_counted_under_one_of_the_letter():
    assert {each.official for each in DropoutCause} == {
        *(DropoutCause.POVERTY, DropoutCause.LEARNING, DropoutCause.DISTANCE),
        *(DropoutCause.DISASTER, DropoutCause.OTHER),
    }
    assert DropoutCause.TET.official == DropoutCause.OTHER


@pytest.mark.parametrize("further", [["bored"], [""]])
def test_a_further_cause_outside_the_list_is_refused(world, further):
    with pytest.raises(ValidationError) as caught:
        leave(
            enrolment=spell_of("Vàng Thị Pà"),
            on=MONDAY,
            reason=ExitReason.DROPOUT,
            cause=DropoutCause.WORK,
            further=further,
            by=world.head_a,
        )
    assert list(caught.value.error_dict) == ["further"]
    assert spell_of("Vàng Thị Pà").valid_to is None


def test_a_transfer_out_keeps_no_dropout_cause(world):
    spell = leave(
        enrolment=spell_of("Vàng Thị Pà"),
        on=MONDAY,
        reason=ExitReason.TRANSFER_OUT,
        cause=DropoutCause.WORK,
        further=[DropoutCause.HEALTH],
        by=world.head_a,
    )
    assert (spell.dropout_cause, spell.further_causes) == ("", "")


@pytest.mark.parametrize("on", [YEAR_START, datetime.date(2026, 7, 1)])
def test_leaving_before_the_second_day_is_refused(world, on):
    with pytest.raises(ValidationError) as caught:
        leave(
            enrolment=spell_of("Vàng Thị Pà"),
            on=on,
            reason=ExitReason.OTHER,
            cause="",
            by=world.head_a,
        )
    assert list(caught.value.error_dict) == ["on"]


def test_leaving_after_the_school_year_is_refused(world):
    with pytest.raises(ValidationError) as caught:
        leave(
            enrolment=spell_of("Vàng Thị Pà"),
            on=datetime.date(2027, 8, 2),
            reason=ExitReason.COMPLETED,
            cause="",
            by=world.head_a,
        )
    assert list(caught.value.error_dict) == ["valid_to"]


def test_a_second_leaving_sees_the_first_and_changes_nothing(world):
    first, stale = spell_of("Vàng Thị Pà"), spell_of("Vàng Thị Pà")
    leave(enrolment=first, on=MONDAY, reason=ExitReason.OTHER, cause="", by=world.head_a)
    with pytest.raises(ValidationError) as caught:
        leave(
            enrolment=stale, on=TUESDAY, reason=ExitReason.TRANSFER_OUT, cause="", by=world.head_a
        )
    assert caught.value.code == "already_left"
    assert spell_of("Vàng Thị Pà").exit_reason == ExitReason.OTHER


def test_a_wrong_leaving_can_be_taken_back(world, roll_news):
    spell = spell_of("Vàng Thị Pà")
    leave(
        enrolment=spell,
        on=MONDAY,
        reason=ExitReason.DROPOUT,
        cause=DropoutCause.WORK,
        by=world.head_a,
    )
    roll_news.clear()
    undo_leaving(enrolment=spell, by=world.head_a, reason="Nhầm với bạn cùng tên")
    spell.refresh_from_db()
    assert (spell.valid_to, spell.exit_reason, spell.dropout_cause) == (None, "", "")
    assert roll_news == [([world.class_a.pk], MONDAY, None)]
    assert spell.history.first().history_change_reason == "Nhầm với bạn cùng tên"
    assert spell.history.count() == 3


def test_a_leaving_is_not_taken_back_when_the_pupil_studies_elsewhere_since(world):
    spell = spell_of("Ma A Dơ")
    transfer(enrolment=spell, to=world.class_b, grade=6, on=MONDAY, by=world.province_officer)
    with pytest.raises(ValidationError) as caught:
        undo_leaving(enrolment=spell, by=world.head_a, reason="")
    assert [error.code for error in caught.value.error_dict["__all__"]] == ["overlap"]


def test_a_class_change_is_not_taken_back_as_a_leaving(world, other_class):
    spell = spell_of("Ma A Dơ")
    move_class(enrolment=spell, to=other_class, on=MONDAY, by=world.head_a)
    with pytest.raises(ValidationError) as caught:
        undo_leaving(enrolment=spell, by=world.head_a, reason="")
    assert caught.value.code == "changed_class"


def test_a_pupil_on_the_roll_has_no_leaving_to_take_back(world):
    with pytest.raises(ValidationError) as caught:
        undo_leaving(enrolment=spell_of("Ma A Dơ"), by=world.head_a, reason="")
    assert caught.value.code == "not_left"


def test_a_dropout_comes_back_as_a_returner_only(world):
    spell = spell_of("Vàng Thị Pà")
    leave(
        enrolment=spell,
        on=MONDAY,
        reason=ExitReason.DROPOUT,
        cause=DropoutCause.WORK,
        by=world.head_a,
    )
    with pytest.raises(ValidationError) as caught:
        enrol_in(world.class_a, spell.pupil, by=world.head_a, start=TUESDAY)
    assert list(caught.value.error_dict) == ["reason"]
    back = enrol_in(
        world.class_a, spell.pupil, by=world.head_a, start=TUESDAY, reason=EntryReason.RETURN
    )
    assert back.valid_from == TUESDAY
    assert "Vàng Thị Pà" not in names_on(world.class_a, MONDAY)
    assert "Vàng Thị Pà" in names_on(world.class_a, TUESDAY)


def child(**more):
    return {
        "full_name": "Tẩn  Láo Lở",
        "sex": "F",
        "birth_date": datetime.date(2015, 6, 1),
        "ethnic_group": "09",
        **more,
    }


def enrol_child(school_class, by, **more):
    return enrol_new_pupil(
        school_class=school_class,
        grade=6,
        start=MONDAY,
        reason=EntryReason.TRANSFER_IN,
        by=by,
        **child(**more),
    )


def test_a_new_child_is_entered_and_enrolled(world):
    spell = enrol_child(world.class_a, world.head_a, ministry_id="1234567890")
    assert (spell.pupil.full_name, spell.sex, spell.ethnic_group) == ("Tẩn Láo Lở", "F", "09")
    assert spell.pupil.history.get().history_user == world.head_a


def test_a_child_known_by_number_is_not_entered_twice(world):
    spell = enrol_child(world.class_a, world.head_a, ministry_id="1234567890")
    leave(enrolment=spell, on=TUESDAY, reason=ExitReason.TRANSFER_OUT, cause="", by=world.head_a)
    again = enrol_new_pupil(
        school_class=world.class_b,
        grade=6,
        start=TUESDAY,
        reason=EntryReason.TRANSFER_IN,
        by=world.head_b,
        **child(full_name="TẨN LÁO LỞ", ministry_id="1234567890", guardian_phone="0912345678"),
    )
    assert again.pupil_id == spell.pupil_id
    again.pupil.refresh_from_db()
    assert again.pupil.guardian_phone == "0912345678"


@pytest.mark.parametrize(
    "difference", [{"full_name": "Tẩn Láo Tả"}, {"birth_date": datetime.date(2015, 6, 2)}]
)
def test_a_number_of_another_child_is_refused(world, difference):
    enrol_child(world.class_a, world.head_a, ministry_id="1234567890")
    with pytest.raises(ValidationError) as caught:
        enrol_child(world.class_b, world.head_b, **{"ministry_id": "1234567890", **difference})
    assert list(caught.value.error_dict) == ["ministry_id"]


def test_two_numbers_of_two_pupils_are_refused(world):
    enrol_child(world.class_a, world.head_a, ministry_id="1234567890")
    with pytest.raises(PossiblyKnown) as asked:
        enrol_child(world.class_a, world.head_a, citizen_id="012345678901")
    enrol_child(
        world.class_a,
        world.head_a,
        citizen_id="012345678901",
        different_from=asked.value.alike.fingerprint,
    )
    with pytest.raises(ValidationError) as caught:
        enrol_child(
            world.class_b, world.head_b, ministry_id="1234567890", citizen_id="012345678901"
        )
    assert list(caught.value.error_dict) == ["citizen_id"]


def test_nothing_of_a_new_child_is_kept_when_the_enrolment_is_refused(world):
    with pytest.raises(ValidationError):
        enrol_new_pupil(
            school_class=world.class_a,
            grade=9,
            start=MONDAY,
            reason=EntryReason.NEW,
            by=world.head_a,
            **child(),
        )
    assert Pupil.objects.filter(full_name="Tẩn Láo Lở").count() == 0


def test_corrected_sex_and_ethnic_group_follow_on_every_spell(world, other_class, roll_news):
    old = spell_of("Lò Thị Hương")
    move_class(enrolment=old, to=other_class, on=MONDAY, by=world.head_a)
    roll_news.clear()
    pupil = old.pupil
    sex = "M" if pupil.sex == "F" else "F"
    correct_pupil(pupil=pupil, by=world.head_a, sex=sex, ethnic_group="41")
    assert set(pupil.spells.values_list("sex", "ethnic_group")) == {(sex, "41")}
    assert sorted(roll_news, key=str) == sorted(
        [([world.class_a.pk], YEAR_START, MONDAY), ([other_class.pk], MONDAY, None)], key=str
    )


def test_a_corrected_name_disturbs_no_figures(world, roll_news):
    pupil = spell_of("Lò Thị Hương").pupil
    correct_pupil(pupil=pupil, by=world.head_a, full_name="Lò Thị Hường", reason="Sai dấu")
    pupil.refresh_from_db()
    assert pupil.full_name == "Lò Thị Hường"
    assert pupil.history.first().history_change_reason == "Sai dấu"
    assert roll_news == []


def test_a_rival_written_between_check_and_save_gives_the_same_sentence(world, monkeypatch):
    """The database refuses what the check could not see yet; the person reads one sentence."""
    pupil = new_pupil()
    spell = Enrolment(pupil=pupil, school_class=world.class_b, grade=6, valid_from=MONDAY)
    spell.copy_from_owners()
    checked = spell.full_clean

    def check_then_lose_the_race():
        monkeypatch.setattr(spell, "full_clean", checked)
        enrol(pupil, world.class_a, MONDAY)

    monkeypatch.setattr(spell, "full_clean", check_then_lose_the_race)
    with pytest.raises(ValidationError) as caught:
        save_checked(spell, by=world.head_b)
    assert [error.code for error in caught.value.error_dict["__all__"]] == ["overlap"]
    assert Enrolment.objects.filter(pupil=pupil).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_heads_enrolling_one_pupil_at_once_leave_one_spell(world):
    pupil = new_pupil()
    at_once = connection.vendor == "postgresql"  # SQLite lets one writer in after the other
    ready, outcomes = threading.Barrier(2 if at_once else 1), []

    def enrol_when_ready(school_class, by):
        try:
            ready.wait(10)
            enrol_in(school_class, pupil, by=by)
            outcomes.append("enrolled")
        except ValidationError as error:
            outcomes.append([item.code for item in error.error_dict["__all__"]])
        finally:
            if at_once:
                connection.close()

    pairs = [(world.class_a, world.head_a), (world.class_b, world.head_b)]
    if at_once:
        threads = [threading.Thread(target=enrol_when_ready, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    else:
        for pair in pairs:
            enrol_when_ready(*pair)
    assert sorted(outcomes, key=str) == [["overlap"], "enrolled"]
    assert Enrolment.objects.filter(pupil=pupil).count() == 1


def test_a_multi_grade_class_is_created_with_its_level(world):
    school_class = create_class(
        school=world.school_a,
        year=world.year,
        site=world.site_a,
        name=" 4 + 3  Háng Lìa ",
        grades=["4", "3"],
        sessions="am,pm",
        by=world.head_a,
    )
    stored = SchoolClass.objects.get(pk=school_class.pk)
    assert (stored.name, stored.grades, stored.level) == ("4 + 3 Háng Lìa", "3,4", "TH")
    assert stored.is_multi_grade


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"grades": []}, "grades"),
        ({"grades": [5, 6]}, "grades"),
        ({"grades": [1, 2, 3, 4]}, "grades"),
        ({"grades": [10]}, "grades"),
        ({"name": "6A"}, "__all__"),
        ({"site": "main_site_of_b"}, "site"),
    ],
)
def test_a_wrong_class_is_refused_at_its_field(world, change, field):
    wanted = {"name": "6C", "grades": [6], "site": world.site_a, **change}
    if wanted["site"] == "main_site_of_b":
        wanted["site"] = world.school_b.sites.get()
    with pytest.raises(ValidationError) as caught:
        create_class(
            school=world.school_a, year=world.year, sessions="am", by=world.head_a, **wanted
        )
    assert list(caught.value.error_dict) == [field]
    assert world.school_a.classes.count() == 2
