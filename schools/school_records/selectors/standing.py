"""What stands in a school on a day: its classes, pupils and sites, and what forbids a change."""

import datetime
from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import number

from ...directory.class_records import last_days
from ...models import Enrolment, School, SchoolClass, Site

SHOWN = 5


def classes_from(school_ids: Collection[int], on: datetime.date) -> list[SchoolClass]:
    """Classes of the school year of a day and of those after it, but for ended ones."""
    classes = (
        SchoolClass.objects.filter(school_id__in=school_ids, year__valid_to__gt=on)
        .not_ended_on(on)
        .select_related("school", "site", "year")
    )
    return sorted(
        classes, key=lambda each: (each.year.valid_from, each.grade_list, each.name_key, each.pk)
    )


def names_taken(school_ids: Collection[int], on: datetime.date) -> list[SchoolClass]:
    """Classes whose name is taken in the school year of a day and those after it."""
    return list(SchoolClass.objects.filter(school_id__in=school_ids, year__valid_to__gt=on))


def sites_from(school: School, on: datetime.date) -> list[Site]:
    """Sites in use on a day or later, the main one first."""
    return list(school.sites.during(on, datetime.date.max))


def spells_from(class_ids: Collection[int], on: datetime.date) -> list[Enrolment]:
    """Enrolments of some classes on a day or later, with their pupils."""
    return list(
        Enrolment.objects.filter(school_class_id__in=class_ids)
        .during(on, datetime.date.max)
        .select_related("pupil", "school_class")
        .order_by("pk")
    )


def named(names: Iterable[str]) -> str:
    """A few names of a list, and how many more there are."""
    names = list(names)
    shown = ", ".join(names[:SHOWN])
    if len(names) <= SHOWN:
        return shown
    return _("%(names)s and %(count)s more") % {
        "names": shown,
        "count": number(len(names) - SHOWN),
    }


def counted_classes(count: int) -> str:
    return ngettext("%(count)s class", "%(count)s classes", count) % {"count": number(count)}


def counted_pupils(count: int) -> str:
    return ngettext("%(count)s pupil", "%(count)s pupils", count) % {"count": number(count)}


def day(date: datetime.date) -> str:
    return date.strftime("%d/%m/%Y")


def not_open(school: School, on: datetime.date) -> list[str]:
    """Why nothing can be decided about a school for a day: not open then, or no longer."""
    if school.valid_to is not None:
        return [
            _("%(school)s is closed from %(day)s on. Nothing more can be decided about it.")
            % {"school": school.name, "day": day(school.valid_to)}
        ]
    if school.valid_from >= on:
        return [
            _("%(school)s is open from %(day)s. Choose a later day.")
            % {"school": school.name, "day": day(school.valid_from)}
        ]
    return []


def changed_later(school: School, on: datetime.date) -> list[str]:
    """Why a school cannot end on a day: something of it is written for that day or later."""
    later = [
        *school.placements.filter(valid_from__gte=on).values_list("valid_from", flat=True),
        *school.statuses.filter(valid_from__gte=on).values_list("valid_from", flat=True),
    ]
    if not later:
        return []
    return [
        _("%(school)s has a change of commune or type on %(day)s. Choose a later day.")
        % {"school": school.name, "day": day(max(later))}
    ]


def recorded_since(classes: Collection[SchoolClass], on: datetime.date) -> list[str]:
    """Why classes cannot leave their school on a day: registers since then are sent already."""
    by_id = {each.pk: each for each in classes}
    last: dict[int, datetime.date] = {}
    for ask in last_days:
        for class_id, found in ask(list(by_id), on):
            last[class_id] = max(found, last.get(class_id, found))
    if not last:
        return []
    return [
        _(
            "Registers were sent for %(day)s or later by: %(classes)s. They belong to the school "
            "as it is. Choose a day after %(last)s."
        )
        % {
            "day": day(on),
            "classes": named(by_id[pk].name for pk in last),
            "last": day(max(last.values())),
        }
    ]
