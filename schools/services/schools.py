"""Opening schools and their sites."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.levels import EducationLevel
from core.services.saving import save_checked
from core.vietnamese import fold, normalise

from .. import events
from ..enums import SchoolKind
from ..models import Placement, School, SchoolStatus, Site


@transaction.atomic
def open_school(
    *, code, name, levels, commune, start, main_site, by, kind=SchoolKind.REGULAR, decision=""
):
    """Open a school in a commune with its type and its main site, all from `start` on.

    `levels` is an iterable of `EducationLevel` codes. Raises ValidationError.
    """
    order = list(EducationLevel.values)
    school = School(
        code=code,
        name=normalise(name),
        levels=",".join(sorted(set(levels), key=order.index)),
        valid_from=start,
    )
    save_checked(school, by=by)
    save_checked(Placement(school=school, commune=commune, valid_from=start))
    save_checked(SchoolStatus(school=school, kind=kind, decision=decision, valid_from=start))
    save_checked(Site(school=school, name=normalise(main_site), is_main=True, valid_from=start))
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
def add_site(*, school, name, start, by, village=None):
    """Add a satellite site (điểm trường lẻ) from `start` on.

    A school has no two sites of one name, written with or without marks. A site cannot open
    before its school. Raises ValidationError.
    """
    name = normalise(name)
    taken = {fold(known) for known in school.sites.values_list("name", flat=True)}
    if fold(name) in taken:
        raise ValidationError(
            {"name": _("The school already has a site of this name.")}, code="name_taken"
        )
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
    changes = {"valid_from": (None, start)}
    record(
        events.SITE_ADDED,
        by=by,
        about=site,
        name=name,
        part_of=school,
        school=school.pk,
        changes=changes,
    )
    return site
