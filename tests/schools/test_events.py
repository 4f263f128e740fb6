"""What is decided about pupils, schools and units can be read from its events alone."""

import datetime

import pytest

from core.models import Event
from schools.areas.services.placements import move_placements_to_successors
from schools.models import (
    DifferentPupils,
    Enrolment,
    Placement,
    Pupil,
    PupilHold,
    PupilMerge,
    Succession,
)
from schools.personal_data.services.anonymising import anonymise_pupil, lift_hold, place_hold
from schools.pupil_merging.services.merging import merge_pupils, undo_merge
from schools.pupil_merging.services.removing import remove_pupil
from schools.pupils.services.enrolments import enrol_pupil, leave, move_class, undo_leaving
from schools.pupils.services.pupils import correct_pupil, tell_apart
from tests.decisions import Decision
from tests.world import enrol, make_area, make_class

pytestmark = pytest.mark.django_db

TOMORROW = datetime.date(2026, 10, 13)


def spell_of(world):
    return world.class_a.spells.order_by("pk").first()


def of_spell(world, pupil, *, class_name="6A", **more):
    return Decision(
        by=world.head_a,
        name=f"Hồ sơ {pupil.pk} {class_name}",
        part_of=pupil,
        school=world.school_a,
        places=(Enrolment,),
        **more,
    )


def of_pupil(world, pupil, *, places=(Pupil,), by=None, **more):
    return Decision(
        about=pupil,
        by=by or world.head_a,
        name=f"Hồ sơ {pupil.pk}",
        school=world.school_a,
        places=places,
        **more,
    )


def enrolled(world):
    pupil = Pupil.objects.create(
        full_name="Sùng A Lử", sex="M", birth_date=datetime.date(2014, 3, 3), ethnic_group="08"
    )
    return of_spell(
        world,
        pupil,
        act=lambda: enrol_pupil(
            pupil=pupil,
            school_class=world.class_a,
            grade=6,
            start=TOMORROW,
            reason="in",
            by=world.head_a,
        ),
        kind="enrolment.begun",
        changes={"valid_from": [None, "2026-10-13"], "entry_reason": [None, "in"]},
    )


def moved(world):
    other = make_class(world.school_a, world.year, "6C", "THCS", "6", [])
    spell = spell_of(world)
    return of_spell(
        world,
        spell.pupil,
        class_name="6C",
        act=lambda: move_class(enrolment=spell, to=other, on=TOMORROW, by=world.head_a),
        kind="enrolment.moved",
        changes={"school_class": ["6A", "6C"], "valid_from": [None, "2026-10-13"]},
    )


def drop_out(world):
    spell = spell_of(world)
    leave(enrolment=spell, on=TOMORROW, reason="dropout", cause="work", by=world.head_a)
    return spell


def left(world):
    return of_spell(
        world,
        spell_of(world).pupil,
        act=lambda: drop_out(world),
        kind="enrolment.ended",
        changes={
            "valid_to": [None, "2026-10-13"],
            "exit_reason": ["", "dropout"],
            "dropout_cause": ["", "work"],
        },
    )


def leaving_undone(world):
    spell = drop_out(world)
    return of_spell(
        world,
        spell.pupil,
        act=lambda: undo_leaving(enrolment=spell, by=world.head_a, reason="Nhầm em khác"),
        kind="enrolment.leaving_undone",
        changes={
            "valid_to": ["2026-10-13", None],
            "exit_reason": ["dropout", ""],
            "dropout_cause": ["work", ""],
        },
        reason="Nhầm em khác",
    )


def twins(world):
    """A pupil of 6A and a second record of the same child there."""
    kept = spell_of(world).pupil
    gone = Pupil.objects.create(
        full_name=kept.full_name, sex=kept.sex, birth_date=kept.birth_date, ethnic_group="08"
    )
    enrol(gone, world.class_a, world.since)
    return kept, gone


def merged(world):
    kept, gone = twins(world)
    return of_pupil(
        world,
        kept,
        places=(Pupil, Enrolment, PupilMerge),
        act=lambda: merge_pupils(kept=kept, gone=gone, by=world.head_a),
        kind="pupil.merged",
        changes={"records": [[kept.pk, gone.pk], [kept.pk]]},
    )


