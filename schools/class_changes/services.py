"""Merging classes of a school, and splitting one, from a day on."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core.events import Changes, Kind, record
from core.services.saving import lock_in_place, save_checked
from core.types import User
from core.vietnamese import fold, format_date, normalise

from .. import events
from ..directory.services.classes import last_recorded
from ..enums import Grade
from ..models import Enrolment, SchoolClass
from ..school_records.selectors.standing import counted_pupils, named, spells_from
from ..school_records.services.decisions import Preview
from ..school_records.services.handover import move_spells
from ..signals import classes_regrouped, enrolments_changed

MOST_GRADES = 3


@dataclass(frozen=True)
class ClassMerger:
    """Classes whose pupils go on `into` another one of the school and year, `on` which day."""

    into: SchoolClass
    others: Sequence[SchoolClass]
    on: datetime.date

    @property
    def grades(self) -> list[int]:
        """The grades of the class from then on."""
        classes = (self.into, *self.others)
        return sorted({grade.value for each in classes for grade in each.grade_list})


def preview_merger(merger: ClassMerger) -> Preview:
    """What merging will do, and why it cannot be done."""
    into, on = merger.into, merger.on
    preview = Preview(refusals=_refused([into, *merger.others], on))
    if any(
        (each.school_id, each.year_id, each.level) != (into.school_id, into.year_id, into.level)
        or each.pk == into.pk
        for each in merger.others
    ):
        preview.refusals.append(_("Choose other classes of the same school, year and level."))
    if len(merger.grades) > MOST_GRADES:
        preview.refusals.append(_("A class joins at most three grades."))
    coming = spells_from([each.pk for each in merger.others], on)
    staying = spells_from([into.pk], on)
    preview.sentences = [
        _("From %(day)s %(pupils)s of %(classes)s are in class %(into)s, which then has %(all)s.")
        % {
            "day": format_date(on),
            "pupils": counted_pupils(len(coming)),
            "classes": _names(merger.others),
            "into": into.name,
            "all": counted_pupils(len(coming) + len(staying)),
        },
        _("%(classes)s: ended from that day. Registers, marks and figures until then stay there.")
        % {"classes": _names(merger.others)},
        *_other_days(into, merger.others),
        _goes_along(),
        _(
            "Whoever teaches a class that ends teaches class %(into)s too; its homeroom teacher "
            "becomes a deputy there. Change that on the page of the teachers."
        )
        % {"into": into.name},
    ]
    if merger.grades != [grade.value for grade in into.grade_list]:
        grades = ", ".join(str(Grade(grade).label) for grade in merger.grades)
        preview.sentences.append(
            _("Class %(into)s becomes a multi-grade class: %(grades)s.")
            % {"into": into.name, "grades": grades}
        )
    return preview


@transaction.atomic
def merge_classes(*, merger: ClassMerger, by: User) -> SchoolClass:
    """Let the pupils of the others go on in one class from a day on; the others end.

    Raises ValidationError as the preview refuses: another school, year or level, more than three
    grades, a class ended, no day of the year, or a register of that day or later.
    """
    into, on = merger.into, merger.on
    _lock([into, *merger.others])
    preview_merger(merger).require()
    into.grades = ",".join(map(str, merger.grades))
    save_checked(into, by=by)
    spells = spells_from([each.pk for each in merger.others], on)
    move_spells(spells, {each.pk: into for each in merger.others}, on, by)
    for each in merger.others:
        each.ended_on = on
        save_checked(each, by=by)
        _tell(events.CLASS_ENDED, each, by, {"ended_on": (None, on)})
    pupils = (None, len(spells))
    old = _names([into, *merger.others])
    changes: Changes = {"classes": (old, into.name), "pupils": pupils, "valid_from": (None, on)}
    _tell(events.CLASSES_MERGED, into, by, changes)
    _say(spells, [(each.pk, into.pk) for each in merger.others], on, by)
    return into


@dataclass(frozen=True)
class ClassSplit:
    """Pupils of a class (their keys) who are in a new one from a day on, and its name."""

    school_class: SchoolClass
    name: str
    pupils: Collection[int]
    on: datetime.date


def preview_split(split: ClassSplit) -> Preview:
    """What splitting will do, and why it cannot be done."""
    old, on = split.school_class, split.on
    preview = Preview(refusals=_refused([old], on))
    spells = spells_from([old.pk], on)
    going = [spell for spell in spells if spell.pupil_id in split.pupils]
    name = normalise(split.name)
    taken = SchoolClass.objects.filter(school_id=old.school_id, year_id=old.year_id)
    if fold(name) in {fold(known) for known in taken.values_list("name", flat=True)}:
        preview.refusals.append(
            _("The school has a class %(name)s in this year. Choose another name.") % {"name": name}
        )
    if not going or len(going) == len(spells):
        preview.refusals.append(
            _("Tick some pupils on the roll of %(day)s, and not all of them.")
            % {"day": format_date(on)}
        )
    preview.sentences = [
        _("From %(day)s there is a class %(name)s with %(pupils)s, ticked below.")
        % {"day": format_date(on), "name": name, "pupils": counted_pupils(len(going))},
        _("Class %(name)s goes on with %(pupils)s.")
        % {"name": old.name, "pupils": counted_pupils(len(spells) - len(going))},
        _("Site and sessions are the same. Registers and marks until then stay in class %(name)s.")
        % {"name": old.name},
        _goes_along(),
        _(
            "Whoever teaches class %(old)s teaches class %(new)s too, so that its register can be "
            "taken; say on the page of the teachers who is its homeroom teacher."
        )
        % {"old": old.name, "new": name},
    ]
    return preview


@transaction.atomic
def split_class(*, split: ClassSplit, by: User) -> SchoolClass:
    """Let some pupils of a class go on in a new one from a day on; returns that one.

    Raises ValidationError as the preview refuses: the class ended, no day of the year, a register
    of that day or later, a name that is taken, nobody or everybody ticked.
    """
    old, on = split.school_class, split.on
    _lock([old])
    preview_split(split).require()
    spells = [each for each in spells_from([old.pk], on) if each.pupil_id in split.pupils]
    new = save_checked(
        SchoolClass(
            school=old.school,
            site=old.site,
            year=old.year,
            name=normalise(split.name),
            level=old.level,
            grades=",".join(map(str, sorted({spell.grade for spell in spells}))),
            sessions=old.sessions,
        ),
        by=by,
    )
    move_spells(spells, {old.pk: new}, on, by)
    pupils = (None, len(spells))
    names = (old.name, f"{old.name}, {new.name}")
    changes: Changes = {"classes": names, "pupils": pupils, "valid_from": (None, on)}
    for each in (old, new):
        _tell(events.CLASS_SPLIT, each, by, changes)
    _say(spells, [(old.pk, new.pk)], on, by)
    return new


def _refused(classes: Iterable[SchoolClass], on: datetime.date) -> list[str]:
    """Why classes can be neither merged nor split from a day on."""
    refusals = []
    for each in classes:
        year = each.year
        if year.closed_at is not None:
            return [
                _("School year %(year)s is closed; its classes stay as they are.")
                % {"year": year.code}
            ]
        if not year.valid_from < on < year.valid_to:
            return [
                _("The day must lie in school year %(year)s, after its first day.")
                % {"year": year.code}
            ]
        if each.ended_on is not None:
            refusals.append(
                _("Class %(name)s ended on %(day)s.")
                % {"name": each.name, "day": format_date(each.ended_on)}
            )
        elif (last := last_recorded(each, on)) is not None:
            refusals.append(
                _("Class %(name)s has a register of %(last)s. Choose a later day.")
                % {"name": each.name, "last": format_date(last)}
            )
    return refusals


def _other_days(into: SchoolClass, others: Iterable[SchoolClass]) -> list[str]:
    """A sentence about each class that studied at another site or at other times."""
    return [
        _("Pupils of class %(name)s now study at %(site)s: %(sessions)s.")
        % {
            "name": each.name,
            "site": into.site.name,
            "sessions": into.get_sessions_display(),
        }
        for each in others
        if (each.site_id, each.sessions) != (into.site_id, into.sessions)
    ]


def _goes_along() -> str:
    return _(
        "Nobody counts as having left or come. Planned leave goes along with each pupil; "
        "registers of earlier days are corrected as before, within their time."
    )


def _names(classes: Iterable[SchoolClass]) -> str:
    return named(each.name for each in classes)


def _lock(classes: Iterable[SchoolClass]) -> None:
    for each in sorted(classes, key=lambda each: each.pk):
        lock_in_place(each)


def _say(
    spells: Collection[Enrolment],
    pairs: Sequence[tuple[int, int]],
    on: datetime.date,
    by: User,
) -> None:
    classes_regrouped.send(sender=SchoolClass, pairs=pairs, on=on, by=by)
    if spells:
        enrolments_changed.send(
            sender=Enrolment,
            school_class_ids=sorted({pk for pair in pairs for pk in pair}),
            start=on,
            end=None,
        )


def _tell(kind: Kind, school_class: SchoolClass, by: User, changes: Changes) -> None:
    record(
        kind,
        by=by,
        about=school_class,
        name=school_class.name,
        part_of=school_class.school,
        school=school_class.school_id,
        changes=changes,
    )
