"""Closing a school, merging schools into one, splitting one into two."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.levels import EducationLevel
from core.services.saving import save_checked
from core.types import User
from core.vietnamese import normalise

from ... import events
from ...directory.services.schools import level_codes, open_school
from ...enums import SchoolKind
from ...models import Area, School, SchoolChange, SchoolClass, Site
from ..selectors.standing import (
    changed_later,
    classes_from,
    counted_classes,
    counted_pupils,
    day,
    named,
    names_taken,
    not_open,
    recorded_since,
    sites_from,
    spells_from,
)
from .changes import MAIN_SITE
from .decisions import Decision, Part, Preview, lock, write_change
from .handover import continued, hand_over, move_sites, pupils_of, renamed


def preview_close(school: School, on: datetime.date) -> Preview:
    """What closing a school will do, and whether it can be done."""
    classes = classes_from([school.pk], on)
    spells = spells_from([each.pk for each in classes], on)
    preview = Preview(refusals=[*not_open(school, on), *changed_later(school, on)])
    if spells:
        with_pupils = {spell.school_class_id for spell in spells}
        preview.refusals.append(
            _(
                "%(pupils)s are still on the roll on %(day)s or later, in: %(classes)s. Let them "
                "move or leave first, or merge the school with another one."
            )
            % {
                "pupils": counted_pupils(len({spell.pupil_id for spell in spells})),
                "day": day(on),
                "classes": named(each.name for each in classes if each.pk in with_pupils),
            }
        )
    else:
        preview.refusals += recorded_since(classes, on)
    preview.sentences = [
        _("%(school)s is closed from %(day)s on; the day before is its last one.")
        % {"school": school.name, "day": day(on)},
        _("Its sites end with it: %(sites)s.")
        % {"sites": named(site.name for site in sites_from(school, on)) or "—"},
    ]
    if classes:
        preview.sentences.append(
            _("%(classes)s without pupils end: %(names)s.")
            % {
                "classes": counted_classes(len(classes)),
                "names": named(each.name for each in classes),
            }
        )
    preview.sentences.append(
        _("Everything that was filed until then stays and can be read as before.")
    )
    return preview


@transaction.atomic
def close_school(*, school: School, decision: Decision, by: User | None) -> School:
    """Close a school on which no pupil depends any more. Raises ValidationError."""
    lock(school)
    preview_close(school, decision.on).require()
    for school_class in classes_from([school.pk], decision.on):
        school_class.ended_on = max(decision.on, school_class.year.valid_from)
        save_checked(school_class, by=by)
    _end(school, decision.on, by)
    write_change(SchoolChange.Kind.CLOSED, decision, parts=[(school, Part.ENDED)], by=by)
    record(
        events.SCHOOL_CLOSED,
        by=by,
        about=school,
        name=school.name,
        school=school.pk,
        changes={"valid_to": (None, decision.on)},
        reason=decision.number,
    )
    return school


def _end(school: School, on: datetime.date, by: User | None) -> None:
    """End a school with its commune, type and sites."""
    for rows in (school.placements, school.statuses, school.sites):
        for row in rows.during(on, datetime.date.max):
            if row.valid_from < on:
                row.valid_to = on
                save_checked(row)
    school.valid_to = on
    save_checked(school, by=by)


@dataclass(frozen=True)
class Merger:
    """Schools that become one: `first` goes on with the others in it, or all go into a new one.

    `code` and `name`: of the merged school; the code is empty when `first` keeps its own.
    """

    first: School
    others: Sequence[School]
    name: str
    code: str = ""

    @property
    def schools(self) -> list[School]:
        return [self.first, *self.others]

    @property
    def ending(self) -> list[School]:
        return self.schools if self.code else list(self.others)

    @property
    def levels(self) -> str:
        return level_codes(level for school in self.schools for level in school.levels.split(","))

    @property
    def taken(self) -> list[School]:
        """Schools whose classes are in the merged one already."""
        return [] if self.code else [self.first]


def preview_merge(merger: Merger, on: datetime.date) -> Preview:
    """What merging schools from a day on will do, and whether it can be done."""
    ending = merger.ending
    classes = classes_from([school.pk for school in ending], on)
    taken = names_taken([school.pk for school in merger.taken], on)
    preview = Preview()
    if not merger.others:
        preview.refusals.append(_("Choose at least one other school."))
    for school in merger.schools:
        preview.refusals += not_open(school, on)
    for school in ending:
        preview.refusals += changed_later(school, on)
    if School.objects.filter(code=merger.code).exists():
        preview.refusals.append(
            _("There is a school with the code %(code)s already. Check the code.")
            % {"code": merger.code}
        )
    if not sites_from(merger.first, on):
        preview.refusals.append(
            _("%(school)s has no site. Add its main site first.") % {"school": merger.first.name}
        )
    if not merger.first.placements.on(on).exists():
        preview.refusals.append(
            _("%(school)s lies in no commune on %(day)s. Place it in one first.")
            % {"school": merger.first.name, "day": day(on)}
        )
    preview.refusals += recorded_since(classes, on)
    found = continued(classes, taken, on)
    preview.sentences = [
        _("From %(day)s there is one school: %(name)s.") % {"day": day(on), "name": merger.name},
        _("These schools end: %(schools)s. Their past stays under their own names.")
        % {"schools": named(school.name for school in ending)},
        _("It teaches: %(levels)s.")
        % {
            "levels": ", ".join(
                str(EducationLevel(level).label) for level in merger.levels.split(",")
            )
        },
        _(
            "%(classes)s with %(pupils)s go on there from that day. No pupil counts as having "
            "moved away or left."
        )
        % {"classes": counted_classes(len(found)), "pupils": pupils_of(found, on)},
        _("The sites of the schools that end become its sites: %(sites)s.")
        % {
            "sites": named(
                f"{site.name} ({school.name})"
                for school in ending
                for site in sites_from(school, on)
            )
            or "—"
        },
        *renamed(found),
        _("Teachers keep their classes. Who is head of the merged school is to be said anew."),
    ]
    return preview


@transaction.atomic
def merge_schools(*, merger: Merger, decision: Decision, by: User | None) -> School:
    """Merge schools into one from a day on; returns it. Raises ValidationError."""
    on = decision.on
    lock(*merger.schools)
    preview_merge(merger, on).require()
    classes = classes_from([school.pk for school in merger.ending], on)
    found = continued(classes, names_taken([school.pk for school in merger.taken], on), on)
    sites = [site for school in merger.ending for site in sites_from(school, on)]
    target = _target(merger, on, by)
    heads = [site for site in sites if site.is_main and site.school == merger.first]
    moved = move_sites(sites, target, on, main=heads[0] if heads and merger.code else None)
    main = sites_from(target, on)[0]
    hand_over(found, to=target, sites=moved, main=main, on=on, by=by)
    for school in merger.ending:
        _end(school, on, by)
    went_on = Part.BEGAN if merger.code else Part.WENT_ON
    write_change(
        SchoolChange.Kind.MERGED,
        decision,
        parts=[(target, went_on), *((school, Part.ENDED) for school in merger.ending)],
        by=by,
    )
    for school in (target, *merger.ending):
        record(
            events.SCHOOLS_MERGED,
            by=by,
            about=school,
            name=school.name,
            part_of=target,
            school=school.pk,
            changes={
                "schools": (", ".join(each.name for each in merger.schools), target.name),
                "classes": (None, len(found)),
                "valid_from": (None, on),
            },
            reason=decision.number,
        )
    return target


def _target(merger: Merger, on: datetime.date, by: User | None) -> School:
    """The merged school: opened anew, or the first one with its new name and all levels."""
    first = merger.first
    if not merger.code:
        first.name, first.levels = normalise(merger.name), merger.levels
        return save_checked(first, by=by)
    status = first.statuses.on(on).first()
    school = School(
        code=merger.code, name=normalise(merger.name), levels=merger.levels, valid_from=on
    )
    save_checked(school, by=by)
    save_checked(
        school.placements.model(
            school=school,
            commune=first.placements.on(on).get().commune,
            valid_from=on,
        )
    )
    save_checked(
        school.statuses.model(
            school=school,
            kind=status.kind if status else SchoolKind.REGULAR,
            valid_from=on,
        )
    )
    return school


@dataclass(frozen=True)
class Split:
    """A new school made out of a part of another one.

    What goes: the classes at `sites`, and all classes of the levels `given_up`.
    """

    school: School
    code: str
    name: str
    kind: str
    commune: Area
    sites: Sequence[Site] = ()
    given_up: Sequence[str] = ()

    @property
    def main_site(self) -> Site | None:
        """The site that becomes the main one: the first that goes, unless a level leaves the
        main site of the old school, where it studied until then."""
        return self.sites[0] if self.sites and not self.given_up else None

    def goes(self, school_class: SchoolClass) -> bool:
        return school_class.level in self.given_up or school_class.site in self.sites


def preview_split(split: Split, on: datetime.date) -> Preview:
    """What splitting a school from a day on will do, and whether it can be done."""
    school = split.school
    classes = classes_from([school.pk], on)
    going = [each for each in classes if split.goes(each)]
    preview = Preview(refusals=[*not_open(school, on), *recorded_since(going, on)])
    preview.refusals += _refused_split(split, going, on)
    found = continued(going, [], on)
    preview.sentences = [
        _("From %(day)s there is a new school, %(name)s, in %(commune)s.")
        % {"day": day(on), "name": split.name, "commune": split.commune.title},
        _("It teaches: %(levels)s. %(school)s teaches: %(left)s.")
        % {
            "levels": _labels(_levels_of_new(split, going)),
            "school": school.name,
            "left": _labels(_levels_left(split)),
        },
        _(
            "%(classes)s with %(pupils)s go on there: %(names)s. No pupil counts as having moved "
            "away or left."
        )
        % {
            "classes": counted_classes(len(found)),
            "pupils": pupils_of(found, on),
            "names": named(each.school_class.name for each in found) or "—",
        },
        _("%(classes)s stay in %(school)s.")
        % {"classes": counted_classes(len(classes) - len(going)), "school": school.name},
    ]
    if split.sites:
        preview.sentences.append(
            _("These sites go along: %(sites)s.")
            % {"sites": named(site.name for site in split.sites)}
        )
    preview.sentences.append(
        _("Teachers keep their classes. Who is head of the new school is to be said.")
    )
    return preview


def _refused_split(split: Split, going: Collection[SchoolClass], on: datetime.date) -> list[str]:
    refusals = []
    if School.objects.filter(code=split.code).exists():
        refusals.append(
            _("There is a school with the code %(code)s already. Check the code.")
            % {"code": split.code}
        )
    if not split.sites and not split.given_up:
        refusals.append(_("Choose the sites or the levels that go to the new school."))
    if not _levels_left(split):
        refusals.append(
            _("No level would be left to %(school)s. Change or close the school instead.")
            % {"school": split.school.name}
        )
    if any(site.is_main for site in split.sites):
        refusals.append(_("The main site stays with the school. Choose other sites."))
    if not split.commune.is_valid_on(on):
        refusals.append(
            _("%(commune)s does not exist on %(day)s. Choose another day or commune.")
            % {"commune": split.commune.title, "day": day(on)}
        )
    return refusals


def _levels_of_new(split: Split, going: Iterable[SchoolClass]) -> list[str]:
    """Levels given up and those of the classes that go; without classes, those of the school."""
    levels = {*split.given_up, *(each.level for each in going)}
    return level_codes(levels or split.school.levels.split(",")).split(",")


def _levels_left(split: Split) -> list[str]:
    return [level for level in split.school.levels.split(",") if level not in split.given_up]


def _labels(levels: Iterable[str]) -> str:
    return ", ".join(str(EducationLevel(level).label) for level in levels) or "—"


@transaction.atomic
def split_school(*, split: Split, decision: Decision, by: User | None) -> School:
    """Make a new school out of a part of one from a day on; returns it. Raises ValidationError."""
    on, school = decision.on, split.school
    lock(school)
    preview_split(split, on).require()
    going = [each for each in classes_from([school.pk], on) if split.goes(each)]
    found = continued(going, [], on)
    new = _open_part(split, _levels_of_new(split, going), decision, by)
    moved = move_sites(split.sites, new, on, main=split.main_site)
    hand_over(found, to=new, sites=moved, main=new.sites.get(is_main=True), on=on, by=by)
    school.levels = ",".join(_levels_left(split))
    save_checked(school, by=by)
    write_change(
        SchoolChange.Kind.SPLIT,
        decision,
        parts=[(school, Part.WENT_ON), (new, Part.BEGAN)],
        by=by,
    )
    for each in (school, new):
        record(
            events.SCHOOL_SPLIT,
            by=by,
            about=each,
            name=each.name,
            part_of=school,
            school=each.pk,
            changes={
                "schools": (school.name, f"{school.name}, {new.name}"),
                "classes": (None, len(found)),
                "valid_from": (None, on),
            },
            reason=decision.number,
        )
    return new


def _open_part(split: Split, levels: Iterable[str], decision: Decision, by: User | None) -> School:
    return open_school(
        code=split.code,
        name=split.name,
        levels=levels,
        kind=split.kind,
        commune=split.commune,
        start=decision.on,
        main_site=MAIN_SITE if split.main_site is None else "",
        decision=decision.number,
        by=by,
    )
