"""Opening schools; opening, renaming and closing their sites."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.events import Changes, Kind, record
from core.levels import EducationLevel
from core.services.saving import lock_in_place, save_checked
from core.types import User
from core.vietnamese import fold, normalise

from ... import events
from ...enums import SchoolKind
from ...models import Area, Placement, School, SchoolStatus, Site

NAMES_SHOWN = 5


def level_codes(levels: Iterable[str]) -> str:
    """Codes of levels as a school keeps them: each once, in ascending order, a comma between."""
    return ",".join(sorted(set(levels), key=list(EducationLevel.values).index))


@transaction.atomic
def open_school(
    *,
    code: str,
    name: str,
    levels: Iterable[str],
    commune: Area,
    start: datetime.date,
    main_site: str,
    by: User | None,
    kind: str = SchoolKind.REGULAR,
    decision: str = "",
) -> School:
    """Open a school in a commune with its type and its main site, all from `start` on.

    `levels` is an iterable of `EducationLevel` codes; an empty `main_site` leaves it to the
    caller. Raises ValidationError.
    """
    school = School(
        code=code,
        name=normalise(name),
        levels=level_codes(levels),
        valid_from=start,
    )
    save_checked(school, by=by)
    save_checked(Placement(school=school, commune=commune, valid_from=start))
    save_checked(SchoolStatus(school=school, kind=kind, decision=decision, valid_from=start))
    if main_site:
        site = Site(school=school, name=normalise(main_site), is_main=True, valid_from=start)
        save_checked(site)
    record(
        events.SCHOOL_OPENED,
        by=by,
        about=school,
        name=school.name,
        school=school.pk,
        changes={"valid_from": (None, start), "levels": (None, school.levels)},
        reason=decision,
    )
    return school


@transaction.atomic
def add_site(
    *, school: School, name: str, start: datetime.date, by: User | None, village: Area | None = None
) -> Site:
    """Add a satellite site (điểm trường lẻ) from `start` on.

    A school has no two sites of one name, written with or without marks. A site cannot open
    before its school. Raises ValidationError.
    """
    name = normalise(name)
    _require_free_name(school.sites.all(), name)
    if not school.is_valid_on(start):
        raise ValidationError(
            {
                "start": _("The school is open from %(day)s. Choose a day since then.")
                % {"day": school.valid_from.strftime("%d/%m/%Y")}
            },
            code="school_not_open",
        )
    site = Site(school=school, name=name, village=village, valid_from=start)
    save_checked(site, by=by)
    _tell(events.SITE_ADDED, site, by, {"valid_from": (None, start)})
    return site


@transaction.atomic
def rename_site(*, site: Site, name: str, by: User) -> Site:
    """Call a site by another name. Raises ValidationError when another site has it."""
    _lock(site)
    name, old = normalise(name), site.name
    _require_free_name(site.school.sites.exclude(pk=site.pk), name)
    site.name = name
    save_checked(site, by=by)
    _tell(events.SITE_CHANGED, site, by, {"name": (old, name)})
    return site


@transaction.atomic
def close_site(*, site: Site, on: datetime.date, by: User) -> Site:
    """Close a satellite site: `on` is the first day on which it is no longer in use.

    Raises ValidationError: the main site, closed already, or classes there that day or later.
    """
    _lock(site)
    if site.is_main:
        raise ValidationError(_("The main site is in use as long as the school."), code="main_site")
    if site.valid_to is not None:
        raise ValidationError(
            _("The site is closed from %(day)s on.") % {"day": site.valid_to.strftime("%d/%m/%Y")},
            code="closed",
        )
    classes = site.classes.filter(year__valid_to__gt=on).not_ended_on(on)
    names = sorted(f"{each.name} ({each.year.code})" for each in classes.select_related("year"))
    if names:
        raise ValidationError(
            {
                "on": _("There are still classes here then: %(classes)s. Move or end them first.")
                % {"classes": ", ".join(names[:NAMES_SHOWN])}
            },
            code="site_in_use",
        )
    site.valid_to = on
    save_checked(site, by=by)
    _tell(events.SITE_CLOSED, site, by, {"valid_to": (None, on)})
    return site


def _require_free_name(sites: QuerySet[Site], name: str) -> None:
    if fold(name) in {fold(known) for known in sites.values_list("name", flat=True)}:
        raise ValidationError(
            {"name": _("The school already has a site of this name.")}, code="name_taken"
        )


def _lock(site: Site) -> None:
    lock_in_place(site)


def _tell(kind: Kind, site: Site, by: User | None, changes: Changes) -> None:
    record(
        kind,
        by=by,
        about=site,
        name=site.name,
        part_of=site.school,
        school=site.school_id,
        changes=changes,
    )
