"""Who decides what every visit of the province is asked, and every scorecard counts."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from core.access import check_area
from core.permissions import Permission as P
from core.types import User
from schools.areas.selectors.tree import province_id_on


def province_of_criteria(by: User) -> int:
    """Id of the province, for which questions and criteria are decided.

    Raises PermissionDenied: `by` does not decide them there. One query, and those of the rights.
    """
    province_id = province_id_on(timezone.localdate())
    if province_id is None:
        raise PermissionDenied
    check_area(P.MANAGE_CRITERIA, province_id, by=by)
    return province_id
