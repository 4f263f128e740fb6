"""Which areas a reader can ask a report for."""

from core.months import Month
from core.permissions import Permission
from core.scope import Scope
from schools.enums import AreaLevel
from schools.models import Area


def areas_to_report(scope: Scope, permission: Permission) -> list[Area]:
    """Areas granted for a permission with everything below; a school head's is their commune.

    A report covers whole areas, so a grant for a school alone reaches none.
    """
    tree = scope.tree
    areas = {}
    for pk in scope.areas_granted(permission):
        for below in sorted(
            tree.below(pk), key=lambda each: (tree.depth(each), tree.get(each).name_key)
        ):
            areas[below] = tree.get(below)
    return list(areas.values())


def area_of_month(code: str, month: Month) -> Area | None:
    """The version of a code valid on the month's last day, else the last one before; or None.

    A province, district or commune; where levels share a code, the highest.
    """
    versions = Area.objects.filter(
        code=code, level__lte=AreaLevel.COMMUNE, valid_from__lt=month.end
    )
    return versions.order_by("-valid_from", "level").first()
