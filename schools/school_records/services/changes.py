"""Opening a school, changing what it is, and placing it in another commune."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import event_of, record, record_all
from core.services.saving import save_checked
from core.types import User
from core.vietnamese import normalise

from ... import events
from ...directory.services.schools import add_site, level_codes, open_school
from ...models import (
    Area,
    Placement,
    School,
    SchoolChange,
    SchoolChangePart,
    SchoolClass,
    SchoolStatus,
)
from ...signals import placements_changed
from ..selectors.standing import (
    classes_from,
    counted_classes,
    counted_pupils,
    day,
    named,
    not_open,
    spells_from,
)
from .decisions import Decision, Part, Preview, lock, write_change, write_changes

MAIN_SITE = "Điểm chính"


@transaction.atomic
def open_new_school(
    *,
    code: str,
    name: str,
    levels: Iterable[str],
    kind: str,
    commune: Area,
    main_site: str,
    decision: Decision,
    by: User | None,
    sites: Iterable[str] = (),
) -> School:
    """Open a school with its main and satellite sites, and keep the decision.

    Raises ValidationError: code taken, a site named twice, and as `write_change`.
    """
    school = open_school(
        code=code.strip(),
        name=name,
        levels=levels,
        kind=kind,
        commune=commune,
        start=decision.on,
        main_site=main_site or MAIN_SITE,
        decision=decision.number,
        by=by,
    )
    for site in sites:
        add_site(school=school, name=site, start=decision.on, by=by)
    write_change(SchoolChange.Kind.OPENED, decision, parts=[(school, Part.BEGAN)], by=by)
    return school


@transaction.atomic
def change_school(
    *,
    school: School,
    code: str,
    name: str,
    levels: Iterable[str],
    kind: str,
    decision: Decision,
    by: User | None,
) -> School:
    """Change the code, name or levels of a school, or its type from a day on.

    Code, name and levels are those of today and change at once; their history is kept with the
    school; an empty `kind` leaves the type as it is. A level is given up only when no class of
    it is left. Raises ValidationError.
    """
    lock(school)
    _require_open(school, decision.on)
    wanted = {"code": code.strip(), "name": normalise(name), "levels": level_codes(levels)}
    changes: dict[str, tuple] = {
        field: (getattr(school, field), value)
        for field, value in wanted.items()
        if getattr(school, field) != value
    }
    if changes and decision.on > timezone.localdate():
        raise ValidationError(
            {
                "on": _(
                    "Code, name and levels change on the day they are written down. Choose today "
                    "or an earlier day; only the type can be set for a day to come."
                )
            },
            code="too_early",
        )
    _require_no_class_of(school, set(school.levels.split(",")) - set(wanted["levels"].split(",")))
    for field, value in wanted.items():
        setattr(school, field, value)
    save_checked(school, by=by)
    before = _set_type(school, kind, decision) if kind else ""
    if before != kind:
        changes["kind"] = (before, kind)
    if not changes:
        raise ValidationError(_("Nothing has been changed."), code="nothing_changed")
    write_change(SchoolChange.Kind.CHANGED, decision, parts=[(school, Part.WENT_ON)], by=by)
    record(
        events.SCHOOL_CHANGED,
        by=by,
        about=school,
        name=school.name,
        school=school.pk,
        changes=changes,
        reason=decision.number,
    )
    return school


def _require_open(school: School, on: datetime.date) -> None:
    if not school.is_valid_on(on):
        raise ValidationError(
            {
                "on": _("%(school)s is not open on that day. Choose another one.")
                % {"school": school.name}
            },
            code="school_not_open",
        )


def _require_no_class_of(school: School, levels: set[str]) -> None:
    left = SchoolClass.objects.filter(
        school=school, level__in=levels, year__valid_to__gt=timezone.localdate()
    ).not_ended_on(timezone.localdate())
    if found := sorted(left, key=lambda each: each.name_key):
        raise ValidationError(
            {
                "levels": _(
                    "There are still classes of this level: %(classes)s. End them first, or split "
                    "the school."
                )
                % {"classes": named(each.name for each in found)}
            },
            code="level_in_use",
        )


def _set_type(school: School, kind: str, decision: Decision) -> str | None:
    """Give the school another type from the day on; returns the type until then."""
    now = school.statuses.on(decision.on).first()
    if now is not None and now.kind == kind:
        return kind
    later = school.statuses.filter(valid_from__gt=decision.on).order_by("valid_from").first()
    if later is not None:
        raise ValidationError(
            {
                "on": _("The type changes on %(day)s already. Choose that day or a later one.")
                % {"day": day(later.valid_from)}
            },
            code="changed_later",
        )
    before = now.kind if now is not None else None
    if now is not None and now.valid_from == decision.on:
        now.kind, now.decision = kind, decision.number
        save_checked(now)
        return before
    if now is not None:
        now.valid_to = decision.on
        save_checked(now)
    save_checked(
        SchoolStatus(school=school, kind=kind, decision=decision.number, valid_from=decision.on)
    )
    return before


def preview_move(school: School, commune: Area, on: datetime.date) -> Preview:
    """What placing a school in another commune from a day on will do."""
    last = _last_placements([school]).get(school.pk)
    preview = Preview(refusals=_cannot_move(school, commune, last, on))
    classes = classes_from([school.pk], on)
    pupils = {spell.pupil_id for spell in spells_from([each.pk for each in classes], on)}
    preview.sentences = [
        _("From %(day)s, %(school)s lies in %(commune)s.")
        % {"day": day(on), "school": school.name, "commune": commune.title},
        _("%(classes)s and %(pupils)s go along; nothing changes on their rolls and registers.")
        % {
            "classes": counted_classes(len(classes)),
            "pupils": counted_pupils(len(pupils)),
        },
    ]
    if last is not None:
        preview.sentences.append(
            _(
                "Figures of days before %(day)s stay with %(old)s. From then on the officers of "
                "%(new)s see the school, those of %(old)s no longer."
            )
            % {"day": day(on), "old": last.commune.title, "new": commune.title}
        )
    return preview


def _last_placements(schools: Iterable[School]) -> dict[int, Placement]:
    """{id of a school: its latest placement}; one query."""
    rows = Placement.objects.filter(school__in=[school.pk for school in schools])
    return {each.school_id: each for each in rows.select_related("commune").order_by("valid_from")}


def _cannot_move(
    school: School, commune: Area, last: Placement | None, on: datetime.date
) -> list[str]:
    refusals = not_open(school, on)
    if last is not None and last.commune_id == commune.pk:
        refusals.append(
            _("%(school)s lies in %(commune)s already. Choose another commune.")
            % {"school": school.name, "commune": commune.title}
        )
    if last is not None and last.valid_from >= on:
        refusals.append(
            _("%(school)s lies in %(commune)s from %(day)s. Choose a later day.")
            % {"school": school.name, "commune": last.commune.title, "day": day(last.valid_from)}
        )
    if not commune.is_valid_on(on):
        refusals.append(
            _("%(commune)s does not exist on %(day)s. Choose another day or commune.")
            % {"commune": commune.title, "day": day(on)}
        )
    return refusals


def move_school(*, school: School, commune: Area, decision: Decision, by: User | None) -> School:
    """Place a school in another commune from a day on, as `move_schools`."""
    move_schools(moves=[(school, commune)], decision=decision, by=by)
    return school


@dataclass(frozen=True)
class MovedSchools:
    """The rows that `move_schools` wrote."""

    placements: list[Placement]
    changes: list[SchoolChange]
    parts: list[SchoolChangePart]


@transaction.atomic
def move_schools(
    *, moves: Sequence[tuple[School, Area]], decision: Decision, by: User | None
) -> MovedSchools:
    """Place schools in other communes from a day on; says `placements_changed`.

    Ten queries, however many schools. Raises ValidationError: as `preview_move` says, of each.
    """
    if not moves:
        return MovedSchools([], [], [])
    commune_of = {school.pk: commune for school, commune in moves}
    schools = list(School.objects.select_for_update().filter(pk__in=commune_of).order_by("pk"))
    last_of = _last_placements(schools)
    Preview(
        refusals=[
            refusal
            for school in schools
            for refusal in _cannot_move(
                school, commune_of[school.pk], last_of.get(school.pk), decision.on
            )
        ]
    ).require()
    ended = [last for last in last_of.values() if last.meets(decision.on, datetime.date.max)]
    for last in ended:
        last.valid_to = decision.on
    Placement.objects.bulk_update(ended, ["valid_to"])
    begun = Placement.objects.bulk_create(
        Placement(school=school, commune=commune_of[school.pk], valid_from=decision.on)
        for school in schools
    )
    changes, parts = write_changes(
        SchoolChange.Kind.MOVED, decision, schools=schools, part=Part.WENT_ON, by=by
    )
    placements_changed.send(
        sender=Placement, school_ids=[school.pk for school in schools], start=decision.on
    )
    record_all(
        event_of(
            events.SCHOOL_MOVED,
            by=by,
            about=school,
            name=school.name,
            school=school.pk,
            changes={
                "commune": (
                    last_of[school.pk].commune.title if school.pk in last_of else None,
                    commune_of[school.pk].title,
                ),
                "valid_from": (None, decision.on),
            },
            reason=decision.number,
        )
        for school in schools
    )
    return MovedSchools([*ended, *begun], changes, parts)
