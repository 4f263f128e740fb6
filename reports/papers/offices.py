"""Which office writes a paper about an area or a school, to whom, and how it signs.

The law's own words, in Vietnamese like the paper.
"""

from django.utils import timezone

from core.documents.official_papers import month_and_year
from core.levels import EducationLevel
from core.months import Month
from core.province import agency_name, province
from schools.areas.selectors.tree import AreaTree, province_on
from schools.directory.selectors.schools import commune_of
from schools.enums import AreaKind, AreaLevel
from schools.models import Area, School

from ..selectors.dashboards import map_date_for
from .drafts import COMMITTEE, DEPARTMENT, SCHOOL, Office

PEOPLES_COMMITTEE = "Ủy ban nhân dân"
_SIGNS_DEPARTMENT = ("GIÁM ĐỐC",)
_SIGNS_COMMITTEE = ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
_SIGNS_SCHOOL = ("HIỆU TRƯỞNG",)


def office_of(area: Area | None, month: Month) -> Office:
    """The office that answers for an area.

    A cluster is no office: the department writes for it, as for the province.
    """
    of_province = f"{PEOPLES_COMMITTEE} tỉnh {province().name}"
    if area is None or area.kind in (AreaKind.PROVINCE, AreaKind.CLUSTER):
        return Office(
            of_province, agency_name(), DEPARTMENT, _SIGNS_DEPARTMENT, _province(area, month)
        )
    above = of_province
    supervisor = supervisor_of(area, month) if area.level == AreaLevel.COMMUNE else None
    if supervisor is not None and supervisor.kind in (AreaKind.DISTRICT, AreaKind.CITY):
        above = f"{PEOPLES_COMMITTEE} {lower_first(supervisor.title)}"
    name = f"{PEOPLES_COMMITTEE} {lower_first(area.title)}"
    return Office(above, name, COMMITTEE, _SIGNS_COMMITTEE, area)


def office_of_school(school: School, month: Month) -> Office:
    """A school as an office: under the People's Committee of its commune.

    Schools up to lower secondary came from the districts to the communes with Decree
    142/2025/NĐ-CP; an upper secondary school is under the Department.
    """
    commune = commune_of(school, on=month.last)
    above = (
        agency_name()
        if commune is None or EducationLevel.UPPER_SECONDARY in school.education_levels
        else f"{PEOPLES_COMMITTEE} {lower_first(commune.title)}"
    )
    return Office(above, _school_name(school), SCHOOL, _SIGNS_SCHOOL, school=school)


def _school_name(school: School) -> str:
    return school.name if school.name.lower().startswith("trường") else f"Trường {school.name}"


def _province(area: Area | None, month: Month) -> Area | None:
    """The province of an area; that of the month for None."""
    if area is None:
        return province_on(month.last)
    if area.kind == AreaKind.PROVINCE:
        return area
    above = AreaTree.on(map_date_for(area, month)).ancestors(area.pk)
    return next((each for each in above if each.kind == AreaKind.PROVINCE), None)


def supervisor_of(commune: Area, month: Month) -> Area | None:
    """The area right above a commune on the map of the month."""
    above = AreaTree.on(map_date_for(commune, month)).ancestors(commune.pk)
    nearer = [each for each in above if each.pk != commune.pk]
    return max(nearer, key=lambda each: each.level, default=None)


def addressee_of(area: Area, month: Month) -> str:
    """The office to which the office of an area reports."""
    if area.level != AreaLevel.COMMUNE:
        return f"{PEOPLES_COMMITTEE} tỉnh {province().name}"
    supervisor = supervisor_of(area, month)
    if supervisor is not None and supervisor.kind in (AreaKind.DISTRICT, AreaKind.CITY):
        return f"{PEOPLES_COMMITTEE} {lower_first(supervisor.title)}"
    return agency_name()


def place_of(area: Area) -> str:
    """Where the office of an area writes: its commune, else the province."""
    return area.name if area.level == AreaLevel.COMMUNE else province().name


def month_year() -> str:
    """Month and year as a paper writes them, "tháng 11 năm 2026"; the day is left open."""
    return month_and_year(timezone.localdate())


def lower_first(text: str) -> str:
    """The name of a unit within a sentence: "xã Mường Kim"."""
    return text[:1].lower() + text[1:]
