"""Reading staff imports."""

import datetime

from django.db.models import Q

from core.scope import Places
from schools.directory.selectors.years import year_for
from schools.models import School

from ...models import User
from ..models import Post, StaffImport

RECENT = 5


def run_in(places: Places, user: User, run_id: str) -> StaffImport | None:
    """An import of a school inside `places`; one of many schools only for its sender."""
    if not places:
        return None
    return (
        StaffImport.objects.filter(
            Q(school__in=School.objects.within(places)) | Q(school=None, made_by=user), pk=run_id
        )
        .select_related("school", "made_by")
        .first()
    )


def recent_runs(user: User, school: School | None) -> list[StaffImport]:
    """The last imports of a school, or those of many schools that a person sent."""
    runs = StaffImport.objects.select_related("made_by")
    found = runs.filter(school=school) if school else runs.filter(school=None, made_by=user)
    return list(found.order_by("-made_at")[:RECENT])


def default_start(school: School | None, today: datetime.date) -> datetime.date:
    """The day offered: the first of the year while nobody has a post (in the school), else today.

    In the summer, with no year running, today.
    """
    posts = Post.objects.all()
    year = year_for(today)
    has_posts = (posts.filter(school=school) if school else posts).exists()
    return year.valid_from if year and year.valid_to > today and not has_posts else today


def school_codes(places: Places, *, on: datetime.date) -> list[str]:
    """Codes of the schools open on a day inside `places`, in the order of their names."""
    schools = School.objects.within(places).on(on).order_by("name_key", "pk")
    return list(schools.values_list("code", flat=True))
