"""Roles: short codes in the database, names and rights here.

A role is what a person is called at work; what it allows follows from this table only.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.permissions import Permission as P
from core.types import StrOrPromise

AREA, SCHOOL, CLASS, INSTALLATION = "area", "school", "school_class", "installation"
EMERGENCY, TEACHER, SUBSTITUTE, VIEWING = "emergency", "teacher", "substitute", "viewing"


@dataclass(frozen=True)
class Role:
    """A role: where it is held (`place`) and what it allows there.

    `is_granted`: whether it is given to people by a grant.
    """

    code: str
    name: StrOrPromise
    description: StrOrPromise
    place: str
    permissions: frozenset[P]
    is_granted: bool = True


# Of whom a second factor can be demanded: one password of theirs opens a district, the province
# or the accounts of everybody (accounts.second_factor).
DEMANDED = frozenset({"district_officer", "province_officer", "system_admin"})

_OF_A_TEACHER = frozenset(
    {P.VIEW_FIGURES, P.VIEW_PUPILS, P.FOLLOW_CHILDREN, P.VIEW_REGISTER, P.TAKE_REGISTER}
)
_FIGURES = {P.VIEW_FIGURES, P.VIEW_SCHOOL}

ROLES = {
    role.code: role
    for role in [
        Role(
            TEACHER,
            _("Teacher"),
            _("Takes the registers of the classes granted and sees their pupils."),
            CLASS,
            _OF_A_TEACHER,
        ),
        # The same for some days, but that the class is not handed on to a third person.
        Role(
            SUBSTITUTE,
            _("Substitute"),
            _("Stands in for the teacher of a class until a day."),
            CLASS,
            _OF_A_TEACHER,
            is_granted=False,
        ),
        Role(
            "school_head",
            _("School head"),
            _("Answers for a school: registers, pupils, classes, closures, figures."),
            SCHOOL,
            frozenset(
                _FIGURES
                | {
                    P.VIEW_PUPILS,
                    P.FOLLOW_CHILDREN,
                    P.MANAGE_PUPILS,
                    P.IMPORT_PUPILS,
                    P.EXPORT_PUPILS,
                    P.MANAGE_SCHOOL,
                    P.CONFIRM_MONTH,
                    P.EXPORT_FIGURES,
                    P.ISSUE_PAPERS,
                    P.VIEW_STAFF,
                    P.MANAGE_STAFF,
                    P.VIEW_REGISTER,
                    P.TAKE_REGISTER,
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.REMIND_REGISTERS,
                    P.ANSWER_RECOMMENDATIONS,
                    P.REPORT_ACTIONS,
                    P.VIEW_EVENTS,
                    P.GIVE_ROLES,
                }
            ),
        ),
        Role(
            "commune_officer",
            _("Commune officer"),
            _("Follows the schools of a commune by name and figure; closes them in bad weather."),
            AREA,
            frozenset(
                _FIGURES
                | {
                    P.IMPORT_PUPILS_OF_MANY,
                    P.EXPORT_PUPILS,
                    P.EXPORT_PUPILS_OF_MANY,
                    P.APPRAISE_SCHEMES,
                    P.VIEW_STAFF,
                    P.VIEW_PUPILS,
                    P.MANAGE_SURVEY,
                    P.FOLLOW_CHILDREN,
                    P.VIEW_REGISTER,
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.REMIND_REGISTERS,
                    P.REMIND_SCHOOLS,
                    P.ASSESS_MONTH,
                    P.ISSUE_PAPERS,
                    P.EXPORT_FIGURES,
                    P.VIEW_FLAGS,
                    P.ANSWER_RECOMMENDATIONS,
                    P.VIEW_ACTIONS,
                    P.REPORT_ACTIONS,
                    P.MANAGE_ACTIONS,
                    P.VIEW_COMMITTEES,
                    P.MANAGE_COMMITTEES,
                    P.VIEW_EVENTS,
                    P.GIVE_ROLES,
                }
            ),
        ),
        Role(
            "district_officer",
            _("District or cluster officer"),
            _("Follows the communes of a district or cluster by figures, without pupil names."),
            AREA,
            frozenset(
                _FIGURES
                | {
                    P.IMPORT_PUPILS_OF_MANY,
                    P.APPRAISE_SCHEMES,
                    P.VIEW_STAFF,
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.REMIND_SCHOOLS,
                    P.ASSESS_MONTH,
                    P.REVIEW_MONTH,
                    P.ASSIGN_NUMBERS,
                    P.EXPORT_FIGURES,
                    P.VIEW_FLAGS,
                    P.VIEW_PLANS,
                    P.DRAFT_PLANS,
                    P.VIEW_ACTIONS,
                    P.REPORT_ACTIONS,
                    P.MANAGE_ACTIONS,
                    P.VIEW_COMMITTEES,
                    P.MANAGE_COMMITTEES,
                    P.VIEW_EVENTS,
                    P.GIVE_ROLES,
                }
            ),
        ),
        Role(
            "province_officer",
            _("Province officer"),
            _("Follows the province, sets targets, approves inspection plans."),
            AREA,
            frozenset(
                _FIGURES
                | {
                    P.IMPORT_PUPILS_OF_MANY,
                    P.APPRAISE_SCHEMES,
                    P.VIEW_STAFF,
                    P.MANAGE_STAFF,
                    P.MANAGE_CALENDAR,
                    P.REOPEN_REGISTERS,
                    P.REMIND_SCHOOLS,
                    P.REVIEW_MONTH,
                    P.ASSIGN_NUMBERS,
                    P.PUBLISH_MONTH,
                    P.ISSUE_PAPERS,
                    P.MANAGE_TEMPLATES,
                    P.MANAGE_TARGETS,
                    P.MANAGE_SCHOOLS,
                    P.MANAGE_YEARS,
                    P.MANAGE_CLUSTERS,
                    P.MANAGE_RULES,
                    P.EXPORT_FIGURES,
                    P.VIEW_FLAGS,
                    P.VIEW_PLANS,
                    P.DRAFT_PLANS,
                    P.APPROVE_PLANS,
                    P.VIEW_ACTIONS,
                    P.REPORT_ACTIONS,
                    P.MANAGE_ACTIONS,
                    P.VIEW_COMMITTEES,
                    P.MANAGE_COMMITTEES,
                    P.MANAGE_CRITERIA,
                    P.VIEW_EVENTS,
                    P.GIVE_ROLES,
                }
            ),
        ),
        Role(
            "committee_member",
            _("Committee member"),
            _(
                "Answers for the communes assigned: sees their figures, follows children out of "
                "school, records inspections."
            ),
            AREA,
            frozenset(
                _FIGURES
                | {
                    P.VIEW_FLAGS,
                    P.FOLLOW_CHILDREN,
                    P.RECORD_VISIT,
                    P.VIEW_ACTIONS,
                    P.REPORT_ACTIONS,
                }
            ),
        ),
        Role(
            "system_admin",
            _("System administrator"),
            _("Keeps accounts and the installation; sees no pupil names."),
            INSTALLATION,
            frozenset(
                {
                    P.MANAGE_USERS,
                    P.VIEW_STAFF,
                    P.MANAGE_STAFF,
                    P.MANAGE_SCHOOLS,
                    P.MANAGE_YEARS,
                    P.MANAGE_UNITS,
                    P.MANAGE_CLUSTERS,
                    P.MANAGE_RULES,
                    P.GIVE_ROLES,
                    P.VIEW_OPERATIONS,
                    P.VIEW_EVENTS,
                    P.OVERSEE_NAMES,
                }
            ),
        ),
        # What a head may, but for what is a teacher's word: an administrator sends no register,
        # and no class list is kept in that browser.
        Role(
            EMERGENCY,
            _("Emergency access"),
            _("A system administrator in the place of a school head, for some hours."),
            SCHOOL,
            frozenset(
                _FIGURES
                | {
                    P.VIEW_PUPILS,
                    P.MANAGE_PUPILS,
                    P.MANAGE_SCHOOL,
                    P.VIEW_REGISTER,
                    P.REOPEN_REGISTERS,
                }
            ),
            is_granted=False,
        ),
        # Its rights are what the reader holds of these too (accounts.viewing); nothing is written.
        Role(
            VIEWING,
            _("View of a teacher"),
            _("Looks at the pages as the teacher of a class sees them; can change nothing."),
            CLASS,
            _OF_A_TEACHER,
            is_granted=False,
        ),
    ]
}


# Who gives and ends which roles, from the highest down, at the places below one's own
# (accounts.giving). Whoever gives a role gives every role that its holder gives, too. Nobody gives
# the own role, but for administrators: nobody stands above them, and one is not enough. Committee
# members are appointed by their committee; without one only an administrator gives the role.
GIVES: dict[str, tuple[str, ...]] = {
    "system_admin": (
        "system_admin",
        "province_officer",
        "committee_member",
        "district_officer",
        "commune_officer",
        "school_head",
        "teacher",
    ),
    "province_officer": ("district_officer", "commune_officer", "school_head", "teacher"),
    "district_officer": ("commune_officer", "school_head", "teacher"),
    "commune_officer": ("school_head", "teacher"),
    "school_head": ("teacher",),
}

# Of a role held for an area: the levels of area for which it is given, as in `AreaLevel`.
AREA_LEVELS: dict[str, tuple[int, ...]] = {
    "province_officer": (1,),
    "district_officer": (2,),
    "commune_officer": (3,),
    "committee_member": (1, 2, 3),
}


def choices() -> list[tuple[str, StrOrPromise]]:
    """Choices of a field; lazily named so that migrations stay free of wording."""
    return [(role.code, role.name) for role in ROLES.values() if role.is_granted]
