"""Going over to the next school year, whole and at once."""

import datetime
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from core.events import Changes, record
from core.services.saving import lock_in_place, save_checked
from core.types import User

from ... import events
from ...enums import EntryReason, ExitReason
from ...models import Enrolment, PupilArrival, School, SchoolClass, SchoolYear, YearTurn
from ...pupil_import.resources.bulk import CHUNK, write_changed
from ...signals import enrolments_changed
from .. import followers
from ..selectors.standing import read_standing
from .plan import Choices, Target, TurnPlan, build

# What of a class and of a time in class must be as it was written, for a turn to be taken back.
CLASS_FIELDS = ["name", "grades", "site_id", "sessions", "ended_on"]
SPELL_FIELDS = [
    "school_class_id",
    "pupil_id",
    "grade",
    "valid_from",
    "valid_to",
    "exit_reason",
]
END_FIELDS = ["valid_to", "exit_reason"]


@transaction.atomic
def turn_year(
    *,
    school: School,
    choices: Choices,
    on: datetime.date,
    by: User | None,
    seen: str | None = None,
) -> YearTurn:
    """Open next year's classes, move every pupil up, keep back, let finish and send.

    The number of queries does not depend on how many classes and pupils there are. Everything
    is dated: nothing of the year that is over changes but that its times in class end with it.

    Args:
        choices: `Choices` as proposed or edited.
        seen: of the plan that was confirmed; None when nobody looked at one (the command).
    Raises ValidationError: every reason why it cannot be done; code "changed" when the plan is
    no longer the one that was seen.
    """
    lock_in_place(school)
    standing = read_standing(school, on=on)
    plan = build(standing, choices)
    plan.require()
    if seen is not None and seen != plan.seen:
        raise ValidationError(
            _("Something was changed meanwhile. Look at what will happen once more."),
            code="changed",
        )
    old, new = standing.years.old, standing.years.new
    # The plan refuses without them.
    assert old is not None
    assert new is not None
    classes = _open_classes(plan, new, by)
    ended = _end_spells(plan, old, by)
    begun = _begin_spells(plan, new, classes, by)
    turn = YearTurn(
        school=school,
        from_year=old,
        to_year=new,
        class_count=len(plan.new_targets),
        promoted_count=plan.promoted,
        kept_back_count=len(plan.kept_back),
        finished_count=len(plan.finished),
        sent_count=len(plan.sent),
        made_by=by,
        made_at=timezone.now(),
    )
    save_checked(turn)
    _send(turn, plan)
    successors = {
        target.like.pk: classes[target.name].pk
        for target in plan.new_targets
        if target.with_teachers
    }
    new_classes = [classes[target.name] for target in plan.new_targets]
    turn.wrote = {
        "classes": [as_written(each, CLASS_FIELDS) for each in new_classes],
        "ended": [as_written(each, END_FIELDS) for each in ended],
        "begun": [as_written(each, SPELL_FIELDS) for each in begun],
        "followers": followers.carry_on(successors, old, new, by),
    }
    turn.save(update_fields=["wrote"])
    announce(ended, old.valid_to, old.valid_to)
    announce(begun, new.valid_from, None)
    record(
        events.YEAR_TURNED,
        by=by,
        about=school,
        name=f"{school.name} {new.code}",
        school=school.pk,
        changes=counts_of(turn),
    )
    return turn


def as_written(row: SchoolClass | Enrolment, fields: Collection[str]) -> list[Any]:
    """The id and some values of a row, as JSON keeps them."""
    values = (getattr(row, name) for name in fields)
    return [
        row.pk,
        *(value.isoformat() if isinstance(value, datetime.date) else value for value in values),
    ]


def counts_of(turn: YearTurn) -> Changes:
    """What the event of a turn tells."""
    return {
        "classes": (None, turn.class_count),
        "promoted": (None, turn.promoted_count),
        "kept_back": (None, turn.kept_back_count),
        "finished": (None, turn.finished_count),
        "sent": (None, turn.sent_count),
    }


def announce(
    spells: Collection[Enrolment], start: datetime.date, end: datetime.date | None
) -> None:
    """Say that the rolls of some classes differ. No register is reached: none of the new
    classes has one, and the year that is over ends as it did."""
    if class_ids := sorted({spell.school_class_id for spell in spells}):
        enrolments_changed.send(sender=Enrolment, school_class_ids=class_ids, start=start, end=end)


def _open_classes(plan: TurnPlan, new: SchoolYear, by: User | None) -> dict[str, SchoolClass]:
    """Dict name as chosen -> class: the new ones written, those that are there already."""
    made = [_class_of(target, new) for target in plan.new_targets]
    if made:
        bulk_create_with_history(made, SchoolClass, CHUNK, default_user=by)
    there = {t.name: t.existing for t in plan.targets if t.existing is not None}
    return {each.name: each for each in made} | there


def _class_of(target: Target, new: SchoolYear) -> SchoolClass:
    school_class = SchoolClass(
        school=target.like.school,
        site=target.site,
        year=new,
        name=target.name,
        grades=",".join(str(grade) for grade in sorted(target.grades)),
        sessions=target.like.sessions,
    )
    school_class.level = school_class.grade_list[0].education_level
    # Without the questions to the database that `full_clean` asks: the plan has asked them.
    school_class.clean_fields(exclude={"school", "site", "year"})
    school_class.clean()
    return school_class


def _end_spells(plan: TurnPlan, old: SchoolYear, by: User | None) -> list[Enrolment]:
    """End what is still open with the year; returns what was ended."""
    going = [spell for target in plan.targets for spell, _grade in target.members]
    going += plan.finished + [spell for spell, _school, _grade in plan.sent]
    ended = [spell for spell in going if spell.valid_to is None]
    for spell in ended:
        spell.valid_to, spell.exit_reason = old.valid_to, ExitReason.COMPLETED
    write_changed(Enrolment, ended, END_FIELDS, by=by)
    return ended


def _begin_spells(
    plan: TurnPlan, new: SchoolYear, classes: dict[str, SchoolClass], by: User | None
) -> list[Enrolment]:
    begun = []
    for target in plan.targets:
        for old_spell, grade in target.members:
            spell = Enrolment(
                pupil=old_spell.pupil,
                school_class=classes[target.name],
                grade=grade,
                valid_from=new.valid_from,
                entry_reason=EntryReason.YEAR_START,
            )
            spell.copy_from_owners()
            begun.append(spell)
    if begun:
        bulk_create_with_history(begun, Enrolment, CHUNK, default_user=by)
    return begun


def _send(turn: YearTurn, plan: TurnPlan) -> None:
    PupilArrival.objects.bulk_create(
        [
            PupilArrival(
                turn=turn,
                pupil=spell.pupil,
                from_class_id=spell.school_class_id,
                to_school=school,
                grade=grade.value,
            )
            for spell, school, grade in plan.sent
        ],
        batch_size=CHUNK,
    )