def parted(world):
    kept, gone = twins(world)
    merge = merge_pupils(kept=kept, gone=gone, by=world.head_a)
    return of_pupil(
        world,
        kept,
        places=(Pupil, Enrolment, PupilMerge),
        act=lambda: undo_merge(merge=merge, by=world.head_a),
        kind="pupil.parted",
        changes={"records": [[kept.pk], [kept.pk, merge.gone_id]]},
    )


def told_apart(world):
    one, two = twins(world)
    return of_pupil(
        world,
        one,
        places=(DifferentPupils,),
        act=lambda: tell_apart(pupil=one, others=[two.pk], by=world.head_a),
        kind="pupil.told_apart",
        changes={"records": [None, [one.pk, two.pk]]},
    )


def removed(world):
    _one, mistake = twins(world)
    return of_pupil(
        world,
        Pupil(pk=mistake.pk),
        places=(Pupil, Enrolment),
        act=lambda: remove_pupil(pupil=mistake, by=world.head_a),
        kind="pupil.removed",
    )


def corrected(world):
    pupil = spell_of(world).pupil
    return of_pupil(
        world,
        pupil,
        act=lambda: correct_pupil(pupil=pupil, by=world.head_a, guardian_phone="0911222333"),
        kind="pupil.corrected",
        changes={"fields": [[], ["guardian_phone"]]},
    )


def held(world):
    pupil = spell_of(world).pupil
    return of_pupil(
        world,
        pupil,
        places=(PupilHold,),
        act=lambda: place_hold(
            pupil=pupil, school=world.school_a, reason="Khiếu nại", by=world.head_a
        ),
        kind="pupil.hold_placed",
        reason="Khiếu nại",
    )


def lifted(world):
    pupil = spell_of(world).pupil
    place_hold(pupil=pupil, school=world.school_a, reason="Khiếu nại", by=world.head_a)
    return of_pupil(
        world,
        pupil,
        places=(PupilHold,),
        act=lambda: lift_hold(pupil=pupil, school=world.school_a, by=world.head_a),
        kind="pupil.hold_lifted",
    )


def made_anonymous(world):
    spell = spell_of(world)
    Enrolment.objects.filter(pk=spell.pk).update(valid_to=world.today, exit_reason="out")
    return of_pupil(
        world,
        spell.pupil,
        by=world.system_admin,
        act=lambda: anonymise_pupil(
            pupil=spell.pupil, by=world.system_admin, reason="Gia đình yêu cầu"
        ),
        kind="pupil.anonymised",
        reason="Gia đình yêu cầu",
    )


DECISIONS = [
    enrolled,
    moved,
    left,
    leaving_undone,
    merged,
    parted,
    told_apart,
    removed,
    corrected,
    held,
    lifted,
    made_anonymous,
]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: each.__name__)
def test_the_event_says_who_what_old_and_new(world, decision):
    decision(world).check_event()


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: each.__name__)
def test_no_decision_stays_without_its_event(world, monkeypatch, decision):
    decision(world).check_it_is_undone_without_its_event(monkeypatch)


@pytest.fixture
def reorganised(world):
    """A decree: commune A1 becomes a new one, B1 is divided."""
    decree = datetime.date(2026, 10, 1)
    for old, codes in ((world.commune_a, ["03011"]), (world.commune_b, ["03012", "03013"])):
        old.valid_to = decree
        old.save()
        for code in codes:
            new = make_area(3, "xa", code, f"Xã {code}", world.province, decree)
            Succession.objects.create(old=old, new=new, effective_on=decree)
    return decree


def test_units_reorganised_leave_one_event_with_how_many_moved(world, reorganised):
    move_placements_to_successors(on=reorganised, by=world.system_admin)
    event = Event.objects.get()
    assert (event.kind, event.actor) == ("units.reorganised", world.system_admin)
    assert (event.object_name, event.object_type) == ("01/10/2026", "")
    assert event.changes == {"moved": [None, 1], "unplaced": [None, 1]}


def test_units_are_not_reorganised_without_the_event(world, reorganised, monkeypatch):
    Decision(
        act=lambda: move_placements_to_successors(on=reorganised, by=world.system_admin),
        kind="units.reorganised",
        by=world.system_admin,
        name="01/10/2026",
        places=(Placement,),
    ).check_it_is_undone_without_its_event(monkeypatch)
